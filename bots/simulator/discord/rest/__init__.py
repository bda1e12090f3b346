"""The REST API: one module per kind of resource, each with its ROUTES by call name."""

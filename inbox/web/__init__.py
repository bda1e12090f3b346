"""The inbox in a browser: a door like the bots. `inbox.web.app.create_app` puts it together."""

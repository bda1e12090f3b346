"""The desk: tickets, who holds them, what was said."""

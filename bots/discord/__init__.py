"""Discord as a door of the desk."""

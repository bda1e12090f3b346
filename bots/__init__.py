"""The doors: one folder per chat platform, and what all of them share."""

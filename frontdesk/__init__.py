"""The program: settings, wiring and the command line."""

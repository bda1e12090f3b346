"""How fast the desk is beside a plain baseline in the same run, as a table and as JSON: `python -m tests.bench`."""

"""All SQL: the tables, the engine, and one module of queries per noun."""

from inbox.store.engine import Change, Store, Tx

__all__ = ["Change", "Store", "Tx"]

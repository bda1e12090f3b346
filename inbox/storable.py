"""What comes in from outside, made such that every database takes it.

PostgreSQL stores no NUL, and neither database a lone half of a surrogate pair; both can be written in JSON, so
platforms, and people who forge what platforms send, can hand them in.
"""

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

T = TypeVar("T")
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
SHOWN = "\N{REPLACEMENT CHARACTER}"


def storable(value: T) -> T:
    """The value with every text in it (also in its fields, tuples and mappings) such as can be stored; the value
    itself where all of it can be."""
    found: Any = value
    match found:
        case str():
            return UNSTORABLE.sub(SHOWN, found) if UNSTORABLE.search(found) else found  # type: ignore[return-value]
        case tuple():
            clean: Any = tuple(storable(item) for item in found)
        case Mapping():
            clean = {storable(key): storable(item) for key, item in found.items()}
        case _ if is_dataclass(found) and not isinstance(found, type):
            changed = {field.name: storable(getattr(found, field.name)) for field in fields(found)}
            clean = replace(found, **changed)
        case _:
            return value
    return value if clean == found else clean

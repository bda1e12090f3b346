"""Sizes of files as people read them."""

from babel.numbers import format_decimal

UNITS = ((1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB"))


def size(count: int, language: str) -> str:
    """So many bytes as people read it: "34 MB", in Swedish "1,5 MB"."""
    unit, name = next(((unit, name) for unit, name in UNITS if count >= unit), (1, "B"))
    return f"{format_decimal(count / unit, '0' if count >= 10 * unit else '0.#', locale=language)} {name}"

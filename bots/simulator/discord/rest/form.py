"""Reading a request's body field by field, so that a refusal names each field that is wrong.

Source: developer documentation, "Reference: Error Messages"; the codes are those that the API answers with.
"""

from collections.abc import Collection
from typing import Any

from bots.simulator.discord.errors import Problems
from bots.simulator.discord.world import Json

Path = tuple[str | int, ...]


class Form:
    """One object of a body. Each reader returns the value, or None where it is absent or wrong (and then notes why)."""

    def __init__(self, body: Any, problems: Problems, path: Path = ()) -> None:
        self.problems, self.path = problems, path
        self.data: Json = body if isinstance(body, dict) else {}
        if not isinstance(body, dict):
            self.wrong("MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")

    def __contains__(self, key: str) -> bool:
        return self.data.get(key) is not None

    def wrong(self, code: str, message: str, *steps: str | int) -> None:
        self.problems.add((*self.path, *steps), code, message)

    def _value(self, key: str, required: bool) -> Any:
        value = self.data.get(key)
        if value is None and required:
            self.wrong("BASE_TYPE_REQUIRED", "This field is required", key)
        return value

    def text(self, key: str, longest: int, shortest: int = 0, required: bool = False) -> str | None:
        value = self._value(key, required)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            self.wrong("STRING_TYPE_CONVERT", f'Could not interpret "{value}" as string.', key)
            return None
        text = str(value)
        if shortest and not shortest <= len(text) <= longest:
            self.wrong("BASE_TYPE_BAD_LENGTH", f"Must be between {shortest} and {longest} in length.", key)
        elif len(text) > longest:
            self.wrong("BASE_TYPE_MAX_LENGTH", f"Must be {longest} or fewer in length.", key)
        return text

    def integer(self, key: str, least: int, most: int, required: bool = False) -> int | None:
        value = self._value(key, required)
        if value is None:
            return None
        try:
            number = int(value)
        except (TypeError, ValueError):
            self.wrong("NUMBER_TYPE_COERCE", f'Value "{value}" is not int.', key)
            return None
        if number > most:
            self.wrong("NUMBER_TYPE_MAX", f"int value should be less than or equal to {most}.", key)
        elif number < least:
            self.wrong("NUMBER_TYPE_MIN", f"int value should be greater than or equal to {least}.", key)
        return number

    def choice(self, key: str, allowed: Collection[Any], required: bool = False) -> Any:
        value = self._value(key, required)
        if value is not None and (isinstance(value, list | dict) or value not in allowed):
            listed = ", ".join(repr(item) for item in sorted(allowed))
            self.wrong("BASE_TYPE_CHOICES", f"Value must be one of ({listed}).", key)
            return None
        return value

    def flag(self, key: str) -> bool:
        value = self.data.get(key)
        if value is not None and not isinstance(value, bool):
            self.wrong("BOOLEAN_TYPE_CONVERT", "Must be either true or false.", key)
        return value is True

    def snowflake(self, key: str, required: bool = False) -> str | None:
        value = self._value(key, required)
        if value is None:
            return None
        if not is_snowflake(value):
            self.wrong("NUMBER_TYPE_COERCE", f'Value "{value}" is not snowflake.', key)
            return None
        return str(value)

    def items(self, key: str, most: int, least: int = 0, required: bool = False) -> list[Any]:
        value = self._value(key, required)
        if value is None:
            return []
        if not isinstance(value, list):
            self.wrong("LIST_TYPE_CONVERT", "Only iterables may be used in a ListType", key)
            return []
        if least and not least <= len(value) <= most:
            self.wrong("BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length.", key)
        elif len(value) > most:
            self.wrong("BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.", key)
        return value

    def forms(self, key: str, most: int, least: int = 0, required: bool = False) -> "list[Form]":
        found = self.items(key, most, least, required)
        return [Form(item, self.problems, (*self.path, key, index)) for index, item in enumerate(found)]

    def form(self, key: str, required: bool = False) -> "Form | None":
        value = self._value(key, required)
        return None if value is None else Form(value, self.problems, (*self.path, key))

    def url(self, key: str, longest: int, required: bool = False) -> str | None:
        value = self.text(key, longest, required=required)
        if value is not None and not value.startswith(("http://", "https://", "attachment://", "discord://")):
            self.wrong("URL_TYPE_INVALID_URL", "Not a well formed URL.", key)
        return value


def is_snowflake(value: Any) -> bool:
    return (isinstance(value, int) and not isinstance(value, bool)) or (isinstance(value, str) and value.isdecimal())

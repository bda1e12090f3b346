"""Small checks that build the rules of Block Kit; each yields sentences in Slack's own words with a JSON pointer."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Check = Callable[[Any, str], Iterator[str]]
NONE: dict[str, Check] = {}


def at(sentence: str, pointer: str) -> str:
    return f"{sentence} [json-pointer:{pointer}]"


def string(most: int, least: int = 1, pattern: str = "", saying: str = "") -> Check:
    def check(value: Any, pointer: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield at("must be a string", pointer)
        elif len(value) > most:
            yield at(f"must be less than {most + 1} characters", pointer)
        elif len(value) < least:
            yield at(f"must be more than {least - 1} characters", pointer)
        elif pattern and not re.fullmatch(pattern, value):
            yield at(saying, pointer)

    return check


def boolean(value: Any, pointer: str) -> Iterator[str]:
    if not isinstance(value, bool):
        yield at("must be a boolean", pointer)


def integer(least: int, most: int) -> Check:
    def check(value: Any, pointer: str) -> Iterator[str]:
        if not isinstance(value, int) or isinstance(value, bool):
            yield at("must be an integer", pointer)
        elif not least <= value <= most:
            yield at(f"must be between {least} and {most}", pointer)

    return check


def one_of(*allowed: str) -> Check:
    def check(value: Any, pointer: str) -> Iterator[str]:
        if value not in allowed:
            yield at(f"must be one of: {', '.join(allowed)}", pointer)

    return check


def anything(value: Any, pointer: str) -> Iterator[str]:
    yield from ()


def many(inner: Check, least: int, most: int) -> Check:
    def check(value: Any, pointer: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield at("must provide an array", pointer)
            return
        if len(value) > most:
            yield at(f"no more than {most} items allowed", pointer)
        if len(value) < least:
            yield at(f"no fewer than {least} items allowed", pointer)
        for index, item in enumerate(value):
            yield from inner(item, f"{pointer}/{index}")

    return check


def shape(required: Mapping[str, Check] = NONE, optional: Mapping[str, Check] = NONE) -> Check:
    """An object with just these keys; `type` may always be there."""

    def check(value: Any, pointer: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield at("must provide an object", pointer)
            return
        for key in required:
            if value.get(key) is None:
                yield at(f"missing required field: {key}", pointer)
        for key, inner in value.items():
            rule = required.get(key) or optional.get(key)
            if rule is None and key != "type":
                yield at(f"invalid additional property: {key}", pointer)
            elif rule is not None and inner is not None:
                yield from rule(inner, f"{pointer}/{key}")

    return check


def typed(table: Mapping[str, Check], allowed: frozenset[str] | None = None) -> Check:
    """An object whose `type` chooses its rules; `allowed` narrows the types."""

    def check(value: Any, pointer: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield at("must provide an object", pointer)
            return
        kind = value.get("type")
        if kind is None:
            yield at("missing required field: type", pointer)
        elif kind not in table or (allowed is not None and kind not in allowed):
            yield at(f"unsupported type: {kind}", f"{pointer}/type")
        else:
            yield from table[kind](value, pointer)

    return check


def together(*checks: Check) -> Check:
    def check(value: Any, pointer: str) -> Iterator[str]:
        for one in checks:
            yield from one(value, pointer)

    return check


_PLAIN_ONLY = {"emoji": boolean}
_MARKDOWN_ONLY = {"verbatim": boolean}


def plain_text(most: int, least: int = 1) -> Check:
    return typed({"plain_text": shape({"text": string(most, least)}, _PLAIN_ONLY)})


def any_text(most: int, least: int = 1) -> Check:
    """A text object of either kind: https://docs.slack.dev/reference/block-kit/composition-objects/text-object"""
    markdown = shape({"text": string(most, least)}, _MARKDOWN_ONLY)
    return typed({"plain_text": shape({"text": string(most, least)}, _PLAIN_ONLY), "mrkdwn": markdown})

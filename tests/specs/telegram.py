"""Calls and updates held against the machine-readable description of the Bot API.

FRONTDESK_SPECS names the folder with `telegram_bot_api.min.json`; without it the calling test is skipped.
"""

import json
import os
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from bots.simulator.server import Call

ARRAY = "Array of "
PLAIN: dict[str, tuple[type, ...]] = {"Integer": (int,), "Float": (int, float), "String": (str,), "Boolean": (bool,)}
PART = re.compile(r'name="(?P<name>[^"]*)"(?P<file>; filename="[^"]*")?.*?\r\n\r\n(?P<value>.*)\r\n\Z', re.S)
# Where a description names the only values: 'always "emoji"', 'must be photo', 'one of "danger" (red), "success" …'.
CONSTANT = re.compile(r'(?:always|must be) "?(\w+)"?$')
CHOICE = re.compile(r'one of ((?:"[^"]+"(?: \(\w+\))?(?:, or | or |, )?){2,})')
# A fault of these kinds replaces the platform's own answer.
UNANSWERED = ("drop_before", "drop_after", "hang_after", "status")


@cache
def description() -> dict[str, Any]:
    """The Bot API's methods and types. Skips the test where nobody says where it lies."""
    folder = os.environ.get("FRONTDESK_SPECS")
    if not folder:
        pytest.skip("FRONTDESK_SPECS is not set: the platform's API description is needed")
    found: dict[str, Any] = json.loads((Path(folder) / "telegram_bot_api.min.json").read_text("utf-8"))
    return found


def check_log(log: Iterable[Call]) -> list[str]:
    """What is wrong with the bot's requests and the answers to them, one sentence each; empty where all is right."""
    return [problem for call in log for problem in (*check_request(call), *check_answer(call))]


def check_request(call: Call) -> list[str]:
    """A logged request: the method exists, its parameters exist, the required ones are there, types fit."""
    if call.call.startswith("GET /"):
        return []
    method = description()["methods"].get(call.call)
    if method is None:
        return [f"{call.call}: the Bot API has no such method."]
    given, uploads = _arguments(call.request)
    fields = {field["name"]: field for field in method.get("fields", [])}
    attached = set(re.findall(r"attach://([\w-]+)", json.dumps(given)))
    problems = [f"{call.call}: there is no parameter {name!r}." for name in given if name not in fields]
    problems += [f"{call.call}: the file {name!r} belongs to nothing." for name in uploads - attached - set(fields)]
    for name, field in fields.items():
        if name in given:
            problems += _fits(_decoded(given[name], field["types"]), field["types"], f"{call.call}: {name}")
        elif field["required"] and name not in uploads:
            problems.append(f"{call.call}: the required parameter {name!r} is missing.")
    return problems


def check_answer(call: Call) -> list[str]:
    """A logged answer: the result's type as the method returns it, or a refusal of the documented form."""
    if call.call.startswith("GET /") or call.fault in UNANSWERED:
        return []
    body = json.loads(call.answer)
    if body.get("ok") is True:
        method = description()["methods"].get(call.call)
        if method is None:
            return [f"{call.call}: the Bot API has no such method, but it was answered."]
        extra = set(body) - {"ok", "result", "description"}
        problems = [f"{call.call}: the answer has {sorted(extra)}."] if extra else []
        return problems + _fits(body["result"], method["returns"], f"{call.call} → ")
    return _refusal(call, body)


def _refusal(call: Call, body: dict[str, Any]) -> list[str]:
    where = f"{call.call} refused"
    problems = [
        f"{where}: {key!r} is unknown." for key in set(body) - {"ok", "error_code", "description", "parameters"}
    ]
    problems += _fits(body.get("error_code"), ["Integer"], f"{where}: error_code")
    problems += _fits(body.get("description"), ["String"], f"{where}: description")
    if body.get("error_code") != call.status:
        problems.append(f"{where}: the code {body.get('error_code')} came with the status {call.status}.")
    if "parameters" in body:
        problems += _fits(body["parameters"], ["ResponseParameters"], f"{where}: parameters")
    return problems


def check_event(payload: Any) -> list[str]:
    """An update as it was delivered: its type, and that it tells exactly one thing."""
    problems = _fits(payload, ["Update"], "update")
    if isinstance(payload, dict) and len(payload) != 2:
        problems.append(f"update: it must tell one thing, it tells {sorted(set(payload) - {'update_id'})}.")
    return problems


def _arguments(request: Any) -> tuple[dict[str, Any], set[str]]:
    """The parameters of a logged request, and the names of its files."""
    given: dict[str, Any] = dict(request["query"])
    uploads: set[str] = set()
    body = request["body"]
    if body.startswith("--"):
        boundary = body.split("\r\n", 1)[0]
        for part in body.split(boundary)[1:-1]:
            if found := PART.search(part):
                if found["file"]:
                    uploads.add(found["name"])
                else:
                    given[found["name"]] = found["value"]
    elif body.startswith("{"):
        given.update(json.loads(body))
    elif body:
        given.update(parse_qsl(body, keep_blank_values=True))
    return given, uploads


def _decoded(value: Any, types: list[str]) -> Any:
    """A parameter's value: forms carry numbers, booleans and objects as text."""
    if not isinstance(value, str) or "InputFile" in types:
        return value
    if any(kind not in ("String",) for kind in types):
        try:
            found = json.loads(value)
        except ValueError:
            return value
        if not (isinstance(found, int | float) and "String" in types and "Integer" not in types):
            return found
    return value


def _fits(value: Any, types: list[str], where: str) -> list[str]:
    """The problems of a value with the type that fits it best; none where one of the types fits."""
    arrays = [kind.removeprefix(ARRAY) for kind in types if kind.startswith(ARRAY)]
    if len(arrays) > 1 and isinstance(value, list):  # of an album each item may be of another type
        return [problem for number, item in enumerate(value) for problem in _fits(item, arrays, f"{where}[{number}]")]
    tried = [_check(value, kind, where) for kind in types]
    return min(tried, key=len) if tried else []


def _check(value: Any, kind: str, where: str) -> list[str]:
    if kind.startswith(ARRAY):
        if not isinstance(value, list):
            return [f"{where} must be an array, it is {value!r:.80}."]
        inner = [kind.removeprefix(ARRAY)]
        return [problem for number, item in enumerate(value) for problem in _fits(item, inner, f"{where}[{number}]")]
    if kind in PLAIN:
        right = isinstance(value, PLAIN[kind]) and isinstance(value, bool) == (kind == "Boolean")
        return [] if right else [f"{where} must be of the type {kind}, it is {value!r:.80}."]
    if kind == "InputFile":
        return [] if isinstance(value, str) else [f"{where} must be a file."]
    return _object(value, kind, where)


def _object(value: Any, kind: str, where: str) -> list[str]:
    described = description()["types"][kind]
    if "subtypes" in described:
        return _fits(value, described["subtypes"], where)
    if not isinstance(value, dict):
        return [f"{where} must be a {kind}, it is {value!r:.80}."]
    fields = {field["name"]: field for field in described.get("fields", [])}
    problems = [f"{where}: a {kind} has no {name!r}." for name in value if name not in fields]
    for name, field in fields.items():
        if name in value:
            problems += _fits(value[name], field["types"], f"{where}.{name}") + _said(value[name], field, where)
        elif field["required"]:
            problems.append(f"{where}: a {kind} needs {name!r}.")
    return problems


def _said(value: Any, field: dict[str, Any], where: str) -> list[str]:
    """The problem of a text that is none of the values which the field's description names."""
    allowed: list[str] = []
    if field["name"] in ("type", "status", "source") and (only := CONSTANT.search(field["description"])):
        allowed = [only[1]]
    elif choice := CHOICE.search(field["description"]):
        allowed = re.findall(r'"([^"]+)"', choice[1])
    if not allowed or not isinstance(value, str) or value in allowed:
        return []
    return [f"{where}.{field['name']} must be one of {', '.join(allowed)}; it is {value!r}."]

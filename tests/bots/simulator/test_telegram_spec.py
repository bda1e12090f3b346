"""The spec checker finds what is planted, so that its silence means something."""

import json
from typing import Any

import pytest

from bots.simulator.server import Call
from tests.specs.telegram import check_event, check_log, description

CHAT = {"id": 1, "type": "private"}
MESSAGE = {"message_id": 1, "date": 1, "chat": CHAT, "text": "x"}


@pytest.fixture(autouse=True)
def _described() -> None:
    description()


def called(name: str, answer: Any, status: int = 200, query: dict[str, str] | None = None, body: str = "") -> Call:
    asked = {"method": "POST", "path": "/", "query": query or {}, "body": body}
    return Call(0.0, name, asked, status, json.dumps(answer))


@pytest.mark.parametrize(
    ("query", "body", "problem"),
    [
        ({"chat_id": "1"}, "", "sendMessage: the required parameter 'text' is missing."),
        ({"chat_id": "1", "text": "x", "colour": "red"}, "", "sendMessage: there is no parameter 'colour'."),
        ({"chat_id": "1"}, "text=x&protect_content=perhaps", "protect_content must be of the type Boolean"),
        ({}, '{"chat_id": 1, "text": 7}', "text must be of the type String"),
        ({"chat_id": "1", "text": "x", "reply_markup": '{"inline_keyboard": [[{"txt": "a"}]]}'}, "", "reply_markup"),
        ({"chat_id": "1", "text": "x", "entities": '[{"type": "bold", "offset": 0}]'}, "", "needs 'length'"),
    ],
)
def test_wrong_requests_are_found(query: dict[str, str], body: str, problem: str) -> None:
    found = check_log([called("sendMessage", {"ok": True, "result": MESSAGE}, query=query, body=body)])
    assert found
    assert any(problem in one for one in found), found


@pytest.mark.parametrize(
    ("answer", "status", "problem"),
    [
        ({"ok": True, "result": MESSAGE | {"colour": "red"}}, 200, "a Message has no 'colour'"),
        ({"ok": True, "result": {"message_id": 1, "chat": CHAT}}, 200, "a Message needs 'date'"),
        ({"ok": True, "result": MESSAGE | {"chat": {"id": "1", "type": "x"}}}, 200, "id must be of the type Integer"),
        ({"ok": True, "result": True}, 200, "must be a Message"),
        ({"ok": False, "error_code": 400, "description": "x"}, 200, "came with the status 200"),
        ({"ok": False, "error_code": 400, "description": "x", "why": 1}, 400, "'why' is unknown"),
        ({"ok": False, "error_code": 429, "description": "x", "parameters": {"wait": 1}}, 429, "has no 'wait'"),
    ],
)
def test_wrong_answers_are_found(answer: Any, status: int, problem: str) -> None:
    found = check_log([called("sendMessage", answer, status, {"chat_id": "1", "text": "x"})])
    assert any(problem in one for one in found), found


def test_what_is_right_is_left_alone() -> None:
    keys = json.dumps({"inline_keyboard": [[{"text": "Ok", "callback_data": "ok"}]]})
    asked = {"chat_id": "1", "text": "42", "reply_markup": keys, "disable_notification": "true"}
    assert check_log([called("sendMessage", {"ok": True, "result": MESSAGE}, query=asked)]) == []
    assert check_event({"update_id": 1, "message": MESSAGE}) == []


def test_wrong_updates_are_found() -> None:
    assert "must tell one thing" in check_event({"update_id": 1})[0]
    assert "has no 'news'" in check_event({"update_id": 1, "news": MESSAGE})[0]
    reaction: dict[str, Any] = {
        "chat": CHAT,
        "message_id": 1,
        "date": 1,
        "old_reaction": [],
        "new_reaction": [{"type": "emoji"}],
    }
    assert "needs 'emoji'" in check_event({"update_id": 1, "message_reaction": reaction})[0]
    reaction["new_reaction"] = [{"type": "emoji", "emoji": "✅"}]
    assert "must be one of ❤, 👍" in check_event({"update_id": 1, "message_reaction": reaction})[0]


def test_methods_that_do_not_exist_are_found() -> None:
    assert check_log([called("getYou", {"ok": False, "error_code": 404, "description": "Not Found"}, 404)]) == [
        "getYou: the Bot API has no such method."
    ]

"""Buttons, selects, commands, shortcuts, forms and response_url, as a person's client meets them."""

from typing import Any

import pytest

from bots.simulator.server import Refused
from tests.bots.simulator.slack_rig import ANNA, IT_DESK, IT_HELP, LISA, OMAR, Json, Rig, Socket


def words(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def button(label: str, action: str, **more: Any) -> Json:
    return {"type": "button", "text": words(label), "action_id": action} | more


def options(*labels: str) -> list[Json]:
    return [{"text": words(one), "value": one.lower()} for one in labels]


def field(block: str, label: str, kind: str = "plain_text_input", optional: bool = False, **more: Any) -> Json:
    element = {"type": kind, "action_id": f"{block}_value"} | more
    return {"type": "input", "block_id": block, "label": words(label), "element": element, "optional": optional}


def modal(*blocks: Json, **more: Any) -> Json:
    made = {"type": "modal", "callback_id": "form", "title": words("Form"), "submit": words("Send")}
    return made | {"blocks": list(blocks)} | more


class Replies:
    """Answers envelopes with what was put in for their payload's type, and keeps the payloads."""

    def __init__(self, **answers: Any) -> None:
        self.answers, self.came = answers, list[Json]()

    def __call__(self, envelope: Json) -> Any:
        payload = envelope["payload"]
        self.came.append(payload)
        return self.answers.get(payload.get("type", "command"), "")

    def last(self, kind: str) -> Json:
        return next(one for one in reversed(self.came) if one.get("type", "command") == kind)


async def opened(slack: Rig, replies: Replies, view: Json) -> Json:
    """Anna types a command and the app opens that form for her."""
    await slack.sim.do("command", who="anna", room="#it-help", text="/ticket")
    answer = await slack.call("views.open", trigger_id=replies.last("command")["trigger_id"], view=view)
    assert answer["ok"], answer
    return dict(answer["view"])


async def start(slack: Rig, **answers: Any) -> tuple[Replies, Socket]:
    replies = Replies(**answers)
    return replies, await slack.connect(replies)


async def test_a_press_on_a_message() -> None:
    async with Rig() as slack:
        replies, _ = await start(slack)
        row = {
            "type": "actions",
            "elements": [button("Claim", "claim", value="7", style="primary"), button("Done", "done")],
        }
        root = await slack.says(IT_DESK, "root")
        ts = await slack.says(IT_DESK, "card", blocks=[row], thread_ts=root)
        result = await slack.sim.do("press", who="omar", room="#it-desk", message=ts, label="Claim")
        assert result == {"ok": True, "error": "", "view": ""}
        payload = replies.last("block_actions")
        assert payload["user"]["id"] == OMAR and payload["channel"] == {"id": IT_DESK, "name": "privategroup"}
        container = {
            "type": "message",
            "message_ts": ts,
            "channel_id": IT_DESK,
            "is_ephemeral": False,
            "thread_ts": root,
        }
        assert payload["container"] == container and payload["message"]["ts"] == ts
        action = payload["actions"][0]
        assert (action["action_id"], action["value"], action["type"], action["style"]) == (
            "claim",
            "7",
            "button",
            "primary",
        )
        with pytest.raises(Refused, match="there are: 'Claim'"):
            await slack.sim.do("press", who="omar", room="#it-desk", message=ts, label="Explode")
        with pytest.raises(Refused, match="sees no message"):
            await slack.sim.do("press", who="anna", room="#it-desk", message=ts, label="Claim")


async def test_a_press_on_a_private_message_has_no_message_in_it() -> None:
    async with Rig() as slack:
        replies, _ = await start(slack)
        row = {"type": "actions", "elements": [button("Follow", "follow")]}
        sent = await slack.call("chat.postEphemeral", channel=IT_DESK, user=LISA, text="Omar took #7", blocks=[row])
        with pytest.raises(Refused, match="sees no message"):
            await slack.sim.do("press", who="omar", room="#it-desk", message=sent["message_ts"], label="Follow")
        await slack.sim.do("press", who="lisa", room="#it-desk", message=sent["message_ts"], action="follow")
        payload = replies.last("block_actions")
        assert payload["container"]["is_ephemeral"] is True and "message" not in payload
        url = payload["response_url"]
        assert await _post(slack, url, replace_original=True, text="Followed") == (200, "ok")
        assert [one.text for one in slack.sim.whispers("lisa")] == ["Followed"]
        assert await _post(slack, url, delete_original=True) == (200, "ok")
        assert slack.sim.whispers("lisa") == []


async def _post(slack: Rig, url: str, **body: Any) -> tuple[int, str]:
    async with slack.http.post(url, json=body) as response:
        text = await response.text()
        return response.status, text if response.status == 200 else (await response.json())["error"]


async def test_what_a_response_url_may_do() -> None:
    async with Rig() as slack:
        replies, _ = await start(slack)
        row = {"type": "actions", "elements": [button("Go", "go")]}
        ts = await slack.says(IT_HELP, "card", blocks=[row])
        await slack.sim.do("press", who="anna", room="#it-help", message=ts)
        url = replies.last("block_actions")["response_url"]
        assert await _post(slack, url, text="for you") == (200, "ok")
        assert await _post(slack, url, text="for all", response_type="in_channel", thread_ts=ts) == (200, "ok")
        assert await _post(slack, url, text="instead", replace_original=True) == (200, "ok")
        assert await _post(slack, url) == (400, "no_text")
        assert await _post(slack, url, delete_original=True) == (200, "ok")
        assert await _post(slack, url, text="sixth") == (404, "used_url")
        assert [one.text for one in slack.sim.whispers("anna")] == ["for you"]
        assert slack.sim.texts("#it-help") == ["for all"]
        assert slack.sim.world.message("#it-help", ts).subtype == "tombstone"
        await slack.sim.do("command", who="anna", room="#general", text="/ticket")
        slack.now += 1801
        assert await _post(slack, replies.last("command")["response_url"], text="late") == (404, "expired_url")
        assert await _post(slack, f"{slack.sim.url}/actions/T/1/none", text="x") == (404, "expired_url")


async def test_a_command_is_answered_where_the_app_is_not() -> None:
    async with Rig() as slack:
        replies, _ = await start(slack, command={"text": "*Noted*", "response_type": "ephemeral"})
        result = await slack.sim.do("command", who="anna", room="#general", text="/ticket  it is hot ")
        assert (result["ok"], result["text"]) == (True, "*Noted*")
        payload = replies.last("command")
        assert (payload["command"], payload["text"], payload["channel_name"]) == ("/ticket", "it is hot", "general")
        assert [one.ts for one in slack.sim.whispers("anna", "#general")] == [result["message"]]
        replies.answers["command"] = {"text": "For all", "response_type": "in_channel"}
        await slack.sim.do("command", who="anna", room="#it-help", text="/queue")
        assert slack.sim.texts("#it-help") == ["For all"]
        await slack.settle()
        assert replies.last("event_callback")["event"]["subtype"] == "bot_message"
        replies.answers["command"] = {"blocks": [{"type": "nonsense"}]}
        result = await slack.sim.do("command", who="anna", room="#it-help", text="/queue")
        assert result["error"] == '/queue failed with the error "invalid_command_response"'
        await slack.sim.do("register_command", name="/gruppe", description="Etwas")
        assert (await slack.sim.do("command", who="anna", room="dm", text="/gruppe"))["ok"] is False


async def test_a_trigger_opens_one_form_within_three_seconds() -> None:
    async with Rig() as slack:
        replies, _ = await start(slack)
        view = await opened(slack, replies, modal(field("subject", "Subject")))
        used = {"trigger_id": replies.last("command")["trigger_id"], "view": modal(field("subject", "Subject"))}
        assert await slack.refused("views.open", **used) == "exchanged_trigger_id"
        assert await slack.refused("views.open", **(used | {"trigger_id": "1.2.x"})) == "invalid_trigger_id"
        await slack.sim.do("command", who="anna", room="#it-help", text="/ticket")
        slack.now += 3.5
        late = used | {"trigger_id": replies.last("command")["trigger_id"]}
        assert await slack.refused("views.open", **late) == "expired_trigger_id"
        form = slack.sim.state("anna")["views"][0]
        assert (form["id"], form["title"], form["submit"]) == (view["id"], "Form", "Send")
        assert [(one["id"], one["label"], one["required"]) for one in form["fields"]] == [("subject", "Subject", True)]
        assert slack.sim.state("erik")["views"] == []


@pytest.mark.parametrize(
    ("view", "saying"),
    [
        (
            modal(field("a", "A"), title=words("x" * 25)),
            "must be less than 25 characters [json-pointer:/view/title/text]",
        ),
        (modal(field("a", "A"), submit=None), "submit is required"),
        (modal(field("a", "A"), private_metadata="x" * 3001), "must be less than 3001 characters"),
        (modal(field("a", "A", max_length=3001)), "must be between 1 and 3000"),
        (modal(*[{"type": "divider"}] * 101), "no more than 100 items allowed [json-pointer:/view/blocks]"),
        (modal(field("a", "A"), colour="red"), "invalid additional property: colour [json-pointer:/view]"),
        ({"type": "modal", "title": words("x")}, "missing required field: blocks [json-pointer:/view]"),
        ({"type": "home", "blocks": []}, "must be modal [json-pointer:/view/type]"),
        (modal({"type": "markdown", "text": "x"}), "unsupported type: markdown"),
        (modal({"type": "input", "label": words("x"), "element": button("x", "x")}), "unsupported type: button"),
    ],
)
async def test_forms_are_refused_with_a_pointer(view: Json, saying: str) -> None:
    async with Rig() as slack:
        replies, _ = await start(slack)
        await slack.sim.do("command", who="anna", room="#it-help", text="/ticket")
        answer = await slack.call("views.open", trigger_id=replies.last("command")["trigger_id"], view=view)
        assert answer["error"] == "invalid_arguments"
        assert any(saying in one for one in answer["response_metadata"]["messages"]), answer


EVERY_FIELD = modal(
    field("subject", "Subject", min_length=3),
    field("more", "More", optional=True, multiline=True),
    field("queue", "Queue", "static_select", options=options("IT", "Payroll"), initial_option=options("IT")[0]),
    field("tags", "Tags", "multi_static_select", options=options("Red", "Blue")),
    field("who", "Who", "users_select"),
    field("where", "Where", "conversations_select"),
    field("day", "Day", "datepicker"),
    field("time", "Time", "timepicker"),
    field("when", "When", "datetimepicker"),
    field("agree", "Agree", "checkboxes", options=options("Yes")),
    field("mood", "Mood", "radio_buttons", options=options("Good", "Bad")),
    field("mail", "Mail", "email_text_input"),
    field("page", "Page", "url_text_input"),
    field("count", "Count", "number_input", is_decimal_allowed=False, max_value="9"),
    field("story", "Story", "rich_text_input"),
)
FILLED = {
    "Subject": "It is hot", "tags": ["Red", "blue"], "who": "Omar", "where": "#it-help", "day": "2026-05-04",
    "time": "09:30", "when": 1_800_000_000, "agree": ["Yes"], "mood_value": "Bad", "mail": "anna@acme.example",
    "page": "https://x.example", "count": "7", "story": "Once",
}  # fmt: skip


async def test_every_kind_of_field_is_told_as_slack_tells_it() -> None:
    async with Rig() as slack:
        replies, _ = await start(slack)
        view = await opened(slack, replies, EVERY_FIELD | {"private_metadata": "m", "external_id": "e"})
        assert (await slack.sim.do("submit", who="anna", view="form", values=FILLED))["ok"]
        sent = replies.last("view_submission")["view"]
        assert (sent["id"], sent["private_metadata"], sent["external_id"]) == (view["id"], "m", "e")
        values = {block: held[f"{block}_value"] for block, held in sent["state"]["values"].items()}
        assert values["subject"]["value"] == "It is hot" and values["more"]["value"] is None
        assert values["queue"]["selected_option"]["value"] == "it"
        assert [one["value"] for one in values["tags"]["selected_options"]] == ["red", "blue"]
        assert (values["who"]["selected_user"], values["where"]["selected_conversation"]) == (OMAR, IT_HELP)
        assert (values["day"]["selected_date"], values["time"]["selected_time"]) == ("2026-05-04", "09:30")
        assert values["when"]["selected_date_time"] == 1_800_000_000
        assert values["mood"]["selected_option"]["value"] == "bad" and values["count"]["value"] == "7"
        assert values["story"]["rich_text_value"]["type"] == "rich_text"


async def test_the_client_objects_before_it_sends() -> None:
    async with Rig() as slack:
        replies, _ = await start(slack)
        await opened(slack, replies, EVERY_FIELD)
        bad = {"mail": "anna", "page": "nowhere", "count": "seven"}
        errors = (await slack.sim.do("submit", who="anna", values=FILLED | bad | {"tags": []}))["errors"]
        assert set(errors) == {"tags", "mail", "page", "count"}
        assert errors["tags"] == "Please complete this required field."
        too_many = await slack.sim.do("submit", who="anna", values={"count": "10"})
        assert too_many["errors"]["count"] == "Please enter a number of at most 9."
        short = await slack.sim.do("submit", who="anna", values={"subject": "x"})
        assert short["errors"]["subject"] == "Please enter at least 3 characters."
        with pytest.raises(Refused, match="no option 'Sales'"):
            await slack.sim.do("submit", who="anna", values={"queue": "Sales"})
        with pytest.raises(Refused, match="no field 'Nonsense'"):
            await slack.sim.do("submit", who="anna", values={"Nonsense": "x"})
        assert not [one for one in replies.came if one.get("type") == "view_submission"]


async def test_what_an_answer_does_with_the_form() -> None:
    async with Rig() as slack:
        replies, _ = await start(slack)
        await opened(slack, replies, modal(field("a", "A")))

        async def send(answer: Any) -> Json:
            replies.answers["view_submission"] = answer
            return dict(await slack.sim.do("submit", who="anna", values={"a": "words"}))

        shown = await send({"response_action": "errors", "errors": {"a": "Say more"}})
        assert shown["errors"] == {"a": "Say more"} and shown["view"]
        for nonsense in (
            {"response_action": "errors", "errors": {"nowhere": "x"}},
            {"response_action": "explode"},
            {"response_action": "update", "view": {"type": "modal"}},
        ):
            assert (await send(nonsense))["error"] == "We had some trouble connecting. Try again?"
        await send({"response_action": "update", "view": modal(field("a", "A"), title=words("Again"))})
        assert slack.sim.state("anna")["views"][0]["title"] == "Again"
        await send({"response_action": "push", "view": modal(field("a", "A"), notify_on_close=True)})
        await send({"response_action": "push", "view": modal(field("a", "A"))})
        assert len(slack.sim.state("anna")["views"]) == 3
        assert (await send({"response_action": "push", "view": modal(field("a", "A"))}))["error"]
        await send("")
        assert len(slack.sim.state("anna")["views"]) == 2
        await send({"response_action": "clear"})
        await slack.settle()
        assert slack.sim.state("anna")["views"] == []


async def test_closing_a_form_is_told_where_the_app_asked_for_it() -> None:
    async with Rig() as slack:
        replies, _ = await start(slack)
        await opened(slack, replies, modal(field("a", "A"), notify_on_close=True))
        await slack.sim.do("dismiss", who="anna")
        await slack.settle()
        assert replies.last("view_closed")["is_cleared"] is False
        await opened(slack, replies, modal(field("a", "A")))
        await slack.sim.do("dismiss", who="anna", all=True)
        await slack.settle()
        assert len([one for one in replies.came if one.get("type") == "view_closed"]) == 1


async def test_views_are_pushed_and_updated_by_id_hash_and_external_id() -> None:
    async with Rig() as slack:
        replies, _ = await start(slack)
        more = {"type": "actions", "elements": [button("More", "more")]}
        view = await opened(slack, replies, modal(more, external_id="ext"))
        assert (await slack.sim.do("press", who="anna", label="More"))["view"] == view["id"]
        pressed = replies.last("block_actions")
        assert pressed["container"] == {"type": "view", "view_id": view["id"]} and "response_url" not in pressed
        pushed = (await slack.call("views.push", trigger_id=pressed["trigger_id"], view=modal(field("a", "A"))))["view"]
        assert (pushed["root_view_id"], pushed["previous_view_id"]) == (view["id"], view["id"])
        new = modal(more, title=words("New"), external_id="ext")
        updated = (await slack.call("views.update", external_id="ext", hash=view["hash"], view=new))["view"]
        assert updated["hash"] != view["hash"]
        stale = {"view_id": view["id"], "hash": view["hash"], "view": new}
        assert await slack.refused("views.update", **stale) == "hash_conflict"
        assert await slack.refused("views.update", view_id="V0NONE000001", view=new) == "not_found"
        assert await slack.refused("views.update", view=new) == "invalid_arguments"
        await slack.sim.do("command", who="erik", room="#it-help", text="/ticket")
        trigger = replies.last("command")["trigger_id"]
        assert await slack.refused("views.open", trigger_id=trigger, view=new) == "duplicate_external_id"


async def test_choosing_tells_the_choice_and_the_state_of_the_rest() -> None:
    async with Rig() as slack:
        replies, _ = await start(slack)
        queue = {
            "type": "static_select",
            "action_id": "queue",
            "placeholder": words("Queue"),
            "options": options("IT", "HR"),
        }
        day = {"type": "datepicker", "action_id": "day", "initial_date": "2026-01-01"}
        menu = {"type": "overflow", "action_id": "menu", "options": options("Merge", "Split")}
        people = {"type": "multi_users_select", "action_id": "people"}
        ts = await slack.says(IT_DESK, "card", blocks=[{"type": "actions", "elements": [queue, day, menu, people]}])
        at = {"who": "omar", "room": "#it-desk", "message": ts}
        assert (await slack.sim.do("choose", **at, label="Queue", option="HR"))["ok"]
        told = replies.last("block_actions")
        assert told["actions"][0]["selected_option"]["value"] == "hr" and told["actions"][0]["placeholder"]
        await slack.sim.do("choose", **at, action="menu", option="Split")
        assert replies.last("block_actions")["actions"][0]["selected_option"]["value"] == "split"
        await slack.sim.do("choose", **at, action="people", option=["Lisa", "Omar"])
        told = replies.last("block_actions")
        assert told["actions"][0]["selected_users"] == [LISA, OMAR]
        state = next(iter(told["state"]["values"].values()))
        assert state["queue"]["selected_option"]["value"] == "hr" and state["day"]["selected_date"] == "2026-01-01"
        with pytest.raises(Refused, match="no option 'Sales'"):
            await slack.sim.do("choose", **at, label="Queue", option="Sales")


async def test_options_from_the_app() -> None:
    async with Rig() as slack:
        replies, _ = await start(slack, block_suggestion={"options": options("Anna", "Erik")})
        pick = field("for", "For whom", "external_select", min_query_length=1)
        view = await opened(slack, replies, modal(pick))
        assert await slack.sim.do("suggest", who="anna", label="For whom", text="") == []
        offered = await slack.sim.do("suggest", who="anna", label="For whom", text="A")
        assert [one["value"] for one in offered] == ["anna", "erik"]
        asked = replies.last("block_suggestion")
        assert (asked["value"], asked["action_id"], asked["view"]["id"]) == ("A", "for_value", view["id"])
        assert (await slack.sim.do("choose", who="anna", label="For whom", option="Erik"))["ok"]
        assert (await slack.sim.do("submit", who="anna"))["ok"]
        held = replies.last("view_submission")["view"]["state"]["values"]["for"]["for_value"]
        assert held["selected_option"]["value"] == "erik"


async def test_shortcuts() -> None:
    async with Rig() as slack:
        replies, _ = await start(slack)
        ts = await slack.sim.do("write", who="anna", room="#it-help", text="It is hot")
        await slack.sim.do("message_shortcut", who="omar", room="#it-help", message=ts, callback_id="Make a ticket")
        payload = replies.last("message_action")
        assert (payload["callback_id"], payload["message_ts"], payload["message"]["user"]) == ("make_ticket", ts, ANNA)
        assert await _post(slack, payload["response_url"], text="Made") == (200, "ok")
        await slack.sim.do("register_shortcut", callback_id="other", name="Other")
        assert (await slack.sim.do("shortcut", who="anna", callback_id="other"))["ok"]
        assert "channel" not in replies.last("shortcut") and "response_url" not in replies.last("shortcut")


async def test_the_home_tab_has_buttons_too() -> None:
    async with Rig() as slack:
        replies, _ = await start(slack)
        home = {"type": "home", "blocks": [{"type": "actions", "elements": [button("New", "new")]}]}
        await slack.call("views.publish", user_id=ANNA, view=home)
        assert (await slack.sim.do("press", who="anna", room="home", label="New"))["ok"]
        trigger = replies.last("block_actions")["trigger_id"]
        assert (await slack.call("views.open", trigger_id=trigger, view=modal(field("a", "A"))))["ok"]
        assert replies.last("block_actions")["view"]["type"] == "home"
        with pytest.raises(Refused, match="no such form"):
            await slack.sim.do("press", who="erik", room="home", label="New")


async def test_what_each_client_shows() -> None:
    async with Rig() as slack:
        await start(slack)
        fields = [{"type": "mrkdwn", "text": "*Status*\nopen"}, {"type": "mrkdwn", "text": f"*Holder:*\n<@{OMAR}>"}]
        row = {"type": "actions", "elements": [button("Claim", "claim", style="primary")]}
        card = [{"type": "header", "text": words("#7 <b>")}, {"type": "section", "fields": fields}, row]
        ts = await slack.says(IT_DESK, "#7", blocks=card)
        await slack.call("chat.postEphemeral", channel=IT_DESK, user=LISA, text="psst")
        await slack.sim.do("react", who="omar", room="#it-desk", message=ts, emoji="eyes")
        lisa, omar, anna = (slack.sim.state(who) for who in ("lisa", "omar", "anna"))
        assert [(one["text"], one["private"]) for one in lisa["messages"]] == [("#7", False), ("psst", True)]
        shown = omar["messages"][0]
        assert [one["text"] for one in omar["messages"]] == ["#7"] and anna["messages"] == []
        assert shown["fields"] == [["Status", "open"], ["Holder", "@Omar"]]
        assert [(one["label"], one["action"], one["style"]) for one in shown["buttons"]] == [
            ("Claim", "claim", "primary")
        ]
        assert shown["html"].startswith("<h4>#7 &lt;b&gt;</h4>") and shown["reactions"] == {"👀": ["Omar"]}
        assert {"name": "/ticket", "description": "Open a ticket, or do something with one"} in omar["commands"]
        assert all(one["name"] != "it-desk" for one in anna["rooms"])


async def test_rich_text_is_drawn_as_a_client_draws_it() -> None:
    async with Rig() as slack:
        await start(slack)
        parts = [{"type": "text", "text": "Erik <b>", "style": {"bold": True}}, {"type": "text", "text": " see "},
                 {"type": "link", "url": "https://acme.example/?a=1&b=2"}]  # fmt: skip
        quote = {"type": "rich_text_quote", "elements": [{"type": "text", "text": "as said"}]}
        blocks = [{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": parts}]},
                  {"type": "rich_text", "elements": [quote]}]  # fmt: skip
        await slack.says(IT_DESK, "Erik", blocks=blocks)
        assert slack.sim.state("omar")["messages"][0]["html"] == (
            "<p><strong>Erik &lt;b&gt;</strong> see "
            '<a href="https://acme.example/?a=1&amp;b=2">https://acme.example/?a=1&amp;b=2</a></p>'
            "<blockquote>as said</blockquote>"
        )


async def test_who_is_not_there_never_sees_a_private_message() -> None:
    async with Rig() as slack:
        await start(slack, command="Noted")
        await slack.sim.do("activity", who="lisa", active=False)
        sent = await slack.call("chat.postEphemeral", channel=IT_DESK, user=LISA, text="psst")
        assert sent["ok"] and slack.sim.whispers("lisa") == []
        await slack.sim.do("activity", who="lisa", active=True)
        assert slack.sim.whispers("lisa") == []
        await slack.call("chat.postEphemeral", channel=IT_DESK, user=LISA, text="again")
        assert [one.text for one in slack.sim.whispers("lisa")] == ["again"]

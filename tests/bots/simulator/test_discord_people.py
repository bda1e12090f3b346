"""People in the simulated Discord: what they may do, what their clients show, and the same over the control API."""

import base64

import aiohttp
import pytest

from bots.simulator.discord import DiscordSimulator
from bots.simulator.discord.markdown import to_html
from bots.simulator.server import Refused
from tests.bots.simulator.discord_rig import ANNA, BOT, LISA, OMAR, PNG, SUPPORT_ROLE, Rig, row


async def test_the_cast_and_their_rooms() -> None:
    async with Rig() as dc:
        shown = dc.sim.state("anna")
        assert shown["platform"] == "discord"
        assert shown["me"] == {"id": ANNA, "name": "Anna"}
        assert {person["name"] for person in shown["people"]} == {"Anna", "Erik", "Omar", "Lisa", "Maja"}
        assert [room["name"] for room in shown["rooms"]] == ["#general", "#support", "#help-forum"]
        desk = [room for room in dc.sim.state("omar")["rooms"] if room["name"] == "#desk"]
        assert [(room["private"], room["kind"], room["dm"]) for room in desk] == [(True, "channel", False)]
        assert dc.sim.state("")["me"] is None
        with pytest.raises(Refused, match="Nobody here is called 'Nils'"):
            dc.sim.state("Nils")


async def test_what_a_client_shows_of_a_message() -> None:
    async with Rig() as dc:
        asked = await dc.sim.do("write", who="anna", room="#support", text="**help** <script>", files=[PNG])
        await dc.sim.do("react", who="omar", room="#support", message=asked, emoji="👀")
        embed = {"title": "#42", "fields": [{"name": "Who", "value": "Anna"}]}
        await dc.post(embeds=[embed], components=[row("Claim")], message_reference={"message_id": asked})
        question, card = dc.sim.state("anna")["messages"]
        assert (question["text"], question["html"]) == (
            "**help** <script>",
            "<strong>help</strong> &lt;script&gt;",
        )
        assert question["reactions"] == {"👀": ["Omar"]}
        assert question["files"][0]["filename"] == "shot.png"
        assert card["author"] == {"id": BOT, "name": "Frontdesk", "bot": True}
        assert (card["text"], card["fields"], card["reply_to"]) == ("#42", [["Who", "Anna"]], asked)
        assert [(one["label"], one["action"], one["disabled"]) for one in card["buttons"]] == [
            ("Claim", "claim", False)
        ]


async def test_threads_hang_on_their_roots() -> None:
    async with Rig() as dc:
        root = await dc.sim.do("write", who="anna", room="#support", text="help")
        await dc.sim.do("create_thread", who="omar", room="#support", name="Anna", message=root)
        await dc.sim.do("write", who="omar", room="#support", text="yes?", thread=root)
        post = await dc.sim.do("create_thread", who="anna", room="#help-forum", name="Printer", text="it smokes")
        await dc.sim.do("write", who="omar", room=post, text="open a window")
        shown = {message["text"]: message for message in dc.sim.state("anna")["messages"] if message["text"]}
        assert (shown["help"]["starts_thread"], shown["help"]["thread_count"]) == (root, 1)
        assert (shown["yes?"]["room"], shown["yes?"]["thread"]) == (dc.id("support"), root)
        assert (shown["it smokes"]["room"], shown["it smokes"]["thread"]) == (dc.id("help-forum"), "")
        assert shown["it smokes"]["html"] == "<strong>Printer</strong><br>it smokes"
        assert shown["open a window"]["thread"] == post
        assert {thread["name"] for thread in dc.sim.state("anna")["threads"]} == {"Anna", "Printer"}


async def test_what_people_may_not_do() -> None:
    async with Rig() as dc:
        asked = await dc.sim.do("write", who="anna", room="#support", text="help")
        thread = await dc.sim.do("create_thread", who="anna", room="#support", name="Mine", message=asked)
        table = [
            ({"act": "write", "who": "anna", "room": "#desk", "text": "x"}, "sees no room"),
            ({"act": "write", "who": "anna", "room": "#support", "text": " "}, "nothing to send"),
            ({"act": "write", "who": "anna", "room": "#support", "text": "x" * 2001}, "too long: 2001 characters"),
            ({"act": "write", "who": "anna", "room": "#support", "text": "x", "thread": "none"}, "no thread 'none'"),
            ({"act": "write", "who": "Nils", "room": "#support", "text": "x"}, "Nobody here"),
            ({"act": "edit", "who": "erik", "room": "#support", "message": asked, "text": "x"}, "did not write"),
            ({"act": "edit", "who": "anna", "room": "#support", "message": asked, "text": ""}, "between 1 and 2000"),
            ({"act": "delete", "who": "erik", "room": "#support", "message": asked}, "lacks MANAGE_MESSAGES"),
            ({"act": "react", "who": "erik", "room": "#support", "message": asked, "emoji": "word"}, "no emoji"),
            ({"act": "unreact", "who": "erik", "room": "#support", "message": asked, "emoji": "👀"}, "has not reacted"),
            (
                {"act": "create_thread", "who": "erik", "room": "#support", "name": "x", "message": asked},
                "has a thread",
            ),
            ({"act": "delete_thread", "who": "anna", "thread": thread}, "lacks MANAGE_THREADS"),
            ({"act": "leave", "who": "maja", "room": "#support"}, "owns the guild"),
            ({"act": "deny_permission", "permission": "FLY", "room": "#support"}, "no permission 'FLY'"),
            ({"act": "fly"}, "cannot 'fly'"),
            ({"act": "write", "who": "anna"}, "missing a required argument"),
        ]
        for how, sentence in table:
            with pytest.raises(Refused, match=sentence):
                await dc.sim.do(str(how["act"]), **{key: value for key, value in how.items() if key != "act"})


async def test_who_sees_a_private_room() -> None:
    async with Rig() as dc:
        room = await dc.sim.do("add_room", name="payroll", private=True, members=["lisa"])
        await dc.sim.do("write", who="lisa", room=room, text="secret")
        with pytest.raises(Refused, match="sees no room"):
            await dc.sim.do("write", who="omar", room=room, text="hm")
        await dc.sim.do("join", who="omar", room=room)
        await dc.sim.do("write", who="omar", room=room, text="hm")
        await dc.sim.do("leave", who="omar", room=room)
        assert "hm" not in [message["text"] for message in dc.sim.state("omar")["messages"]]
        assert (await dc.post("payroll", content="the bot was invited")).status == 200


async def test_roles_names_and_leaving() -> None:
    async with Rig() as dc:
        nils = await dc.sim.do("add_person", name="Nils", language="sv", timezone="Europe/Stockholm")
        assert dc.sim.world.users[nils].locale == "sv-SE"
        await dc.sim.do("give_role", who="Nils", role="Support")
        await dc.sim.do("write", who="Nils", room="#desk", text="hello @Lisa and @Support")
        told = dc.sim.last("#desk", "Nils")
        assert told.content == f"hello <@{LISA}> and <@&{SUPPORT_ROLE}>"
        assert (told.mentions, told.mention_roles) == ([LISA], [SUPPORT_ROLE])
        await dc.sim.do("rename", who="Nils", nick="N.")
        assert dc.sim.state("omar")["messages"][-1]["author"]["name"] == "N."
        await dc.sim.do("take_role", who="Nils", role="Support")
        with pytest.raises(Refused, match="sees no room"):
            await dc.sim.do("write", who="Nils", room="#desk", text="am I in?")
        await dc.sim.do("leave", who="Nils")
        with pytest.raises(Refused, match="sees no room"):
            await dc.sim.do("write", who="Nils", room="#support", text="am I in?")
        await dc.sim.do("join", who="Nils")
        await dc.sim.do("write", who="Nils", room="#support", text="back")


async def test_moderators_delete_and_blockers_are_silent() -> None:
    async with Rig() as dc:
        asked = await dc.sim.do("write", who="anna", room="#support", text="help")
        await dc.sim.do("delete", who="omar", room="#support", message=asked)
        assert dc.sim.texts("#support") == []
        with pytest.raises(LookupError, match="Nothing was written"):
            dc.sim.last("#support")
        with pytest.raises(LookupError, match="no room 'nowhere'"):
            dc.sim.texts("nowhere")
        await dc.sim.do("write", who="anna", room="dm", text="psst")
        assert [room["name"] for room in dc.sim.state("anna")["rooms"] if room["dm"]] == ["Frontdesk – Anna"]
        assert not [room for room in dc.sim.state("erik")["rooms"] if room["dm"]]
        await dc.sim.do("block", who="anna")
        with pytest.raises(Refused, match="blocked"):
            await dc.sim.do("write", who="anna", room="dm", text="psst")


async def test_the_control_api() -> None:
    async with Rig() as dc, aiohttp.ClientSession(dc.sim.url) as http:
        file = {"name": "a.txt", "bytes": base64.b64encode(b"abc").decode(), "type": "text/plain"}
        act = {"act": "write", "who": "anna", "room": "#support", "text": "help", "files": [file]}
        async with http.post("/_sim/act", json=act) as answer:
            sent = (await answer.json())["result"]
        assert dc.sim.world.messages[sent].attachments[0].data == b"abc"
        async with http.get("/_sim/state", params={"as": "omar"}) as answer:
            assert (await answer.json())["messages"][0]["text"] == "help"
        async with http.post("/_sim/act", json={**act, "room": "#desk"}) as answer:
            assert (answer.status, await answer.json()) == (400, {"error": "Anna sees no room '#desk'."})
        fault = {"kind": "error", "match": "GET /users/@me", "error": "50001"}
        async with http.post("/_sim/faults", json=fault) as answer:
            assert answer.status == 200
        assert (await dc.call("GET", "/users/@me")).code == (403, 50001)
        async with http.get("/_sim/log") as answer:
            (call,) = await answer.json()
        assert (call["call"], call["status"], call["fault"]) == ("GET /users/@me", 403, "error")
        async with http.post("/_sim/reset"):
            assert dc.sim.texts("#support") == []


async def test_a_token_of_ones_own() -> None:
    async with Rig(token="my-own") as dc:
        assert (await dc.call("GET", "/users/@me")).code == (401, 0)
        assert (await dc.call("GET", "/users/@me", token="my-own")).body["id"] == BOT
    assert DiscordSimulator.BOT_TOKEN != "my-own"


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*a* _b_ **c** __d__ ~~e~~", "<em>a</em> <em>b</em> <strong>c</strong> <u>d</u> <s>e</s>"),
        ("||secret||", '<span class="spoiler">secret</span>'),
        ("`<b>**x**</b>`", "<code>&lt;b&gt;**x**&lt;/b&gt;</code>"),
        ("```py\nx < 1\n```", "<pre>x &lt; 1\n</pre>"),
        ("# Big\n> said\n- one", "<strong>Big</strong><br><q>said</q><br>• one"),
        (
            f"<@{OMAR}> <@&{SUPPORT_ROLE}> <#1>",
            " ".join(f'<span class="mention">{one}</span>' for one in ("@u", "@r", "#c")),
        ),
        ("2 * 3 * 4 and snake_case_name", "2 * 3 * 4 and snake_case_name"),
        ("<t:0:R> <:wave:123>", "<time>1970-01-01 00:00 UTC</time> :wave:"),
        (
            "[x](https://a.example/?a=1&b=2)",
            '<a href="https://a.example/?a=1&amp;b=2" rel="noopener noreferrer nofollow">x</a>',
        ),
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
        (
            '[x](https://a.example/"onclick=1)',
            '<a href="https://a.example/&quot;onclick=1" rel="noopener noreferrer nofollow">x</a>',
        ),
        ("\0" + "0\0 <img src=x onerror=alert(1)>", "0 &lt;img src=x onerror=alert(1)&gt;"),
    ],
)
def test_markdown_is_shown_safely(text: str, html: str) -> None:
    names = {"@": "u", "@&": "r", "#": "c"}
    assert to_html(text, lambda sign, _: names[sign]) == html

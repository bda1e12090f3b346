"""The playground's server: what it passes on, to whom it answers, and what its files may not hold."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bots.simulator import playground
from bots.simulator.playground import Playground
from bots.simulator.slack import SlackSimulator
from bots.simulator.telegram import TelegramSimulator

Json = dict[str, Any]
STATIC = Path(playground.__file__).parent / "static"
MARK = {"X-Playground": "1"}
INBOX = "http://127.0.0.1:8080/signin/once?ticket=4"


class Visit:
    """A page over a simulated Slack and Telegram, and a bare client in the browser's place."""

    def __init__(self, slack: SlackSimulator, telegram: TelegramSimulator, page: Playground) -> None:
        self.slack, self.telegram, self.page = slack, telegram, page
        self.http = aiohttp.ClientSession()

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.http.request(method, self.page.url + path, json=body, headers=sent) as answer:
            is_json = answer.content_type == "application/json"
            return answer.status, await answer.json() if is_json else await answer.text()

    async def act(self, platform: str, act: str, **how: Any) -> tuple[int, Any]:
        return await self.ask("POST", f"/api/{platform}/act", {"act": act, **how}, **MARK)


@pytest.fixture
async def visit() -> AsyncIterator[Visit]:
    async with SlackSimulator() as slack, TelegramSimulator() as telegram:
        page = Playground({"slack": slack.url, "telegram": telegram.url}, inbox=INBOX, port=0)
        await page.start()
        visit = Visit(slack, telegram, page)
        yield visit
        await visit.http.close()
        await page.stop()


# the page and its headers


@pytest.mark.parametrize("path", ["/", "/static/main.js", "/static/no.js", "/api/setup", "/api/none/state", "/nowhere"])
async def test_every_answer_forbids_what_the_page_does_not_need(visit: Visit, path: str) -> None:
    async with visit.http.get(visit.page.url + path) as answer:
        policy = dict(part.strip().split(" ", 1) for part in answer.headers["Content-Security-Policy"].split(";"))
        assert policy == {
            "default-src": "'none'",
            "script-src": "'self'",
            "style-src": "'self'",
            "img-src": "'self' data:",
            "connect-src": "'self'",
            "frame-src": "http://127.0.0.1:* http://localhost:*",
            "form-action": "'self'",
            "base-uri": "'none'",
            "frame-ancestors": "'none'",
        }
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Access-Control-Allow-Origin" not in answer.headers


async def test_the_page_and_its_files_are_served_and_nothing_else(visit: Visit) -> None:
    status, page = await visit.ask("GET", "/")
    assert status == 200
    wanted = re.findall(r'(?:src|href)="(/[^"]+)"', page)
    assert len(wanted) >= 5
    for path in wanted:
        assert (await visit.ask("GET", path))[0] == 200, path
    for path in ("/static/..%2Fserver.py", "/static/%2e%2e/server.py", "/static/server.py", "/static/"):
        assert (await visit.ask("GET", path))[0] == 404, path


async def test_the_inbox_is_named_as_the_visitor_reaches_it(visit: Visit) -> None:
    assert await visit.ask("GET", "/api/setup") == (200, {"platforms": ["slack", "telegram"], "inbox": INBOX})
    host = f"localhost:{visit.page.port}"
    assert (await visit.ask("GET", "/api/setup", Host=host))[1]["inbox"] == INBOX.replace("127.0.0.1", "localhost")


async def test_a_port_that_is_taken_is_an_error_and_leaves_nothing_behind(visit: Visit) -> None:
    second = Playground({}, port=visit.page.port)
    with pytest.raises(OSError, match="address already in use"):
        await second.start()
    assert (await visit.ask("GET", "/api/setup"))[0] == 200


# what is passed on


async def test_a_visitor_acts_and_sees_the_state(visit: Visit) -> None:
    status, body = await visit.act("slack", "write", who="Anna", room="it-help", text="The printer is on fire")
    assert status == 200
    assert visit.slack.last("it-help").ts == body["result"]
    _, state = await visit.ask("GET", "/api/slack/state?as=Anna")
    assert state["me"]["name"] == "Anna"
    assert [message["text"] for message in state["messages"]] == ["The printer is on fire"]


async def test_what_the_platform_refuses_comes_back_as_its_sentence(visit: Visit) -> None:
    status, body = await visit.act("slack", "command", who="Anna", room="it-help", text="/nonsense")
    assert (status, body) == (400, {"error": "/nonsense is not a valid command."})
    status, body = await visit.ask("GET", "/api/telegram/state?as=Nobody")
    assert status == 400
    assert "Nobody" in body["error"]


async def test_an_unknown_platform_is_not_there(visit: Visit) -> None:
    status, body = await visit.act("matrix", "write", who="Anna")
    assert status == 404
    assert "matrix" in body


async def test_trouble_is_ordered_seen_in_the_log_and_taken_back(visit: Visit) -> None:
    fault = {"kind": "rate_limit", "match": "sendMessage", "retry_after": 60}
    assert (await visit.ask("POST", "/api/telegram/faults", fault, **MARK))[0] == 200
    url = f"{visit.telegram.url}/bot{visit.telegram.BOT_TOKEN}/sendMessage"
    async with visit.http.post(url, json={"chat_id": 1, "text": "a secret"}) as answer:
        assert answer.status == 429
    _, calls = await visit.ask("GET", "/api/telegram/log")
    assert [{key: call[key] for key in ("call", "status", "fault")} for call in calls] == [
        {"call": "sendMessage", "status": 429, "fault": "rate_limit"}
    ]
    assert "request" not in calls[0]
    status, body = await visit.ask("POST", "/api/telegram/faults", {"kind": "meteor"}, **MARK)
    assert status == 400
    assert "meteor" in body["error"]
    visit.telegram.faults.order("latency")
    assert (await visit.ask("DELETE", "/api/telegram/faults", **MARK))[0] == 200
    assert visit.telegram.faults.ordered == []


async def test_the_log_shows_the_newest_calls_first_and_not_all(visit: Visit) -> None:
    for number in range(70):
        async with visit.http.get(f"{visit.slack.url}/api/call.{number}"):
            pass
    _, calls = await visit.ask("GET", "/api/slack/log")
    assert [call["call"] for call in calls] == [f"call.{number}" for number in range(69, 9, -1)]


async def test_reset_empties_the_world(visit: Visit) -> None:
    await visit.act("slack", "write", who="Anna", room="it-help", text="Hello")
    assert (await visit.ask("POST", "/api/slack/reset", {}, **MARK))[0] == 200
    assert visit.slack.world.messages == []


async def test_who_cuts_the_connections_is_told_so_all_the_same(visit: Visit) -> None:
    """Telegram's simulator drops every connection, also the one that the order came by."""
    assert await visit.act("telegram", "cut") == (200, {"result": None})
    assert (await visit.act("telegram", "start", who="Erik"))[0] == 200


async def test_a_simulator_that_is_gone_is_named(visit: Visit) -> None:
    await visit.telegram.stop()
    sentence = {"error": "The simulated Telegram does not answer."}
    assert await visit.ask("GET", "/api/telegram/state?as=Erik") == (502, sentence)
    assert await visit.act("telegram", "write", who="Erik", room="dm", text="Hello?") == (502, sentence)
    assert (await visit.ask("GET", "/api/slack/state?as=Anna"))[0] == 200


# who may


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8090", "127.0.0.1.evil.example", "10.0.0.1", "", "[::1"]
)
async def test_a_foreign_name_for_this_machine_is_refused(visit: Visit, host: str) -> None:
    for path in ("/", "/static/main.js", "/api/setup", "/api/slack/state?as=Anna"):
        assert (await visit.ask("GET", path, Host=host))[0] in (400, 403), path


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:1234", "LOCALHOST", "[::1]:8090"])
async def test_loopback_names_are_taken_with_any_port(visit: Visit, host: str) -> None:
    assert (await visit.ask("GET", "/", Host=host))[0] == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Playground": "1", "Origin": "https://evil.example"},
        {"X-Playground": "1", "Origin": "http://127.0.0.1:1"},
        {"X-Playground": "1", "Origin": "null"},
        {"X-Playground": "1", "Sec-Fetch-Site": "cross-site"},
        {"X-Playground": "1", "Sec-Fetch-Site": "same-site"},
    ],
    ids=lambda headers: ", ".join(f"{name}: {value}" for name, value in headers.items()) or "no mark",
)
async def test_another_site_in_the_visitors_browser_can_do_nothing(visit: Visit, headers: Json) -> None:
    visit.slack.faults.order("latency")
    write = {"act": "write", "who": "Anna", "room": "it-help", "text": "I quit"}
    assert (await visit.ask("POST", "/api/slack/act", write, **headers))[0] == 403
    assert (await visit.ask("POST", "/api/slack/faults", {"kind": "latency"}, **headers))[0] == 403
    assert (await visit.ask("DELETE", "/api/slack/faults", **headers))[0] == 403
    assert (await visit.ask("POST", "/api/slack/reset", {}, **headers))[0] == 403
    assert visit.slack.world.messages == []
    assert len(visit.slack.faults.ordered) == 1


async def test_another_site_cannot_read_either(visit: Visit) -> None:
    for path in ("/api/setup", "/api/slack/state?as=Anna", "/api/slack/log", "/api/changes"):
        assert (await visit.ask("GET", path, Sec_Fetch_Site="cross-site"))[0] == 403, path


async def test_the_page_itself_may(visit: Visit) -> None:
    browser = {"Origin": visit.page.url, "Sec-Fetch-Site": "same-origin", **MARK}
    write = {"act": "write", "who": "Anna", "room": "it-help", "text": "Hello"}
    assert (await visit.ask("POST", "/api/slack/act", write, **browser))[0] == 200


# live


async def told(answer: aiohttp.ClientResponse, count: int) -> list[str]:
    """The next platforms that the stream names."""
    named: list[str] = []
    async with asyncio.timeout(5):
        async for line in answer.content:
            if line.startswith(b"data:"):
                named.append(line.removeprefix(b"data:").decode().strip())
            if len(named) == count:
                return named
    return named


async def test_one_stream_tells_of_every_platform(visit: Visit) -> None:
    async with visit.http.get(f"{visit.page.url}/api/changes") as answer:
        assert answer.content_type == "text/event-stream"
        assert await told(answer, 2) == ["slack", "telegram"], "at first a page knows nothing"
        await visit.slack.do("write", who="Anna", room="it-help", text="Hello")
        assert "slack" in await told(answer, 1)


async def test_a_stream_of_one_platform_tells_of_no_other(visit: Visit) -> None:
    async with visit.http.get(f"{visit.page.url}/api/telegram/changes") as answer:
        assert await told(answer, 1) == ["telegram"]
        await visit.slack.do("write", who="Anna", room="it-help", text="Hello")
        await visit.telegram.do("start", who="Erik")
        assert await told(answer, 1) == ["telegram"]


async def test_the_stream_outlives_a_simulator_that_cuts_its_connections(visit: Visit) -> None:
    async with visit.http.get(f"{visit.page.url}/api/telegram/changes") as answer:
        await told(answer, 1)
        await visit.telegram.do("cut")
        assert await told(answer, 1) == ["telegram"], "told again once the connection is back"


async def test_stopping_ends_the_streams(visit: Visit) -> None:
    async with visit.http.get(f"{visit.page.url}/api/changes") as answer:
        await told(answer, 2)
        async with asyncio.timeout(5):
            await visit.page.stop()
            await answer.read()


# the files


def modules() -> list[Path]:
    found = sorted(STATIC.glob("*.js"))
    assert len(found) > 5
    return found


@pytest.mark.parametrize("module", modules(), ids=lambda path: path.name)
def test_a_module_is_small_imports_what_is_there_and_writes_no_markup(module: Path) -> None:
    source = module.read_text("utf-8")
    assert len(source.splitlines()) < 400
    for name in re.findall(r'from "([^"]+)"', source):
        assert name.startswith("./"), f"{name} is not ours"
        assert (STATIC / name).is_file()
    forbidden = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|srcdoc|https?://(?!www\.w3\.org/2000/svg)"
    assert not re.findall(forbidden, source)


def test_page_and_style_load_nothing_from_elsewhere_and_have_nothing_inline() -> None:
    page = (STATIC / "page.html").read_text("utf-8")
    assert not re.search(r"<style|style=|\son\w+=|<script(?![^>]*src=)", page)
    for path in (*STATIC.glob("*.css"), STATIC / "page.html"):
        assert not re.search(r"https?://|@import|url\((?!['\"]?data:)", path.read_text("utf-8")), path.name


# contrast

PAIRS = [
    *[(ink, ground) for ink in ("ink", "soft") for ground in ("card", "raised", "ground", "hover")],
    *[("on-brand", "brand"), ("brand", "card"), ("brand", "ground"), ("bad", "card"), ("bad", "bad-wash")],
    *[("note-ink", "note-wash"), ("ink", "whisper"), ("soft", "whisper"), ("ink", "code"), ("good", "card")],
    *[("on-hue", f"hue-{number}") for number in range(8)],
]
WINDOW_PAIRS = [
    *[("accent", ground) for ground in ("card", "wash", "hover", "raised", "whisper")],
    *[("on-accent", "accent"), ("side-ink", "side"), ("side-ink", "side-on"), ("side-ink", "side-hover")],
    *[("side-soft", "side"), ("side-soft", "side-hover"), ("ink", "wash")],
]
BUBBLE_PAIRS = [(ink, ground) for ink in ("ink", "soft", "accent") for ground in ("bubble", "own", "talk")]


def colours(scheme: str, window: str) -> dict[str, str]:
    """The custom properties that hold in that window in that colour scheme."""
    found: dict[str, str] = {}
    for name in ("page.css", "window.css"):
        light, _, rest = (STATIC / name).read_text("utf-8").partition("@media (prefers-color-scheme: dark) {")
        dark = rest.split("\n}\n", 1)[0]
        for text in (light, dark if scheme == "dark" else ""):
            for selector, body in re.findall(r"(:root|\.\w+)\s*\{([^{}]*)\}", text):
                if selector in (":root", f".{window}"):
                    found |= dict(re.findall(r"--([\w-]+):\s*([^;]+);", body))
    return found


def luminance(colours: dict[str, str], name: str) -> float:
    value = colours[name]
    while value.startswith("var("):
        value = colours[value[6:-1]]
    digits = value[1:] if len(value) == 7 else "".join(2 * digit for digit in value[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("window", ["slack", "discord", "telegram"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_their_ground(scheme: str, window: str) -> None:
    """WCAG 2.2, 1.4.3: a contrast of at least 4.5 to 1."""
    known = colours(scheme, window)
    pairs = PAIRS + WINDOW_PAIRS + (BUBBLE_PAIRS if window == "telegram" else [])
    faint = []
    for ink, ground in pairs:
        dark, light = sorted((luminance(known, ink), luminance(known, ground)))
        ratio = (light + 0.05) / (dark + 0.05)
        faint += [f"{ink} on {ground}: {ratio:.2f}"] if ratio < 4.5 else []
    assert not faint

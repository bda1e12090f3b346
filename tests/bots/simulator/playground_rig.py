"""A visitor's browser at the playground, a bot in Slack spoken by hand, and an inbox to sign in to."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from playwright.async_api import BrowserContext, Locator, Page

from bots.simulator.playground import Playground
from tests.bots.simulator.slack_rig import Json
from tests.bots.simulator.slack_rig import Rig as SlackRig

CUSTOMER_DESK = "C0CUSTOM0001"


class Visit:
    """A page over the simulators of some rigs. What the browser complains of is kept, and must be nothing."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.set_default_timeout(5000)
        page.on("console", lambda said: self.complain(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def complain(self, text: str) -> None:
        if "status of 400 (Bad Request)" not in text:  # what the platform refuses is told to the visitor, too
            self.complaints.append(text)

    def window(self, platform: str) -> Locator:
        return self.page.locator(f"#window-{platform}")

    async def be(self, platform: str, person: str, room: str = "") -> Locator:
        """Sits down as that person, in that room."""
        window = self.window(platform)
        await window.get_by_label("Who you are in").select_option(person)
        if room:
            await window.get_by_role("navigation").get_by_role("button", name=room).click()
        return window

    async def write(self, window: Locator, text: str, thread: bool = False) -> None:
        box = window.locator(".pane textarea" if thread else ".main textarea")
        await box.fill(text)
        await box.press("Enter")


@asynccontextmanager
async def visiting(browser: BrowserContext, size: tuple[int, int] = (1440, 760), inbox: str = "", **rigs: Any) -> Any:
    playground = Playground({name: rig.sim.url for name, rig in rigs.items()}, inbox=inbox, port=0)
    await playground.start()
    page = await browser.new_page()
    try:
        await page.set_viewport_size({"width": size[0], "height": size[1]})
        visit = Visit(page)
        await page.goto(playground.url)
        yield visit
        assert visit.complaints == []
    finally:
        await page.close()
        await playground.stop()


async def meanwhile(deed: Awaitable[Any], answer: Callable[[], Awaitable[Any]]) -> Any:
    """Carries out a visitor's deed while the bot answers; returns what the bot made of it."""
    task = asyncio.ensure_future(deed)
    made = await answer()
    await task
    return made


async def slack_card(slack: SlackRig) -> str:
    def button(label: str, **more: Any) -> Json:
        return {"type": "button", "text": {"type": "plain_text", "text": label}, "action_id": label.lower()} | more

    high = {"text": {"type": "plain_text", "text": "High"}, "value": "h"}
    priority: Json = {"type": "static_select", "action_id": "priority", "options": [high]}
    priority["placeholder"] = {"type": "plain_text", "text": "Priority"}
    facts = [{"type": "mrkdwn", "text": "*Queue*\nCustomers"}, {"type": "mrkdwn", "text": "*Status*\nnew"}]
    blocks = [
        {"type": "section", "text": {"type": "mrkdwn", "text": "*#7* Lost <script>parcel</script>"}},
        {"type": "section", "fields": facts},
        {
            "type": "actions",
            "elements": [button("Claim", style="primary"), button("Resolve"), button("Reply"), priority],
        },
    ]
    return await slack.says(CUSTOMER_DESK, "#7", blocks=blocks)


def reply_form() -> Json:
    def field(block: str, label: str, element: Json) -> Json:
        return {"type": "input", "block_id": block, "label": {"type": "plain_text", "text": label}, "element": element}

    tone = [{"text": {"type": "plain_text", "text": label}, "value": label.lower()} for label in ("Warm", "Brief")]
    return {
        "type": "modal",
        "title": {"type": "plain_text", "text": "Reply to Erik"},
        "submit": {"type": "plain_text", "text": "Send it"},
        "blocks": [
            field("words", "Your words", {"type": "plain_text_input", "action_id": "w", "multiline": True}),
            field("tone", "Tone", {"type": "static_select", "action_id": "t", "options": tone}),
        ],
    }


class SlackBot:
    """Acknowledges everything; opens a form for Reply, and objects once to what is put in."""

    def __init__(self, slack: SlackRig) -> None:
        self.slack = slack
        self.came: list[Json] = []
        self.forms: list[asyncio.Task[Json]] = []

    def __call__(self, envelope: Json) -> Any:
        payload = envelope["payload"]
        self.came.append(payload)
        if payload.get("command"):
            return {"text": f"You said {payload['text']}.", "response_type": "ephemeral"}
        if payload.get("type") == "block_actions" and payload["actions"][0]["action_id"] == "reply":
            form = self.slack.call("views.open", trigger_id=payload["trigger_id"], view=reply_form())
            self.forms.append(asyncio.ensure_future(form))
        if payload.get("type") == "view_submission" and len(self.of("view_submission")) == 1:
            return {"response_action": "errors", "errors": {"words": "A little longer, please."}}
        return ""

    def of(self, kind: str) -> list[Json]:
        return [payload for payload in self.came if payload.get("type") == kind]


@asynccontextmanager
async def toy_inbox() -> AsyncIterator[str]:
    """A page with a button that signs in by a cookie, as the real inbox does; its link works once."""
    used: list[str] = []

    async def sign_in(request: web.Request) -> web.StreamResponse:
        if used:
            return web.Response(text="This link is used up.", content_type="text/html")
        if request.method == "GET":
            return web.Response(text="<form method=post><button>Sign in</button></form>", content_type="text/html")
        used.append(request.path)
        there = web.HTTPSeeOther("/")
        there.set_cookie("session", "omar", httponly=True, samesite="Lax")
        raise there

    async def show(request: web.Request) -> web.Response:
        who = request.cookies.get("session", "nobody")
        return web.Response(text=f"<h1>{request.path} for {who}</h1>", content_type="text/html")

    app = web.Application()
    app.router.add_route("*", "/signin/once", sign_in)
    app.router.add_get("/{path:.*}", show)
    runner = web.AppRunner(app, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()

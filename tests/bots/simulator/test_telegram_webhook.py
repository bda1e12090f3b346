"""The simulated Telegram's webhook: the secret, repeats with a growing pause, answers that are calls."""

import asyncio
from types import TracebackType
from typing import Any

from aiohttp import web

from tests.bots.simulator.telegram_rig import ANNA, Rig

SECRET = "X-Telegram-Bot-Api-Secret-Token"


class Hook:
    """A bot's own server: notes what comes, answers with the next of `answers`, else with 200."""

    def __init__(self) -> None:
        self.answers: list[web.Response] = []
        self.seen: asyncio.Queue[tuple[str | None, Any]] = asyncio.Queue()

    async def _take(self, request: web.Request) -> web.Response:
        self.seen.put_nowait((request.headers.get(SECRET), await request.json()))
        return self.answers.pop(0) if self.answers else web.Response()

    async def next(self) -> Any:
        """The text of the next message that came."""
        return (await asyncio.wait_for(self.seen.get(), 5))[1]["message"]["text"]

    async def __aenter__(self) -> "Hook":
        app = web.Application()
        app.router.add_post("/hook", self._take)
        self.runner = web.AppRunner(app)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self.runner.addresses[0][1]}/hook"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.runner.cleanup()


async def test_updates_are_posted_with_the_secret_and_polling_is_refused() -> None:
    async with Rig() as tg, Hook() as hook:
        await tg.say("anna", "dm", "before")
        assert (await tg.ask("setWebhook", url=hook.url, secret_token="s3-cret")).body == {
            "ok": True, "result": True, "description": "Webhook was set",
        }  # fmt: skip
        secret, update = await asyncio.wait_for(hook.seen.get(), 5)
        assert (secret, update["message"]["text"]) == ("s3-cret", "before")
        refusal = await tg.ask("getUpdates")
        assert refusal.status == 409
        assert refusal.refusal.startswith("Conflict: can't use getUpdates method while webhook is active;")
        assert (await tg.ask("deleteWebhook")).body["description"] == "Webhook was deleted"
        await tg.say("anna", "dm", "after")
        assert (await tg.update())["text"] == "after"


async def test_setting_a_webhook_ends_the_waiting_poll() -> None:
    async with Rig() as tg, Hook() as hook:
        waiting = asyncio.create_task(tg.ask("getUpdates", timeout=30))
        await tg.sim.until(lambda: tg.sim.polled)
        await tg.call("setWebhook", url=hook.url)
        assert (await waiting).refusal == "Conflict: terminated by setWebhook request"


async def test_a_failing_webhook_gets_the_same_update_again_in_order() -> None:
    async with Rig() as tg, Hook() as hook:
        tg.sim.first_pause = 0.01
        hook.answers = [web.Response(status=500), web.Response(status=503)]
        await tg.call("setWebhook", url=hook.url)
        await tg.say("anna", "dm", "one")
        await tg.say("anna", "dm", "two")
        assert [await hook.next() for _ in range(4)] == ["one", "one", "one", "two"]
        info = await tg.call("getWebhookInfo")
        assert info["last_error_message"] == "Wrong response from the webhook: 503 Service Unavailable"


async def test_pending_updates_are_counted_and_can_be_dropped() -> None:
    async with Rig() as tg:
        dead = "http://127.0.0.1:9/hook"
        await tg.call("setWebhook", url=dead, allowed_updates=["message"], max_connections=7)
        await tg.say("anna", "dm", "unheard")
        await tg.sim.until(lambda: tg.sim.webhook.last_error)
        info = await tg.call("getWebhookInfo")
        assert (info["url"], info["pending_update_count"], info["max_connections"]) == (dead, 1, 7)
        assert info["allowed_updates"] == ["message"]
        assert info["last_error_message"].startswith("Connection failed")
        await tg.call("deleteWebhook", drop_pending_updates=True)
        assert await tg.updates() == []


async def test_the_webhooks_answer_may_be_a_call() -> None:
    async with Rig() as tg, Hook() as hook:
        hook.answers = [web.json_response({"method": "sendMessage", "chat_id": ANNA, "text": "at once"})]
        await tg.call("setWebhook", url=hook.url)
        await tg.say("anna", "dm", "hello")
        await tg.sim.until(lambda: tg.sim.texts("dm:anna") == ["hello", "at once"])


async def test_webhooks_that_are_refused() -> None:
    async with Rig() as tg:
        assert await tg.refused("setWebhook", url="http://acme.example/hook") == (
            "Bad Request: bad webhook: An HTTPS URL must be provided for webhook"
        )
        assert await tg.refused("setWebhook", url="https://acme.example/", secret_token="å") == (
            "Bad Request: secret token contains unallowed characters"
        )
        assert (await tg.ask("deleteWebhook")).body["description"] == "Webhook is already deleted"

"""What Slack delivers, through Bolt: acknowledged only after the desk committed.

With `process_before_response` Bolt acknowledges after the listener, and a listener that raises is not acknowledged,
so that Slack delivers again. One listener stands for every kind of payload, so that nothing is left unacknowledged:
Slack disables apps that fail too often.
"""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp

from bots.port import Answer, Card, Command, Filled, Front, Press
from bots.slack import render
from bots.slack.events import Reader
from inbox.errors import StoreUnavailable
from inbox.model import Deleted, Edited, Place, Said

log = structlog.get_logger("slack")

ANY = re.compile(".*", re.DOTALL)
ANSWER_SECONDS = 2.3  # Slack shows an error after 3 s; a late answer goes to the response_url
STAFF_EVENTS = {"member_joined_channel", "member_left_channel", "subteam_members_changed", "user_change"}
ACCESS_EVENTS = {"tokens_revoked", "app_uninstalled"}
RAW_LIMIT = 100_000


class Receiver:
    """Registers the listeners of one connection on a Bolt app. `lost` is told when Slack takes the access away."""

    def __init__(self, app: AsyncApp, reader: Reader, front: Front, lost: Callable[[str], None]) -> None:
        self._reader, self._front, self._lost = reader, front, lost
        self._late: set[asyncio.Task[Any]] = set()
        app.event(ANY)(self._event)
        app.command(ANY)(self._command)
        app.action(ANY)(self._action)
        app.view(ANY)(self._view)
        app.view_closed(ANY)(self._only_ack)
        app.shortcut(ANY)(self._only_ack)
        app.options(ANY)(self._no_options)

    async def drain(self) -> None:
        """Waits for answers that are late."""
        if self._late:
            await asyncio.wait(self._late, timeout=3)

    # events

    async def _event(self, event: dict[str, Any], body: dict[str, Any], ack: Any) -> None:
        try:
            await self._take(event)
        except StoreUnavailable:
            raise  # not acknowledged: Slack delivers it again
        except Exception as error:
            log.exception("slack.event_not_understood", type=str(event.get("type"))[:60])
            raw = json.dumps(body, ensure_ascii=False, default=str)[:RAW_LIMIT]
            await self._front.quarantine(self._reader.connection, raw, f"{type(error).__name__}: {error}")
        await ack()

    async def _take(self, event: Mapping[str, Any]) -> None:
        kind = event.get("type")
        if kind in ("message", "app_mention"):
            await self.hand_in(await self._reader.message(event))
        elif kind in STAFF_EVENTS:
            if kind == "user_change":
                self._reader.people.forget(str(event["user"]["id"]))
            await self._front.people_changed(self._reader.connection)
        elif kind == "channel_id_changed":
            await self._front.moved(self._reader.connection, str(event["old_channel_id"]), str(event["new_channel_id"]))
        elif kind in ACCESS_EVENTS:
            self._lost("Slack took the bot's access away: install the app again and set the new token.")

    async def hand_in(self, found: Said | Edited | Deleted | None) -> None:
        match found:
            case Said():
                await self._front.said(found)
            case Edited():
                await self._front.edited(found)
            case Deleted():
                await self._front.deleted(found)

    # commands, buttons, forms

    async def _command(self, ack: Any, body: dict[str, Any], respond: Any) -> None:
        name, text = str(body["command"]).removeprefix("/"), str(body.get("text") or "")
        room = str(body["channel_id"])
        command = Command(
            f"{self._reader.connection}/command/{body['trigger_id']}",
            Place(self._reader.connection, room),
            await self._reader.people.account(str(body["user_id"]), str(body.get("user_name") or "")),
            text if name == "ticket" else f"{name} {text}",
            direct=room.startswith("D"),
        )

        async def at_once(answer: Answer) -> None:
            await ack(**_said(answer, None))

        await self._in_time(self._front.commanded(command), at_once, ack, respond, None)

    async def _action(self, ack: Any, body: dict[str, Any], respond: Any, client: Any) -> None:
        press = await self._press(body)
        form = self._front.opens_form(press.action, press.by.language)
        if form:
            metadata = json.dumps([press.place.room, press.place.thread])
            await client.views_open(trigger_id=body["trigger_id"], view=render.modal(form, metadata))
            await ack()
            return
        thread = press.place.thread

        async def at_once(answer: Answer) -> None:
            await ack()
            if answer.card:
                await respond(**_said(answer, thread))

        await self._in_time(self._front.pressed(press), at_once, ack, respond, thread)

    async def _press(self, body: Mapping[str, Any]) -> Press:
        action = body["actions"][0]
        container = body.get("container") or {}
        room = str((body.get("channel") or {}).get("id") or container.get("channel_id") or "")
        message = body.get("message") or {}
        message_id = str(container.get("message_ts") or message.get("ts") or "")
        thread = str(container.get("thread_ts") or message.get("thread_ts") or "")
        user = body["user"]
        return Press(
            f"{self._reader.connection}/press/{body.get('trigger_id') or action.get('action_ts')}",
            Place(self._reader.connection, room, thread, thread or message_id),
            await self._reader.people.account(str(user["id"]), str(user.get("name") or user.get("username") or "")),
            str(action.get("value") or action["action_id"]),
            message_id,
            direct=room.startswith("D"),
        )

    async def _view(self, ack: Any, body: dict[str, Any], client: Any) -> None:
        view, user = body["view"], body["user"]
        room, thread = _metadata(view.get("private_metadata"))
        values = {block: _value(next(iter(fields.values()), {})) for block, fields in view["state"]["values"].items()}
        filled = Filled(
            f"{self._reader.connection}/view/{view['id']}/{view.get('hash')}",
            Place(self._reader.connection, room, thread),
            await self._reader.people.account(str(user["id"]), str(user.get("name") or "")),
            str(view["callback_id"]),
            values,
        )

        async def at_once(answer: Answer) -> None:
            if answer.refused and answer.card and values:
                await ack(response_action="errors", errors={next(iter(values)): answer.card.text[:2000]})
                return
            await ack()
            await tell(answer)

        async def tell(answer: Answer) -> None:
            if answer.card:
                shown = render.messages(answer.card)[0]
                where = {"channel": room, "thread_ts": thread or None} if room else {"channel": filled.by.external_id}
                if room:
                    await client.chat_postEphemeral(user=filled.by.external_id, **where, **shown)
                else:
                    await client.chat_postMessage(**where, **shown)

        async def late(**_: Any) -> None:
            await tell(await task)

        task = asyncio.ensure_future(self._front.filled(filled))
        await self._in_time(task, at_once, ack, late, None)

    async def _in_time(
        self,
        deed: Awaitable[Answer],
        at_once: Callable[[Answer], Awaitable[None]],
        ack: Any,
        respond: Any,
        thread: str | None,
    ) -> None:
        """Answers with the acknowledgement where the deed is done in time, else acknowledges and answers later."""
        task = asyncio.ensure_future(deed)
        done, _ = await asyncio.wait({task}, timeout=ANSWER_SECONDS)
        if done:
            await at_once(task.result())
            return
        await ack()

        async def answer_late() -> None:
            try:
                answer = await task
                if answer.card:
                    await respond(**_said(answer, thread))
            except Exception:
                log.exception("slack.late_answer_failed")

        late = asyncio.create_task(answer_late())
        self._late.add(late)
        late.add_done_callback(self._late.discard)

    async def _only_ack(self, ack: Any) -> None:
        await ack()

    async def _no_options(self, ack: Any) -> None:
        await ack(options=[])


def _said(answer: Answer, thread: str | None) -> dict[str, Any]:
    """An answer as the arguments of ack() or of the response_url."""
    card = answer.card or Card()
    shown = render.messages(card)
    if not shown:
        return {}
    said: dict[str, Any] = {"response_type": "ephemeral" if answer.private else "in_channel", **shown[0]}
    if thread is not None:
        said["replace_original"] = answer.replace
        if thread and not answer.replace:
            said["thread_ts"] = thread
    return said


def _metadata(text: Any) -> tuple[str, str]:
    try:
        room, thread = json.loads(text)
        return str(room), str(thread)
    except (ValueError, TypeError):
        return "", ""


def _value(state: Mapping[str, Any]) -> str:
    """What was filled in, whatever kind of element it was."""
    selected = state.get("selected_option")
    return str(selected["value"]) if isinstance(selected, Mapping) else str(state.get("value") or "")

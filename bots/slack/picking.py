"""What somebody chooses from while they type, and what a choice would say before it is sent.

https://docs.slack.dev/reference/interaction-payloads/block_suggestion-payload
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bots.forms import split
from bots.port import Front, Press, Sought
from bots.slack import render
from bots.slack.calls import CALL_ERRORS, why
from bots.slack.events import Reader
from bots.slack.tuning import Tuning
from bots.slack.words import ident, stamp
from inbox.errors import StoreUnavailable
from inbox.model import Place

log = structlog.get_logger("slack")


class Picking:
    """The menus of one connection's forms that are filled as one types."""

    def __init__(self, client: AsyncWebClient, reader: Reader, front: Front, tuning: Tuning) -> None:
        self._client, self._reader, self._front, self._tuning = client, reader, front, tuning

    async def options(self, ack: Any, body: dict[str, Any]) -> None:
        """Answers with what fits; with nothing where that takes too long, for the answer can only be the first."""
        found: Sequence[tuple[str, str]] = ()
        try:
            async with asyncio.timeout(self._tuning.answer_seconds):
                found = await self._found(body)
        except (TimeoutError, StoreUnavailable) as error:
            log.warning("slack.nothing_suggested", connection=self._reader.connection, why=type(error).__name__)
        await ack(options=render.offered(found))

    async def _found(self, body: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
        user, view, typed = ident(body["user"].get("id")), body.get("view") or {}, str(body.get("value") or "")
        what, arguments = split(str(body["action_id"]))
        if arguments:
            by = await self._reader.people.account(user, self._tuning.lookup_seconds)
            ticket = int(arguments[0]) if arguments[0].isdecimal() else None
            place = Place(self._reader.connection, *opened_from(view.get("private_metadata")))
            return await self._front.complete(Sought(by, what, typed, place, ticket))
        return self._of_form(user, str(view.get("callback_id") or ""), str(body.get("block_id") or ""), typed)

    def _of_form(self, user: str, form_id: str, field_id: str, typed: str) -> Sequence[tuple[str, str]]:
        """The options of a form's own question that are too many for a menu."""
        form = self._front.opens_form(form_id, self._reader.people.language(user), self._reader.connection)
        field = next((one for one in form.fields if one.id == field_id), None) if form else None
        wanted = typed.strip().casefold()
        return [one for one in field.options if wanted in one[1].casefold()] if field else ()

    async def show(self, body: Mapping[str, Any]) -> None:
        """Shows in the form what was chosen as it would be sent."""
        view, action = body["view"], body["actions"][0]
        place = Place(self._reader.connection, *opened_from(view.get("private_metadata")))
        by = await self._reader.people.account(ident(body["user"].get("id")), self._tuning.lookup_seconds)
        key = f"{self._reader.connection}/press/{body.get('trigger_id') or action['action_ts']}"
        wish = f"{action['action_id']}:{action['selected_option']['value']}"
        answer = await self._front.pressed(Press(key, place, by, wish))
        if answer.card is None:
            return
        try:
            shown = render.showing(view, answer.card)
            await self._client.views_update(view_id=str(view["id"]), hash=view.get("hash"), view=shown)
        except CALL_ERRORS as error:
            log.warning("slack.choice_not_shown", why=why(error))


def opened_from(metadata: Any) -> tuple[str, str]:
    """Room and thread that a form was opened from."""
    try:
        room, thread = json.loads(metadata)
        return ident(room) if room else "", stamp(thread) if thread else ""
    except (ValueError, TypeError):
        return "", ""

"""Slack as a platform: one workspace, through slack-bolt and Socket Mode."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, TypeVar

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bots.port import Ability, Card, Front, Health, Hopeless, Mark, Pace, Sent, StartError
from bots.slack import check
from bots.slack.beside import Beside
from bots.slack.calls import ACCESS, CALL_ERRORS, NoAccess, carried, code_of, pages, why
from bots.slack.events import Reader
from bots.slack.files import Files
from bots.slack.gap import Gap
from bots.slack.hands import Hands
from bots.slack.home import Home, Readers
from bots.slack.manifest import events_path
from bots.slack.marks import Marks
from bots.slack.missed import Missed
from bots.slack.people import People
from bots.slack.posts import Posts
from bots.slack.receive import Receiver
from bots.slack.sockets import SOCKETS, Socket, Sockets, quiet
from bots.slack.tuning import Tuning
from bots.slack.uploads import Uploads
from bots.slack.web import Hook
from bots.slack.workspace import Workspace
from inbox.directory import AgentRef, Room
from inbox.filestore import FileStore
from inbox.model import Account, Place

log = structlog.get_logger("slack")

T = TypeVar("T")
BOT_TOKEN, APP_TOKEN = "bot token (SLACK_BOT_TOKEN, xoxb-…)", "app token (SLACK_APP_TOKEN, xapp-…)"
NO_WAY_IN = (
    "The Slack app token is missing (SLACK_APP_TOKEN, xapp-…): Socket Mode needs it. For events over HTTP set "
    "SLACK_SIGNING_SECRET instead."
)
TIMEOUT_SECONDS = 10


class SlackPlatform:
    """One bot account in one workspace (`bots.port.Platform`)."""

    name = "slack"
    abilities = frozenset(
        {
            Ability.EDITS,
            Ability.DELETES,
            Ability.WHISPERS,
            Ability.FORMS,
            Ability.MARKS,
            Ability.THREADS,
            Ability.HISTORY,
            Ability.RECONCILE,
            Ability.TELLS_EDITS,
            Ability.TELLS_DELETES,
            Ability.FILES,
            Ability.REACTIONS,
            Ability.PAGES,
        }
    )
    file_limit = 1_000_000_000  # bytes, https://slack.com/help/articles/201330736
    # docs "Rate limits": about one message a second a channel; limits are "per method", and chat.update has its own
    pace = Pace(room_seconds=1.0, per_second=20.0, edits_apart=True)
    keeps: timedelta | None = None

    def __init__(
        self,
        connection: str,
        *,
        bot_token: str,
        app_token: str,
        signing_secret: str,
        api_url: str,
        clock: Callable[[], datetime],
        files: FileStore,
        ticket_reaction: str = "",
        tuning: Tuning | None = None,
    ) -> None:
        """`ticket_reaction` is the emoji with which people ask for a ticket of a message; "" for none."""
        self.connection = connection
        self._app_token, self._api_url, self._ticket_reaction = app_token, api_url, ticket_reaction
        self._tuning = tuning or Tuning()
        self._client = self._web(bot_token)
        self._people = People(connection, self._client, clock)
        self._self: Mapping[str, Any] = {}
        self._scopes: frozenset[str] = frozenset()
        self._hook = Hook(signing_secret, clock) if signing_secret and not app_token else None
        self._sockets: Sockets | None = None
        self._receiver: Receiver | None = None
        self._gap: Gap | None = None
        self._home: Home | None = None
        self._readers = Readers(clock)
        self._seen: frozenset[str] = frozenset()
        self._proving: asyncio.Task[None] | None = None
        self._trouble = ""
        self._files = Files(self._client, api_url, files)
        uploads = Uploads(self._client, self._do, files, self._files.checked)
        self._posts = Posts(self._client, self._do, lambda: str(self._self.get("user_id")), uploads)

    def _web(self, token: str | None) -> AsyncWebClient:
        # no retries by the SDK: on a dropped connection its own would post twice
        return AsyncWebClient(
            token=token, base_url=self._api_url, timeout=TIMEOUT_SECONDS, retry_handlers=[], logger=quiet()
        )

    # life

    async def connect(self) -> Sequence[Room]:
        answer = await self._prove(self._client.auth_test(), BOT_TOKEN)
        self._self = {key: answer.get(key) for key in ("user_id", "bot_id", "team_id", "enterprise_id")}
        self._people.team = str(answer.get("team_id") or "")
        self._scopes = frozenset(
            filter(None, str(answer.headers.get("x-oauth-scopes", "")).replace(" ", "").split(","))
        )
        self._weigh_scopes()
        if not self._app_token and not self._hook:
            raise StartError(NO_WAY_IN)
        return await self.rooms()

    def _weigh_scopes(self) -> None:
        """Raises StartError where a scope is missing without which nothing good can come of it."""
        if not self._scopes:
            return
        lacking = check.missing(self._scopes, needed=True)
        if lacking:
            raise StartError(check.install_again(lacking))
        for scope in check.missing(self._scopes, needed=False):
            log.warning(
                "slack.scope_missing", connection=self.connection, scope=scope, hint=check.install_again([scope])
            )

    async def rooms(self) -> Sequence[Room]:
        rooms = await self._prove(self._rooms(), BOT_TOKEN)
        self._seen = frozenset(room.external_id for room in rooms)
        if self._gap:
            self._gap.seen = self._seen
        return rooms

    async def _rooms(self) -> list[Room]:
        """The channels that the bot is in."""
        kinds = "public_channel,private_channel"
        arguments: dict[str, Any] = {"types": kinds, "exclude_archived": True, "limit": 200}
        return [
            Room(self.connection, str(one["id"]), f"#{one['name']}", private=bool(one.get("is_private")))
            async for one in pages(self._client.users_conversations, "channels", **arguments)
        ]

    async def _prove(self, call: Awaitable[T], what: str) -> T:
        """Awaits a call of the start. Raises StartError with a sentence that says what to do."""
        try:
            return await call
        except CALL_ERRORS as error:
            code = code_of(error)
            if code in ACCESS or code == "not_allowed_token_type":
                raise StartError(
                    f"Slack does not accept the {what} ({code}). Set it anew from the app's pages."
                ) from None
            if code == "missing_scope" and isinstance(error, SlackApiError):
                raise StartError(check.install_again([str(error.response.get("needed"))])) from None
            raise StartError(f"Slack could not be reached ({why(error)}).") from None

    async def start(self, front: Front, follow: frozenset[str]) -> None:
        reader = Reader(
            self.connection, str(self._self["user_id"]), self._people, Missed(), self._tuning.lookup_seconds
        )
        gap = Gap(self._client, reader, front, follow, self._tuning)
        gap.seen = self._seen
        home, beside = Home(self._client, reader, front, self._readers, self._tuning), Beside()
        workspace = Workspace(reader, front, gap, home, self._tuning, self._lost)
        hands = Hands(self._client, reader, front, gap, home, beside, self._tuning)
        marks = Marks(self._client, reader, front, beside, self._tuning, self._ticket_reaction)
        app = self._bolt()
        receiver = Receiver(app, reader, front, hands, workspace, marks, beside, gap.read)
        self._gap, self._receiver, self._home = gap, receiver, home
        if self._hook:
            self._hook.open(receiver, gap)
            gap.begin()
        else:
            await self._open_sockets(app, receiver, gap)
        self._trouble = ""
        home.redraw(self.readers())
        await gap.settled(self._tuning.gap_seconds)

    async def _open_sockets(self, app: AsyncApp, receiver: Receiver, gap: Gap) -> None:
        web, ping = self._web(None), self._tuning.ping_seconds

        def make(greeted: Callable[[Socket], None]) -> Socket:
            return Socket(app, web, self._app_token, ping, receiver.answer, receiver.poison, greeted)

        self._sockets = Sockets(make, gap.begin)
        try:
            await self._prove(self._sockets.open(ping), APP_TOKEN)
        except BaseException:
            await self.stop()
            raise

    def hooks(self) -> Mapping[str, Hook]:
        """What answers where on our own server: nothing in Socket Mode."""
        return {events_path(self.connection): self._hook} if self._hook else {}

    def follow(self, rooms: frozenset[str]) -> None:
        if self._gap:
            self._gap.uses(rooms)

    def readers(self) -> Collection[str]:
        return self._readers.lately()

    def redraw(self, accounts: Collection[str]) -> None:
        if self._home:
            self._home.redraw(accounts)

    def _bolt(self) -> AsyncApp:
        """The Bolt app. It knows who it is, so that it need not ask Slack with an event in its hands."""
        known = AuthorizeResult(
            enterprise_id=self._self.get("enterprise_id"),
            team_id=self._self.get("team_id"),
            bot_user_id=self._self.get("user_id"),
            bot_id=self._self.get("bot_id"),
            bot_token=self._client.token,
        )

        async def authorize(**_: Any) -> AuthorizeResult:
            return known

        return AsyncApp(
            client=self._web(None),
            authorize=authorize,
            signing_secret="not used",  # noqa: S106 - what comes over HTTP is verified before
            process_before_response=True,
            raise_error_for_unhandled_request=True,
            logger=quiet(),
        )

    async def stop(self) -> None:
        home, self._home = self._home, None
        if home:
            home.stop()
        if self._gap:
            await self._gap.stop()
        if self._proving:
            self._proving.cancel()
            await asyncio.wait({self._proving})
        if self._hook:
            self._hook.close()
        sockets, self._sockets = self._sockets, None
        if sockets:
            sockets.mute()
        if self._receiver:
            await self._receiver.drain()
        if sockets:
            await sockets.close()

    # health

    def _lost(self, sentence: str) -> None:
        if not self._trouble:
            log.error("slack.access_lost", connection=self.connection, why=sentence)
        self._trouble = sentence
        if self._proving is None or self._proving.done():
            self._proving = asyncio.create_task(self._prove_again(), name=f"{self.connection} token")

    async def _prove_again(self) -> None:
        """Tries the token until it is good again."""
        while self._trouble:
            await asyncio.sleep(self._tuning.again_seconds)
            with suppress(*CALL_ERRORS):
                await self._client.auth_test()
                self._trouble = ""

    def health(self) -> Health:
        if self._trouble:
            return Health(False, self._trouble)
        if self._hook:
            return Health(self._hook.is_open, "" if self._hook.heard else "Slack has delivered nothing over HTTP yet.")
        up = self._sockets.up if self._sockets else 0
        if up == 0:
            return Health(False, "Slack's sockets are down; they are being opened again.")
        return Health(
            True, "" if up == SOCKETS else f"{up} of {SOCKETS} sockets to Slack is up; the other is being opened."
        )

    # who and what

    async def people(self, ref: AgentRef | Room) -> Sequence[Account]:
        return await self._people.of(ref)

    async def check(self, rooms: Mapping[str, Room | None], refs: Sequence[AgentRef]) -> Sequence[str]:
        found = check.problems(self._scopes, rooms)
        if not self._app_token and not self._hook:
            found.append(NO_WAY_IN)
        elif not self._hook:
            opened = self._web(None).apps_connections_open(app_token=self._app_token)
            try:
                await self._prove(opened, APP_TOKEN)
            except StartError as error:
                found.append(str(error))
        for ref in refs:
            try:
                if not await self._people.of(ref):
                    found.append(f"{ref} names nobody who may be an agent (no bots, guests or externals).")
            except StartError as error:
                found.append(str(error))
        return found

    # posts

    async def _do(self, call: Awaitable[T]) -> T:
        """A call that changes something. Raises SendError's branches."""
        try:
            done = await carried(call)
        except NoAccess as error:
            self._lost(str(error))
            raise
        self._trouble = ""
        return done

    async def send(self, place: Place, card: Card, nonce: str, *, opens: str = "", answers: str = "") -> Sent:
        return await self._posts.send(place.room, place.thread, card, nonce)

    async def open_private(self, place: Place, title: str, *, again: bool) -> str:
        raise Hopeless("Slack has no threads for one person alone.", "unknown_ability")

    async def direct(self, account: str, card: Card, nonce: str) -> Sent:
        return await self._posts.direct(account, card, nonce)

    async def open_topic(self, room: str, title: str) -> str:
        raise Hopeless("Slack's threads hang on messages.", "unknown_ability")

    async def whisper(self, place: Place, account: str, card: Card) -> None:
        await self._posts.whisper(place, account, card)

    async def edit(self, place: Place, parts: tuple[str, ...], card: Card, nonce: str) -> tuple[str, ...]:
        return await self._posts.edit(place, parts, card, nonce)

    async def delete(self, place: Place, parts: tuple[str, ...]) -> None:
        await self._posts.delete(place.room, parts)

    async def mark(self, place: Place, message_id: str, mark: Mark) -> None:
        await self._posts.mark(place.room, message_id, mark)

    async def typing(self, place: Place) -> None:
        raise Hopeless("Slack shows nobody that a bot writes.", "unknown_ability")

    async def react(self, place: Place, message_id: str, emoji: str, *, on: bool) -> None:
        await self._posts.react(place.room, message_id, emoji, on=on)

    def fetch(self, ref: str) -> AsyncIterator[bytes]:
        return self._files.fetch(ref)

    async def label(self, place: Place, status: str) -> None:
        raise Hopeless("Slack's threads carry no tags.", "unknown_ability")

    async def rename(self, place: Place, title: str) -> None:
        raise Hopeless("Slack's threads have no names.", "unknown_ability")

    async def find_sent(self, place: Place, nonce: str, since: datetime) -> Sent | None:
        return await self._posts.find(place, nonce, since)

"""The composition root: the only file that knows every concrete class, and the only one that reads the wall clock."""

import asyncio
import os
import secrets
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import structlog

from bots.fetching import SHELF_SECONDS, Fetcher
from bots.front import FrontDoor
from bots.hooks import Hook, behind, hooks_of
from bots.pages import Pages
from bots.port import Ability, Platform, SendError, StartError
from bots.relay import Relay, Tuning
from frontdesk.rooms import Rooms, desk_rooms, named_rooms, private_rooms, staffed
from frontdesk.serving import listen, server
from frontdesk.settings import Settings, Tokens
from frontdesk.supervisor import Supervisor
from inbox.desk import digests, gaps, idle, leases, policies, ringing, signin, tidying, upkeep, windows
from inbox.desk.door import Desk
from inbox.directory import AgentRef, Connection, Directory, Queue, Room
from inbox.directory import Desk as DeskFile
from inbox.errors import StoreError
from inbox.filestore import FileStore
from inbox.model import Account, Place
from inbox.store import schema
from inbox.store.listen import Listener
from sla.alarmclock import AlarmClock
from sla.scheduler import Metronome

log = structlog.get_logger("frontdesk")

ROLES = ("web", "bots", "relay", "scheduler")
STAFF_SECONDS = 300.0
ROOMS_SECONDS = 60.0
HEARD_SECONDS = 60.0
POLICIES_SECONDS = 60.0
READY_WAIT_SECONDS = 20.0
TYPING_SECONDS = 3.0  # that somebody writes is shown soon or not at all
BEAT_SECONDS = 1.0  # for a beat that is under way at the end
DRAIN_SECONDS = 7.0


def wall_clock() -> datetime:
    return datetime.now(UTC)


def make_platform(
    connection: Connection,
    tokens: Tokens,
    clock: Callable[[], datetime],
    rooms: Sequence[str],
    files: FileStore,
    language: str = "en",
    desks: Sequence[str] = (),
    ticket_reaction: str = "",
    private: frozenset[str] = frozenset(),
    agents: bool = True,
) -> Platform:
    """The adapter for a connection; its library is loaded only here, so that unused platforms cost no memory.

    `rooms` are those that the desk names on it, `desks` those of them where agents work, `language` is the desk's,
    `files` where people's files lie, `ticket_reaction` the emoji that asks for a ticket, `private` the rooms, as the
    file names them, in which threads are opened for one person alone; `agents` says whether any work there.
    """
    if connection.platform == "slack":
        from bots.slack.adapter import SlackPlatform

        return SlackPlatform(
            connection.name,
            bot_token=tokens.bot.get_secret_value(),
            app_token=tokens.app.get_secret_value(),
            signing_secret=tokens.signing_secret.get_secret_value(),
            api_url=tokens.api_url,
            clock=clock,
            files=files,
            ticket_reaction=ticket_reaction,
        )
    if connection.platform == "discord":
        from bots.discord.adapter import DiscordPlatform

        return DiscordPlatform(
            connection.name,
            bot_token=tokens.bot.get_secret_value(),
            api_url=tokens.api_url,
            gateway_url=tokens.gateway_url,
            clock=clock,
            files=files,
            ticket_reaction=ticket_reaction,
            private=private,
            staffed=agents,
        )
    from bots.telegram.adapter import TelegramPlatform

    return TelegramPlatform(
        connection.name,
        bot_token=tokens.bot.get_secret_value(),
        api_url=tokens.api_url,
        file_url=tokens.file_url,
        clock=clock,
        files=files,
        rooms=rooms,
        desks=desks,
        language=language,
        webhook=tokens.webhook_url,
        webhook_secret=tokens.webhook_secret.get_secret_value(),
    )


class App:
    """Frontdesk as a running thing. `only` names the roles of this process; None is all of them.

    Raises OSError where the folder of the database cannot be made.
    """

    def __init__(
        self,
        settings: Settings,
        desk_file: DeskFile,
        *,
        secret: str,
        only: frozenset[str] | None = None,
        clock: Callable[[], datetime] = wall_clock,
        frame_ancestors: str = "'none'",
    ) -> None:
        self.settings, self.desk_file, self.clock = settings, desk_file, clock
        self._secret, self._frame_ancestors = secret, frame_ancestors
        self.roles = only or frozenset(ROLES)
        self.desk = Desk(settings.database_url.get_secret_value(), Directory(desk_file), clock)
        self._rooms = Rooms(self.desk, self.staff)
        self._files = settings.files
        self._fetcher: Fetcher | None = None
        self._pages: Pages | None = None
        self.relay: Relay | None = None
        self._supervisors: dict[str, Supervisor] = {}
        self._metronome = Metronome()
        self._alarm_clock = AlarmClock(self._ring, clock)
        self._listener: Listener | None = None
        self._web: Any = None
        self._streams: Any = None
        self._metrics: Any = None
        self._web_task: asyncio.Task[None] | None = None
        self._staffing = asyncio.Lock()
        self._file_followed = False
        self._owner = f"{socket.gethostname()[:40]}-{os.getpid()}-{secrets.token_hex(3)}"

    async def start(self) -> None:
        """Brings up the database, the web, the connections and the scheduler; returns when each was tried once.

        Raises StoreError where the database cannot be used, OSError where the web's port is taken.
        """
        if self.desk.store.is_sqlite:
            schema.migrate(self.desk.store.engine)
        else:
            schema.check(self.desk.store.engine)
            self._listener = Listener(self.settings.database_url.get_secret_value(), self.desk.store.tell)
            self._listener.start()
        await self._know_rooms()
        front = FrontDoor(
            self.desk, self.sign_in_link, self.staff, self.rooms_changed, self._files_came, self._show_typing
        )
        platforms = {
            connection.name: make_platform(
                connection,
                self.settings.tokens(connection),
                self.clock,
                named_rooms(self.desk_file, connection.name),
                self._files,
                self.desk_file.language,
                desk_rooms(self.desk_file, connection.name),
                self.desk_file.ticket_reaction,
                private_rooms(self.desk_file, connection.name),
                staffed(self.desk_file, connection.name),
            )
            for connection in self.desk_file.connections.values()
            if self.settings.tokens(connection).bot.get_secret_value()
        }
        hooks = hooks_of(platforms.values()) if "bots" in self.roles else {}
        if "web" in self.roles:
            await self._start_web(hooks)
        elif hooks:
            log.error("connection.unreached", paths=list(hooks), hint="Run the roles web and bots in one process.")
        if self.roles & {"bots", "relay"}:
            self._start_connections(platforms, front)
        if "bots" in self.roles:
            sources = {name: one for name, one in platforms.items() if Ability.FILES in one.abilities}
            self._fetcher = Fetcher(self.desk, self._files, sources)
            self._fetcher.start()
            self._metronome.every(SHELF_SECONDS, "files", self._fetcher.tidy)
            self._pages = Pages(self.desk, platforms.values())
            self._pages.start()
        if "relay" in self.roles:
            self.relay = Relay(self.desk, platforms, self._owner, tuning=Tuning(file_limit=self._files.limit))
            await self.relay.start()
        if "scheduler" in self.roles:
            await self.desk.do(tidying.begin)
            await self.desk.do(digests.begin)
            ringing.listen(self.desk, self._alarm_clock.due)
            self._alarm_clock.start()
            self._metronome.every(POLICIES_SECONDS, "policies", self._follow_file)
        if "bots" in self.roles:
            self._metronome.every(STAFF_SECONDS, "staff", self._staff_all)
        self._metronome.every(ROOMS_SECONDS, "rooms", self._keep_rooms)
        self._metronome.every(HEARD_SECONDS, "heard", self._heard)
        self._metronome.start()
        await self._each_tried()

    async def stop(self) -> None:
        """Takes in nothing more, sends what is ready within 7 s, and closes everything."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._metronome.drain(), BEAT_SECONDS)
        self._metronome.stop()
        await self._alarm_clock.stop(BEAT_SECONDS)
        if self._pages:
            await self._pages.stop()
        await asyncio.gather(*(s.stop() for s in self._supervisors.values()), return_exceptions=True)
        if self._fetcher:
            await self._fetcher.stop()
        await self._give_back()
        if self.relay:
            await self.relay.drain(DRAIN_SECONDS)
        await asyncio.gather(*(s.close() for s in self._supervisors.values()), return_exceptions=True)
        if self._web is not None:
            self._streams.close()
            self._web.should_exit = True
            if self._web_task:
                with suppress(asyncio.TimeoutError, asyncio.CancelledError):
                    await asyncio.wait_for(self._web_task, 2)
        if self._listener:
            await self._listener.stop()
        await self.desk.close()

    def _files_came(self, connection: str) -> None:
        if self._fetcher:
            self._fetcher.wake(connection)

    async def _show_typing(self, place: Place) -> None:
        supervisor = self._supervisors.get(place.connection)
        platform = supervisor.platform if supervisor and supervisor.health().ok else None
        if platform and Ability.TYPING in platform.abilities:
            with suppress(SendError, TimeoutError):
                async with asyncio.timeout(TYPING_SECONDS):
                    await platform.typing(place)

    # connections

    def _start_connections(self, platforms: Mapping[str, Platform], front: FrontDoor) -> None:
        for name, platform in platforms.items():
            right = self._receiving_right(name, platform) if "bots" in self.roles else {"hold": None}
            supervisor = self._supervisors[name] = Supervisor(platform, front, self._rooms, **right)
            supervisor.start()

    async def _each_tried(self) -> None:
        """Until each connection stands or said why not; one that does not answer is not waited for long."""
        waits = [asyncio.ensure_future(s.tried.wait()) for s in self._supervisors.values()]
        if waits:
            _, late = await asyncio.wait(waits, timeout=READY_WAIT_SECONDS)
            for task in late:
                task.cancel()

    def _receiving_right(self, connection: str, platform: Platform) -> dict[str, Any]:
        """On PostgreSQL several processes may run, and one of them dials out; SQLite has one process only."""
        if self.desk.store.is_sqlite or hooks_of([platform]):
            return {}

        async def hold() -> bool:
            return await self.desk.do(leases.take, f"receive:{connection}", self._owner) is not None

        return {"hold": hold, "renew_seconds": leases.RENEW_SECONDS}

    async def _give_back(self) -> None:
        for connection in self._supervisors if not self.desk.store.is_sqlite else ():
            with suppress(StoreError):
                await self.desk.do(leases.give_back, f"receive:{connection}", self._owner)

    # rooms

    async def rooms_changed(self, connection: str) -> None:
        """Has a connection's rooms and agents looked up again, where this process receives from it."""
        if connection in self._supervisors:
            await self._supervisors[connection].rooms_changed()

    async def _keep_rooms(self) -> None:
        """The rooms that another process found; and where this one receives, what its last look did not find."""
        await self._know_rooms()
        for name, supervisor in self._supervisors.items():
            if supervisor.receives and (supervisor.behind or self._rooms.missing(name)):
                await supervisor.rooms_changed()

    async def _heard(self) -> None:
        """Until when each connection was listened to."""
        for name, supervisor in self._supervisors.items():
            if supervisor.receives and supervisor.health().ok:
                await self.desk.do(gaps.heard, name, supervisor.platform.keeps)

    async def _know_rooms(self) -> None:
        """Until this process hears of rooms itself, those that were seen last are the ones there are."""
        mine = {name for name, supervisor in self._supervisors.items() if supervisor.receives}
        await self._rooms.known([name for name in self.desk_file.connections if name not in mine])

    # people

    async def _staff_all(self) -> None:
        await self.staff("")

    async def staff(self, connection: str) -> None:
        """Looks the agents of every queue up again where `connection` ("" for all) has a say in them."""
        async with self._staffing:
            for queue in self.desk_file.queues.values():
                refs = self._agent_refs(queue)
                if connection and connection not in {self._connection_of(ref) for ref in (*refs, *queue.leads)}:
                    continue
                await self._staff_queue(queue, refs)

    def _agent_refs(self, queue: Queue) -> tuple[AgentRef | Room, ...]:
        if queue.agents != "members":
            return queue.agents
        room = self.desk.directory.desk_room(queue)
        return (room,) if room else ()

    def _connection_of(self, ref: AgentRef | Room) -> str:
        return ref.connection

    async def _staff_queue(self, queue: Queue, refs: tuple[AgentRef | Room, ...]) -> None:
        """One team. A reference that cannot be looked up now leaves the team as it was: nobody is locked out by it."""
        team: dict[Account, str] = {}
        for role, group in (("agent", refs), ("lead", queue.leads)):
            for ref in group:
                supervisor = self._supervisors.get(self._connection_of(ref))
                if supervisor is None:
                    return
                try:
                    for account in await supervisor.platform.people(ref):
                        team[account] = role
                except StartError as error:
                    log.warning("agents.not_found", queue=queue.key, who=str(ref), why=str(error))
                    return
                except Exception:
                    log.exception("agents.failed", queue=queue.key)
                    return
        await self.desk.do(upkeep.staff, {queue.key: team})

    # the scheduler, the web

    async def _follow_file(self) -> None:
        """Once after the start: what there was is looked after by what the desk file says now."""
        if not self._file_followed:
            await policies.follow_file(self.desk)
            await idle.follow_file(self.desk)
            await windows.follow_file(self.desk)
            self._file_followed = True

    async def _ring(self) -> datetime | None:
        began = time.monotonic()
        soonest = await ringing.ring(self.desk)
        if self._metrics:
            self._metrics.ticks.observe(time.monotonic() - began)
        return soonest

    def health(self) -> dict[str, tuple[bool, str]]:
        """Connection → (up, why not)."""
        states = {name: supervisor.health() for name, supervisor in self._supervisors.items()}
        return {name: (state.ok, state.sentence) for name, state in states.items()}

    async def sign_in_link(self, person: int | None) -> str:
        """A one-time link into the inbox, for an agent (15 minutes) or, with None, the operator (60)."""
        token = await self.desk.do(signin.make, person)
        return f"{self.url}/signin/{token}"

    @property
    def url(self) -> str:
        """The inbox's address, without a slash at its end."""
        return self.settings.inbox_url.rstrip("/")

    async def _start_web(self, hooks: Mapping[str, Hook]) -> None:
        from inbox.web.app import create_app
        from inbox.web.health import Metrics

        self._metrics = Metrics()
        listening = listen(self.settings.inbox_host, self.settings.inbox_port)
        self.settings = self.settings.bound(listening.getsockname()[1])
        web = create_app(
            self.desk,
            secret=self._secret,
            url=self.url,
            health=self.health,
            metrics=self._metrics,
            frame_ancestors=self._frame_ancestors,
            files=self._files,
        )
        self._streams = web.state.live
        self._web = server(behind(hooks, web))
        self._web_task = asyncio.create_task(self._web.serve(sockets=[listening]), name="web")

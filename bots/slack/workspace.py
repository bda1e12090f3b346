"""What happens in the workspace beside words: people and rooms come, change and go, and access is taken away.

https://docs.slack.dev/reference/events. Events of public channels come from all of the workspace, so most of them are
about rooms that are none of ours.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

import structlog

from bots.port import Front
from bots.slack.events import Reader
from bots.slack.gap import Gap, beginning
from bots.slack.home import Home
from bots.slack.tuning import Tuning
from bots.slack.words import ident, instant, stamp

log = structlog.get_logger("slack")

# A room that the bot is in is called otherwise, or is none any more. Slack tells a bot that it was removed with
# `…_left`; `member_left_channel` it tells only of others (bolt-js issue 1847).
CHANGED = {f"{kind}_{what}" for kind in ("channel", "group") for what in ("archive", "deleted", "left", "rename")}
BACK = {"channel_unarchive", "group_unarchive"}
STAFF = {"user_change", "member_joined_channel", "member_left_channel", "subteam_members_changed", "subteam_updated"}
ACCESS = {"app_uninstalled", "tokens_revoked"}
KINDS = CHANGED | BACK | STAFF | ACCESS | {"app_home_opened", "channel_id_changed"}  # what is listened to beside words
NOW_PRIVATE = "channel_convert_to_private"  # a message's subtype


class Workspace:
    """Has people or rooms looked up again when something happened that decides about them: soon, and once for all that
    happens until then. `lost` is told when Slack took the bot's access away.
    """

    def __init__(
        self, reader: Reader, front: Front, gap: Gap, home: Home, tuning: Tuning, lost: Callable[[str], None]
    ) -> None:
        self._reader, self._front, self._gap, self._home = reader, front, gap, home
        self._tuning, self._lost = tuning, lost
        self._soon: dict[str, asyncio.Task[None]] = {}  # what is going to be looked up, and is not yet
        self._under_way: set[asyncio.Task[None]] = set()
        self._arriving: dict[str, asyncio.Task[None]] = {}

    async def happened(self, event: Mapping[str, Any]) -> None:
        """Takes in an event. Raises KeyError, TypeError or ValueError where it is not as documented."""
        kind, connection = event["type"], self._reader.connection
        if kind == "member_joined_channel" and event["user"] == self._reader.bot_user:
            self._arrived(ident(event.get("channel")))
            began = beginning(instant(stamp(event.get("event_ts"))))
            await self._front.begins(connection, {ident(event.get("channel")): began})
        elif self._decides_rooms(kind, event):
            self._look_up("rooms", self._tuning.rooms_seconds, self._front.rooms_changed)
        elif self._decides_staff(kind, event):
            self._look_up("staff", self._tuning.staff_seconds, self._front.people_changed)
        elif kind == "app_home_opened" and event.get("tab") == "home":
            self._beside(self._home.show(ident(event.get("user"))), "home")
        elif kind == "channel_id_changed":
            await self._front.moved(connection, ident(event.get("old_channel_id")), ident(event.get("new_channel_id")))
        elif kind == "app_uninstalled" or (kind == "tokens_revoked" and event["tokens"].get("bot")):
            self._lost("Slack took the bot's access away: install the app again and set its new token.")

    async def known(self, room: str) -> None:
        """Waits, not for long, until it is known what a room is that the bot was just invited to."""
        if room in self._arriving:
            await asyncio.wait({self._arriving[room]}, timeout=self._tuning.answer_seconds)

    def stop(self) -> None:
        """Looks nothing up any more."""
        for task in self._under_way:
            task.cancel()

    def _arrived(self, room: str) -> None:
        log.info("slack.invited", room=room)
        self._reader.missed.joined.add(room)
        task = self._look_up("rooms", self._tuning.rooms_seconds, self._front.rooms_changed)
        self._arriving[room] = task
        task.add_done_callback(lambda _: self._arriving.pop(room, None))

    def _decides_rooms(self, kind: str, event: Mapping[str, Any]) -> bool:
        if kind in BACK:
            return True
        if kind in CHANGED:
            room = event["channel"]
            return (room["id"] if isinstance(room, Mapping) else room) in self._gap.seen
        return kind == "message" and event.get("subtype") == NOW_PRIVATE and event.get("channel") in self._gap.seen

    def _decides_staff(self, kind: str, event: Mapping[str, Any]) -> bool:
        """Does the event change who may be an agent? Most changes of profiles do not, and there are many."""
        people = self._reader.people
        match kind:
            case "user_change":
                return people.learn(event["user"])
            case "member_joined_channel" | "member_left_channel":
                return event["channel"] in self._gap.follow
            case "subteam_members_changed":
                return people.decides(event["subteam_id"])
            case "subteam_updated":
                return people.decides(event["subteam"]["id"])
        return False

    def _look_up(self, what: str, seconds: float, call: Callable[[str], Awaitable[None]]) -> asyncio.Task[None]:
        if what not in self._soon:
            self._soon[what] = self._beside(self._later(what, seconds, call), what)
        return self._soon[what]

    def _beside(self, work: Coroutine[Any, Any, None], what: str) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=f"slack {what}")
        self._under_way.add(task)
        task.add_done_callback(self._done)
        return task

    async def _later(self, what: str, seconds: float, call: Callable[[str], Awaitable[None]]) -> None:
        await asyncio.sleep(seconds)
        del self._soon[what]  # who asks from now on has news that this look-up may not see
        await call(self._reader.connection)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if not task.cancelled() and task.exception():
            log.error("slack.look_up_failed", exc_info=task.exception())

"""A furnished house for the tests: a sample desk, its people, and a clock that moves only when told."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

from inbox.desk.door import Desk
from inbox.directory import DM, AgentRef, Connection, Directory, Queue, Room, RoomRef, SurveySettings
from inbox.directory import Desk as DeskFile
from inbox.model import Account, Place, Said
from inbox.store import people, threads
from sla.duration import Duration
from sla.hours import ALWAYS
from sla.policy import Policy, Targets

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Clock:
    """The present, told by the test."""

    def __init__(self, now: datetime = MONDAY) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float = 0, *, hours: float = 0, days: float = 0) -> datetime:
        self.now += timedelta(seconds=seconds, hours=hours, days=days)
        return self.now


def standard_policy() -> Policy:
    """Always open; first reply in 4 h (urgent 15 min), resolution in 16 h; a claim returns after 4 h."""
    targets = Targets(
        {
            "first_reply": {"normal": Duration(4 * 3600), "urgent": Duration(900)},
            "resolution": {"normal": Duration(16 * 3600), "urgent": Duration(4 * 3600)},
        }
    )
    return Policy("standard", ALWAYS, targets, (), Duration(4 * 3600))


ROOMS = {
    "acme:#it-help": Room("acme", "C-HELP", "#it-help"),
    "acme:#it-desk": Room("acme", "C-DESK", "#it-desk", private=True),
    "acme:#payroll-desk": Room("acme", "C-PAY", "#payroll-desk", private=True),
    "community:#support": Room("community", "900", "#support"),
    "community:#desk": Room("community", "901", "#desk", private=True),
    "shop:Desk": Room("shop", "-1001", "Desk", "forum", private=True),
}


def sample_directory(**changes: object) -> Directory:
    """Queues: it (Slack both sides, default), customers (Telegram DM and Discord in, Slack desk), games (Discord in,
    Telegram desk) and payroll (private)."""
    policy = standard_policy()
    survey = SurveySettings("csat", 3600)
    agents = (AgentRef("acme", "user", "U-OMAR"), AgentRef("acme", "user", "U-LISA"))

    def room(text: str) -> RoomRef:
        return RoomRef(*text.split(":", 1))

    queues = [
        Queue(
            "it",
            "IT support",
            policy,
            (room("acme:#it-help"), RoomRef("acme", DM)),
            room("acme:#it-desk"),
            agents,
            default=True,
            survey=survey,
        ),
        Queue("customers", "Customers", policy, (RoomRef("shop", DM),), room("acme:#it-desk"), agents, survey=survey),
        Queue("games", "Games", policy, (room("community:#support"),), room("shop:Desk"), agents, survey=survey),
        Queue(
            "payroll",
            "Payroll",
            policy,
            (),
            room("acme:#payroll-desk"),
            (agents[1],),
            private=True,
            voice="explicit",
        ),
    ]
    connections = {
        "acme": Connection("acme", "slack"),
        "community": Connection("community", "discord"),
        "shop": Connection("shop", "telegram"),
    }
    desk = DeskFile(
        "Acme Support",
        "en",
        "Europe/Stockholm",
        connections,
        {queue.key: queue for queue in queues},
        {"always": ALWAYS},
        {"standard": policy},
        default_queue="it",
    )
    return Directory(replace(desk, **changes), ROOMS) if changes else Directory(desk, ROOMS)  # type: ignore[arg-type]


class House:
    """A desk and its people: Anna and Erik ask, Omar and Lisa answer, Maja leads.

    Each has an account `U-NAME` on acme, `D-NAME` on community and `T-NAME` on shop; unlinked, these are three
    persons: `ids["Omar"]` is the one on acme, `ids["Omar@shop"]` the one on shop.
    """

    NAMES = ("Anna", "Erik", "Omar", "Lisa", "Maja")

    def __init__(self, url: str, directory: Directory, clock: Clock) -> None:
        self.clock = clock
        self.desk = Desk(url, directory, clock)
        self.ids: dict[str, int] = {}
        self._messages = count(1)

    async def furnish(self) -> None:
        """Makes the people, and Omar, Lisa (agents) and Maja (lead) members of every queue but payroll (Lisa's)."""
        for connection in ("acme", "community", "shop"):
            for name in self.NAMES:
                person, _ = await self.desk.do(people.identify, self.account(name, connection))
                self.ids[name if connection == "acme" else f"{name}@{connection}"] = person.id
        for queue, suffix in (("it", ""), ("customers", ""), ("games", "@shop")):
            roles = {"Omar": "agent", "Lisa": "agent", "Maja": "lead"}
            team = {self.ids[name + suffix]: role for name, role in roles.items()}
            await self.desk.store.do(people.set_members, queue, team)
        await self.desk.store.do(people.set_members, "payroll", {self.ids["Lisa"]: "agent"})
        for room in self.desk.directory.rooms.values():
            await self.desk.store.do(threads.remember_room, room)

    def account(self, name: str, connection: str = "acme") -> Account:
        prefix = {"acme": "U", "community": "D", "shop": "T"}[connection]
        return Account(connection, f"{prefix}-{name.upper()}", name)

    def said(
        self,
        name: str,
        text: str,
        room: str = "C-HELP",
        *,
        connection: str = "acme",
        thread: str = "",
        direct: bool = False,
        message_id: str = "",
        reply_to: str = "",
        mentions: tuple[str, ...] = (),
        at: datetime | None = None,
    ) -> Said:
        """What an adapter would hand in: a Slack-like message, whose own id opens its thread outside direct rooms."""
        message_id = message_id or f"m{next(self._messages)}"
        return Said(
            Place(connection, room, thread),
            message_id,
            self.account(name, connection),
            text,
            at or self.clock.now,
            direct=direct,
            opens="" if direct or thread else message_id,
            reply_to=reply_to,
            mentions=mentions,
        )

"""The `[queues.…]` tables of desk.toml."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Literal, TypeVar, cast, get_args

from frontdesk import desk_refs
from frontdesk.desk_agents import read_skills
from frontdesk.desk_digests import read_digest
from frontdesk.desk_fields import read_fields
from frontdesk.desk_policies import read_seconds
from frontdesk.toml_table import Table, attempt, listed, missing
from inbox.directory import (
    DM,
    PLATFORMS,
    PRIVATE_THREADS,
    AgentRef,
    Assignment,
    ClaimByReply,
    Connection,
    Opens,
    Queue,
    RoomRef,
    Signature,
    SurveySettings,
    ThreadMode,
    Voice,
)
from sla.hours import ALWAYS
from sla.policy import Policy, Targets
from sla.survey import Kind

T = TypeVar("T")
MEMBERS: Literal["members"] = "members"
KEYS = (
    "title",
    "policy",
    "intake",
    "desk",
    "agents",
    "leads",
    "default",
    "private",
    "voice",
    "signature",
    "thread",
    "open",
    "survey",
    "escalates_to",
    "keywords",
    "capacity",
    "undo_seconds",
    "handover_note",
    "assignment",
    "skills",
    "fields",
    "claim_by_reply",
    "closed_reply",
    "digest",
)
SURVEY_KEYS = ("kind", "delay", "sample", "by_day")
LONGEST_NAME = 64  # as the database keeps it
LONGEST_UNDO = 600
LARGEST_CAPACITY = 10_000

Connections = Mapping[str, Connection]

_KEY = re.compile(r"[a-z0-9-]+")
_NO_POLICY = Policy("", ALWAYS, Targets())


def read_queues(
    tables: Mapping[str, Table], connections: Connections, policies: Mapping[str, Policy]
) -> dict[str, Queue]:
    """The queues by key, in the file's order."""
    return {key: _queue(key, table, connections, policies) for key, table in tables.items()}


def read_agents(table: Table, key: str, connections: Connections) -> tuple[AgentRef, ...]:
    """A list of people, user groups, roles and administrators."""
    return _refs(table, key, desk_refs.agent, connections)


def _queue(key: str, table: Table, connections: Connections, policies: Mapping[str, Policy]) -> Queue:
    table.known(KEYS, "a queue")
    if not _KEY.fullmatch(key) or len(key) > LONGEST_NAME:
        table.note(f"a queue's name has only a-z, 0-9 and -, at most {LONGEST_NAME} of them; its title may be anything")
    desk = _desk(table, connections)
    defaults = Queue(key, key, _NO_POLICY)
    intake = _refs(table, "intake", desk_refs.room, connections)
    return replace(
        defaults,
        title=table.text("title", key),
        policy=_policy(table, policies),
        intake=intake,
        desk=desk,
        agents=_agents(table, connections, desk),
        leads=read_agents(table, "leads", connections),
        default=table.flag("default"),
        private=table.flag("private"),
        voice=cast(Voice, table.word("voice", get_args(Voice), defaults.voice)),
        signature=cast(Signature, table.word("signature", get_args(Signature), defaults.signature)),
        thread=cast(ThreadMode, table.word("thread", get_args(ThreadMode), defaults.thread)),
        open=_open(table, intake, connections),
        survey=_survey(table),
        escalates_to=table.text("escalates_to"),
        keywords=tuple(word for _, word in table.texts("keywords")),
        capacity=table.whole("capacity", defaults.capacity, LARGEST_CAPACITY),
        undo_seconds=table.whole("undo_seconds", defaults.undo_seconds, LONGEST_UNDO),
        handover_note=table.flag("handover_note"),
        assignment=cast(Assignment, table.word("assignment", get_args(Assignment), defaults.assignment)),
        skills=read_skills(table),
        fields=read_fields(table),
        claim_by_reply=_claim_by_reply(table),
        closed_reply=table.flag("closed_reply", True),
        digest=read_digest(table),
    )


def _policy(table: Table, policies: Mapping[str, Policy]) -> Policy:
    """The queue's policy; the only one there is, where the queue names none."""
    name = table.text("policy")
    if not table.has("policy"):
        if len(policies) == 1:
            return next(iter(policies.values()))
        which = f"write policy = {listed(policies)}" if policies else "write [policies.standard] and name it here"
        table.note(f"promises nothing: {which}", "policy")
    elif name and name not in policies:
        table.note(missing(name, policies, "policy"), "policy")
    return policies.get(name, _NO_POLICY)


def _claim_by_reply(table: Table) -> ClaimByReply:
    """true: an explicit reply; "words": plain words in the ticket's thread, too; false: none."""
    value = table.values.get("claim_by_reply", True)
    if isinstance(value, bool):
        return "explicit" if value else "never"
    if value != "words":
        table.note(
            'is true (/reply claims what nobody holds), "words" (so does what is written), or false', "claim_by_reply"
        )
    elif table.values.get("voice") == "explicit":
        table.note('"words" go to nobody with voice = "explicit": write true or false', "claim_by_reply")
    return "words"


def _open(table: Table, intake: tuple[RoomRef, ...], connections: Connections) -> Opens:
    """Private threads need a channel to hang in, and direct messages for whoever cannot be given one."""
    chosen = cast(Opens, table.word("open", get_args(Opens), "direct"))
    if chosen == "direct":
        return chosen
    unable = set(PLATFORMS) - PRIVATE_THREADS  # what the file mistakes for a platform is told elsewhere
    able = {ref.connection for ref in intake if connections[ref.connection].platform not in unable}
    rooms = {ref.connection for ref in intake if ref.room != DM}
    for name in sorted(able):
        if RoomRef(name, DM) not in intake:
            table.note(
                f'where no private thread can be made the answer goes by direct message: add "{name}:dm" to intake',
                "open",
            )
    if not able & rooms:
        table.note("names no channel of Discord's in intake, where a private thread could be made", "open")
    return chosen


def _desk(table: Table, connections: Connections) -> RoomRef | None:
    text = table.text("desk")
    if not text:
        return None
    path = (*table.path, "desk")
    room = attempt(table.notes, path, lambda: desk_refs.room(text, connections), None)
    if room and room.room == DM:
        table.note("direct messages are no room for agents to work in: name a channel or group", "desk")
    return room


def _agents(table: Table, connections: Connections, desk: RoomRef | None) -> tuple[AgentRef, ...] | Literal["members"]:
    value = table.values.get("agents")
    if isinstance(value, str):
        _check_members(table, value, connections, desk)
        return MEMBERS
    agents = read_agents(table, "agents", connections)
    if not value and (value is None or isinstance(value, list)):
        table.note('names nobody who answers: write agents = "members", or a list like ["acme:U012AB3CD"]', "agents")
    return agents


def _check_members(table: Table, value: str, connections: Connections, desk: RoomRef | None) -> None:
    if value != MEMBERS:
        table.note('must be a list of people, or the one word "members"', "agents")
    elif table.values.get("private") is True:
        table.note("a private queue names its people: write a list of users, groups or roles", "agents")
    elif not table.has("desk"):
        table.note("whose members? Name the desk room, or write a list of people", "agents")
    elif desk and connections[desk.connection].platform == "telegram":
        instead = f'["{desk.connection}:admins:{desk.room}"]'
        table.note(f"Telegram tells bots no members: write agents = {instead}, or a list of users", "agents")


def _survey(table: Table) -> SurveySettings | None:
    """`survey = false` asks nobody; a table changes what is asked and when."""
    if table.values.get("survey") is False:
        return None
    below = None if table.values.get("survey") is True else table.table("survey")
    if below is None:
        return SurveySettings()
    below.known(SURVEY_KEYS, "a survey")
    kind = cast(Kind, below.word("kind", get_args(Kind), "csat"))
    delay = read_seconds(below, "delay", SurveySettings().delay_seconds)
    return SurveySettings(kind, delay, _sample(below), not below.has("by_day") or below.flag("by_day"))


def _sample(table: Table) -> float:
    value = table.values.get("sample", 1)
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1:
        return float(value)
    table.note("must be a number between 0 (nobody) and 1 (everybody)", "sample")
    return 1.0


def _refs(table: Table, key: str, read: Callable[[str, Connections], T], connections: Connections) -> tuple[T, ...]:
    found = (attempt(table.notes, path, partial(read, text, connections), None) for path, text in table.texts(key))
    return tuple(ref for ref in found if ref is not None)

"""desk.toml: the desk's queues, rooms, agents, hours and policies as one frozen value. docs/desk.md explains every key.

All mistakes are reported at once, each with its line, its key's path and what to write instead.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Any, cast

from bots import emoji
from frontdesk import desk_agents
from frontdesk.desk_automation import read_rules
from frontdesk.desk_hours import read_hours, read_zone
from frontdesk.desk_plans import check_plans, read_plans
from frontdesk.desk_policies import clock_seconds, read_policies, read_seconds
from frontdesk.desk_queues import LONGEST_NAME, read_agents, read_queues
from frontdesk.desk_rules import check_queues, check_windows
from frontdesk.settings_values import PARTS
from frontdesk.starter import suggest
from frontdesk.toml_lines import Lines
from frontdesk.toml_table import ConfigError, Notes, Problem, Table, attempt, note_tokens
from inbox.directory import DM, LANGUAGES, PLATFORMS, AgentRef, Connection, Desk, Language, Windows

__all__ = ["PLAYGROUND", "ConfigError", "Problem", "load", "parse", "suggest"]

PLAYGROUND = Path(__file__).with_name("playground.toml")
LARGEST_FILE = 1024 * 1024
SECTIONS = ("desk", "connections", "hours", "plans", "policies", "queues", "agents", "rules")
DESK_KEYS = ("name", "language", "timezone", "admins", "ticket_reaction", "claim_reaction", "windows")
CONNECTION_KEYS = ("platform", "env")
WINDOW_KEYS = tuple(field.name for field in fields(Windows))

_CONNECTION = re.compile(r"[A-Za-z0-9_-]+")
_ENV = re.compile(r"[A-Z][A-Z0-9_]*")
_AT_LINE = re.compile(r" \(at line (\d+), column \d+\)$")


def load(path: Path) -> Desk:
    """The desk that this file describes. Raises ConfigError with every mistake, also if the file cannot be read."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
        if len(content) > LARGEST_FILE:
            raise _unreadable(str(path), "is larger than a megabyte, which no desk needs")
        return parse(content.decode("utf-8-sig"), str(path))
    except FileNotFoundError:
        raise _unreadable(
            str(path), "is not there: `frontdesk check` proposes one from the rooms the bots can see"
        ) from None
    except OSError as error:
        raise _unreadable(str(path), f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise _unreadable(str(path), "is not UTF-8 text: save it as UTF-8") from None


def parse(text: str, name: str) -> Desk:
    """The desk that this TOML text describes; `name` is the file's, for the report. Raises ConfigError."""
    try:
        document = tomllib.loads(text)
        notes = Notes(name, Lines(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([_syntax(text, name, str(error))]) from None
    except (RecursionError, ValueError):
        # tomllib itself gives up on thousands of nested brackets, and int() on thousands of digits
        raise _unreadable(name, "is nested too deeply or holds too long a number") from None
    note_tokens(notes, document)
    desk = _desk(Table(notes, (), document))
    notes.check()
    return desk


def _unreadable(name: str, sentence: str) -> ConfigError:
    return ConfigError([Problem(name, 1, "", sentence)])


def _syntax(text: str, name: str, message: str) -> Problem:
    at = _AT_LINE.search(message)
    line = int(at[1]) if at else text.rstrip().count("\n") + 1
    return Problem(name, line, "", f"is not TOML: {_AT_LINE.sub('', message)}")


def _desk(document: Table) -> Desk:
    document.known(SECTIONS, "desk.toml")
    head = document.table("desk") or Table(document.notes, ("desk",), {})
    head.known(DESK_KEYS, "[desk]")
    timezone = read_zone(head, "UTC")
    connections = _connections(document.tables("connections"))
    if not connections and not document.notes.any(("connections",)):
        document.note('a desk needs a bot: write [connections.acme] with platform = "slack"', "connections")
    queue_tables = document.tables("queues")
    hours = read_hours(document.tables("hours"), timezone)
    plans = read_plans(document, connections)
    policies = read_policies(document.tables("policies"), hours, queue_tables, plans)
    check_plans(document, policies.values())
    queues = read_queues(queue_tables, connections, policies)
    if not queues and not document.notes.any(("queues",)):
        document.note("a desk needs a queue: write [queues.support] with intake, desk and agents", "queues")
    return Desk(
        name=_name(head),
        language=cast(Language, head.word("language", LANGUAGES, "en")),
        timezone=timezone,
        connections=connections,
        queues=queues,
        hours=hours,
        policies=policies,
        admins=_admins(head, connections),
        agents=desk_agents.read_agents(document.tables("agents"), connections, hours, queues.values()),
        windows=_windows(head),
        default_queue=check_queues(queues, queue_tables),
        ticket_reaction=_reaction(head, "ticket_reaction", "ticket"),
        claim_reaction=_claim_reaction(head),
        rules=read_rules(document, connections, queues),
    )


def _admins(head: Table, connections: Mapping[str, Connection]) -> tuple[AgentRef, ...]:
    """Who may do everything is written down by name: a group on a platform is somebody else's to change."""
    found = read_agents(head, "admins", connections)
    for ref in found:
        if ref.kind != "user":
            head.note(f'"{ref}" names several people: admins are named one by one, CONNECTION:USER', "admins")
    return found


def _reaction(head: Table, key: str, default: str) -> str:
    """The emoji that asks for something; "off" is none."""
    word = head.text(key, default).strip(":")
    if len(word.split()) > 1:
        head.note(f'is one emoji, by its name or itself: "{default}", "{emoji.look_of(default)}", or "off"', key)
    return "" if word == "off" else word


def _claim_reaction(head: Table) -> str:
    """As the platforms tell it. One emoji cannot ask for two things: a ticket comes before a claim."""
    word = _reaction(head, "claim_reaction", "eyes")
    if word and emoji.same(word, head.text("ticket_reaction", "ticket").strip(":")):
        if head.has("claim_reaction"):
            head.note("is what asks for a ticket already (ticket_reaction): choose another one", "claim_reaction")
        return ""
    name = emoji.name_of(word) or word
    return emoji.look_of(name) if name and name.isascii() else word


def _name(head: Table) -> str:
    if not head.has("name"):
        head.note('is missing: write name = "Acme Support" under [desk]; people will see it', "name")
    return head.text("name")


def _windows(head: Table) -> Windows:
    table = head.table("windows")
    if table is None:
        return Windows()
    table.known(WINDOW_KEYS, "windows")
    default = Windows()
    read: dict[str, Any] = {
        key: read_seconds(table, key, getattr(default, key)) for key in WINDOW_KEYS if key != "remind_pending"
    }
    if table.has("remind_pending"):
        texts = table.texts("remind_pending")
        read["remind_pending"] = tuple(
            attempt(table.notes, path, partial(clock_seconds, text), 0) for path, text in texts
        )
    windows = Windows(**read)
    if not table.notes.any(table.path):
        check_windows(windows, table)
    return windows


def _connections(tables: Mapping[str, Table]) -> dict[str, Connection]:
    found = {name: _connection(name, table) for name, table in tables.items()}
    prefixes: dict[str, str] = {}
    for name, connection in found.items():
        prefix = connection.env or connection.platform.upper()
        if prefix and prefix in prefixes:
            sentence = (
                f'reads the same {prefix}_… tokens as "{prefixes[prefix]}": write env = "{_own_prefix(name)}" here'
            )
            tables[name].note(sentence, *(["env"] if connection.env else []))
        prefixes.setdefault(prefix, name)
    return found


def _connection(name: str, table: Table) -> Connection:
    table.known(CONNECTION_KEYS, "a connection")
    if not _CONNECTION.fullmatch(name) or len(name) > LONGEST_NAME or name == DM:
        table.note("a connection's name has only letters, digits, - and _, and is not dm: rooms are written NAME:ROOM")
    if not table.has("platform"):
        table.note('is missing: write platform = "slack", "discord" or "telegram"', "platform")
    platform = table.word("platform", PLATFORMS, "")
    return Connection(name, platform, _env(table, platform))


def _env(table: Table, platform: str) -> str:
    env = table.text("env")
    if env.endswith(PARTS):
        table.note('is only the beginning of the names: write env = "ACME" for ACME_BOT_TOKEN and its like', "env")
        return ""
    if env and not _ENV.fullmatch(env):
        table.note('is no beginning of environment names: write capital letters, like env = "ACME"', "env")
        return ""
    if env.lower() in PLATFORMS:
        if env.lower() != platform:
            table.note("belongs to another platform: write a name of its own", "env")
        return ""
    return env


def _own_prefix(name: str) -> str:
    prefix = re.sub(r"^[^A-Z]+|[^A-Z0-9]+", "_", name.upper()).strip("_")
    return prefix if prefix and prefix.lower() not in PLATFORMS else "SECOND"

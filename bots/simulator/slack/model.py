"""What is in the simulated workspace: people, rooms, messages, files, views and the one app, as plain records.

Ids and timestamps look like Slack's: `U…`, `C…`, `D…`, `F…`, `V…`, and `ts` "seconds.micros" in text.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

Json = dict[str, Any]
Kind = Literal["channel", "group", "im", "mpim"]

# Names that Slack answers itself, so that no app can register them:
# https://slack.com/help/articles/201259356-Slash-commands-in-Slack
_RESERVED_COMMANDS = """
active apps archive away call canvas collapse close dm dnd expand feed feedback help huddle invite invite_people
join keys kick leave me msg mute open part prefs remind remove rename search shortcuts shrug star status
topic unarchive who
"""
RESERVED_COMMANDS = frozenset(_RESERVED_COMMANDS.split())


# https://docs.slack.dev/reference/scopes ; what a support bot asks for (not chat:write.public: it must be invited).
_DEFAULT_SCOPES = """
app_mentions:read channels:history channels:join channels:manage channels:read chat:write chat:write.customize
commands emoji:read files:read files:write groups:history groups:read groups:write im:history im:read im:write
mpim:history mpim:read mpim:write pins:read pins:write reactions:read reactions:write team:read usergroups:read
users:read users:read.email
"""
DEFAULT_SCOPES = frozenset(_DEFAULT_SCOPES.split())


# https://docs.slack.dev/reference/events ; each with the scope it needs ("" none, "?" by the kind of the room).
EVENT_SCOPES = {
    "app_home_opened": "",
    "app_mention": "app_mentions:read",
    "app_uninstalled": "",
    "channel_archive": "channels:read",
    "channel_created": "channels:read",
    "channel_deleted": "channels:read",
    "channel_id_changed": "channels:read",
    "channel_left": "channels:read",
    "channel_rename": "channels:read",
    "channel_unarchive": "channels:read",
    "file_shared": "files:read",
    "group_archive": "groups:read",
    "group_deleted": "groups:read",
    "group_left": "groups:read",
    "group_rename": "groups:read",
    "group_unarchive": "groups:read",
    "member_joined_channel": "?",
    "member_left_channel": "?",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
    "message.mpim": "mpim:history",
    "pin_added": "pins:read",
    "pin_removed": "pins:read",
    "reaction_added": "reactions:read",
    "reaction_removed": "reactions:read",
    "subteam_members_changed": "usergroups:read",
    "subteam_updated": "usergroups:read",
    "team_join": "users:read",
    "tokens_revoked": "",
    "user_change": "users:read",
}

DEFAULT_COMMANDS = {
    "ticket": "Open a ticket, or do something with one",
    "claim": "Take a ticket",
    "release": "Give a ticket back",
    "reply": "Answer the requester",
    "note": "Write an internal note",
    "assign": "Hand a ticket to a colleague",
    "pending": "Wait for the requester",
    "resolve": "Mark a ticket as solved",
    "reopen": "Open a solved ticket again",
    "next": "Take the most urgent ticket",
    "queue": "List what waits",
    "show": "Show a ticket",
    "desk": "Sign in to the inbox",
    "take": "Take a ticket over",
}


@dataclass(slots=True)
class Person:
    """One account. `name` is the display name, `handle` the old-style user name in lower case."""

    id: str
    name: str
    handle: str
    email: str
    timezone: str = "Europe/Stockholm"
    language: str = "en-US"
    bot: bool = False
    guest: bool = False
    external: bool = False  # from another organisation, through Slack Connect
    admin: bool = False
    active: bool = True  # has a client open
    deleted: bool = False
    updated: int = 0


@dataclass(slots=True)
class Message:
    """One message. `private_to` names the only reader of an ephemeral one; `deleted` ones stay for the tests to see."""

    room: str
    ts: str
    user: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    kit: bool = False  # the blocks are the app's own, not what Slack made of its text
    attachments: list[Json] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    thread_ts: str = ""
    subtype: str = ""
    broadcast: bool = False
    bot: bool = False  # posted by the app
    username: str = ""
    icons: Json = field(default_factory=dict)
    inviter: str = ""
    client_msg_id: str = ""
    metadata: Json = field(default_factory=dict)
    edited_by: str = ""
    edited_ts: str = ""
    reactions: dict[str, list[str]] = field(default_factory=dict)
    private_to: str = ""
    deleted: bool = False
    replies: "list[Message]" = field(default_factory=list)

    @property
    def id(self) -> str:
        return self.ts

    @property
    def is_reply(self) -> bool:
        return bool(self.thread_ts) and self.thread_ts != self.ts


@dataclass(slots=True)
class Room:
    """A conversation. `members` are user ids in the order they came; `log` holds its messages, oldest first."""

    id: str
    name: str
    kind: Kind
    created: int
    creator: str
    members: list[str] = field(default_factory=list)
    archived: bool = False
    topic: str = ""
    purpose: str = ""
    previous_names: list[str] = field(default_factory=list)
    pins: list[str] = field(default_factory=list)
    log: list[Message] = field(default_factory=list)
    by_ts: dict[str, Message] = field(default_factory=dict)

    @property
    def private(self) -> bool:
        return self.kind != "channel"


@dataclass(slots=True)
class File:
    """An uploaded file. `shares` maps room id to the ts of the messages that carry it."""

    id: str
    name: str
    title: str
    mimetype: str
    user: str
    created: int
    content: bytes = b""
    size: int = 0
    access: str = "visible"
    deleted: bool = False
    completed: bool = False
    voice: bool = False
    shares: dict[str, list[str]] = field(default_factory=dict)


@dataclass(slots=True)
class View:
    """A modal or home view that one person sees. `body` is what the app sent, with ids filled in."""

    id: str
    person: str
    body: Json
    hash: str
    root: str
    previous: str = ""
    open: bool = True

    @property
    def kind(self) -> str:
        return str(self.body["type"])


@dataclass(slots=True)
class Trigger:
    """A `trigger_id`: for 3 seconds and for one use. `view` is the modal it came from, if any."""

    id: str
    person: str
    at: float
    view: str = ""
    used: bool = False


@dataclass(slots=True)
class Reply:
    """A `response_url`: for 30 minutes and 5 uses. `origin` is the ts of the message it came from, if any."""

    key: str
    person: str
    room: str
    at: float
    origin: str = ""
    ephemeral: bool = False
    uses: int = 0


@dataclass(slots=True)
class Usergroup:
    id: str
    handle: str
    name: str
    users: list[str]
    created: int
    disabled: bool = False


@dataclass(slots=True)
class App:
    """The app as its configuration pages have it. `request_url` empty means Socket Mode.

    `condition` is "installed", "revoked" (its bot token was revoked) or "uninstalled".
    """

    id: str
    name: str
    bot_id: str
    user_id: str
    bot_token: str
    app_token: str
    signing_secret: str
    verification_token: str = "verification-token-of-old"  # noqa: S105
    scopes: set[str] = field(default_factory=lambda: set(DEFAULT_SCOPES))
    app_scopes: set[str] = field(default_factory=lambda: {"connections:write"})
    events: set[str] = field(default_factory=lambda: set(EVENT_SCOPES))
    commands: dict[str, str] = field(default_factory=lambda: dict(DEFAULT_COMMANDS))
    shortcuts: dict[str, str] = field(default_factory=lambda: {"new_ticket": "New ticket"})
    message_shortcuts: dict[str, str] = field(default_factory=lambda: {"make_ticket": "Make a ticket"})
    messages_tab: bool = True
    request_url: str = ""
    condition: Literal["installed", "revoked", "uninstalled"] = "installed"

"""Which mentions in a text really call somebody. Source: developer documentation, "Allowed Mentions Object"."""

import re
from dataclasses import dataclass

from bots.simulator.discord.permissions import may
from bots.simulator.discord.rest.form import Form, is_snowflake
from bots.simulator.discord.world import Channel, Message, World

CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
USER, ROLE, EVERYONE = re.compile(r"<@!?(\d+)>"), re.compile(r"<@&(\d+)>"), re.compile(r"@(?:everyone|here)")
REPLY = 19
KINDS = ("users", "roles", "everyone")


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a message may call: whole kinds (`parse`), or only these users and roles; and the author replied to."""

    parse: frozenset[str] = frozenset(KINDS)
    users: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    replied_user: bool = True


WEBHOOK_DEFAULT = Allowed(parse=frozenset({"users"}))


def read_allowed(form: Form, default: Allowed) -> Allowed:
    """The field `allowed_mentions` of a message, checked; the default where it is absent."""
    given = form.form("allowed_mentions")
    if given is None:
        return default
    parse = given.items("parse", 3)
    for index, kind in enumerate(parse):
        if kind not in KINDS:
            given.wrong("BASE_TYPE_CHOICES", f"Value must be one of {KINDS}.", "parse", index)
    lists = {}
    for key in ("users", "roles"):
        lists[key] = frozenset(str(item) for item in given.items(key, 100) if is_snowflake(item))
        if key in parse and lists[key]:
            code = "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE"
            given.wrong(code, f'parse:["{key}"] and {key}: [ids...] are mutually exclusive.')
    return Allowed(frozenset(map(str, parse)), lists["users"], lists["roles"], given.flag("replied_user"))


def call(world: World, message: Message, channel: Channel, allowed: Allowed) -> None:
    """Fills in whom the message mentions."""
    text = CODE.sub("", message.content)
    loud = may(world, message.author_id, channel, "MENTION_EVERYONE")
    users = [u for u in USER.findall(text) if u in world.users and ("users" in allowed.parse or u in allowed.users)]
    original = world.messages.get(message.reply_to) if message.type == REPLY else None
    if original is not None and allowed.replied_user and original.author_id in world.users:
        users.insert(0, original.author_id)
    message.mentions = list(dict.fromkeys(users))
    roles = [r for r in ROLE.findall(text) if "roles" in allowed.parse or r in allowed.roles]
    known = world.guild_of(channel).roles
    message.mention_roles = list(dict.fromkeys(r for r in roles if r in known and (loud or known[r].mentionable)))
    message.mention_everyone = loud and "everyone" in allowed.parse and bool(EVERYONE.search(text))

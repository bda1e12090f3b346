"""Channels and threads: reading, changing, starting, joining, listing.

Source: developer documentation, "Channels Resource" and "Threads".
"""

import math
from datetime import datetime
from typing import Any

from bots.simulator.discord import new_threads, threads
from bots.simulator.discord.core import Core
from bots.simulator.discord.errors import ApiError
from bots.simulator.discord.mentions import Allowed
from bots.simulator.discord.permissions import may, sees
from bots.simulator.discord.rest.body import Ask
from bots.simulator.discord.rest.common import (
    Answer,
    Routes,
    channel_of,
    message_of,
    need,
    refuse_archived,
)
from bots.simulator.discord.rest.drafts import Draft
from bots.simulator.discord.rest.form import Form
from bots.simulator.discord.rest.guild import listed_threads
from bots.simulator.discord.rest.messages import apply, shown
from bots.simulator.discord.world import (
    FORUM,
    HAS_THREAD,
    PRIVATE_THREAD,
    PUBLIC_THREAD,
    REQUIRE_TAG,
    TEXT,
    Channel,
    Message,
    Thread,
)

ARCHIVE_MINUTES = {60, 1440, 4320, 10080}
MOST_ACTIVE = 1000
CHANGES = {
    "name": "name",
    "archived": "archived",
    "locked": "locked",
    "invitable": "invitable",
    "auto_archive_duration": "auto_archive",
    "rate_limit_per_user": "slowmode",
    "applied_tags": "applied_tags",
}


def get_channel(core: Core, ask: Ask) -> Any:
    return core.shapes.channel(channel_of(core, ask))


def delete_channel(core: Core, ask: Ask) -> Any:
    channel = channel_of(core, ask)
    shape = core.shapes.channel(channel)
    if channel.is_dm:
        return shape
    need(core, channel, "MANAGE_THREADS" if channel.thread else "MANAGE_CHANNELS")
    threads.close_channel(core, channel)
    return shape


def edit_channel(core: Core, ask: Ask) -> Any:
    channel = channel_of(core, ask)
    if channel.is_dm:
        raise ApiError(50003)
    form = ask.form()
    name = form.text("name", 100, 1)
    if channel.thread:
        return _edit_thread(core, channel, channel.thread, form)
    topic, slow = (
        form.text("topic", 4096 if channel.type == FORUM else 1024),
        form.integer("rate_limit_per_user", 0, 21600),
    )
    form.problems.refuse_if_any()
    need(core, channel, "MANAGE_CHANNELS")
    channel.name, channel.topic = name or channel.name, channel.topic if topic is None else topic
    channel.slowmode = channel.slowmode if slow is None else slow
    threads.changed_channel(core, channel, seen_before=True)
    return core.shapes.channel(channel)


def _edit_thread(core: Core, channel: Channel, thread: Thread, form: Form) -> Any:
    for key in ("archived", "locked", "invitable"):
        form.flag(key)
    form.choice("auto_archive_duration", ARCHIVE_MINUTES)
    form.integer("rate_limit_per_user", 0, 21600)
    form.items("applied_tags", 5)
    form.problems.refuse_if_any()
    given = {ours: form.data[key] for key, ours in CHANGES.items() if key in form}
    _may_change(core, channel, thread, given)
    if given:
        threads.change(core, channel, **given)
    return core.shapes.channel(channel)


def _may_change(core: Core, channel: Channel, thread: Thread, given: dict[str, Any]) -> None:
    """Whoever may write may wake a thread that is not locked; the rest is for its owner or for moderators."""
    if thread.archived and given.get("archived") is not False:
        raise ApiError(50083)
    if may(core.world, core.world.bot.id, channel, "MANAGE_THREADS"):
        return
    own = thread.owner_id == core.world.bot.id
    waking = set(given) <= {"archived"} and given.get("archived") is False
    if thread.locked or "locked" in given or not (own or waking):
        raise ApiError(50013)


# starting


def _read_start(form: Form) -> dict[str, Any]:
    name = form.text("name", 100, 1, required=True)
    minutes = form.choice("auto_archive_duration", ARCHIVE_MINUTES)
    form.integer("rate_limit_per_user", 0, 21600)
    return {"name": name, "auto_archive": minutes or 4320}


def _refuse_full(core: Core) -> None:
    if sum(1 for t in core.world.threads() if t.thread and not t.thread.archived) >= MOST_ACTIVE:
        raise ApiError(160006)


def start_from_message(core: Core, ask: Ask) -> Any:
    message = message_of(core, ask)
    channel = core.world.channels[message.channel_id]
    form = ask.form()
    given = _read_start(form)
    form.problems.refuse_if_any()
    if channel.type != TEXT:
        raise ApiError(50024)
    need(core, channel, "CREATE_PUBLIC_THREADS", "READ_MESSAGE_HISTORY")
    if message.flags & HAS_THREAD:
        raise ApiError(160004)
    _refuse_full(core)
    thread = new_threads.start(core, channel, core.world.bot.id, kind=PUBLIC_THREAD, source=message, **given)
    return Answer(201, core.shapes.channel(thread))


def start_alone(core: Core, ask: Ask) -> Any:
    channel = channel_of(core, ask)
    form = ask.form()
    given = _read_start(form)
    if channel.type == FORUM:
        return _start_post(core, ask, channel, form, given)
    if channel.type != TEXT:
        raise ApiError(50024)
    # Documentation, "Start Thread without Message": in this version the type defaults to a private thread.
    kind = form.choice("type", {PUBLIC_THREAD, PRIVATE_THREAD}) or PRIVATE_THREAD
    invitable = form.data.get("invitable") is not False
    form.problems.refuse_if_any()
    need(core, channel, "CREATE_PRIVATE_THREADS" if kind == PRIVATE_THREAD else "CREATE_PUBLIC_THREADS")
    _refuse_full(core)
    thread = new_threads.start(core, channel, core.world.bot.id, kind=kind, invitable=invitable, **given)
    return Answer(201, core.shapes.channel(thread))


def _start_post(core: Core, ask: Ask, forum: Channel, form: Form, given: dict[str, Any]) -> Any:
    """A forum's thread begins with a message, whose id is the thread's."""
    tags = [str(tag) for tag in form.items("applied_tags", 5)]
    inner = form.form("message", required=True)
    form.problems.refuse_if_any()
    assert inner is not None
    draft = Draft(core, ask, inner, Allowed())
    draft.refuse_if_empty()
    need(core, forum, "SEND_MESSAGES")
    _refuse_tags(core, forum, tags)
    _refuse_full(core)
    message = Message("", "", core.world.bot.id, "", core.clock())
    apply(message, draft)
    thread = new_threads.start_post(core, forum, message, given["name"], given["auto_archive"], tags, draft.allowed)
    return Answer(201, {**core.shapes.channel(thread), "message": shown(core, message)})


def _refuse_tags(core: Core, forum: Channel, tags: list[str]) -> None:
    """Documentation, "Forum Tag Object" (moderated) and "Channel Flags" (REQUIRE_TAG)."""
    moderated = {tag["id"] for tag in forum.tags if tag["moderated"]}
    if moderated & set(tags):
        need(core, forum, "MANAGE_THREADS")
    if forum.flags & REQUIRE_TAG and not {tag["id"] for tag in forum.tags} & set(tags):
        raise ApiError(40067)


# members


def _thread_of(core: Core, ask: Ask) -> tuple[Channel, Thread]:
    channel = channel_of(core, ask)
    if channel.thread is None:
        raise ApiError(50024)
    return channel, channel.thread


def join(core: Core, ask: Ask) -> Any:
    channel, _ = _thread_of(core, ask)
    refuse_archived(channel)
    threads.add_members(core, channel, core.world.bot.id)


def leave(core: Core, ask: Ask) -> Any:
    channel, _ = _thread_of(core, ask)
    refuse_archived(channel)
    threads.remove_member(core, channel, core.world.bot.id)


def add_member(core: Core, ask: Ask) -> Any:
    channel, _ = _thread_of(core, ask)
    refuse_archived(channel)
    need(core, channel, "SEND_MESSAGES_IN_THREADS")
    user_id = ask.params["user_id"]
    if user_id not in core.world.guild_of(channel).members:
        raise ApiError(10013)
    if not sees(core.world, user_id, core.world.channels[channel.parent_id]):
        raise ApiError(50001)
    threads.add_members(core, channel, user_id)


def remove_member(core: Core, ask: Ask) -> Any:
    channel, thread = _thread_of(core, ask)
    refuse_archived(channel)
    if not (channel.is_private_thread and thread.owner_id == core.world.bot.id):
        need(core, channel, "MANAGE_THREADS")
    threads.remove_member(core, channel, ask.params["user_id"])


def get_member(core: Core, ask: Ask) -> Any:
    channel, thread = _thread_of(core, ask)
    if ask.params["user_id"] not in thread.members:
        raise ApiError(10007)
    return core.shapes.thread_member(channel, ask.params["user_id"], ask.wants("with_member"))


def list_members(core: Core, ask: Ask) -> Any:
    channel, thread = _thread_of(core, ask)
    # Documentation, "List Thread Members": restricted by the members intent of the application.
    if "GUILD_MEMBERS" not in core.world.app.granted_intents:
        raise ApiError(50001)
    with_member = ask.wants("with_member")
    return [core.shapes.thread_member(channel, user_id, with_member) for user_id in sorted(thread.members, key=int)]


# lists of archived threads


def archived_public(core: Core, ask: Ask) -> Any:
    return _archived(core, ask, PUBLIC_THREAD, everybodys=True)


def archived_private(core: Core, ask: Ask) -> Any:
    need(core, channel_of(core, ask), "MANAGE_THREADS")
    return _archived(core, ask, PRIVATE_THREAD, everybodys=True)


def archived_joined(core: Core, ask: Ask) -> Any:
    return _archived(core, ask, PRIVATE_THREAD, everybodys=False)


def _archived(core: Core, ask: Ask, kind: int, everybodys: bool) -> Any:
    channel = channel_of(core, ask)
    query = ask.query_form()
    limit, before = query.integer("limit", 2, 100) or 50, _before(query, by_time=everybodys)
    query.problems.refuse_if_any()
    need(core, channel, "READ_MESSAGE_HISTORY")
    found = []
    for thread in core.world.threads(channel.id):
        assert thread.thread is not None
        told = everybodys or core.world.bot.id in thread.thread.members
        key = thread.thread.changed_at if everybodys else float(int(thread.id))
        if thread.type == kind and thread.thread.archived and told and key < before:
            found.append((key, thread))
    found.sort(key=lambda pair: pair[0], reverse=True)
    return listed_threads(core, [thread for _, thread in found[:limit]], more=len(found) > limit)


def _before(query: Form, by_time: bool) -> float:
    """Lists go by the time of archiving; the list of joined private threads goes by id."""
    if not by_time:
        return float(int(query.snowflake("before") or 1 << 63))
    stamp = query.text("before", 64)
    try:
        return datetime.fromisoformat(stamp).timestamp() if stamp else math.inf
    except ValueError:
        query.wrong("DATE_TIME_TYPE_PARSE", f'Could not parse "{stamp}". Should be ISO8601.', "before")
        return math.inf


ROUTES: Routes = {
    "GET /channels/{channel_id}": get_channel,
    "PATCH /channels/{channel_id}": edit_channel,
    "DELETE /channels/{channel_id}": delete_channel,
    "POST /channels/{channel_id}/messages/{message_id}/threads": start_from_message,
    "POST /channels/{channel_id}/threads": start_alone,
    "GET /channels/{channel_id}/thread-members": list_members,
    "GET /channels/{channel_id}/thread-members/{user_id}": get_member,
    "PUT /channels/{channel_id}/thread-members/@me": join,
    "DELETE /channels/{channel_id}/thread-members/@me": leave,
    "PUT /channels/{channel_id}/thread-members/{user_id}": add_member,
    "DELETE /channels/{channel_id}/thread-members/{user_id}": remove_member,
    "GET /channels/{channel_id}/threads/archived/public": archived_public,
    "GET /channels/{channel_id}/threads/archived/private": archived_private,
    "GET /channels/{channel_id}/users/@me/threads/archived/private": archived_joined,
}

"""How Slack writes things in JSON: messages, conversations, people, files and views.

https://docs.slack.dev/reference/objects
"""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from bots.simulator.slack.model import File, Json, Message, Person, Room, Usergroup, View
from bots.simulator.slack.world import World

REPLY_USERS_SHOWN = 5
_PRETTY = {"png": "PNG", "jpg": "JPEG", "gif": "GIF", "pdf": "PDF", "text": "Plain Text", "csv": "CSV", "zip": "Zip"}


def bot_profile(world: World) -> Json:
    app = world.app
    icons = {f"image_{size}": f"{world.url}/img/plugins/app/bot_{size}.png" for size in (36, 48, 72)}
    profile = {"id": app.bot_id, "deleted": False, "name": app.name, "updated": world.people[app.user_id].updated}
    return profile | {"app_id": app.id, "icons": icons, "team_id": world.team_id}


def message_json(world: World, message: Message, *, metadata: bool = False) -> Json:
    """A message as history and events carry it, without its channel."""
    body: Json
    if message.subtype == "tombstone":
        body = {
            "type": "message",
            "subtype": "tombstone",
            "text": message.text,
            "user": "USLACKBOT",
            "hidden": True,
        }
        return body | {"ts": message.ts} | _thread(message)
    said: Json = {"type": "message", "ts": message.ts, "text": message.text}
    body = said | _author(world, message)
    optional = {
        "subtype": message.subtype or ("thread_broadcast" if message.broadcast else ""),
        "client_msg_id": message.client_msg_id,
        "blocks": message.blocks,
        "attachments": message.attachments,
        "files": [file_json(world, world.files[one]) for one in message.files],
        "inviter": message.inviter,
        "metadata": message.metadata if metadata else {},
        "edited": {"user": message.edited_by, "ts": message.edited_ts} if message.edited_ts else {},
        "reactions": [{"name": name, "users": list(by), "count": len(by)} for name, by in message.reactions.items()],
        "pinned_to": [message.room] if message.ts in world.rooms[message.room].pins else [],
    }
    if message.files:
        body["upload"] = body["display_as_bot"] = False
    return body | {key: value for key, value in optional.items() if value} | _thread(message) | _root(world, message)


def _author(world: World, message: Message) -> Json:
    app = world.app
    if message.subtype == "bot_message":  # posted under a name of its own, or through a response_url
        own = {"username": message.username, "icons": message.icons}
        return {"bot_id": app.bot_id, "app_id": app.id} | {key: value for key, value in own.items() if value}
    author: Json = {"user": message.user}
    if message.subtype not in ("file_share", "me_message") and not message.broadcast:
        author["team"] = world.team_id
    if message.bot:
        author |= {"bot_id": app.bot_id, "app_id": app.id, "bot_profile": bot_profile(world)}
    return author


def _thread(message: Message) -> Json:
    """What a root says of its replies."""
    replies = message.replies
    if not replies:
        return {"thread_ts": message.thread_ts} if message.thread_ts else {}
    users = list(dict.fromkeys(one.user for one in replies))
    return {
        "thread_ts": message.ts,
        "reply_count": len(replies),
        "reply_users_count": len(users),
        "latest_reply": replies[-1].ts,
        "reply_users": users[:REPLY_USERS_SHOWN],
        "is_locked": False,
        "subscribed": False,
    }


def _root(world: World, message: Message) -> Json:
    """What a reply says of its root."""
    root = world.rooms[message.room].by_ts.get(message.thread_ts) if message.is_reply else None
    if root is None or message.subtype == "bot_message":
        return {}
    if not message.broadcast:
        return {"parent_user_id": root.user} if root.user else {}
    left_out = ("client_msg_id", "is_locked")
    return {"root": {key: value for key, value in message_json(world, root).items() if key not in left_out}}


def room_json(world: World, room: Room, *, count: bool = False) -> Json:
    """A conversation as `conversations.info` and its like give it."""
    if room.kind == "im":
        return _im_json(world, room)
    said = {"value": "", "creator": "", "last_set": 0}
    body: Json = {
        "id": room.id,
        "name": room.name,
        "name_normalized": room.name,
        "is_channel": room.kind == "channel",
        "is_group": room.kind == "group",
        "is_im": False,
        "is_mpim": room.kind == "mpim",
        "is_private": room.private,
        "created": room.created,
        "creator": room.creator,
        "updated": room.created * 1000,
        "is_archived": room.archived,
        "is_general": room.name == "general",
        "unlinked": 0,
        "is_shared": False,
        "is_org_shared": False,
        "is_pending_ext_shared": False,
        "is_ext_shared": False,
        "pending_shared": [],
        "context_team_id": world.team_id,
        "shared_team_ids": [world.team_id],
        "is_member": world.in_room(room),
        "topic": said | {"value": room.topic},
        "purpose": said | {"value": room.purpose},
        "previous_names": room.previous_names,
    }
    return body | ({"num_members": len(room.members)} if count else {})


def _im_json(world: World, room: Room) -> Json:
    other = next((one for one in room.members if one != world.app.user_id), world.app.user_id)
    return {
        "id": room.id,
        "created": room.created,
        "is_archived": False,
        "is_im": True,
        "is_org_shared": False,
        "context_team_id": world.team_id,
        "updated": room.created * 1000,
        "user": other,
        "is_user_deleted": world.people[other].deleted,
        "priority": 0,
    }


def person_json(world: World, person: Person, *, locale: bool = False) -> Json:
    """A user as `users.info` gives it; the email only with its scope."""
    zone = ZoneInfo(person.timezone)
    now = datetime.fromtimestamp(world.seconds, UTC).astimezone(zone)
    offset = now.utcoffset()
    team = "T0STRANGER01" if person.external else world.team_id
    body: Json = {
        "id": person.id,
        "team_id": team,
        "name": person.handle,
        "deleted": person.deleted,
        "color": "9f69e7",
        "real_name": person.name,
        "tz": person.timezone,
        "tz_label": now.tzname() or person.timezone,
        "tz_offset": int(offset.total_seconds()) if offset else 0,
        "profile": _profile(world, person, team),
        "is_admin": person.admin,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": person.guest,
        "is_ultra_restricted": False,
        "is_bot": person.bot,
        "is_app_user": False,
        "updated": person.updated,
    }
    if not person.bot:
        body["is_email_confirmed"] = True
    if person.external:
        body["is_stranger"] = True
    return body | ({"locale": person.language} if locale else {})


def _profile(world: World, person: Person, team: str) -> Json:
    first, _, last = person.name.partition(" ")
    profile: Json = {
        "title": "",
        "phone": "",
        "real_name": person.name,
        "real_name_normalized": person.name,
        "display_name": "" if person.bot else person.name,
        "display_name_normalized": "" if person.bot else person.name,
        "status_text": "",
        "status_emoji": "",
        "status_expiration": 0,
        "avatar_hash": "g" + person.id.lower(),
        "first_name": first,
        "last_name": last,
        "team": team,
    }
    profile |= {f"image_{size}": f"{world.url}/avatar/{person.id}_{size}.png" for size in (24, 32, 48, 72, 192, 512)}
    if person.bot:
        return profile | {"api_app_id": world.app.id, "bot_id": world.app.bot_id, "always_active": False}
    if "users:read.email" in world.app.scopes and not person.external:
        profile["email"] = person.email
    return profile


def file_json(world: World, file: File, *, shares: bool = False) -> Json:
    """A file object. One from Slack Connect says only that files.info has the rest (`check_file_info`)."""
    if file.access == "check_file_info" and not shares:
        return {"id": file.id, "created": file.created, "timestamp": file.created, "user": file.user} | {
            "mode": "file_access",
            "file_access": "check_file_info",
        }
    if file.deleted:
        return {"id": file.id, "mode": "tombstone"}
    kind = filetype(file)
    place, name = f"{world.team_id}-{file.id}", quote(file.name)
    body: Json = {
        "id": file.id,
        "created": file.created,
        "timestamp": file.created,
        "name": file.name,
        "title": file.title,
        "mimetype": file.mimetype,
        "filetype": kind,
        "pretty_type": _PRETTY.get(kind, kind.upper()),
        "user": file.user,
        "user_team": world.team_id,
        "editable": False,
        "size": file.size,
        "mode": "hosted",
        "is_external": False,
        "external_type": "",
        "is_public": any(world.rooms[one].kind == "channel" for one in file.shares),
        "public_url_shared": False,
        "display_as_bot": False,
        "username": "",
        "url_private": f"{world.url}/files-pri/{place}/{name}",
        "url_private_download": f"{world.url}/files-pri/{place}/download/{name}",
        "permalink": f"{world.url}/files/{file.user}/{file.id}/{name}",
        "permalink_public": f"{world.url}/public/{place}",
        "has_rich_preview": False,
        "file_access": "visible",
        "comments_count": 0,
    }
    if file.voice:  # a clip that was spoken into Slack's own client
        body |= {"subtype": "slack_audio", "media_display_type": "audio"}
    return body | (_shares(world, file) if shares else {})


def _shares(world: World, file: File) -> Json:
    found: dict[str, list[str]] = {"channels": [], "groups": [], "ims": []}
    shared: dict[str, dict[str, list[Json]]] = {}
    for room_id, stamps in file.shares.items():
        room = world.rooms[room_id]
        found[{"channel": "channels", "im": "ims"}.get(room.kind, "groups")].append(room_id)
        entry = {"channel_name": room.name, "team_id": world.team_id, "share_user_id": file.user, "source": "UNKNOWN"}
        counts: dict[str, Any] = {"reply_users": [], "reply_users_count": 0, "reply_count": 0}
        side = "private" if room.private else "public"
        shared.setdefault(side, {})[room_id] = [entry | counts | {"ts": ts} for ts in stamps]
    return found | {"shares": shared}


def filetype(file: File) -> str:
    """Slack's short word for what the file is."""
    ending = file.name.rpartition(".")[2].lower() if "." in file.name else ""
    return {"jpeg": "jpg", "txt": "text", "": "binary"}.get(ending, ending)


def view_json(world: World, view: View, state: Json | None = None) -> Json:
    """A view as answers and payloads carry it; `state` is what its fields hold."""
    body = view.body
    shown: Json = {
        "id": view.id,
        "team_id": world.team_id,
        "type": view.kind,
        "blocks": body["blocks"],
        "private_metadata": body.get("private_metadata", ""),
        "callback_id": body.get("callback_id", ""),
        "state": {"values": state or {}},
        "hash": view.hash,
        "title": body.get("title", {"type": "plain_text", "text": "View Title", "emoji": True}),
        "clear_on_close": body.get("clear_on_close", False),
        "notify_on_close": body.get("notify_on_close", False),
        "close": body.get("close"),
        "submit": body.get("submit"),
        "previous_view_id": view.previous or None,
        "root_view_id": view.root,
        "app_id": world.app.id,
        "external_id": body.get("external_id", ""),
        "app_installed_team_id": world.team_id,
        "bot_id": world.app.bot_id,
    }
    return shown | ({"submit_disabled": body.get("submit_disabled", False)} if view.kind == "modal" else {})


def group_json(world: World, group: Usergroup, *, users: bool, count: bool) -> Json:
    body: Json = {
        "id": group.id,
        "team_id": world.team_id,
        "is_usergroup": True,
        "is_subteam": True,
        "name": group.name,
        "description": "",
        "handle": group.handle,
        "is_external": False,
        "date_create": group.created,
        "date_update": group.created,
        "date_delete": group.created if group.disabled else 0,
        "auto_provision": False,
        "created_by": group.users[0] if group.users else world.app.user_id,
        "updated_by": group.users[0] if group.users else world.app.user_id,
        "prefs": {"channels": [], "groups": []},
    }
    return body | ({"users": group.users} if users else {}) | ({"user_count": len(group.users)} if count else {})

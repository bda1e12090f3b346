"""files.*: upload in three steps, info, and the private download. https://docs.slack.dev/messaging/working-with-files"""

import mimetypes
from pathlib import PurePosixPath

from aiohttp import web

from bots.simulator.slack import events
from bots.simulator.slack.chat import may_write
from bots.simulator.slack.compose import checked_blocks, thread_of
from bots.simulator.slack.methods import (
    TIER_3,
    TIER_4,
    Args,
    SlackError,
    find_room,
    method,
)
from bots.simulator.slack.model import File, Json, Message, Room
from bots.simulator.slack.shapes import file_json
from bots.simulator.slack.text import escaped, linked, rich_text
from bots.simulator.slack.world import World

FILE_BYTES = 1024**3


@method("files.getUploadURLExternal", scope="files:write", tier=TIER_4, json=False)
def get_upload_url(world: World, args: Args) -> Json:
    name = args.required("filename")
    try:
        size = int(args.required("length"))
    except ValueError:
        size = 0
    if size < 1:
        raise SlackError("invalid_arguments")
    if size > FILE_BYTES:
        raise SlackError("file_upload_size_restricted")
    file = new_file(world, name, world.app.user_id)
    file.size = size
    return {"upload_url": f"{world.url}/upload/v1/{file.id}", "file_id": file.id}


def new_file(world: World, name: str, user: str, mimetype: str = "") -> File:
    guessed = mimetype or mimetypes.guess_type(name)[0] or "application/octet-stream"
    file = File(world.new_id("F"), PurePosixPath(name).name, name, guessed, user, world.seconds)
    world.files[file.id] = file
    return file


async def upload(world: World, request: web.Request) -> web.Response:
    """The second step: raw bytes, or a form with the file in it."""
    file = world.files.get(request.match_info["file"])
    if file is None or file.completed:
        return web.Response(status=404, text="not found")
    if request.content_type == "multipart/form-data":
        parts = [one for one in (await request.post()).values() if isinstance(one, web.FileField)]
        content = parts[0].file.read() if parts else b""
    else:
        content = await request.read()
    if len(content) != file.size:
        return web.Response(status=400, text=f"expected {file.size} bytes, got {len(content)}")
    file.content = content
    return web.Response(text=f"OK - {len(content)}")


@method("files.completeUploadExternal", scope="files:write", tier=TIER_4)
def complete_upload(world: World, args: Args) -> Json:
    listed = args.structure("files", "invalid_arguments")
    if not isinstance(listed, list) or not listed:
        raise SlackError("invalid_arguments")
    files = [_uploaded(world, one) for one in listed]
    rooms = _rooms(world, args)
    for file, named in zip(files, listed, strict=True):
        file.completed, file.title = True, named.get("title") or file.name
    for room in rooms:
        message = Message(room.id, world.new_ts(), world.app.user_id, "", bot=True)
        message.text = linked(escaped(args.text("initial_comment")))
        given = checked_blocks(world, args)
        message.blocks = given or ([rich_text(message.text, world.new_key())] if message.text else [])
        message.thread_ts = thread_of(room, args.text("thread_ts"))
        share(world, room, message, files)
    # where they are seen Slack tells later, by files.info
    return {"files": [file_json(world, one) for one in files]}


def _uploaded(world: World, named: object) -> File:
    file = world.files.get(str(named.get("id"))) if isinstance(named, dict) else None
    if file is None or file.completed or len(file.content) != file.size:
        raise SlackError("file_not_found")
    return file


def _rooms(world: World, args: Args) -> list[Room]:
    ids = args.text("channels").split(",") if args.has("channels") else [args.text("channel_id")]
    rooms = [find_room(world, Args({"channel": one})) for one in ids if one]
    for room in rooms:
        may_write(world, room)
    return rooms


def share(world: World, room: Room, message: Message, files: list[File]) -> None:
    """Posts a message that carries files, and tells of both."""
    message.subtype, message.files = "file_share", [one.id for one in files]
    world.add_message(room, message)
    for one in files:
        one.shares.setdefault(room.id, []).append(message.ts)
        events.file_shared(world, room, one.id, message.user)
    events.posted(world, room, message)


def _known(world: World, args: Args) -> File:
    """A file of the app's own or of a room that it is in."""
    file = world.files.get(args.required("file"))
    if file is None or not may_read(world, file):
        raise SlackError("file_not_found")
    if file.deleted:
        raise SlackError("file_deleted")
    return file


def may_read(world: World, file: File) -> bool:
    return file.user == world.app.user_id or any(world.in_room(world.rooms[one]) for one in file.shares)


@method("files.info", scope="files:read", tier=TIER_4, json=False)
def files_info(world: World, args: Args) -> Json:
    body = file_json(world, _known(world, args), shares=True)
    return {"file": body, "comments": [], "response_metadata": {"next_cursor": ""}}


@method("files.delete", scope="files:write", tier=TIER_3)
def files_delete(world: World, args: Args) -> Json:
    file = _known(world, args)
    if file.user != world.app.user_id:
        raise SlackError("cant_delete_file")
    file.deleted = True
    return {}


async def download(world: World, request: web.Request) -> web.Response:
    """The private download: without a good token Slack leads to its login page, which is HTML with status 200."""
    file = world.files.get(request.match_info["place"].partition("-")[2])
    app = world.app
    known = request.headers.get("Authorization") == f"Bearer {app.bot_token}" and app.condition == "installed"
    if not known or "files:read" not in app.scopes:
        raise web.HTTPFound(f"{world.url}/login?redir={request.path}")
    if file is None or file.deleted or not may_read(world, file):
        return web.Response(status=404, text="<!DOCTYPE html><title>Not found</title>", content_type="text/html")
    return web.Response(body=file.content, content_type=file.mimetype)


async def login_page(_: web.Request) -> web.Response:
    page = "<!DOCTYPE html><html><head><title>Slack</title></head><body>Sign in to your workspace</body></html>"
    return web.Response(text=page, content_type="text/html")

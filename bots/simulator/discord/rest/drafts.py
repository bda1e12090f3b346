"""Reading the body of a message to be sent or edited. Source: developer documentation, "Message Resource"."""

import mimetypes
from datetime import datetime
from typing import Any

from bots.simulator.discord.core import Core
from bots.simulator.discord.errors import ApiError
from bots.simulator.discord.mentions import Allowed, read_allowed
from bots.simulator.discord.rest.body import Ask, Upload
from bots.simulator.discord.rest.components import check_message
from bots.simulator.discord.rest.form import Form
from bots.simulator.discord.world import COMPONENTS_V2, Attachment, Json

LONGEST, LARGEST_FILE, LARGEST_REQUEST = 2000, 10 * 1024 * 1024, 25 * 1024 * 1024
EMBED_TEXTS = {"title": 256, "description": 4096}
SETTABLE_FLAGS = 1 << 2 | 1 << 6 | 1 << 12 | COMPONENTS_V2


class Draft:
    """A checked body: what it says of each field, with only the fields that it names (an edit leaves the others)."""

    def __init__(
        self, core: Core, ask: Ask, form: Form, default: Allowed, kept: list[Attachment] | None = None
    ) -> None:
        self.fields: dict[str, Any] = {}
        self.allowed = read_allowed(form, default)
        self.flags = form.integer("flags", 0, 1 << 31) or 0
        self.flags_given = "flags" in form.data
        v2 = bool(self.flags & COMPONENTS_V2)
        content = form.text("content", LONGEST)
        if "content" in form.data:
            self.fields["content"] = (content or "").strip()
        if "embeds" in form.data:
            self.fields["embeds"] = read_embeds(form)
        if "components" in form.data:
            self.fields["components"] = check_message(form, v2)
        if v2 and (self.fields.get("content") or self.fields.get("embeds")):
            sentence = "The 'content' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
            form.wrong("MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", sentence, "content")
        if ask.files or "attachments" in form.data:
            self.fields["attachments"] = _attachments(core, ask.files, form, kept or [])
        form.problems.refuse_if_any()

    def refuse_if_empty(self) -> None:
        """Raises ApiError 50006 where there would be nothing to see."""
        if not any(self.fields.get(key) for key in ("content", "embeds", "components", "attachments")):
            raise ApiError(50006)


def read_embeds(form: Form) -> list[Json]:
    """The field `embeds`, checked, as the platform stores it."""
    forms = form.forms("embeds", 10)
    total = 0
    for embed in forms:
        total += _check_embed(embed)
    if total > 6000:
        form.wrong("MAX_EMBED_SIZE_EXCEEDED", "Embed size exceeds maximum size of 6000", "embeds")
    return [_stored_embed(embed.data) for embed in forms]


def _check_embed(embed: Form) -> int:
    """Notes what is wrong; returns how many characters count towards the sum of all embeds."""
    counted = [embed.text(key, longest) for key, longest in EMBED_TEXTS.items()]
    embed.url("url", 2048)
    embed.integer("color", 0, 0xFFFFFF)
    stamp = embed.text("timestamp", 64)
    if stamp and not _is_time(stamp):
        embed.wrong("DATE_TIME_TYPE_PARSE", f'Could not parse "{stamp}". Should be ISO8601.', "timestamp")
    for field in embed.forms("fields", 25):
        counted += [field.text("name", 256, 1, required=True), field.text("value", 1024, 1, required=True)]
        field.flag("inline")
    footer, author = embed.form("footer"), embed.form("author")
    if footer:
        counted.append(footer.text("text", 2048, 1, required=True))
    if author:
        counted.append(author.text("name", 256, 1, required=True))
    for key in ("image", "thumbnail"):
        picture = embed.form(key)
        if picture:
            picture.url("url", 2048, required=True)
    return sum(len(text or "") for text in counted)


def _stored_embed(data: Json) -> Json:
    stored = {key: value for key, value in data.items() if value not in (None, "", [])}
    if "fields" in stored and isinstance(stored["fields"], list):
        stored["fields"] = [{"inline": False, **field} for field in stored["fields"] if isinstance(field, dict)]
    return {**stored, "type": "rich"}


def _is_time(stamp: str) -> bool:
    try:
        datetime.fromisoformat(stamp)
    except ValueError:
        return False
    return True


def _attachments(core: Core, files: tuple[Upload, ...], form: Form, kept: list[Attachment]) -> list[Attachment]:
    """New files, and those of the message's own that the body names. Raises ApiError 40005 when too large."""
    if sum(len(file.data) for file in files) > LARGEST_REQUEST or any(len(f.data) > LARGEST_FILE for f in files):
        raise ApiError(40005)
    named = form.forms("attachments", 10)
    told = {str(item.data.get("id")): item for item in named}
    stays = [old for old in kept if old.id in told] if "attachments" in form.data else kept
    for item in named:
        if str(item.data.get("id")) not in {file.index for file in files} | {old.id for old in kept}:
            item.wrong("ATTACHMENT_NOT_FOUND", "Attachment data was not found", "id")
    return stays + [_stored_file(core, file, told[file.index].data if file.index in told else {}) for file in files]


def _stored_file(core: Core, file: Upload, told: Json) -> Attachment:
    name = str(told.get("filename") or file.filename).replace(" ", "_").replace("/", "_")
    kind = file.content_type
    if kind == "application/octet-stream":
        kind = mimetypes.guess_type(name)[0] or kind
    return Attachment(core.world.ids.next(), name, kind, file.data, str(told.get("description") or ""))

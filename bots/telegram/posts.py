"""Cards put into chats: sent in parts, with their files, edited, taken back."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import structlog
from telegram import Bot, InlineKeyboardMarkup, LinkPreviewOptions, ReplyParameters
from telegram.error import TelegramError

from bots import parts
from bots.parts import Hand, Unfinished
from bots.port import Card, Hopeless, SendError, Sent
from bots.split import utf16
from bots.telegram import render
from bots.telegram.calls import carried, has_no_text, is_unchanged, is_unparsable, meaning
from bots.telegram.media import Batch, Media, batched
from inbox.filestore import FileStore

log = structlog.get_logger("telegram")

NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
NAME_LIMIT = 128  # of a forum topic
CAPTION_LIMIT = 1024  # UTF-16 units, tags not counted (Bot API, "sendPhoto")


class Body(NamedTuple):
    """What one message shows; with a batch of files the caption of the first of their messages."""

    markup: str = ""
    keyboard: InlineKeyboardMarkup | None = None
    batch: Batch | None = None

    @property
    def messages(self) -> int:
        """How many messages it becomes."""
        return len(self.batch.files) if self.batch else 1


class Posts:
    """What one bot says. A card may take several messages; the last with words has its buttons. Its files lie in
    `files`."""

    def __init__(self, bot: Bot, files: FileStore) -> None:
        self._bot, self._media = bot, Media(bot, files)
        self._unfinished = Unfinished()

    async def post(self, room: str, thread: str, answers: str, card: Card, nonce: str) -> Sent:
        """Posts all parts of a card; a part that went out is not posted again when the whole is tried again under the
        same nonce. Raises SendError's branches."""
        bodies, out = _bodies(card), self._unfinished.of(f"{room}/{nonce}")
        batches = [body.batch for body in bodies if body.batch]
        self._media.check(batches)
        try:
            await self._put_all(room, thread, answers, bodies, out)
        except Hopeless:
            if batches:  # all of it is said anew without its files, or elsewhere
                await self._take_back(room, out)
            raise
        self._unfinished.end(f"{room}/{nonce}")
        return Sent(out[0], room, thread, tuple(out) if len(out) > 1 else ())

    async def _put_all(self, room: str, thread: str, answers: str, bodies: list[Body], out: list[str]) -> None:
        due = 0
        for body in bodies:
            if due == len(out):
                out.extend(await self._put(room, thread, answers, body))
            due += body.messages

    async def _take_back(self, room: str, out: list[str]) -> None:
        with suppress(SendError):
            await self.delete(room, tuple(out))
        out.clear()

    async def _put(self, room: str, thread: str, answers: str, body: Body) -> list[str]:
        """Posts a body; returns the ids of the messages that it is."""
        arguments: dict[str, Any] = {"chat_id": int(room), "message_thread_id": int(thread) if thread else None}
        if answers:
            arguments["reply_parameters"] = ReplyParameters(int(answers), allow_sending_without_reply=True)
        if body.messages == 1:  # albums can have no buttons
            arguments["reply_markup"] = body.keyboard
        if body.batch is None:
            arguments["link_preview_options"] = NO_PREVIEW
            return [str((await _formatted(self._bot.send_message, body.markup, room, arguments)).message_id)]
        send = partial(self._media.send, body.batch)
        return [str(sent.message_id) for sent in await _formatted(send, body.markup, room, arguments, "caption")]

    async def edit(self, room: str, thread: str, messages: tuple[str, ...], card: Card, nonce: str) -> tuple[str, ...]:
        """Puts a card in the place of one that was sent, with its buttons: left out, Telegram takes them away. Its
        files stay as they are. Returns the messages that it has then.

        Which of the messages are files Telegram tells when it is asked to change them: they come after the words."""
        files: list[str] = []

        async def change(message_id: str, body: Body) -> None:
            if not files and await self._edit_text(room, message_id, body):
                return
            files.append(message_id)
            if message_id != messages[0]:
                raise Hopeless("There was nothing to say in it.", "gone")
            await self._edit_caption(room, message_id, body, alone=len(bodies) == 1)

        async def remove(message_id: str) -> None:
            if files or await self._is_file(room, message_id):
                files.append(message_id)
            else:
                await self._remove(room, message_id)

        async def post(_: int, body: Body) -> str:
            return (await self._put(room, thread, "", body))[0]

        if not render.messages(card):
            await self._edit_buttons(room, messages[-1], render.keyboard(card))
            return messages
        bodies = _bodies(replace(card, files=()))
        hand = Hand(post, change, remove, Body("…"))
        now = await parts.change(messages, bodies, self._unfinished.of(f"{room}/{nonce}"), hand)
        self._unfinished.end(f"{room}/{nonce}")
        return (*now, *(id_ for id_ in files if id_ not in now))

    async def _edit_text(self, room: str, message_id: str, body: Body) -> bool:
        """False where the message has no text: it is a file."""
        arguments = {**_at(room, message_id), "reply_markup": body.keyboard, "link_preview_options": NO_PREVIEW}
        try:
            await _formatted(self._bot.edit_message_text, body.markup, room, arguments)
        except Hopeless as refused:
            if not has_no_text(refused):
                raise
            return False
        return True

    async def _edit_caption(self, room: str, message_id: str, body: Body, *, alone: bool) -> None:
        """Raises Hopeless (unknown_ability) where there is no room for the words any more: they are said anew."""
        if not alone or utf16(render.plain(body.markup)) > CAPTION_LIMIT:
            raise Hopeless("The words are too long for the caption of a file.", "unknown_ability")
        arguments = {**_at(room, message_id), "reply_markup": body.keyboard}
        await _formatted(self._bot.edit_message_caption, body.markup, room, arguments, "caption")

    async def _edit_buttons(self, room: str, message_id: str, keyboard: InlineKeyboardMarkup | None) -> None:
        """Of files without words, which the last of them has. Raises Hopeless where it is none."""
        arguments = {**_at(room, message_id), "reply_markup": keyboard}
        try:
            await _formatted(self._bot.edit_message_caption, "", room, arguments, "caption")
        except Hopeless:
            raise Hopeless("There was nothing to say in it.", "invalid") from None

    async def _is_file(self, room: str, message_id: str) -> bool:
        """Can it have a caption? Those that come after the words have none, so that this changes nothing."""
        try:
            await _formatted(self._bot.edit_message_caption, "", room, _at(room, message_id), "caption")
        except Hopeless:
            return False
        return True

    async def delete(self, room: str, messages: tuple[str, ...]) -> None:
        """Takes back all parts of what was sent."""
        await parts.remove(messages, partial(self._remove, room))

    async def _remove(self, room: str, message_id: str) -> None:
        await carried(self._bot.delete_message(int(room), int(message_id)), room)

    async def typing(self, room: str, thread: str) -> None:
        """Shows for some five seconds that somebody writes (Bot API, sendChatAction)."""
        topic = int(thread) if thread else None
        await carried(self._bot.send_chat_action(int(room), "typing", message_thread_id=topic), room)

    async def open_topic(self, room: str, title: str) -> str:
        topic = await carried(self._bot.create_forum_topic(int(room), title[:NAME_LIMIT]), room)
        return str(topic.message_thread_id)

    async def rename(self, room: str, topic: str, title: str) -> None:
        """Docs "editForumTopic". A topic that is called so already is refused, which harms nobody."""
        await carried(self._bot.edit_forum_topic(int(room), int(topic), title[:NAME_LIMIT]), room)


def _at(room: str, message_id: str) -> dict[str, Any]:
    return {"chat_id": int(room), "message_id": int(message_id)}


def _bodies(card: Card) -> list[Body]:
    """What a card's messages show: the words and then the files, or where they are short the words as the caption of
    the first. Raises Hopeless where there is nothing to see."""
    words, keyboard = render.messages(card), render.keyboard(card)
    if not words:
        return _wordless(card, keyboard)
    files = batched(card.files)
    if files and _is_caption(words, buttons=keyboard is not None, files=len(card.files)):
        return [Body(words[0], keyboard, files[0]), *(Body(batch=batch) for batch in files[1:])]
    return [*map(Body, words[:-1]), Body(words[-1], keyboard), *(Body(batch=batch) for batch in files)]


def _wordless(card: Card, keyboard: InlineKeyboardMarkup | None) -> list[Body]:
    """Files alone. Albums can have no buttons: the last file stands apart, with them."""
    if not card.files:
        raise Hopeless("There was nothing to say in it.", "invalid")
    if keyboard is None:
        return [Body(batch=batch) for batch in batched(card.files)]
    return [*(Body(batch=batch) for batch in batched(card.files[:-1])), Body("", keyboard, batched(card.files[-1:])[0])]


def _is_caption(words: list[str], *, buttons: bool, files: int) -> bool:
    short = len(words) == 1 and utf16(render.plain(words[0])) <= CAPTION_LIMIT
    return short and (files == 1 or not buttons)


async def _formatted(
    call: Callable[..., Awaitable[Any]], markup: str, room: str, arguments: dict[str, Any], name: str = "text"
) -> Any:
    """A call with markup, and again without where Telegram cannot read it. What stands there already is no failure.
    `name` is what the call takes its words as."""
    words = {name: markup, "parse_mode": "HTML"} if markup else {}
    try:
        return await call(**words, **arguments)
    except TelegramError as error:
        if is_unchanged(error):
            return None
        if not is_unparsable(error):
            raise meaning(error, room) from None
        log.warning("telegram.markup_refused", room=room)
    return await carried(call(**{name: render.plain(markup)}, **arguments), room)

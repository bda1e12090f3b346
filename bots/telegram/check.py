"""What a Telegram bot needs, held against what it has."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from telegram import Bot, ChatMember, User, WebhookInfo
from telegram.error import TelegramError

from bots.port import StartError
from bots.telegram import lookup
from bots.telegram.lookup import Member
from bots.telegram.people import People
from bots.telegram.poll import ALLOWED
from inbox.directory import AgentRef, Room


async def problems(
    bot: Bot, me: User, people: People, webhook: str, rooms: Mapping[str, Room | None], refs: Sequence[AgentRef]
) -> list[str]:
    """Sentences about how updates come (posted to `webhook`, or fetched), rooms, rights and agents; none where all is
    right."""
    found = await _updates(bot, webhook)
    found += [sentence for ref, room in rooms.items() if (sentence := await _room(bot, me, ref, room))]
    for agents in refs:
        try:
            found += _unmet(agents, [account.name for account in await people.of(agents)], me)
        except StartError as error:
            found.append(str(error))
    return found


async def _updates(bot: Bot, webhook: str) -> list[str]:
    try:
        info = await bot.get_webhook_info()
    except TelegramError as error:
        return [f"Telegram does not tell where it brings this bot's updates ({error})."]
    if info.url and info.url != webhook:
        return [
            f"Telegram posts this bot's updates to {urlsplit(info.url).netloc}, and gives each only once. End the "
            "program that wants them there; Frontdesk takes them over when it starts."
        ]
    return _posted(info) if info.url else []  # one that is not set yet, Frontdesk sets


def _posted(info: WebhookInfo) -> list[str]:
    """How posting to us goes. What went wrong last is told for good: it goes on only while updates wait."""
    found = []
    waiting, why = info.pending_update_count, info.last_error_message
    if waiting and why:
        found.append(f"Telegram cannot post to {info.url} ({why}); updates that wait there: {waiting}.")
    missing = sorted({*ALLOWED} - {*info.allowed_updates})
    if missing:
        found.append(f"Telegram does not post {', '.join(missing)}: start Frontdesk again, so that it asks for them.")
    return found


async def _room(bot: Bot, me: User, ref: str, room: Room | None) -> str:
    if room is None:
        return f"{ref}: the bot does not see such a group. Add it there, and name the group by its id."
    try:
        member = await lookup.member(bot, int(room.external_id), me.id)
    except TelegramError as error:
        return f"{ref}: Telegram does not tell what the bot may do there ({error})."
    if member.status in (ChatMember.LEFT, ChatMember.BANNED):
        return f"{ref}: the bot is not in that group any more. Add it again."
    return _right(ref, room, member, me)


def _right(ref: str, room: Room, member: Member, me: User) -> str:
    """What the bot may not do in a group that it is in, the gravest first; "" where it may do all."""
    if not member.writes:
        return f"{ref}: the bot may not write there. Give it that right, or make it an administrator."
    if room.topics and not member.manages_topics:
        return f"{ref}: make the bot an administrator that may manage topics."
    if member.status == ChatMember.ADMINISTRATOR:
        return ""
    if not me.can_read_all_group_messages:
        return (
            f"{ref}: the bot hears only commands and answers to itself there. Make it an administrator, or turn its "
            "privacy mode off at @BotFather (/setprivacy) and add it to the group again."
        )
    return f"{ref}: reactions are told to the bot only where it is an administrator. Make it one; it needs no right."


def _unmet(ref: AgentRef, names: Sequence[str], me: User) -> list[str]:
    if not names:
        return [f"{ref} names nobody who may be an agent."]
    if not all(names):
        return [f"{ref} has never met the bot, so it cannot write to them: let them press Start at t.me/{me.username}."]
    return []

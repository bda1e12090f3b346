"""What a Telegram bot needs, held against what it has."""

from collections.abc import Mapping, Sequence

from telegram import Bot, ChatMember, ChatMemberAdministrator, User
from telegram.error import TelegramError

from bots.port import StartError
from bots.telegram.people import People
from inbox.directory import AgentRef, Room


async def problems(
    bot: Bot, me: User, people: People, rooms: Mapping[str, Room | None], refs: Sequence[AgentRef]
) -> list[str]:
    """Sentences about rooms, rights and agents; none where all is right."""
    found = [sentence for ref, room in rooms.items() if (sentence := await _room(bot, me, ref, room))]
    for agents in refs:
        try:
            found += _unmet(agents, [account.name for account in await people.of(agents)], me)
        except StartError as error:
            found.append(str(error))
    return found


async def _room(bot: Bot, me: User, ref: str, room: Room | None) -> str:
    if room is None:
        return f"{ref}: the bot does not see such a group. Add it there, and name the group by its id."
    try:
        member = await bot.get_chat_member(int(room.external_id), me.id)
    except TelegramError as error:
        return f"{ref}: Telegram does not tell what the bot may do there ({error})."
    if member.status in (ChatMember.LEFT, ChatMember.BANNED):
        return f"{ref}: the bot is not in that group any more. Add it again."
    if room.topics and not (isinstance(member, ChatMemberAdministrator) and member.can_manage_topics):
        return f"{ref}: make the bot an administrator that may manage topics."
    if member.status != ChatMember.ADMINISTRATOR and not me.can_read_all_group_messages:
        return (
            f"{ref}: the bot hears only commands and answers to itself there. Make it an administrator, or turn its "
            "privacy mode off at @BotFather (/setprivacy) and add it to the group again."
        )
    return ""


def _unmet(ref: AgentRef, names: Sequence[str], me: User) -> list[str]:
    if not names:
        return [f"{ref} names nobody who may be an agent."]
    if not all(names):
        return [f"{ref} has never met the bot, so it cannot write to them: let them press Start at t.me/{me.username}."]
    return []

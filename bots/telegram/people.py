"""Who is who in Telegram, and who belongs to what: as little as Telegram tells a bot."""

from telegram import Bot
from telegram.error import BadRequest, ChatMigrated, Forbidden, TelegramError

from bots.port import StartError
from bots.telegram import lookup
from bots.telegram.events import Reader
from bots.telegram.groups import Groups
from inbox.directory import AgentRef, Room
from inbox.model import Account


class People:
    """Accounts that one bot can look up."""

    def __init__(self, bot: Bot, reader: Reader, groups: Groups) -> None:
        self._bot, self._reader, self._groups = bot, reader, groups

    async def of(self, ref: AgentRef | Room) -> list[Account]:
        """The accounts that a reference names. Raises StartError where Telegram does not tell."""
        if isinstance(ref, Room):
            raise StartError("Telegram does not tell bots who is in a group: list the agents, or `admins:` of a group.")
        if ref.kind == "user":
            return [await self._person(ref.name)]
        if ref.kind != "admins":
            raise StartError(f"Telegram knows no {ref.kind}s; agents there are users or a group's admins ({ref}).")
        return await self._admins(ref)

    async def _person(self, user: str) -> Account:
        """An account by id. Until the bot has met them Telegram tells no name, and their @name is unknown: words that
        mention them could not be kept inside the desk, so the names are asked for again and again."""
        try:
            return self._reader.account(await lookup.chat(self._bot, int(user)))
        except (BadRequest, Forbidden, ValueError):
            return Account(self._reader.connection, user, "")
        except TelegramError as error:
            raise StartError(f"Telegram could not be asked who {user} is ({type(error).__name__}).") from None

    async def _admins(self, ref: AgentRef) -> list[Account]:
        if not ref.name.startswith(("-", "@")):
            raise StartError(f"A title may be given to any group: name {ref} by the group's number or its @name.")
        group = self._groups.id_of(ref.name)
        try:
            try:
                members = await lookup.administrators(self._bot, group)
            except ChatMigrated as migrated:
                members = await lookup.administrators(self._bot, migrated.new_chat_id)
        except TelegramError as error:
            raise StartError(f"Telegram does not tell who leads {ref.name} ({error}).") from None
        return [self._reader.account(member.user) for member in members if not member.user.is_bot]

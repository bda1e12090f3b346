"""Reactions, both ways. Telegram lets a bot have one on a message, of a list of some seventy emoji: the newest is
shown, and when it is taken away the one before it is there again."""

from collections.abc import Iterable

from telegram import Bot, ReactionType, ReactionTypeEmoji
from telegram.constants import ReactionEmoji

from bots.port import Hopeless, Mark
from bots.telegram.calls import carried

MARKS = {"sent": "👌", "held": "🤔", "failed": "👎"}  # of the reactions that Telegram allows
REMEMBERED = 2_000  # messages
SELECTOR = "\ufe0f"
TONES = dict.fromkeys((*range(0x1F3FB, 0x1F400), ord(SELECTOR)))
# These are emoji only with a selector behind them (Unicode, emoji-test.txt), which Telegram leaves out.
QUALIFIED = {ord(sign): sign + SELECTOR for sign in "❤☃✍🕊♂♀"}

Shown = tuple[bool, str]  # is it a mark of ours, and which emoji


def _bare(emoji: str) -> str:
    """Without skin tones and selectors: Telegram's reactions have none."""
    return emoji.translate(TONES)


ALLOWED = {_bare(one.value): one.value for one in ReactionEmoji}


def emoji_of(reactions: Iterable[ReactionType]) -> list[str]:
    """The Unicode emoji among somebody's reactions, as other platforms write them; custom and paid ones mean nothing
    there."""
    plain = (one.emoji for one in reactions if isinstance(one, ReactionTypeEmoji))
    return [_bare(emoji).translate(QUALIFIED) for emoji in plain]


class Reactions:
    """The reactions of one bot. Every method raises SendError's branches."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._shown: dict[tuple[str, str], list[Shown]] = {}  # the newest last

    async def mark(self, room: str, message_id: str, mark: Mark) -> None:
        """Shows what became of somebody's words, in place of what was said of them before."""
        others = [one for one in self._of(room, message_id) if not one[0]]
        await self._show(room, message_id, [*others, (True, MARKS[mark])])

    async def react(self, room: str, message_id: str, emoji: str, *, on: bool) -> None:
        """Shows somebody's reaction as the bot's own, or no more."""
        allowed = ALLOWED.get(_bare(emoji))
        if allowed is None:
            raise Hopeless("Telegram has no such reaction.", "invalid")
        others = [one for one in self._of(room, message_id) if one != (False, allowed)]
        await self._show(room, message_id, [*others, (False, allowed)] if on else others)

    def _of(self, room: str, message_id: str) -> list[Shown]:
        return self._shown.get((room, message_id), [])

    async def _show(self, room: str, message_id: str, shown: list[Shown]) -> None:
        newest = [ReactionTypeEmoji(emoji) for _, emoji in shown[-1:]]
        await carried(self._bot.set_message_reaction(int(room), int(message_id), newest), room)
        self._shown.pop((room, message_id), None)
        self._shown[room, message_id] = shown
        while len(self._shown) > REMEMBERED:
            self._shown.pop(next(iter(self._shown)))

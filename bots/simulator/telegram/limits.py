"""How fast a bot may send: core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this.

About 30 messages a second overall, one a second in one chat (short bursts pass), 20 a minute in one group.
"""

from collections import deque

OVERALL_PER_SECOND = 30
CHAT_BURST = 5
GROUP_PER_MINUTE = 20


class Limits:
    def __init__(self) -> None:
        self.all: deque[float] = deque()
        self.groups: dict[int, deque[float]] = {}
        self.chats: dict[int, tuple[float, float]] = {}

    def take(self, now: float, chat: int, group: bool, count: int = 1) -> float:
        """Seconds to wait before `count` messages may go to that chat; 0 where they may go now, and are counted."""
        wait = max(self._window(self.all, now, 1.0, OVERALL_PER_SECOND, count), self._bucket(now, chat, count))
        if group:
            sent = self.groups.setdefault(chat, deque())
            wait = max(wait, self._window(sent, now, 60.0, GROUP_PER_MINUTE, count))
        if wait > 0:
            return wait
        for sent in (self.all, *([self.groups[chat]] if group else [])):
            sent.extend([now] * count)
        left, at = self.chats.get(chat, (float(CHAT_BURST), now))
        self.chats[chat] = (min(CHAT_BURST, left + now - at) - count, now)
        return 0.0

    def _window(self, sent: deque[float], now: float, seconds: float, most: int, count: int) -> float:
        while sent and sent[0] <= now - seconds:
            sent.popleft()
        if len(sent) + min(count, most) <= most:
            return 0.0
        return sent[len(sent) + min(count, most) - most - 1] + seconds - now

    def _bucket(self, now: float, chat: int, count: int) -> float:
        left, at = self.chats.get(chat, (float(CHAT_BURST), now))
        have = min(CHAT_BURST, left + now - at)
        return max(0.0, min(count, CHAT_BURST) - have)

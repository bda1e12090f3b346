"""What a page says and how it tells time: in the reader's language, in the reader's zone."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from itertools import groupby
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

from inbox import whys
from inbox.desk import fields
from inbox.desk.explaining import Explained
from inbox.desk.ledger import TROUBLE, CopyState, Line
from inbox.desk.signin import Reader
from inbox.desk.views import Happened
from inbox.directory import Desk
from inbox.errors import BadInput, DeskError, NotHolder
from inbox.locale import catalogue, nearest, reason, say
from inbox.model import File
from inbox.question import Question, Texts
from inbox.sizes import size
from inbox.store.views import Row
from sla.course import Kind, Stretch, bar
from sla.duration import say as say_length

MINUTE, HOUR, DAY = 60, 3600, 86400
CELLS = 60  # of a promise's bar
WISHES = 20  # languages that a browser may ask for
LOCALES = {"en": "en_GB", "sv": "sv_SE", "da": "da_DK"}
TRANSLATED = ("status", "before", "priority", "metric", "closed_as", "state")  # facts whose values we have words for
Delivered = Literal["trouble", "waiting", "done", "none"]
QUEUES = ("queue", "old_queue", "from_queue", "to_queue")  # facts that are a queue's key


@lru_cache(64)
def zone(name: str) -> tzinfo:
    """The time zone with that name; UTC for one that nobody knows."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return UTC


class Copy(NamedTuple):
    """One copy of a message as a page shows it."""

    state: CopyState
    platform: str
    place: str
    how: str
    reason: str


class Words:
    """The catalogue's `web` part in one language, and instants as its speakers write them at `now`."""

    def __init__(self, language: str, timezone: str, now: datetime) -> None:
        self.language, self.now, self._zone = language, now, zone(timezone)
        self.zone_name = str(self._zone)
        self._today = self.date(now)

    def __call__(self, key: str, **facts: Any) -> str:
        return say(self.language, f"web.{key}", **facts)

    def knows(self, key: str) -> bool:
        return f"web.{key}" in catalogue(self.language)

    def named(self, kind: str, value: str) -> str:
        """Our word for a status, a priority …, as it is on the cards too; the value itself where we have none."""
        return _named(self.language, kind, value)

    def field(self, question: Question, value: str) -> tuple[str, str]:
        """One of a queue's own questions and its answer."""
        return fields.said(question.label, self.language), fields.shown(question, value, self.language)

    def said(self, texts: Texts) -> str:
        """Words of the desk file."""
        return fields.said(texts, self.language)

    def reason(self, stored: str) -> str:
        """Why something did not arrive."""
        return reason(self.language, stored)

    def refusal(self, error: DeskError) -> str:
        """Why something was not done, in a sentence."""
        key = error.key if isinstance(error, BadInput) else error.say
        if isinstance(error, NotHolder) and not error.facts.get("holder"):
            key = "error.not_held"
        known = catalogue(self.language)
        shown = {name: self._fact(name, fact) for name, fact in error.facts.items()}
        return say(self.language, key if key in known else error.say, **shown)

    def _fact(self, name: str, fact: Any) -> Any:
        if name in TRANSLATED:
            return self.named(_kind(name), str(fact))
        if name == "most":
            return self.size(fact)
        if name in ("since", "seconds"):
            return f"{round(fact)} {say(self.language, 'unit.s')}" if fact < MINUTE else self.length(fact)
        return self._instant(fact) if name == "until" else self.reason(fact) if name == "reason" else fact

    def size(self, count: int) -> str:
        """So many bytes."""
        return size(count, self.language)

    def missing(self, file: File) -> str:
        """Why a file is not here."""
        return say(self.language, f"file.{file.reason or 'waiting'}", size=self.size(file.size), limit="…")

    def percent(self, share: float) -> str:
        """A share of 1: "33%", "33 %"."""
        return _percent(self.language, round(100 * share))

    def length(self, seconds: float) -> str:
        """A length of time in its largest unit: "5 min", "3 h", "2 d"."""
        whole = max(0, int(seconds))
        if whole < HOUR:
            return self("length.minutes", n=whole // MINUTE) if whole >= MINUTE else self("length.moment")
        if whole < 2 * DAY:
            return self("length.hours", n=whole // HOUR)
        return self("length.days", n=whole // DAY)

    def target(self, seconds: int) -> str:
        """A length that somebody chose, without loss: "4 h", "1 h 30 min"."""
        hours, minutes = divmod(round(seconds / MINUTE), 60)
        parts = ([self("length.hours", n=hours)] if hours else []) + (
            [self("length.minutes", n=minutes)] if minutes or not hours else []
        )
        return " ".join(parts)

    def age(self, at: datetime) -> str:
        """How long ago: "just now", "5 min", "3 h"."""
        seconds = (self.now - at).total_seconds()
        return self.length(seconds) if seconds >= MINUTE else self("length.now")

    def due(self, at: datetime) -> str:
        """ "in 2 h" before a deadline, "12 min late" after it."""
        left = (at - self.now).total_seconds()
        return self("due.left", time=self.length(left)) if left > 0 else self("due.late", time=self.length(-left))

    def late(self, at: datetime | None) -> bool:
        return at is not None and at <= self.now

    def soon(self, at: datetime | None) -> bool:
        return at is not None and self.now < at <= self.now + timedelta(hours=1)

    def clock(self, at: datetime) -> str:
        local = at.astimezone(self._zone)
        return _clock(self.language, local.hour, local.minute)

    def day(self, at: datetime) -> str:
        """ "Today", "Yesterday", else the date, with its year if that is another."""
        return self._day(self.date(at))

    def _day(self, day: date) -> str:
        if day == self._today:
            return self("day.today")
        if day == self._today - timedelta(days=1):
            return self("day.yesterday")
        return _day(self.language, day, day.year != self._today.year)

    def date(self, at: datetime) -> date:
        return at.astimezone(self._zone).date()

    def when(self, at: datetime) -> str:
        """ "Today 10:05", "2 March 10:05", "31 December 2025 10:05"."""
        local = at.astimezone(self._zone)
        return f"{self._day(local.date())} {_clock(self.language, local.hour, local.minute)}"

    def iso(self, at: datetime) -> str:
        """For machines: the instant to the second, with the zone's offset."""
        return at.astimezone(self._zone).isoformat(timespec="seconds")

    @property
    def today(self) -> str:
        """Where a browser's own picker of times begins: not at this minute, or the page would change with each."""
        return f"{self._today.isoformat()}T00:00"

    def copies(self, copies: Sequence[Line], requester: str) -> list[Copy]:
        """A message's copies in words: "Slack", "#it-help" (in direct messages the requester's name), "Sent 10:05"."""
        return [
            Copy(
                line.state,
                self.named("platform", line.platform) or line.connection,
                line.room or (requester if line.side == "home" else ""),
                self.named(f"copy.{line.what}", line.state) + (f" {self._near(line.at)}" if line.at else ""),
                self.reason(line.reason) if line.reason else "",
            )
            for line in copies
        ]

    def _near(self, at: datetime) -> str:
        """The time alone today, with its day before."""
        local = at.astimezone(self._zone)
        clock = _clock(self.language, local.hour, local.minute)
        return clock if local.date() == self._today else f"{self._day(local.date())} {clock}"

    @property
    def why(self) -> str:
        return say(self.language, "why.more")

    def whys(self, one: Explained) -> list[str]:
        """Why a promise stands as it does, a sentence each."""
        told = (whys.did(one, self.language), *whys.waits(one, self.language, self.when))
        return [sentence for sentence in (*told, whys.by(one, self.language, self.when)) if sentence]

    def drawn(self, one: Explained) -> str:
        """A promise's bar for those who do not see it."""
        since, until = one.stretches[0].since, one.stretches[-1].until
        facts = {"since": self.when(since), "until": self.when(until), "did": whys.did(one, self.language)}
        return say(self.language, "why.bar", **facts)

    def event(self, happened: Happened, titles: Mapping[str, str]) -> str:
        """An event in a sentence; "" for a kind that has none. `titles` are the queues' by key."""
        event = happened.event
        variant = self._variant(event.kind, event.facts)
        if not variant:
            return ""
        facts = {key: str(value) for key, value in event.facts.items()}
        facts |= {key: self.named(_kind(key), str(event.facts[key])) for key in TRANSLATED if event.facts.get(key)}
        # a queue that is confidential, or gone, is not named to those who look at a ticket that came from it
        facts |= {key: titles.get(facts[key]) or self("other_queue") for key in QUEUES if key in facts}
        facts |= {"reason": self.reason(facts["reason"])} if "reason" in facts else {}
        facts |= {key: self._instant(facts[key]) for key in ("until", "due_at") if key in facts}
        facts |= {"length": say_length(event.facts["seconds"], self.language)} if event.facts.get("seconds") else {}
        facts |= happened.names
        return self(variant, **(facts | {"who": happened.who or self("desk_itself")}))

    def _variant(self, kind: str, facts: Mapping[str, Any]) -> str:
        """The sentence's key; of a kind's several sentences, the one that a fact chooses: released while `forced`."""
        marks = [name for name, value in facts.items() if value is True] + [str(facts.get("before")), "plain"]
        keys = (f"event.{kind}", *(f"event.{kind}.{mark}" for mark in marks))
        return next((key for key in keys if self.knows(key)), "")

    def _instant(self, text: str) -> str:
        try:
            return self.when(datetime.fromisoformat(text))
        except ValueError:
            return text


def _kind(fact: str) -> str:
    return "status" if fact == "before" else fact


@lru_cache(2000)
def _named(language: str, kind: str, value: str) -> str:
    known = catalogue(language)
    key = next((key for key in (f"web.{kind}.{value}", f"{kind}.{value}") if key in known), "")
    return say(language, key) if key else value


@lru_cache(5000)
def _clock(language: str, hour: int, minute: int) -> str:
    from babel.dates import format_time

    moment = datetime(2000, 1, 1, hour, minute, tzinfo=UTC)
    return format_time(moment, "short", tzinfo=UTC, locale=LOCALES[language])


@lru_cache(200)
def _percent(language: str, percents: int) -> str:
    from babel.numbers import format_percent

    return format_percent(percents / 100, locale=LOCALES[language])


@lru_cache(1000)
def _day(language: str, day: date, with_year: bool) -> str:
    from babel.dates import format_date, format_skeleton

    locale = LOCALES[language]
    return format_date(day, "long", locale=locale) if with_year else format_skeleton("MMMMd", day, locale=locale)


def words_for(reader: Reader | None, desk: Desk, now: datetime, wished: str = "") -> Words:
    """A reader's words: their own language and zone, else the desk's; strangers are answered as their browser asks
    (`wished`, an Accept-Language: the first of its languages that we speak)."""
    if reader is None:
        asked = (nearest(one.partition(";")[0].strip()) for one in wished.split(",")[:WISHES])
        return Words(next(filter(None, asked), desk.language), desk.timezone, now)
    person = reader.person
    language = (nearest(person.language) if person else "") or desk.language
    return Words(language, (person.timezone if person else "") or desk.timezone, now)


def initials(name: str) -> str:
    """One or two letters for a name; "·" where it has none."""
    letters = [word[0] for word in name.split() if word[0].isalnum()]
    return "".join(letters[:1] + letters[1:][-1:]).upper() or "·"


def delivered(copies: Sequence[Line]) -> Delivered:
    """What became of a message's copies in a word, the worst of them first; none where all were withdrawn."""
    states = {copy.state for copy in copies}
    if states & TROUBLE:
        return "trouble"
    if states & {"queued", "sending"}:
        return "waiting"
    return "none" if states == {"cancelled"} else "done"


def urgency(words: Words, row: Row) -> str:
    """How near a ticket's deadline is: "late", "soon", or "" for neither."""
    return "late" if words.late(row.due_at) else "soon" if words.soon(row.due_at) else ""


def runs(found: Sequence[Stretch]) -> list[tuple[Kind, int, int]]:
    """A bar as it is drawn: (kind, where it begins, how long it is), in CELLS."""
    drawn, at = [], 0
    for kind, cells in groupby(bar(found, CELLS)):
        width = len(list(cells))
        drawn.append((kind, at, width))
        at += width
    return drawn

"""The agents' daily tools: snooze, subject, follow, spam and block, histories, one's own settings."""

from dataclasses import replace

from bots import cards, lookup, status
from bots.deeds.doing import MENTION, Doing, requester
from bots.port import Answer, Card
from bots.texts import when
from inbox.desk import absence, blocking, carddata, following, lifecycle, linking, quiet, sorting, tokens
from inbox.errors import BadInput
from inbox.locale import LANGUAGES, nearest, say
from inbox.model import Account
from inbox.moments import understood
from inbox.store import followers, people, preferences, tickets
from inbox.store.preferences import Preferences
from sla.walltime import zone

OFF = frozenset(("off", "none", "stop", "no", "-", "av", "nej", "fra", "ingen", "af"))
ON = frozenset(("on", "yes", "ja", "på", "til"))
HELD, FOLLOWED = 20, 10
ALIAS = 40  # characters


def snooze(doing: Doing) -> Answer:
    """Sleeps until a time that is said as people say it, or, with "off", wakes up."""
    words = doing.said()
    if words.casefold() in OFF:
        lifecycle.wake(doing.tx, doing.now, doing.number, doing.person.id)
        return doing.told("answer.woken", ticket=doing.number)
    until = understood(words, doing.now, doing.zone)
    lifecycle.snooze(doing.tx, doing.now, doing.number, doing.person.id, until)
    return doing.told("answer.snoozed", ticket=doing.number, until=when(until, doing.language, doing.zone))


def subject(doing: Doing) -> Answer:
    ticket = sorting.rename(doing.tx, doing.now, doing.number, doing.person.id, doing.said())
    return doing.told("answer.renamed", ticket=ticket.number, subject=ticket.subject)


def spam(doing: Doing) -> Answer:
    """Closed as spam; a lead may block the sender as well."""
    ticket = lifecycle.close(doing.tx, doing.now, doing.number, doing.person.id, "spam")
    answer = doing.told("answer.spam", ticket=ticket.number)
    if doing.roles.get(ticket.queue) != "lead" or answer.card is None:
        return answer
    return replace(answer, card=cards.with_actions(answer.card, (f"block:{ticket.number}",), doing.language))


def block(doing: Doing) -> Answer:
    ticket = blocking.block(doing.tx, doing.now, doing.number, doing.person.id, doing.words)
    return doing.told("answer.blocked", ticket=ticket.number, name=requester(doing, ticket))


def unblock(doing: Doing) -> Answer:
    ticket = blocking.unblock(doing.tx, doing.now, doing.number, doing.person.id)
    return doing.told("answer.unblocked", name=requester(doing, ticket))


def follow(doing: Doing) -> Answer:
    """Told from now on what happens on a ticket; with "off" no more."""
    if doing.words.casefold() in OFF:
        following.unfollow(doing.tx, doing.now, doing.number, doing.person.id)
        return doing.told("answer.unfollowed", ticket=doing.number)
    following.follow(doing.tx, doing.now, doing.number, doing.person.id)
    return doing.told("answer.followed", ticket=doing.number)


def mine(doing: Doing) -> Answer:
    """What an agent holds and follows; for anybody else their own tickets."""
    tx, roles = doing.tx, doing.roles
    if not roles:
        return Answer(status.own(tx, tickets.latest_of(tx, doing.person.id, status.OWN), doing.language, doing.zone))
    held = tickets.held_of(tx, doing.person.id, sorted(roles), HELD)
    shown = cards.held_card(carddata.lines(tx, held, doing.now), doing.language, doing.zone)
    numbers = followers.followed_by(tx, doing.person.id, FOLLOWED)
    found = [one for number in numbers if (one := tickets.get(tx, number)) and one.queue in roles]
    if not found:
        return Answer(shown)
    titles = "\n".join(map(cards.title, carddata.lines(tx, found)))
    return Answer(replace(shown, fields=(*shown.fields, (say(doing.language, "card.followed"), titles))))


def history(doing: Doing) -> Answer:
    """What somebody asked: who is mentioned, else the requester of the ticket."""
    match = MENTION.fullmatch(doing.words) if doing.words else None
    if match and match[1]:
        about = Account(doing.place.connection, match[1], match[1])
        return lookup.theirs(doing.tx, doing.now, doing.language, doing.by, about)
    if doing.words:
        raise BadInput("mention_them")
    ticket = doing.agents_ticket()
    return lookup.history(doing.tx, doing.now, doing.language, doing.by, ticket.requester_id)


# One's own settings


def me(doing: Doing) -> Answer:
    """Shows how the desk knows somebody; "/me alias NAME", "/me nags off", "/me quiet 18-8", "/me language sv",
    "/me timezone ZONE"; "/me token" gives a program of theirs the right to act in their name."""
    what, _, value = doing.words.partition(" ")
    if not what:
        return _about(doing)
    if what.casefold() in TOKEN:
        return _token(doing, value.strip())
    setting = SETTINGS.get(what.casefold())
    if setting is None:
        raise BadInput("me_unknown", words=what[:40])
    setting(doing, value.strip())
    return _about(replace(doing, person=people.get(doing.tx, doing.person.id) or doing.person))


def _about(doing: Doing) -> Answer:
    tx, language, person = doing.tx, nearest(doing.person.language) or doing.language, doing.person
    kept, accounts = preferences.get(tx, person.id), tuple(people.identities(tx, person.id))
    fields = [
        ("language", say(language, f"language.{language}")),
        ("timezone", doing.zone),
        ("accounts", linking.names(tx, accounts)),
    ]
    if doing.roles:
        queues = ", ".join(tx.directory.queue(key).title for key in sorted(doing.roles))
        fields += [
            ("queues", queues),
            ("alias", kept.alias or say(language, "me.no_alias")),
            ("nags", _nags(kept, language)),
        ]
        fields += _there(doing, language)
    shown = tuple((say(language, f"me.{key}"), value) for key, value in fields)
    return Answer(Card(title=person.name, fields=shown, footer=say(language, "me.how")), secret=True)


def _there(doing: Doing, language: str) -> list[tuple[str, str]]:
    """When an agent is there, as far as anything is said of it: outside of it nobody writes to them."""
    tx, person_id, found = doing.tx, doing.person.id, list[tuple[str, str]]()
    if shifts := absence.shifts(tx, [person_id]).get(person_id):
        found.append(("shift", ", ".join(hours.name for hours in shifts)))
    if gone := absence.of(tx, doing.now, person_id):
        until = when(gone.until, language, doing.zone) if gone.until else ""
        found.append(("away", say(language, "me.away_until", until=until) if until else say(language, "me.away_on")))
    return found


def _nags(kept: Preferences, language: str) -> str:
    if not kept.direct_nags:
        return say(language, "me.nags_room")
    return say(language, "me.nags_quiet", hours=kept.quiet) if kept.quiet else say(language, "me.nags_direct")


def _set_alias(doing: Doing, value: str) -> None:
    alias = "" if value.casefold() in OFF else " ".join(value.split())
    if len(alias) > ALIAS:
        raise BadInput("alias_long", limit=ALIAS)
    preferences.put(doing.tx, doing.person.id, alias=alias)


def _set_nags(doing: Doing, value: str) -> None:
    if value.casefold() not in OFF | ON:
        raise BadInput("me_unknown", words=value[:40])
    preferences.put(doing.tx, doing.person.id, direct_nags=value.casefold() in ON)


def _set_quiet(doing: Doing, value: str) -> None:
    """Never by direct message, or not at these hours; "off" takes both back."""
    if not value or value.casefold() in ON:
        preferences.put(doing.tx, doing.person.id, direct_nags=False)
        return
    try:
        hours = "" if value.casefold() in OFF else quiet.hours(value)
    except ValueError:
        raise BadInput("quiet_hours", words=value[:40]) from None
    preferences.put(doing.tx, doing.person.id, direct_nags=True, quiet=hours)


def _set_language(doing: Doing, value: str) -> None:
    chosen = nearest(value)
    if chosen not in LANGUAGES:
        raise BadInput("language_unknown")
    people.set_language(doing.tx, doing.person.id, chosen)


def _set_zone(doing: Doing, value: str) -> None:
    try:
        zone(value)
    except ValueError:
        raise BadInput("zone_unknown", words=value[:40]) from None
    people.set_timezone(doing.tx, doing.person.id, value)


def _token(doing: Doing, value: str) -> Answer:
    """A token for programs of theirs, for their eyes only and only now; with "off" it is good no more."""
    if value.casefold() in OFF:
        ended = tokens.revoke(doing.tx, doing.now, doing.person.id)
        return replace(doing.told("answer.token.gone" if ended else "answer.token.none"), secret=True)
    made = tokens.make(doing.tx, doing.now, doing.person.id)
    return replace(
        doing.told("answer.token.made", token=made, how=say(doing.language, "answer.token.how")), secret=True
    )


TOKEN = frozenset(("token", "nyckel", "nøgle"))
SETTINGS = {
    "alias": _set_alias,
    "nags": _set_nags,
    "påminnelser": _set_nags,
    "påmindelser": _set_nags,
    "quiet": _set_quiet,
    "tyst": _set_quiet,
    "stille": _set_quiet,
    "language": _set_language,
    "språk": _set_language,
    "sprog": _set_language,
    "timezone": _set_zone,
    "tidszon": _set_zone,
    "tidszone": _set_zone,
}

TICKET = {"spam": spam, "block": block, "unblock": unblock, "follow": follow}
COMMANDS = {
    "snooze": snooze,
    "subject": subject,
    "mine": mine,
    "history": history,
    "me": me,
}

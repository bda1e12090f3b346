"""What people type, in three languages, and what it means: a verb with its ticket and words, or an error that helps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots import deeds
from bots.commands import GROUPS, OPEN, OTHER_WORDS, VERBS, Asked, parse
from inbox.errors import BadInput

# "verb ticket words" as understood; "!reason" for an error
TYPED = {
    # claims
    "claim 42": "claim 42",
    "Claim #42": "claim 42",
    "CLAIM 42": "claim 42",
    "  claim   42  ": "claim 42",
    "/claim 42": "claim 42",
    "claim": "claim -",
    "ta 42": "claim 42",
    "claim 42.": "claim 42",
    "claim forty-two": "!not_a_number",
    "claim 42nd": "!not_a_number",
    "claim 9999999999999": "!not_a_number",
    "claim 42 please": "claim 42 please",
    "release 42": "release 42",
    "ack 42": "ack 42",
    "ack": "ack -",
    "seen 42": "ack 42",
    "sett #42": "ack 42",
    "set 42": "ack 42",
    "släpp 42": "release 42",
    "slip 42": "release 42",
    "take 42": "take 42",
    "takeover 42": "take 42",
    "assign 42 Lisa": "assign 42 Lisa",
    "assign 42 <@U01LISA>": "assign 42 <@U01LISA>",
    "assign Lisa": "assign - Lisa",
    "tilldela 42 Lisa": "assign 42 Lisa",
    "tildel #42 Lisa Berg": "assign 42 Lisa Berg",
    "next": "next -",
    "nästa": "next -",
    "næste": "next -",
    "away": "away -",
    "away until 13:00": "away - until 13:00",
    "away 2h": "away - 2h",
    "borta till 13": "away - till 13",
    "væk til i morgen": "away - til i morgen",
    "back": "back -",
    "tillbaka": "back -",
    "tilbage": "back -",
    # words
    "reply 42 It works again.": "reply 42 It works again.",
    "reply It works again.": "reply - It works again.",
    "reply 42\nTwo\nlines": "reply 42 Two\nlines",
    "reply\nTwo\nlines": "reply - Two\nlines",
    "svara 42 Nu fungerar det": "reply 42 Nu fungerar det",
    "svar 42 Nu virker det": "reply 42 Nu virker det",
    "reply 42: fixed": "reply 42 fixed",
    "reply 42, fixed": "reply 42 fixed",
    "reply 4G works again": "reply - 4G works again",
    "reply 10:30 is fine": "reply - 10:30 is fine",
    "note 42 Called twice": "note 42 Called twice",
    "anteckna 42 Ringde två gånger": "note 42 Ringde två gånger",
    "notat 42 Ringede to gange": "note 42 Ringede to gange",
    "note 2026-12-24 is closed": "note - 2026-12-24 is closed",
    "canned": "canned -",
    "canned reset": "canned - reset",
    "canned 42 reset": "canned 42 reset",
    "mall 42 reset": "canned 42 reset",
    "skabelon reset": "canned - reset",
    "canned save reset Hello {requester}": "canned - save reset Hello {requester}",
    # status
    "pending 42": "pending 42",
    "pend 42": "pending 42",
    "vänta 42": "pending 42",
    "vent 42": "pending 42",
    "hold 42": "hold 42",
    "parkera 42": "hold 42",
    "snooze 42 2h": "snooze 42 2h",
    "snooze 2h": "snooze - 2h",
    "snooze 42 tomorrow 9": "snooze 42 tomorrow 9",
    "snooze 42 fredag 10": "snooze 42 fredag 10",
    "snooze until 10:30": "snooze - until 10:30",
    "snooze 10:30": "snooze - 10:30",
    "slumra 42 imorgon 9": "snooze 42 imorgon 9",
    "udsæt 42 i morgen 9": "snooze 42 i morgen 9",
    "resolve 42": "resolve 42",
    "resolve": "resolve -",
    "lös 42": "resolve 42",
    "løs 42": "resolve 42",
    "resolve it": "!not_a_number",
    "reopen 42": "reopen 42",
    "close 42": "close 42",
    "spam 42": "spam 42",
    "skräp 42": "spam 42",
    # sorting
    "priority 42 high": "priority 42 high",
    "prio 42 hög": "priority 42 hög",
    "prioritet 42 høj": "priority 42 høj",
    "priority urgent": "priority - urgent",
    "sla 42 resolution 8h customer on site": "sla 42 resolution 8h customer on site",
    "sla resolution off": "sla - resolution off",
    "sla 42": "sla 42",
    "plan 42 gold": "plan 42 gold",
    "noreply 42": "noreply 42",
    "why 42": "why 42",
    "varför": "why -",
    "hvorfor 42": "why 42",
    "tag 42 vip -old": "tag 42 vip -old",
    "tagga 42 vip": "tag 42 vip",
    "tag vip": "tag - vip",
    "subject 42 Printer on floor 2": "subject 42 Printer on floor 2",
    "ämne 42 Skrivaren": "subject 42 Skrivaren",
    "emne 42 Printeren": "subject 42 Printeren",
    "field 42 device: Laptop": "field 42 device: Laptop",
    "fält enhet Laptop": "field - enhet Laptop",
    "felt 42 enhed Bærbar": "field 42 enhed Bærbar",
    "move 42 payroll": "move 42 payroll",
    "move payroll": "move - payroll",
    "flytta 42 payroll Det gäller lön": "move 42 payroll Det gäller lön",
    "flyt 42 payroll": "move 42 payroll",
    "escalate 42": "escalate 42",
    "escalate": "escalate -",
    "escalate 42 it-l2 The switch is broken": "escalate 42 it-l2 The switch is broken",
    "eskalera 42 Switchen": "escalate 42 Switchen",
    "eskalér 42": "escalate 42",
    # together
    "merge 41 42": "merge 41 42",
    "merge 41 into 42": "merge 41 into 42",
    "merge 42": "merge 42",
    "merge 41 undo": "merge 41 undo",
    "flet 41 42": "merge 41 42",
    "split 42": "split 42",
    "split 42 the scanner": "split 42 the scanner",
    "dela 42 skannern": "split 42 skannern",
    "relate 42 57": "relate 42 57",
    "relate #42 #57": "relate 42 #57",
    "incident 42 The network is down": "incident 42 The network is down",
    "incident 42": "incident 42",
    "driftstörning 42 Nätet är nere": "incident 42 Nätet är nere",
    "same 43 42": "same 43 42",
    "samma 42": "same 42",
    "announce 42 It is back": "announce 42 It is back",
    "meddel 42 Det virker": "announce 42 Det virker",
    "for <@U01ANNA> The printer is on fire": "for - <@U01ANNA> The printer is on fire",
    "för 42 Skrivaren brinner": "for - 42 Skrivaren brinner",
    "follow 42": "follow 42",
    "cancel": "cancel -",
    "follow": "follow -",
    "follow off": "follow - off",
    "följ 42": "follow 42",
    "følg 42": "follow 42",
    # finding
    "queue": "queue -",
    "kö": "queue -",
    "kø": "queue -",
    "mine": "mine -",
    "mina": "mine -",
    "show 42": "show 42",
    "visa 42": "show 42",
    "vis 42": "show 42",
    "status": "status -",
    "status 42": "status 42",
    "figures": "figures -",
    "figures 30 it": "figures - 30 it",
    "nyckeltal 14": "figures - 14",
    "nøgletal": "figures -",
    "history": "history -",
    "history 42": "history 42",
    "history <@U01ANNA>": "history - <@U01ANNA>",
    "historik 42": "history 42",
    "desk": "desk -",
    "help": "help -",
    "?": "help -",
    "hjälp": "help -",
    "hjælp snooze": "help - snooze",
    "": "help -",
    "   ": "help -",
    # people
    "me": "me -",
    "me nags off": "me - nags off",
    "mig": "me -",
    "block 42 advertising": "block 42 advertising",
    "blockera 42": "block 42",
    "unblock 42": "unblock 42",
    "panel": "panel -",
    "link": "link -",
    "link ABCD-EFGH": "link - ABCD-EFGH",
    "unlink": "unlink -",
    "language sv": "language - sv",
    "språk svenska": "language - svenska",
    "sprog da": "language - da",
    "comment Quick and friendly!": "comment - Quick and friendly!",
    "survey off": "survey - off",
    "enkät av": "survey - av",
    "spørgeskema fra": "survey - fra",
    "nps": "nps -",
    "nps start 20%": "nps - start 20%",
    "start queue-payroll": "start - queue-payroll",
    # mistakes
    "clam 42": "!unknown_near claim",
    "resovle 42": "!unknown_near resolve",
    "relase 42": "!unknown_near release",
    "snoze 42 2h": "!unknown_near snooze",
    "prioriti 42 high": "!unknown_near priority",
    "tildle 42 Lisa": "!unknown_near assign",
    "xyzzy": "!unknown_command",
    "42": "!unknown_command",
    "🔥": "!unknown_command",
    "drop table ticket": "!unknown_command",
}
# after /ticket, words that are no command are a new ticket's; prose that begins like an agent's command is kept whole
FREE = {
    "The printer is on fire": "ticket - The printer is on fire",
    "claim 42": "claim 42",
    "claim my expenses": "claim - my expenses",
    "reply to my mail never came": "reply - to my mail never came",
    "help me please": "ticket - help me please",
    "help snooze": "help - snooze",
    "help": "help -",
    "queue at the canteen is too long": "ticket - queue at the canteen is too long",
    "mine is broken": "ticket - mine is broken",
    "next week I need a laptop": "ticket - next week I need a laptop",
    "back pain from my chair": "ticket - back pain from my chair",
    "away from my desk I cannot log in": "away - from my desk I cannot log in",
    "clam 42": "!unknown_near claim",
    "clam chowder is cold": "ticket - clam chowder is cold",
    "status": "status -",
    "skrivaren brinner": "ticket - skrivaren brinner",
    "start menu is gone": "ticket - start menu is gone",
    "3 printers are broken": "ticket - 3 printers are broken",
}


def understood(words: str, *, free: bool = False) -> str:
    try:
        asked = parse(words, free=free)
    except BadInput as error:
        return f"!{error.reason} {error.facts.get('nearest', '')}".strip()
    return f"{asked.verb.name} {asked.ticket if asked.ticket is not None else '-'} {asked.words}".strip()


@pytest.mark.parametrize(("words", "meant"), TYPED.items())
def test_what_was_typed(words: str, meant: str) -> None:
    assert understood(words) == meant


@pytest.mark.parametrize(("words", "meant"), FREE.items())
def test_what_was_typed_after_ticket(words: str, meant: str) -> None:
    assert understood(words, free=True) == meant


def test_there_are_enough_of_them() -> None:
    assert len(TYPED) + len(FREE) >= 150
    assert {parse(words).verb.name for words, meant in TYPED.items() if meant[0] != "!"} >= set(VERBS)


@given(words=st.text(max_size=80) | st.sampled_from(sorted(TYPED)).map(lambda one: one + " "), free=st.booleans())
def test_whatever_is_typed_is_a_command_or_a_sentence(words: str, free: bool) -> None:
    try:
        assert isinstance(parse(words, free=free), Asked)
    except BadInput as error:
        assert error.reason in ("unknown_command", "unknown_near", "not_a_number")


def test_every_command_does_something_and_every_deed_can_be_said() -> None:
    elsewhere = {"desk"}  # a link is made outside of the transaction
    assert set(VERBS) - elsewhere == set(deeds.COMMANDS) - {OPEN.name, "start"}
    assert set(OTHER_WORDS.values()) <= set(VERBS) and not set(OTHER_WORDS) & set(VERBS)
    assert {verb.group for verb in VERBS.values()} <= set(GROUPS)
    assert set(deeds.COMMANDS) >= deeds.READS | deeds.TOLD_TWICE | deeds.AS_NAMED

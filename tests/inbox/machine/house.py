"""The machine's desk: a queue of every kind, and who answers for which."""

from dataclasses import replace

from inbox.automation import Deeds, Needs, Rule, When, phrase
from inbox.directory import DM, Directory, Queue, RoomRef
from inbox.model import Account
from tests.house import sample_directory
from tests.inbox.office import POLICY

AGENTS = ("Omar", "Lisa", "Maja")
# (name, connection): everybody who asks, where they do
ASKERS = (("Anna", "acme"), ("Erik", "acme"), ("Erik", "shop"), ("Anna", "community"))
TEAMS = {
    "it": {"Omar": "agent", "Lisa": "agent", "Maja": "lead"},
    "customers": {"Omar": "agent", "Lisa": "agent", "Maja": "lead"},
    "games": {"Omar": "agent", "Lisa": "agent", "Maja": "lead"},
    "payroll": {"Lisa": "agent", "Maja": "lead"},
}
PREFIX = {"acme": "U", "community": "D", "shop": "T"}
# Where others read along: nothing of a confidential ticket stands there.
SHARED = {("acme", "C-HELP"), ("acme", "C-DESK"), ("community", "900"), ("shop", "-1001")}
RULES = (
    Rule("urgent", When(created=True, message=True), Needs(text=(phrase("urgent"),)), Deeds(priority="urgent")),
    Rule("payslips", When(created=True), Needs(text=(phrase("payslip"),)), Deeds(queue="payroll", note="secret")),
    Rule("greets", When(created=True), Needs(queue=("games",)), Deeds(reply="hello")),
    Rule("asleep", When(idle_seconds=7200), Needs(), Deeds(note="secret", notify=("holder",))),
)


def account(name: str, connection: str = "acme") -> Account:
    return Account(connection, f"{PREFIX[connection]}-{name.upper()}", name)


def structure() -> Directory:
    """IT in Slack; customers in Telegram, given out in turn, and games in Discord to who is least busy, answered in
    Telegram; payroll, confidential, in the direct messages, where people are asked which they mean."""
    found = sample_directory().desk.queues
    policy = replace(POLICY, rules=())
    queues: dict[str, Queue] = {key: replace(queue, policy=policy) for key, queue in found.items()}
    queues["it"] = replace(queues["it"], escalates_to="customers")
    queues["customers"] = replace(queues["customers"], assignment="round_robin", capacity=2)
    queues["games"] = replace(queues["games"], assignment="least_busy", escalates_to="it", claim_by_reply="words")
    queues["payroll"] = replace(queues["payroll"], intake=(RoomRef("acme", DM),))
    return sample_directory(queues=queues, policies={"office": policy}, rules=RULES)

"""The `[plans]` table of desk.toml: whose promises go by which plan."""

from collections.abc import Iterable, Mapping
from functools import partial

from frontdesk import desk_refs
from frontdesk.desk_policies import LONGEST_PLAN
from frontdesk.toml_table import Table, attempt, missing
from inbox.directory import Connection
from sla.policy import Policy


def read_plans(document: Table, connections: Mapping[str, Connection]) -> dict[str, frozenset[str]]:
    """The accounts ("acme:U012AB") that have a plan, by its name; an account has one plan."""
    table = document.table("plans")
    if table is None:
        return {}
    found: dict[str, list[str]] = {}
    plan_of: dict[str, str] = {}
    for plan in table.values:
        if len(plan) > LONGEST_PLAN:
            table.note(f"is longer than a plan's name can be: {LONGEST_PLAN} characters", plan)
        for path, text in table.texts(plan):
            ref = attempt(table.notes, path, partial(desk_refs.agent, text, connections), None)
            if ref is None:
                continue
            account = str(ref)
            if ref.kind != "user":
                table.notes.add(path, "names several people: a plan is given to single accounts, CONNECTION:USER")
            elif account in plan_of:
                table.notes.add(path, f'has the plan "{plan_of[account]}" already: leave one of the two out')
            else:
                plan_of[account] = plan
                found.setdefault(plan, []).append(account)
    return {plan: frozenset(accounts) for plan, accounts in found.items()}


def check_plans(document: Table, policies: Iterable[Policy]) -> None:
    """Notes plans for which no rule asks: they would be read by nobody."""
    if document.notes.any(("policies",)):
        return  # what a rule asks for is not known there
    table = document.table("plans")
    asked = {plan for policy in policies for rule in policy.rules for plan in rule.when.get("plan", ())}
    for plan in table.values if table else ():
        if plan not in asked:
            sentence = missing(plan, sorted(asked), "plan") if asked else "no policy has a rule that asks for a plan"
            document.notes.add(("plans", plan), f"{sentence}; write one with when = {{ plan = … }}")

"""Modals and home tabs: https://docs.slack.dev/surfaces/modals and the views.* methods."""

import copy
import json
from typing import Any

from bots.simulator.slack import blocks as kit
from bots.simulator.slack.methods import TIER_4, Args, SlackError, invalid, method
from bots.simulator.slack.model import Json, Trigger, View
from bots.simulator.slack.schema import Check, anything, boolean, plain_text, shape, string
from bots.simulator.slack.shapes import view_json
from bots.simulator.slack.world import KEPT, TRIGGER_SECONDS, World

STACK = 3
VIEW_BYTES = 250_000

_BOTH: dict[str, Check] = {
    "private_metadata": string(3000, 0),
    "callback_id": string(255, 0),
    "external_id": string(255, 0),
}
_MODAL: dict[str, Check] = {
    "submit": plain_text(24),
    "close": plain_text(24),
    "clear_on_close": boolean,
    "notify_on_close": boolean,
    "submit_disabled": boolean,
}
_VIEWS = {
    "modal": shape({"title": plain_text(24), "blocks": anything}, _BOTH | _MODAL),
    "home": shape({"blocks": anything}, _BOTH),
}


def checked(world: World, given: Any, kind: str) -> Json:
    """The view with what Slack fills in. Raises SlackError with Slack's sentences."""
    if not isinstance(given, dict):
        raise invalid("invalid_arguments", ["missing required field: view"])
    if given.get("type") != kind:
        raise invalid("invalid_arguments", [f"must be {kind} [json-pointer:/view/type]"])
    blocks = given.get("blocks")
    found = list(_VIEWS[kind](given, "/view"))
    if not isinstance(blocks, list):
        found.append("must provide an array [json-pointer:/view/blocks]")
    else:
        found += kit.problems(blocks, kind, "/view/blocks")
        inputs = any(isinstance(one, dict) and one.get("type") == "input" for one in blocks)
        if kind == "modal" and inputs and not given.get("submit"):
            found.append("submit is required when an input block is within blocks [json-pointer:/view]")
    if found:
        raise invalid("invalid_arguments", found)
    if len(json.dumps(given).encode()) > VIEW_BYTES:
        raise SlackError("view_too_large")
    body = copy.deepcopy(given) | {"blocks": kit.settled(blocks or [], world.new_key)}
    for name in ("title", "submit", "close"):
        if body.get(name):
            body[name].setdefault("emoji", True)
    return body


def _view_of(world: World, args: Args, kind: str) -> Json:
    return checked(world, args.structure("view", "invalid_arguments"), kind)


def use_trigger(world: World, args: Args) -> Trigger:
    """Spends the trigger_id, which lasts 3 seconds and works once. Raises SlackError."""
    given = args.text("trigger_id") or args.text("interactivity_pointer")
    if not given:
        raise invalid("invalid_arguments", ["missing required field: trigger_id"])
    trigger = world.triggers.get(given)
    if trigger is None:
        raise SlackError("invalid_trigger_id")
    if trigger.used:
        raise SlackError("exchanged_trigger_id")
    if world.clock() - trigger.at > TRIGGER_SECONDS:
        raise SlackError("expired_trigger_id")
    trigger.used = True
    return trigger


def _check_external(world: World, body: Json, own: str = "") -> None:
    wanted = body.get("external_id")
    taken = (one for one in world.views.values() if one.open and one.id != own)
    if wanted and any(one.body.get("external_id") == wanted for one in taken):
        raise SlackError("duplicate_external_id")


def new_view(world: World, person: str, body: Json, below: View | None = None) -> View:
    """Shows a view to that person; on top of `below` in its stack."""
    _check_external(world, body)
    _forget_closed(world)
    made = world.new_id("V")
    view = View(made, person, body, _hash(world), below.root if below else made, below.id if below else "")
    world.views[made] = view
    world.changed()
    return view


def _forget_closed(world: World) -> None:
    for one in [one for one in world.views.values() if not one.open][:-KEPT]:
        del world.views[one.id]
        world.picked.pop((one.id, one.person), None)


def replace(world: World, view: View, body: Json) -> View:
    """Puts other contents into a view; what was filled in stays where block and action ids stay."""
    _check_external(world, body, view.id)
    view.body, view.hash = body, _hash(world)
    world.changed()
    return view


def _hash(world: World) -> str:
    return f"{world.seconds}.{world.new_key(8)}"


@method("views.open", tier=TIER_4)
def open_view(world: World, args: Args) -> Json:
    body = _view_of(world, args, "modal")
    trigger = use_trigger(world, args)
    top = world.views.get(trigger.view)
    if top is not None and top.open and top.kind == "modal":
        return {"view": view_json(world, push_on(world, top, body))}
    for one in world.views_of(trigger.person):
        one.open = False
    return {"view": view_json(world, new_view(world, trigger.person, body))}


def push_on(world: World, top: View, body: Json) -> View:
    """Puts a view on top of another. Raises push_limit_reached beyond three."""
    if len(world.views_of(top.person)) >= STACK:
        raise SlackError("push_limit_reached")
    return new_view(world, top.person, body, top)


@method("views.push", tier=TIER_4)
def push(world: World, args: Args) -> Json:
    body = _view_of(world, args, "modal")
    trigger = use_trigger(world, args)
    top = world.views.get(trigger.view)
    if top is None or not top.open or top.kind != "modal":
        raise SlackError("not_found")
    return {"view": view_json(world, push_on(world, top, body))}


@method("views.update", tier=TIER_4)
def update(world: World, args: Args) -> Json:
    view = _found(world, args)
    body = _view_of(world, args, view.kind)
    _check_hash(args, view)
    return {"view": view_json(world, replace(world, view, body))}


def _found(world: World, args: Args) -> View:
    if not args.has("view_id") and not args.has("external_id"):
        raise invalid("invalid_arguments", ["missing required field: view_id"])
    for view in world.views.values():
        named = view.id == args.text("view_id") or (
            args.has("external_id") and view.body.get("external_id") == args.text("external_id")
        )
        if named and view.open:
            return view
    raise SlackError("not_found")


def _check_hash(args: Args, view: View) -> None:
    if args.has("hash") and args.text("hash") != view.hash:
        raise SlackError("hash_conflict")


@method("views.publish", tier=TIER_4)
def publish(world: World, args: Args) -> Json:
    person = world.people.get(args.required("user_id"))
    if person is None or person.bot:
        raise SlackError("user_not_found")
    body = _view_of(world, args, "home")
    home = world.home_of(person.id)
    if home is None:
        return {"view": view_json(world, new_view(world, person.id, body))}
    _check_hash(args, home)
    return {"view": view_json(world, replace(world, home, body))}

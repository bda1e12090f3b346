"""Where a person touches a button or a select: a message, a private message, a modal or the home tab."""

import html
from dataclasses import dataclass
from typing import Any

from bots.simulator.server import Refused
from bots.simulator.slack.blocks import placed
from bots.simulator.slack.compose import spoken
from bots.simulator.slack.fields import state_of
from bots.simulator.slack.model import Json, Message, Person, Room, View
from bots.simulator.slack.shapes import message_json, view_json
from bots.simulator.slack.world import World


@dataclass(frozen=True, slots=True)
class Place:
    """`key` is under which what was picked is kept."""

    key: str
    blocks: list[Json]
    view: View | None = None
    room: Room | None = None
    message: Message | None = None


def user_json(world: World, person: Person) -> Json:
    return {"id": person.id, "username": person.handle, "name": person.handle, "team_id": world.team_id}


def team_json(world: World) -> Json:
    return {"id": world.team_id, "domain": world.domain}


def channel_json(room: Room) -> Json:
    """Commands and interactions name direct and private rooms by kind, not by name."""
    names = {"im": "directmessage", "group": "privategroup"}
    return {"id": room.id, "name": names.get(room.kind, room.name)}


def common(world: World, kind: str, person: Person) -> Json:
    """What every interaction says."""
    said: Json = {"type": kind, "user": user_json(world, person), "token": world.app.verification_token}
    return said | {"team": team_json(world), "enterprise": None, "is_enterprise_install": False}


def find_place(world: World, who: str, room: str, message: str) -> Place:
    """The message, modal (by view id, or the topmost where nothing is named) or home tab. Raises Refused."""
    person = world.person(who)
    if room == "home":
        view = world.home_of(person.id)
    elif message in world.views or not message:
        view = topmost(world, person, message)
    else:
        return _message_place(world, person, room, message)
    if view is None or view.person != person.id or not view.open:
        raise Refused(f"{person.name} has no such form open.")
    return Place(view.id, view.body["blocks"], view=view)


def topmost(world: World, person: Person, view: str = "") -> View | None:
    """That person's open modal by id, callback id or title; the one on top where `view` is empty."""
    for one in reversed(world.views_of(person.id)):
        title = one.body.get("title", {}).get("text")
        if view in ("", one.id, one.body.get("callback_id"), title):
            return one
    home = world.home_of(person.id)
    return home if home is not None and view == home.id else None


def _message_place(world: World, person: Person, room: str, ts: str) -> Place:
    where = world.room(room, person.id)
    found = world.message(where.id, ts)
    if not world.visible(where, person.id) or found.deleted or found.private_to not in ("", person.id):
        raise Refused(f"{person.name} sees no message {ts} there.")
    return Place(f"{where.id}:{ts}", found.blocks, room=where, message=found)


def find_element(place: Place, kinds: frozenset[str], label: str, action: str) -> tuple[Json, Json]:
    """The block and element with that label or action id; the only one where neither is given. Raises Refused."""
    candidates = [(block, one) for block, one in placed(place.blocks) if one["type"] in kinds]
    found = [
        (block, one)
        for block, one in candidates
        if (not label or label in labels(block, one)) and (not action or action in (one["action_id"], one.get("value")))
    ]
    if found and (label or action or len(found) == 1):
        return found[0]
    there = ", ".join(f"{labels(block, one)[0]!r} ({one['action_id']})" for block, one in candidates)
    raise Refused(f"There is no {label or action!r} to use; there are: {there or 'none'}.")


def labels(block: Json, element: Json) -> list[str]:
    """What a person may call the element: its text, its placeholder, the words beside it."""
    said = [element.get("text"), element.get("placeholder"), block.get("label"), block.get("text")]
    return [html.unescape(spoken(one)) for one in said if one] or [element["action_id"]]


def container(place: Place) -> Json:
    if place.view is not None:
        return {"type": "view", "view_id": place.view.id}
    message, room = place.message, place.room
    assert message is not None and room is not None
    ephemeral = bool(message.private_to)
    held: Json = {"type": "message", "message_ts": message.ts, "channel_id": room.id, "is_ephemeral": ephemeral}
    return held | ({"thread_ts": message.thread_ts} if message.thread_ts else {})


def surroundings(world: World, place: Place, person: Person) -> Json:
    """The view, or the channel and message, as a payload carries them with the state of all fields."""
    values = state_of(world, place.key, person.id, place.blocks)
    if place.view is not None:
        return {"view": view_json(world, place.view, values)}
    message, room = place.message, place.room
    assert message is not None and room is not None
    said: Json = {"channel": channel_json(room), "state": {"values": values}}
    return said | ({} if message.private_to else {"message": message_json(world, message)})


def pick(world: World, place: Place, person: Person, block: Json, element: Json, held: Any) -> None:
    """Keeps what a person picked, until the form is gone."""
    kept = world.picked.setdefault((place.key, person.id), {})
    kept[(block["block_id"], element["action_id"])] = held

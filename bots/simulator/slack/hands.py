"""What people do with the app: press, choose, type commands, use shortcuts.

Each is told to the app once and never again; what comes back is what the person's client shows.
https://docs.slack.dev/interactivity/handling-user-interaction
"""

from collections.abc import Callable
from typing import Any

from bots.simulator.server import Refused
from bots.simulator.slack.blocks import INTERACTIVE
from bots.simulator.slack.courier import Courier
from bots.simulator.slack.fields import chosen
from bots.simulator.slack.methods import SlackError
from bots.simulator.slack.model import RESERVED_COMMANDS, Json, Person
from bots.simulator.slack.places import (
    Place,
    channel_json,
    common,
    container,
    find_element,
    find_place,
    pick,
    surroundings,
    topmost,
)
from bots.simulator.slack.responses import respond_inline
from bots.simulator.slack.shapes import message_json
from bots.simulator.slack.webhook import Ack
from bots.simulator.slack.world import World

BUTTONS = frozenset({"button"})
CHOICES = INTERACTIVE - BUTTONS
NOT_RESPONDING = "This app is not responding. Try again or contact the developer."
Shown = dict[str, Any]


class Hands:
    """People's dealings with the app. Each raises Refused where Slack's client would not let them."""

    def __init__(self, world: World, courier: Courier) -> None:
        self.world, self.courier = world, courier

    def acts(self) -> dict[str, Callable[..., Any]]:
        names = "press choose suggest command shortcut message_shortcut register_command register_shortcut"
        return {name: getattr(self, name) for name in names.split()}

    # buttons and selects

    async def press(self, who: str, room: str = "", message: str = "", label: str = "", action: str = "") -> Shown:
        """Presses the button with that label or action id; on a message, an open form (`message` its view id, or
        nothing for the topmost) or the home tab (`room` "home"). Returns {"ok", "error", "view"} after the ack.
        """
        place = find_place(self.world, who, room, message)
        block, element = find_element(place, BUTTONS, label, action)
        kept = ("type", "action_id", "text", "value", "style", "url", "confirm")
        told = {key: element[key] for key in kept if key in element}
        return await self._act_on(place, self.world.person(who), told | {"block_id": block["block_id"]})

    async def choose(
        self, who: str, room: str = "", message: str = "", option: Any = "", label: str = "", action: str = ""
    ) -> Shown:
        """Chooses `option` (words, value, name, date, or a list) in a select, picker, checkboxes or overflow menu."""
        place, person = find_place(self.world, who, room, message), self.world.person(who)
        block, element = find_element(place, CHOICES, label, action)
        options = None
        if element["type"].endswith("external_select"):
            words = option[0] if isinstance(option, list) else option
            options = await self.suggest(who, room, message, str(words), action=element["action_id"])
        held = chosen(self.world, element, option, options)
        if element["type"] != "overflow":
            pick(self.world, place, person, block, element, held)
        if block["type"] == "input" and not block.get("dispatch_action"):
            return {"ok": True, "error": "", "view": place.key}
        kept = ("placeholder", "confirm", "initial_option", "initial_options", "initial_date", "initial_user")
        told = {key: element[key] for key in kept if key in element} | held
        return await self._act_on(
            place, person, told | {"action_id": element["action_id"], "block_id": block["block_id"]}
        )

    async def _act_on(self, place: Place, person: Person, told: Json) -> Shown:
        world = self.world
        payload = common(world, "block_actions", person) | {"api_app_id": world.app.id, "container": container(place)}
        payload |= {"trigger_id": world.new_trigger(person.id, place.view.id if place.view else "")}
        payload |= surroundings(world, place, person)
        if place.message is not None and place.room is not None:
            private = bool(place.message.private_to)
            payload["response_url"] = world.new_reply(person.id, place.room, place.message.ts, private)
        payload["actions"] = [told | {"action_ts": world.new_ts()}]
        ack = await self.courier.ask("interactive", payload, accepts=False)
        return self._shown(person, ack)

    def _shown(self, person: Person, ack: Ack) -> Shown:
        top = topmost(self.world, person)
        return {"ok": ack.ok, "error": "" if ack.ok else NOT_RESPONDING, "view": top.id if top else ""}

    async def suggest(
        self, who: str, room: str = "", message: str = "", text: str = "", label: str = "", action: str = ""
    ) -> list[Json]:
        """Types `text` into a select whose options come from the app; returns the options that are offered."""
        place, person = find_place(self.world, who, room, message), self.world.person(who)
        external = frozenset({"external_select", "multi_external_select"})
        block, element = find_element(place, external, label, action)
        if len(text) < element.get("min_query_length", 3):
            return []
        payload = common(self.world, "block_suggestion", person) | {"api_app_id": self.world.app.id}
        payload |= {"container": container(place), "action_id": element["action_id"], "block_id": block["block_id"]}
        payload |= {"value": text} | surroundings(self.world, place, person)
        ack = await self.courier.ask("interactive", payload, accepts=True)
        body = ack.body if isinstance(ack.body, dict) else {}
        groups = [one for group in body.get("option_groups", []) for one in group["options"]]
        return (list(body.get("options", [])) + groups)[:100]

    # commands

    async def command(self, who: str, room: str, text: str, thread: str = "") -> Shown:
        """Types a slash command. Returns {"ok", "error", "message", "text", "view"}; `message` is the ts of the answer.

        Commands do not work in threads, and those that no app registered are refused
        (https://docs.slack.dev/interactivity/implementing-slash-commands).
        """
        world, person = self.world, self.world.person(who)
        place = world.room(room, who)
        word, *rest = text.split(maxsplit=1) or [""]
        if not word.startswith("/"):
            raise Refused(f"{text!r} is not a command; commands begin with a slash.")
        if thread:
            raise Refused(f"{word} is not supported in threads. Sorry!")
        if not world.visible(place, person.id) or person.deleted:
            raise Refused(f"{person.name} cannot see {place.name or 'that conversation'}.")
        if word[1:] in RESERVED_COMMANDS:
            raise Refused(f"{word} is a command of Slack's own.")
        if word[1:] not in world.app.commands or "commands" not in world.app.scopes:
            raise Refused(f"{word} is not a valid command.")
        if world.app.condition == "uninstalled":
            raise Refused(f"{word} is not a valid command.")
        return await self._run(person, place.id, word, "".join(rest).strip())

    async def _run(self, person: Person, room: str, word: str, rest: str) -> Shown:
        world, place = self.world, self.world.rooms[room]
        url = world.new_reply(person.id, place)
        channel = channel_json(place)
        payload: Json = {
            "token": world.app.verification_token,
            "team_id": world.team_id,
            "team_domain": world.domain,
            "channel_id": channel["id"],
            "channel_name": channel["name"],
            "user_id": person.id,
            "user_name": person.handle,
            "command": word,
            "text": rest,
            "api_app_id": world.app.id,
            "is_enterprise_install": "false",
            "response_url": url,
            "trigger_id": world.new_trigger(person.id),
        }
        ack = await self.courier.ask("slash_commands", payload, accepts=True)
        shown = self._shown(person, ack) | {"error": "", "message": "", "text": ""}
        if not ack.ok:
            late = f"{word} failed because the app did not respond"
            return shown | {
                "error": late if ack.error == "timeout" else f'{word} failed with the error "dispatch_failed"'
            }
        try:
            answer = respond_inline(world, world.replies[url.rpartition("/")[2]], ack.body)
        except SlackError:
            return shown | {"ok": False, "error": f'{word} failed with the error "invalid_command_response"'}
        return shown | ({"message": answer.ts, "text": answer.text} if answer else {})

    def register_command(self, name: str, description: str = "") -> None:
        """Adds a slash command to the app's configuration; names that Slack keeps for itself are refused."""
        word = name.lstrip("/")
        if word in RESERVED_COMMANDS:
            raise Refused(f"/{word} is a command of Slack's own; choose another name.")
        if not word or len(word) > 31 or word != word.lower() or any(one.isspace() for one in word):
            raise Refused("A command is one word of at most 32 characters in lower case.")
        self.world.app.commands[word] = description

    # shortcuts

    def register_shortcut(self, callback_id: str, name: str, kind: str = "global") -> None:
        """Adds a shortcut ("global" or "message") to the app's configuration."""
        app = self.world.app
        (app.message_shortcuts if kind == "message" else app.shortcuts)[callback_id] = name

    async def shortcut(self, who: str, callback_id: str) -> Shown:
        """Uses a global shortcut, by its callback id or its name."""
        person = self.world.person(who)
        wanted = self._registered(self.world.app.shortcuts, callback_id)
        payload = common(self.world, "shortcut", person) | {"action_ts": self.world.new_ts(), "callback_id": wanted}
        payload["trigger_id"] = self.world.new_trigger(person.id)
        return self._shown(person, await self.courier.ask("interactive", payload, accepts=False))

    async def message_shortcut(self, who: str, room: str, message: str, callback_id: str) -> Shown:
        """Uses a shortcut from a message's menu, by its callback id or its name."""
        world, person = self.world, self.world.person(who)
        wanted = self._registered(world.app.message_shortcuts, callback_id)
        place = find_place(world, who, room, message)
        if place.message is None or place.room is None or place.message.private_to:
            raise Refused("Shortcuts work on messages that others can see too.")
        payload = common(world, "message_action", person) | {"action_ts": world.new_ts(), "callback_id": wanted}
        payload |= {"trigger_id": world.new_trigger(person.id), "channel": channel_json(place.room)}
        payload |= {"message_ts": place.message.ts, "message": message_json(world, place.message)}
        payload["response_url"] = world.new_reply(person.id, place.room)
        return self._shown(person, await self.courier.ask("interactive", payload, accepts=False))

    def _registered(self, shortcuts: dict[str, str], wanted: str) -> str:
        for callback_id, name in shortcuts.items():
            if wanted in (callback_id, name):
                return callback_id
        raise Refused(f"There is no shortcut {wanted!r}; there are: {', '.join(shortcuts) or 'none'}.")

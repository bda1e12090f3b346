"""What people do with modal forms: fill in, send, close. https://docs.slack.dev/surfaces/modals"""

from collections.abc import Callable, Mapping
from typing import Any

from bots.simulator.server import Refused
from bots.simulator.slack.blocks import placed
from bots.simulator.slack.courier import Courier
from bots.simulator.slack.fields import chosen, complaints, state_of
from bots.simulator.slack.hands import Shown
from bots.simulator.slack.methods import SlackError
from bots.simulator.slack.model import Json, Person, View
from bots.simulator.slack.places import Place, common, labels, pick, topmost
from bots.simulator.slack.shapes import view_json
from bots.simulator.slack.views import checked, push_on, replace
from bots.simulator.slack.world import World

TROUBLE = "We had some trouble connecting. Try again?"


class Forms:
    """People's dealings with modals."""

    def __init__(self, world: World, courier: Courier) -> None:
        self.world, self.courier = world, courier

    def acts(self) -> dict[str, Callable[..., Any]]:
        return {"submit": self.submit, "dismiss": self.dismiss}

    async def submit(self, who: str, view: str = "", values: Mapping[str, Any] | None = None) -> Shown:
        """Fills the form in and sends it. `view` is its id, callback id or title (else the topmost); `values` maps
        block id, action id or label to what is put in. Returns {"ok", "error", "errors": {block id: sentence}, "view"}.
        """
        person = self.world.person(who)
        form = self._form(person, view)
        for name, value in (values or {}).items():
            self._put(person, form, name, value)
        state = state_of(self.world, form.id, person.id, form.body["blocks"])
        found = complaints(form.body["blocks"], state)
        if found:
            return self._shown(person, errors=found)
        payload = common(self.world, "view_submission", person) | {"api_app_id": self.world.app.id}
        payload |= {"trigger_id": self.world.new_trigger(person.id, form.id), "response_urls": []}
        payload["view"] = view_json(self.world, form, state)
        ack = await self.courier.ask("interactive", payload, accepts=True)
        if not ack.ok:
            return self._shown(person, error=TROUBLE)
        return self._answered(person, form, ack.body or {})

    def _form(self, person: Person, view: str) -> View:
        form = topmost(self.world, person, view)
        if form is None or form.kind != "modal":
            raise Refused(f"{person.name} has no form {view!r} open." if view else f"{person.name} has no form open.")
        return form

    def _put(self, person: Person, form: View, name: str, value: Any) -> None:
        blocks = form.body["blocks"]
        place = Place(form.id, blocks, view=form)
        for block, element in placed(blocks):
            if name in (block["block_id"], element["action_id"], *labels(block, element)):
                return pick(self.world, place, person, block, element, chosen(self.world, element, value))
        raise Refused(f"The form has no field {name!r}.")

    def _answered(self, person: Person, form: View, body: Any) -> Shown:
        """What the acknowledgement does with the form: https://docs.slack.dev/surfaces/modals#response_actions"""
        action = body.get("response_action") if isinstance(body, dict) else "?"
        try:
            match action:
                case None if not body:
                    self._close(form)
                case "errors":
                    return self._shown(person, errors=self._errors(form, body))
                case "update":
                    replace(self.world, form, checked(self.world, body.get("view"), "modal"))
                case "push":
                    push_on(self.world, form, checked(self.world, body.get("view"), "modal"))
                case "clear":
                    for one in reversed(self.world.views_of(person.id)):
                        self._close(one, cleared=one is not form, told=one is not form)
                case _:
                    return self._shown(person, error=TROUBLE)
        except SlackError:
            return self._shown(person, error=TROUBLE)
        return self._shown(person)

    def _errors(self, form: View, body: Json) -> dict[str, str]:
        errors = body.get("errors")
        inputs = {one["block_id"] for one in form.body["blocks"] if one["type"] == "input"}
        if not isinstance(errors, dict) or not errors or not set(errors) <= inputs:
            raise SlackError("invalid_errors")
        return errors

    def _close(self, view: View, *, cleared: bool = False, told: bool = False) -> None:
        view.open = False
        if told and view.body.get("notify_on_close"):
            self.courier.start(self.courier.ask("interactive", self._closed(view, cleared), accepts=False))
        self.world.changed()

    def _closed(self, view: View, cleared: bool) -> Json:
        person = self.world.people[view.person]
        payload = common(self.world, "view_closed", person) | {"api_app_id": self.world.app.id}
        state = state_of(self.world, view.id, person.id, view.body["blocks"])
        return payload | {"view": view_json(self.world, view, state), "is_cleared": cleared}

    def dismiss(self, who: str, view: str = "", all: bool = False) -> Shown:
        """Closes the topmost form without sending it, or the whole stack with `all`."""
        person = self.world.person(who)
        form = self._form(person, view)
        closing = list(reversed(self.world.views_of(person.id))) if all else [form]
        for one in closing:
            self._close(one, cleared=all, told=True)
        return self._shown(person)

    def _shown(self, person: Person, *, error: str = "", errors: dict[str, str] | None = None) -> Shown:
        top = topmost(self.world, person)
        ok = not error and not errors
        return {"ok": ok, "error": error, "errors": errors or {}, "view": top.id if top else ""}

"""The workspace as it is at the start: Acme, its people, its rooms, and Frontdesk installed and invited."""

from collections.abc import Callable

from bots.simulator.slack.model import App, Person
from bots.simulator.slack.world import World

_ROOMS = (
    ("general", "channel", "anna erik omar lisa maja"),
    ("it-help", "channel", "anna erik omar lisa maja frontdesk"),
    ("it-desk", "group", "maja omar lisa frontdesk"),
    ("customer-desk", "group", "maja omar lisa frontdesk"),
    ("payroll-desk", "group", "maja omar lisa frontdesk"),
)


def acme(clock: Callable[[], float], *, bot_token: str, app_token: str, signing_secret: str) -> World:
    """A fresh workspace with that app's secrets."""
    app = App("A0FRONT00001", "Frontdesk", "B0FRONT00001", "U0FRONT00001", bot_token, app_token, signing_secret)
    world = World(app, team="Acme", domain="acme", clock=clock)
    world.add_person("Frontdesk", app.user_id, bot=True)
    people: dict[str, Person] = {"frontdesk": world.people[app.user_id]}
    for name in ("Anna", "Erik", "Omar", "Lisa", "Maja"):
        people[name.lower()] = world.add_person(name, f"U0{name.upper()}00001", admin=name == "Maja")
    for name, kind, members in _ROOMS:
        letters = name.replace("-", "").upper()[:6]
        ids = [people[one].id for one in members.split()]
        world.add_room(name, "group" if kind == "group" else "channel", ids, id=f"C0{letters}0001")
    for one in ("anna", "erik", "omar", "lisa", "maja"):
        world.dm(people[one].id)
    return world

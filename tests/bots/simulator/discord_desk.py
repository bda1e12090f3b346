"""A bot of the simulated Discord spoken by hand, with commands of a help desk."""

from typing import Any

from tests.bots.simulator.discord_rig import BOT, Reply, Rig, Wire

TICKET = {
    "name": "ticket",
    "description": "Tickets",
    "options": [
        {
            "type": 1,
            "name": "claim",
            "description": "Claims one",
            "options": [{"type": 4, "name": "number", "description": "Its number", "min_value": 1}],
        },
        {
            "type": 1,
            "name": "reply",
            "description": "Answers",
            "options": [
                {"type": 4, "name": "number", "description": "Its number"},
                {"type": 3, "name": "words", "description": "What to say"},
            ],
        },
        {
            "type": 1,
            "name": "assign",
            "description": "Gives it to somebody",
            "options": [
                {"type": 4, "name": "number", "description": "Its number", "required": True},
                {"type": 6, "name": "to", "description": "To whom", "required": True},
                {
                    "type": 3,
                    "name": "priority",
                    "description": "How urgent",
                    "choices": [{"name": "High", "value": "high"}, {"name": "Low", "value": "low"}],
                },
            ],
        },
        {
            "type": 1,
            "name": "tag",
            "description": "Tags it",
            "options": [{"type": 3, "name": "tag", "description": "Which", "autocomplete": True}],
        },
        {
            "type": 1,
            "name": "attach",
            "description": "Adds a file",
            "options": [{"type": 11, "name": "file", "description": "Which", "required": True}],
        },
    ],
}
MENU = {"name": "Make a ticket", "type": 3}
FORM: dict[str, Any] = {
    "custom_id": "reply-form",
    "title": "Reply",
    "components": [
        {"type": 1, "components": [{"type": 4, "custom_id": "words", "label": "Words", "style": 2, "max_length": 20}]},
        {
            "type": 18,
            "label": "Priority",
            "component": {
                "type": 3,
                "custom_id": "priority",
                "required": False,
                "options": [{"label": "High", "value": "h"}],
            },
        },
    ],
}


class Desk:
    """A bot spoken by hand, with its commands registered."""

    def __init__(self, dc: Rig, wire: Wire) -> None:
        self.dc, self.wire = dc, wire

    async def answer(self, kind: int, data: Any = None, **query: str) -> tuple[Any, Reply]:
        """Hears the next interaction and answers it; returns both."""
        heard = await self.wire.until("INTERACTION_CREATE")
        return heard, await self.callback(heard, kind, data, **query)

    async def callback(self, heard: Any, kind: int, data: Any = None, **query: str) -> Reply:
        body = {"type": kind, **({} if data is None else {"data": data})}
        path = f"/interactions/{heard['id']}/{heard['token']}/callback"
        return await self.dc.call("POST", path, body, token="", params=query)

    async def hook(self, method: str, heard: Any, rest: str = "", body: Any = None) -> Reply:
        return await self.dc.call(method, f"/webhooks/{BOT}/{heard['token']}{rest}", body, token="")


async def desk(dc: Rig) -> Desk:
    await dc.call("PUT", f"/applications/{BOT}/commands", [TICKET, MENU, {"name": "Inspect", "type": 2}])
    wire, _ = await dc.identified()
    return Desk(dc, wire)

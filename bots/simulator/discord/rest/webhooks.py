"""Interaction answers, what follows through their tokens, and ordinary webhooks (which share the paths).

Source: developer documentation, "Webhook Resource".
"""

import secrets
from typing import Any

from bots.simulator.discord import deeds
from bots.simulator.discord.core import Core
from bots.simulator.discord.errors import ApiError
from bots.simulator.discord.interactions import Interaction
from bots.simulator.discord.mentions import WEBHOOK_DEFAULT
from bots.simulator.discord.rest import answers
from bots.simulator.discord.rest.body import Ask
from bots.simulator.discord.rest.common import Routes, channel_of, need
from bots.simulator.discord.rest.drafts import Draft
from bots.simulator.discord.rest.guild import guild_of
from bots.simulator.discord.rest.messages import apply, apply_edit
from bots.simulator.discord.world import FORUM, TEXT, Json, Message


def _interaction_of(core: Core, ask: Ask) -> Interaction | None:
    """The interaction whose token is in the path; None where the path is of an ordinary webhook."""
    if ask.params["webhook_id"] == core.world.app.id:
        return core.interactions.to_follow(ask.params["webhook_token"])
    return None


def _webhook_of(core: Core, ask: Ask) -> Json:
    webhook = core.world.webhooks.get(ask.params["webhook_id"])
    if webhook is None:
        raise ApiError(10015)
    if "webhook_token" in ask.params and webhook["token"] != ask.params["webhook_token"]:
        raise ApiError(50027)
    return webhook


def execute(core: Core, ask: Ask) -> Any:
    interaction = _interaction_of(core, ask)
    if interaction is not None:
        return answers.follow_up(core, ask, interaction)
    webhook = _webhook_of(core, ask)
    form = ask.form()
    name = form.text("username", 80)
    draft = Draft(core, ask, form, WEBHOOK_DEFAULT)
    draft.refuse_if_empty()
    place = ask.query.get("thread_id", webhook["channel_id"])
    channel = core.world.channels.get(place)
    if channel is None or webhook["channel_id"] not in (channel.id, channel.parent_id):
        raise ApiError(10003)
    message = Message(core.world.ids.next(), channel.id, webhook["id"], "", core.clock())
    apply(message, draft)
    message.webhook = {"id": webhook["id"], "name": name or webhook["name"]}
    deeds.post(core, message, draft.allowed)
    return core.shapes.message(message) if ask.wants("wait") else None


def _message_of(core: Core, ask: Ask, interaction: Interaction | None) -> Message:
    message_id = ask.params.get("message_id", "@original")
    if interaction is not None and message_id == "@original":
        return core.interactions.original(interaction)
    message = core.world.messages.get(message_id)
    own = {interaction.channel_id} if interaction else {_webhook_of(core, ask)["id"]}
    if message is None or message.deleted or own.isdisjoint({message.channel_id, (message.webhook or {}).get("id")}):
        raise ApiError(10008)
    if interaction is not None and message.interaction is None:
        raise ApiError(10008)
    return message


def get_message(core: Core, ask: Ask) -> Any:
    return core.shapes.message(_message_of(core, ask, _interaction_of(core, ask)))


def edit_message(core: Core, ask: Ask) -> Any:
    interaction = _interaction_of(core, ask)
    message = _message_of(core, ask, interaction)
    if interaction is None:
        return core.shapes.message(apply_edit(core, ask, message, WEBHOOK_DEFAULT))
    return answers.edit_answer(core, ask, interaction, message)


def delete_message(core: Core, ask: Ask) -> Any:
    deeds.delete(core, _message_of(core, ask, _interaction_of(core, ask)))


# ordinary webhooks


def create(core: Core, ask: Ask) -> Any:
    channel = channel_of(core, ask)
    form = ask.form()
    name = form.text("name", 80, 1, required=True)
    form.problems.refuse_if_any()
    if channel.type not in (TEXT, FORUM):
        raise ApiError(50024)
    need(core, channel, "MANAGE_WEBHOOKS")
    webhook_id, token = core.world.ids.next(), secrets.token_urlsafe(51)
    webhook: Json = {
        "id": webhook_id,
        "type": 1,
        "name": name,
        "avatar": None,
        "channel_id": channel.id,
        "guild_id": core.world.guild_of(channel).id,
        "application_id": core.world.app.id,
        "token": token,
        "url": f"{core.base_url()}/api/webhooks/{webhook_id}/{token}",
        "user": core.shapes.user(core.world.bot),
    }
    core.world.webhooks[webhook_id] = webhook
    core.hub.emit("WEBHOOKS_UPDATE", {"guild_id": core.world.guild_of(channel).id, "channel_id": channel.id}, channel)
    return webhook


def of_channel(core: Core, ask: Ask) -> Any:
    channel = channel_of(core, ask)
    need(core, channel, "MANAGE_WEBHOOKS")
    return [webhook for webhook in core.world.webhooks.values() if webhook["channel_id"] == channel.id]


def of_guild(core: Core, ask: Ask) -> Any:
    guild_of(core, ask)
    return list(core.world.webhooks.values())


def get(core: Core, ask: Ask) -> Any:
    return _webhook_of(core, ask)


def get_by_token(core: Core, ask: Ask) -> Any:
    return {key: value for key, value in _webhook_of(core, ask).items() if key != "user"}


def edit(core: Core, ask: Ask) -> Any:
    webhook = _webhook_of(core, ask)
    form = ask.form()
    name = form.text("name", 80, 1)
    form.problems.refuse_if_any()
    webhook["name"] = name or webhook["name"]
    return webhook


def delete(core: Core, ask: Ask) -> Any:
    del core.world.webhooks[_webhook_of(core, ask)["id"]]


_PATH = "/webhooks/{webhook_id}/{webhook_token}"

ROUTES: Routes = {
    "POST /interactions/{interaction_id}/{interaction_token}/callback": answers.first_answer,
    f"POST {_PATH}": execute,
    f"GET {_PATH}/messages/@original": get_message,
    f"PATCH {_PATH}/messages/@original": edit_message,
    f"DELETE {_PATH}/messages/@original": delete_message,
    f"GET {_PATH}/messages/{{message_id}}": get_message,
    f"PATCH {_PATH}/messages/{{message_id}}": edit_message,
    f"DELETE {_PATH}/messages/{{message_id}}": delete_message,
    "POST /channels/{channel_id}/webhooks": create,
    "GET /channels/{channel_id}/webhooks": of_channel,
    "GET /guilds/{guild_id}/webhooks": of_guild,
    "GET /webhooks/{webhook_id}": get,
    "PATCH /webhooks/{webhook_id}": edit,
    "DELETE /webhooks/{webhook_id}": delete,
    f"GET {_PATH}": get_by_token,
    f"DELETE {_PATH}": delete,
}
# The token in the path is the proof: no bot token is asked for.
OPEN = {call for call in ROUTES if "_token}" in call}

"""How the bot answers an interaction: the first answer, and what follows through the token.

Source: developer documentation, "Interactions: Receiving and Responding".
"""

from typing import Any

from bots.simulator.discord import deeds
from bots.simulator.discord.core import Core
from bots.simulator.discord.interactions import AUTOCOMPLETE, COMMAND, COMPONENT, MODAL_SUBMIT, Interaction
from bots.simulator.discord.mentions import WEBHOOK_DEFAULT
from bots.simulator.discord.rest.body import Ask
from bots.simulator.discord.rest.common import Answer
from bots.simulator.discord.rest.components import check_modal
from bots.simulator.discord.rest.drafts import Draft
from bots.simulator.discord.rest.form import Form
from bots.simulator.discord.rest.messages import apply, apply_edit, reply_to
from bots.simulator.discord.world import EPHEMERAL, LOADING, Json, Message, View

PONG, SAY, DEFER, DEFER_UPDATE, UPDATE, CHOICES, FORM = 1, 4, 5, 6, 7, 8, 9
CHAT_COMMAND, MENU_COMMAND = 20, 23


def allowed_answers(interaction: Interaction) -> set[int]:
    """The answer types that fit: only what stands on a message can update it, and a form cannot open a form."""
    if interaction.type == AUTOCOMPLETE:
        return {CHOICES}
    allowed = {SAY, DEFER}
    if interaction.message_id:
        allowed |= {DEFER_UPDATE, UPDATE}
    return allowed if interaction.type == MODAL_SUBMIT else allowed | {FORM}


def first_answer(core: Core, ask: Ask) -> Any:
    """POST /interactions/{id}/{token}/callback"""
    interaction = core.interactions.to_answer(ask.params["interaction_id"], ask.params["interaction_token"])
    form = ask.form()
    kind = form.choice("type", allowed_answers(interaction), required=True)
    form.problems.refuse_if_any()
    data = Form(form.data.get("data") or {}, form.problems, ("data",))
    inner = Ask(ask.call, ask.params, ask.query, data.data, ask.files)
    message = _do(core, interaction, kind, data, inner)
    core.interactions.answer(interaction, kind)
    core.changed()
    if not ask.wants("with_response"):
        return None
    return Answer(200, _resource(core, interaction, kind, message))


def _do(core: Core, interaction: Interaction, kind: int, data: Form, ask: Ask) -> Message | None:
    if kind == SAY:
        draft = Draft(core, ask, data, WEBHOOK_DEFAULT)
        draft.refuse_if_empty()
        return _say(core, interaction, draft)
    if kind == DEFER:
        flags = data.integer("flags", 0, 1 << 31) or 0
        data.problems.refuse_if_any()
        interaction.thinking = True
        return _appear(core, interaction, Draft(core, ask, Form({}, data.problems), WEBHOOK_DEFAULT), flags | LOADING)
    if kind in (DEFER_UPDATE, UPDATE):
        interaction.original_id = interaction.message_id
        source = core.interactions.original(interaction)
        return apply_edit(core, ask, source, WEBHOOK_DEFAULT) if kind == UPDATE else source
    if kind == CHOICES:
        interaction.choices = _read_choices(data)
    elif kind == FORM:
        interaction.view = _open_view(core, interaction, check_modal(data), data)
    return None


def _read_choices(data: Form) -> list[Json]:
    choices = data.forms("choices", 25)
    for choice in choices:
        choice.text("name", 100, 1, required=True)
        choice.text("value", 100, required=True)
    data.problems.refuse_if_any()
    return [choice.data for choice in choices]


def _open_view(core: Core, interaction: Interaction, checked: Json, data: Form) -> View:
    """A person has one form open at a time: a new one takes the place of the old."""
    data.problems.refuse_if_any()
    views = core.world.views
    for old in [view for view in views.values() if view.user_id == interaction.user_id]:
        del views[old.id]
    message_id = interaction.message_id if interaction.type == COMPONENT else ""
    trigger = metadata(core, interaction)
    view = View(core.world.ids.next(), interaction.user_id, interaction.channel_id, message_id, checked, trigger)
    views[view.id] = view
    return view


def _say(core: Core, interaction: Interaction, draft: Draft) -> Message:
    return _appear(core, interaction, draft, draft.flags)


def _appear(core: Core, interaction: Interaction, draft: Draft, flags: int) -> Message:
    """The first answer as a message; only the person sees it where the ephemeral flag is set."""
    message = _message(core, interaction, draft, flags)
    if interaction.type == COMMAND:
        message.type = MENU_COMMAND if interaction.data.get("type", 1) != 1 else CHAT_COMMAND
    elif interaction.type == COMPONENT:
        _point_back(core, interaction, message)
    interaction.original_id = message.id
    return deeds.post(core, message, draft.allowed)


def _message(core: Core, interaction: Interaction, draft: Draft, flags: int) -> Message:
    message = Message(core.world.ids.next(), interaction.channel_id, core.world.bot.id, "", core.clock())
    apply(message, draft)
    message.flags |= flags & (EPHEMERAL | LOADING)
    message.viewer_id = interaction.user_id if flags & EPHEMERAL else ""
    message.interaction = metadata(core, interaction)
    return message


def _point_back(core: Core, interaction: Interaction, message: Message) -> None:
    source = core.world.messages.get(interaction.message_id)
    if source is not None and not source.deleted:
        reply_to(core, message, source, core.world.channels[interaction.channel_id])


def metadata(core: Core, interaction: Interaction) -> Json:
    """What a message says of the interaction that it answers."""
    channel = core.world.channels[interaction.channel_id]
    shape: Json = {
        "id": interaction.id,
        "type": 2 if interaction.type == COMMAND else interaction.type,
        "user": core.shapes.user(core.world.users[interaction.user_id]),
        "authorizing_integration_owners": {"0": "0" if channel.is_dm else core.world.guild_of(channel).id},
    }
    if interaction.type == COMMAND:
        return {**shape, "name": interaction.name, "command_type": interaction.data.get("type", 1)}
    if interaction.type == COMPONENT:
        return {**shape, "interacted_message_id": interaction.message_id}
    return {**shape, "triggering_interaction_metadata": interaction.trigger}


def _resource(core: Core, interaction: Interaction, kind: int, message: Message | None) -> Json:
    about: Json = {"id": interaction.id, "type": interaction.type, "channel_id": interaction.channel_id}
    channel = core.world.channels[interaction.channel_id]
    if not channel.is_dm:
        about["guild_id"] = core.world.guild_of(channel).id
    if message is None:
        return {"interaction": about}
    about |= {
        "response_message_id": message.id,
        "response_message_loading": bool(message.flags & LOADING),
        "response_message_ephemeral": bool(message.viewer_id),
    }
    if kind not in (SAY, UPDATE):
        return {"interaction": about}
    return {"interaction": about, "resource": {"type": kind, "message": core.shapes.message(message)}}


# through the token


def follow_up(core: Core, ask: Ask, interaction: Interaction) -> Any:
    """A further message. The first one after a deferred answer takes that answer's place, and keeps its secrecy."""
    draft = Draft(core, ask, ask.form(), WEBHOOK_DEFAULT)
    draft.refuse_if_empty()
    if interaction.thinking:
        original = core.interactions.original(interaction)
        interaction.thinking = False
        flags = original.flags & ~LOADING
        return core.shapes.message(deeds.edit(core, original, draft.allowed, **{**draft.fields, "flags": flags}))
    message = _message(core, interaction, draft, draft.flags)
    if interaction.original_id in core.world.messages:
        original = core.world.messages[interaction.original_id]
        if not original.deleted:
            reply_to(core, message, original, core.world.channels[message.channel_id])
    return core.shapes.message(deeds.post(core, message, draft.allowed))


def edit_answer(core: Core, ask: Ask, interaction: Interaction, message: Message) -> Any:
    """Editing the first answer ends its "is thinking"."""
    edited = apply_edit(core, ask, message, WEBHOOK_DEFAULT)
    if message.id == interaction.original_id:
        interaction.thinking = False
    return core.shapes.message(edited)

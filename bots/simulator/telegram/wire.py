"""The world as Bot API objects (types of Bot API 10.1)."""

from bots.simulator.telegram.formatting import Formatted
from bots.simulator.telegram.world import ALL_RIGHTS, Json, Member, Message, Person, Room, World, words

CAPTIONED = ("photo", "document", "voice", "video", "audio", "animation")
NEEDED_RIGHTS = words(
    "can_manage_chat can_delete_messages can_manage_video_chats can_restrict_members can_promote_members"
    " can_change_info can_invite_users can_post_stories can_edit_stories can_delete_stories can_pin_messages"
)
MEMBER_RIGHTS = words(
    "can_send_messages can_send_audios can_send_documents can_send_photos can_send_videos can_send_video_notes"
    " can_send_voice_notes can_send_polls can_send_other_messages can_add_web_page_previews can_react_to_messages"
    " can_edit_tag can_change_info can_invite_users can_pin_messages can_manage_topics"
)
# Reactions that anybody may set, from ReactionTypeEmoji; ✅ and ✓ are not among them.
REACTIONS = words(
    "❤ 👍 👎 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤\u200d🔥"
    " 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻 👨\u200d💻 👀 🎃 🙈 😇 😨"
    " 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷\u200d♂ 🤷 🤷\u200d♀ 😡"
)


def user(person: Person) -> Json:
    found: Json = {"id": person.id, "is_bot": person.bot, "first_name": person.name if not person.deactivated else ""}
    if person.last_name:
        found["last_name"] = person.last_name
    if person.username:
        found["username"] = person.username
    if not person.bot:
        found["language_code"] = person.language
    return found


def chat(world: World, room: Room) -> Json:
    if room.kind == "private":
        person = world.people[room.id]
        found: Json = {"id": room.id, "first_name": person.name, "type": "private"}
        return {**found, "username": person.username} if person.username else found
    found = {"id": room.id, "title": room.name, "type": room.kind}
    if room.username:
        found["username"] = room.username
    return {**found, "is_forum": True} if room.forum else found


def member(person: Person, what: Member) -> Json:
    """A ChatMember of the subtype that the status asks for."""
    found: Json = {"user": user(person), "status": what.status}
    match what.status:
        case "creator":
            return {**found, "is_anonymous": False}
        case "administrator":
            rights = {right: right in what.rights for right in (*NEEDED_RIGHTS, "can_manage_topics")}
            return {**found, "can_be_edited": False, "is_anonymous": False, **rights}
        case "restricted":
            return {**found, "is_member": True, "until_date": 0, **dict.fromkeys(MEMBER_RIGHTS, False)}
        case "kicked":
            return {**found, "until_date": 0}
        case _:
            return found


def entities(world: World, found: list[Json]) -> list[Json]:
    """Entities as they go out: who is mentioned by id is shown whole."""
    shown = []
    for entity in found:
        if entity["type"] == "text_mention":
            entity = {**entity, "user": user(world.people[entity["user"]["id"]])}
        shown.append(entity)
    return shown


def known_mentions(world: World, formatted: Formatted) -> Formatted:
    """A mention by id of somebody whom the bot cannot know is dropped, as on the server."""

    def kept(entity: Json) -> bool:
        return entity["type"] != "text_mention" or entity["user"].get("id") in world.people

    return Formatted(formatted.text, [entity for entity in formatted.entities if kept(entity)])


def message(world: World, found: Message, nested: bool = False) -> Json:
    """A Message; `nested` is how it stands inside another one: without what it answers to."""
    room = world.rooms[found.room]
    body: Json = {
        "message_id": found.id,
        "from": user(world.people[found.author]),
        "chat": chat(world, room),
        "date": int(found.at),
    }
    if found.edited_at:
        body["edit_date"] = int(found.edited_at)
    body.update(_thread(room, found))
    if found.origin:
        body["forward_origin"] = found.origin
    answered = room.find(found.reply_to or found.thread)
    if answered and answered.id != found.id and not nested:
        body["reply_to_message"] = message(world, answered, nested=True)
    if found.album:
        body["media_group_id"] = found.album
    body.update(_content(world, found, nested))
    if found.keyboard:
        body["reply_markup"] = {"inline_keyboard": found.keyboard}
    return body


def _thread(room: Room, found: Message) -> Json:
    """Topic messages name their topic. In supergroups answers outside of topics carry a thread id too: the id of the
    first message of the chain, which is no topic to send to (a well-known trap)."""
    if found.thread:
        return {"message_thread_id": found.thread, "is_topic_message": True}
    root, seen = found, {found.id}
    while root.reply_to in room.messages and root.reply_to not in seen:
        root = room.messages[root.reply_to]
        seen.add(root.id)
    return {"message_thread_id": root.id} if room.kind == "supergroup" and root is not found else {}


def _content(world: World, found: Message, nested: bool) -> Json:
    body = dict(found.content)
    if "pinned_message" in body:
        pinned = world.rooms[found.room].find(body["pinned_message"])
        gone: Json = {"chat": chat(world, world.rooms[found.room]), "message_id": body["pinned_message"], "date": 0}
        body["pinned_message"] = message(world, pinned, nested=True) if pinned and not nested else gone
    shown = entities(world, found.entities)
    if found.kind == "text":
        body["text"] = found.text
        return {**body, "entities": shown} if shown else body
    if found.text and found.kind in CAPTIONED:
        body["caption"] = found.text
        return {**body, "caption_entities": shown} if shown else body
    return body


def full_chat(world: World, room: Room) -> Json:
    """ChatFullInfo."""
    gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")
    body: Json = {
        **chat(world, room),
        "accent_color_id": abs(room.id) % 7,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(gifts, room.kind == "private"),
    }
    if room.username:
        body["active_usernames"] = [room.username]
    if room.kind != "private":
        body["permissions"] = dict.fromkeys(MEMBER_RIGHTS, True) | {
            "can_change_info": False, "can_pin_messages": False, "can_manage_topics": False
        }  # fmt: skip
    pinned = [found for number in room.pinned if (found := room.find(number))]
    return {**body, "pinned_message": message(world, pinned[-1], nested=True)} if pinned else body


def reactions(emoji: list[str]) -> list[Json]:
    return [{"type": "emoji", "emoji": one} for one in emoji]


def administrator(rights: frozenset[str] = ALL_RIGHTS) -> Member:
    return Member("administrator", rights)

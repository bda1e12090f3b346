"""The methods about chats, their members and their topics."""

from bots.simulator.telegram import wire
from bots.simulator.telegram.api import method, need, readable, writable
from bots.simulator.telegram.arguments import Arguments
from bots.simulator.telegram.core import Telegram
from bots.simulator.telegram.errors import bad_request
from bots.simulator.telegram.world import ADMINS, INSIDE, Json, Member, Person, Room, Topic

TOPIC_NAME_LENGTH = 128
ICON_COLORS = (0x6FB9F0, 0xFFD67E, 0xCB86DB, 0x8EEE98, 0xFF93B2, 0xFB6F5F)


@method("getChat")
def get_chat(tg: Telegram, args: Arguments) -> Json:
    return wire.full_chat(tg.world, readable(tg, args))


@method("getChatMember")
def get_chat_member(tg: Telegram, args: Arguments) -> Json:
    room = readable(tg, args, members=True)
    if not args.integer("user_id"):
        raise bad_request("invalid user_id specified")
    person = tg.world.people.get(args.integer("user_id"))
    if person is None:
        raise bad_request("user not found")
    return wire.member(person, _status(room, person))


def _status(room: Room, person: Person) -> Member:
    if room.kind != "private":
        return room.member(person.id)
    return Member("member" if person.id == room.id or person.bot else "left")


@method("getChatAdministrators")
def get_chat_administrators(tg: Telegram, args: Arguments) -> list[Json]:
    """The administrators; other bots only where `return_bots` asks for them."""
    room = readable(tg, args, members=True)
    if room.kind == "private":
        raise bad_request("there are no administrators in the private chat")
    people = tg.world.people
    admins = [(people[number], member) for number, member in room.members.items() if member.status in ADMINS]
    bots = args.flag("return_bots")
    return [wire.member(who, what) for who, what in admins if bots or not who.bot or who is tg.me]


@method("getChatMemberCount")
def get_chat_member_count(tg: Telegram, args: Arguments) -> int:
    room = readable(tg, args, members=True)
    inside = [member for member in room.members.values() if member.status in INSIDE]
    return 2 if room.kind == "private" else len(inside)


@method("leaveChat")
def leave_chat(tg: Telegram, args: Arguments) -> bool:
    room = readable(tg, args)
    if room.kind == "private":
        raise bad_request("chat member status can't be changed in private chats")
    tg.set_member(room, tg.me, Member("left"), tg.me)
    return True


@method("getUserProfilePhotos")
def get_user_profile_photos(tg: Telegram, args: Arguments) -> Json:
    if not args.integer("user_id"):
        raise bad_request("invalid user_id specified")
    if args.integer("user_id") not in tg.world.people:
        raise bad_request("user not found")
    return {"total_count": 0, "photos": []}


# topics


def _forum(tg: Telegram, args: Arguments) -> Room:
    room = writable(tg, args)
    if not room.forum:
        raise bad_request("the chat is not a forum")
    return room


def _topic(tg: Telegram, room: Room, args: Arguments, manage: bool = True) -> Topic:
    """The topic that `message_thread_id` names; with `manage`, one that the bot may change. Raises ApiError."""
    topic = room.topics.get(args.integer("message_thread_id"))
    if topic is None:
        raise bad_request("TOPIC_ID_INVALID")
    if manage and not room.manages(tg.me.id, topic):
        raise bad_request("not enough rights to edit the topic")
    return topic


@method("createForumTopic")
def create_forum_topic(tg: Telegram, args: Arguments) -> Json:
    room = _forum(tg, args)
    name = args.text("name").strip()[:TOPIC_NAME_LENGTH]
    if not name:
        raise bad_request("topic name is empty")
    color = args.integer("icon_color", ICON_COLORS[0])
    if color not in ICON_COLORS:
        raise bad_request("wrong topic icon color specified")
    need(tg, room, "can_manage_topics", "create a topic")
    tg.spend(room)
    topic = make_topic(tg, room, tg.me.id, name, color)
    return {"message_thread_id": topic.id, "name": topic.name, "icon_color": topic.icon_color}


def make_topic(tg: Telegram, room: Room, by: int, name: str, color: int = ICON_COLORS[0]) -> Topic:
    """Opens a topic: the service message that says so gives it its id."""
    topic = Topic(room.last_id + 1, name, by, color)
    room.topics[topic.id] = topic
    tg.service(room, by, topic.id, forum_topic_created={"name": name, "icon_color": color})
    return topic


@method("editForumTopic")
def edit_forum_topic(tg: Telegram, args: Arguments) -> bool:
    room = _forum(tg, args)
    topic, name = _topic(tg, room, args), args.text("name").strip()[:TOPIC_NAME_LENGTH]
    if not name or name == topic.name:
        raise bad_request("TOPIC_NOT_MODIFIED")
    topic.name = name
    tg.service(room, tg.me.id, topic.id, forum_topic_edited={"name": name})
    return True


@method("closeForumTopic")
def close_forum_topic(tg: Telegram, args: Arguments) -> bool:
    return _toggle(tg, args, closed=True)


@method("reopenForumTopic")
def reopen_forum_topic(tg: Telegram, args: Arguments) -> bool:
    return _toggle(tg, args, closed=False)


def _toggle(tg: Telegram, args: Arguments, closed: bool) -> bool:
    room = _forum(tg, args)
    topic = _topic(tg, room, args)
    if topic.closed == closed:
        raise bad_request("TOPIC_NOT_MODIFIED")
    shut_topic(tg, room, topic, tg.me.id, closed)
    return True


def shut_topic(tg: Telegram, room: Room, topic: Topic, by: int, closed: bool) -> None:
    """Closes or reopens a topic, with the service message."""
    topic.closed = closed
    tg.service(room, by, topic.id, **{"forum_topic_closed" if closed else "forum_topic_reopened": {}})


@method("deleteForumTopic")
def delete_forum_topic(tg: Telegram, args: Arguments) -> bool:
    room = _forum(tg, args)
    need(tg, room, "can_delete_messages", "delete the topic")
    drop_topic(tg, room, _topic(tg, room, args, manage=False))
    return True


def drop_topic(tg: Telegram, room: Room, topic: Topic) -> None:
    """Deletes a topic with all its messages. Bots are told nothing of it."""
    del room.topics[topic.id]
    for message in room.messages.values():
        message.deleted = message.deleted or message.thread == topic.id
    tg.changed()

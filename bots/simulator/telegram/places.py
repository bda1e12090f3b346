"""What happens to chats and accounts: joining, topics, the bot's place in a group, the upgrade to a supergroup."""

from collections.abc import Sequence
from dataclasses import replace

from bots.simulator.server import Act, Refused
from bots.simulator.telegram import wire
from bots.simulator.telegram.chats import drop_topic, make_topic, shut_topic
from bots.simulator.telegram.core import Telegram
from bots.simulator.telegram.world import ALL_RIGHTS, BOT_RIGHTS, INSIDE, Member, Person, Room, Topic

KINDS = {"group": "group", "channel": "group", "supergroup": "supergroup", "forum": "supergroup"}


class Places:
    """Deeds that change chats; each raises Refused with a sentence where it makes no sense."""

    def __init__(self, tg: Telegram) -> None:
        self.tg, self.world = tg, tg.world

    def acts(self) -> dict[str, Act]:
        return {
            "add_person": self.add_person, "add_room": self.add_room, "join": self.join, "leave": self.leave,
            "create_topic": self.create_topic, "close_topic": self.close_topic, "reopen_topic": self.reopen_topic,
            "delete_topic": self.delete_topic, "migrate": self.migrate, "add_bot": self.add_bot,
            "kick_bot": self.kick_bot, "promote_bot": self.promote_bot, "demote_bot": self.demote_bot,
            "restrict_bot": self.restrict_bot, "promote": self.promote,
            "rename": self.rename, "set_forum": self.set_forum,
        }  # fmt: skip

    def add_person(
        self, name: str, id: str = "", language: str = "en", username: str = "", bot: bool = False, guest: bool = False,
        timezone: str = "",
    ) -> str:  # fmt: skip
        """Adds an account and returns its id. Telegram knows no guests and tells nobody's time zone."""
        if self.world.find_person(name) or (id and self.world.find_person(id)):
            raise Refused(f"There is already somebody named {name!r}.")
        number = int(id) if id else self.world.next_person_id()
        person = Person(number, name, username or f"{name.lower()}_{number % 1000}", language, bot)
        self.world.add_person(person)
        self.tg.changed()
        return str(number)

    def add_room(
        self, name: str, private: bool = False, kind: str = "group", members: Sequence[str] = (), bot: str = "member",
        id: str = "",
    ) -> str:  # fmt: skip
        """Adds a "group", "supergroup" or "forum" and returns its id; `bot` is what the bot is there ("member",
        "administrator", or "" for not in it). A group that is not private has a public @name (supergroups only)."""
        if kind not in KINDS:
            raise Refused(f"There are no chats of the kind {kind!r}; there are: {', '.join(KINDS)}.")
        number = int(id) if id else self.world.next_room_id(KINDS[kind])
        room = Room(number, name.removeprefix("#"), KINDS[kind], forum=kind == "forum")
        if room.kind == "supergroup" and not private:
            room.username = "".join(char if char.isalnum() else "_" for char in room.name.lower())
        room.members = {self.world.person(who).id: Member() for who in members}
        if bot:
            room.members[self.tg.me.id] = _bot(bot)
        self.world.rooms[number] = room
        self.tg.changed()
        return str(number)

    def join(self, who: str, room: str, by: str = "") -> None:
        """Comes into a group (added by somebody, where `by` is given)."""
        person, chat = self.world.person(who), self._group(room)
        if chat.inside(person.id):
            raise Refused(f"{person.name} is in {chat.name!r} already.")
        actor = self.world.person(by) if by else person
        if person.id == self.tg.me.id:
            self.add_bot(room, by)
            return
        self.tg.set_member(chat, person, Member(), actor)
        self.tg.service(chat, actor.id, new_chat_members=[wire.user(person)])

    def leave(self, who: str, room: str, by: str = "") -> None:
        """Leaves a group (removed by somebody, where `by` is given)."""
        person, chat = self.world.person(who), self._group(room)
        if not chat.inside(person.id):
            raise Refused(f"{person.name} is not in {chat.name!r}.")
        actor = self.world.person(by) if by else person
        self.tg.service(chat, actor.id, left_chat_member=wire.user(person))
        self.tg.set_member(chat, person, Member("kicked" if by else "left"), actor)

    def promote(self, who: str, room: str, by: str = "") -> None:
        """Makes somebody an administrator of a group."""
        person, chat = self.world.person(who), self._group(room)
        actor = self.world.person(by) if by else self._somebody(chat)
        self.tg.set_member(chat, person, Member("administrator", ALL_RIGHTS), actor)

    def _group(self, room: str) -> Room:
        found = self.world.room(room)
        if found.kind == "private":
            raise Refused("A private chat has no members to change.")
        return found

    def _somebody(self, room: Room) -> Person:
        """Who does what nobody is named for: an administrator of the group, else any member."""
        people = [self.world.people[n] for n, m in room.members.items() if m.status in INSIDE and n != self.tg.me.id]
        people.sort(key=lambda person: not room.member(person.id).may("can_manage_chat"))
        if not people:
            raise Refused(f"Nobody is in {room.name!r}.")
        return people[0]

    # topics

    def create_topic(self, who: str, room: str, name: str) -> str:
        """Opens a topic in a forum; returns its id, the `thread` of its messages."""
        person, chat = self._manager(who, room)
        return str(make_topic(self.tg, chat, person.id, name).id)

    def close_topic(self, who: str, room: str, thread: str) -> None:
        person, chat = self._manager(who, room)
        shut_topic(self.tg, chat, self._topic(chat, thread), person.id, closed=True)

    def reopen_topic(self, who: str, room: str, thread: str) -> None:
        person, chat = self._manager(who, room)
        shut_topic(self.tg, chat, self._topic(chat, thread), person.id, closed=False)

    def delete_topic(self, who: str, room: str, thread: str) -> None:
        """Deletes a topic with all that was said in it. Bots are told nothing of it."""
        _, chat = self._manager(who, room)
        drop_topic(self.tg, chat, self._topic(chat, thread))

    def _manager(self, who: str, room: str) -> tuple[Person, Room]:
        person, chat = self.world.person(who), self._group(room)
        if not chat.forum:
            raise Refused(f"{chat.name!r} has no topics.")
        if not chat.member(person.id).may("can_manage_topics"):
            raise Refused(f"{person.name} may not manage topics in {chat.name!r}.")
        return person, chat

    def _topic(self, room: Room, thread: str) -> Topic:
        topic = room.topics.get(int(thread))
        if topic is None:
            raise Refused(f"There is no topic {thread} in {room.name!r}.")
        return topic

    # the group's upgrade

    def migrate(self, room: str, forum: bool = False) -> str:
        """Upgrades a group to a supergroup, as Telegram does when it gets a feature of supergroups; returns the new
        id. The old chat refuses all calls from then on, naming the new id."""
        old = self._group(room)
        if old.kind != "group" or old.migrated_to:
            raise Refused(f"{old.name!r} is a supergroup already.")
        members = {number: replace(member) for number, member in old.members.items()}
        new = Room(self.world.next_room_id("supergroup"), old.name, "supergroup", forum=forum, members=members)
        self.world.rooms[new.id] = new
        by = self._somebody(old).id
        self.tg.service(old, by, migrate_to_chat_id=new.id)
        old.migrated_to = new.id
        self.tg.service(new, by, migrate_from_chat_id=old.id)
        return str(new.id)

    # how the group looks

    def rename(self, room: str, title: str, by: str = "") -> None:
        """Gives a group another title; a service message says so."""
        chat = self._group(room)
        actor = self.world.person(by) if by else self._somebody(chat)
        chat.name = title
        self.tg.service(chat, actor.id, new_chat_title=title)

    def set_forum(self, room: str, on: bool = True) -> None:
        """Switches a supergroup's topics on or off. Bots are told nothing of it; what comes later shows it."""
        chat = self._group(room)
        if chat.kind != "supergroup":
            raise Refused("Only supergroups have topics; `migrate` makes one.")
        chat.forum = on
        self.tg.changed()

    # the bot's place

    def add_bot(self, room: str, by: str = "", status: str = "member") -> None:
        """Adds the bot to a group; it is told by my_chat_member and by a service message."""
        chat = self._group(room)
        actor = self.world.person(by) if by else self._somebody(chat)
        self.tg.set_member(chat, self.tg.me, _bot(status), actor)
        self.tg.service(chat, actor.id, new_chat_members=[wire.user(self.tg.me)])

    def kick_bot(self, room: str, by: str = "") -> None:
        """Removes the bot: from then on "Forbidden: bot was kicked from the … chat"."""
        chat = self._group(room)
        actor = self.world.person(by) if by else self._somebody(chat)
        self.tg.service(chat, actor.id, left_chat_member=wire.user(self.tg.me))
        self.tg.set_member(chat, self.tg.me, Member("kicked"), actor)

    def promote_bot(self, room: str, rights: Sequence[str] | None = None) -> None:
        """Makes the bot an administrator, with those rights ("can_manage_topics", …) or the usual ones."""
        given = BOT_RIGHTS if rights is None else frozenset(rights)
        self._set_bot(room, Member("administrator", given))

    def demote_bot(self, room: str) -> None:
        self._set_bot(room, Member())

    def restrict_bot(self, room: str) -> None:
        """Takes the bot's right to write: "Bad Request: not enough rights to send text messages to the chat"."""
        self._set_bot(room, Member("restricted"))

    def _set_bot(self, room: str, member: Member) -> None:
        chat = self._group(room)
        self.tg.set_member(chat, self.tg.me, member, self._somebody(chat))


def _bot(status: str) -> Member:
    if status not in ("member", "administrator"):
        raise Refused('The bot is a "member" or an "administrator".')
    return Member(status, BOT_RIGHTS if status == "administrator" else frozenset())

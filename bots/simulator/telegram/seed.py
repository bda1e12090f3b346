"""The world at the start: the bot, the five people, a forum, a group of customers and an old group of agents."""

from bots.simulator.telegram.world import ALL_RIGHTS, BOT_RIGHTS, Member, Person, Room, World

BOT_ID = 710_000_001
BOT_TOKEN = f"{BOT_ID}:AAfake-token-of-the-simulated-Telegram"
DESK, SUPPORT, OLD_DESK = -1_002_000_000_101, -4_000_001, -4_000_002


def seed_world() -> World:
    world = World(Person(BOT_ID, "Acme desk", "acme_desk_bot", bot=True))
    anna = world.add_person(Person(700_100_001, "Anna", "anna_acme", "en"))
    erik = world.add_person(Person(700_100_002, "Erik", "erik_kund", "sv"))
    omar = world.add_person(Person(700_100_003, "Omar", "omar_acme", "en"))
    lisa = world.add_person(Person(700_100_004, "Lisa", "lisa_acme", "sv"))
    maja = world.add_person(Person(700_100_005, "Maja", "maja_acme", "da"))
    bot, lead = Member("administrator", BOT_RIGHTS), Member("administrator", ALL_RIGHTS)
    agents = {omar.id: Member(), lisa.id: Member(), maja.id: lead}
    rooms = (
        Room(DESK, "Desk", "supergroup", forum=True, members={BOT_ID: bot, **agents}),
        Room(SUPPORT, "Support", "group", members={BOT_ID: Member(), anna.id: Member(), erik.id: Member()}),
        Room(OLD_DESK, "Old desk", "group", members={BOT_ID: Member("administrator", BOT_RIGHTS), **agents}),
    )
    world.rooms.update({room.id: room for room in rooms})
    return world

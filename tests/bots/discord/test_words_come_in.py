"""What people write in Discord, as the desk hears it."""

from tests.bots.discord.rig import ANNA, OMAR, Door


async def test_a_message_in_a_room_would_open_a_thread_of_its_own() -> None:
    async with Door() as door:
        sent = await door.writes("anna", "The printer is on fire")
        (said,) = await door.front.hears("The printer is on fire")
        assert said.place == door.place("support", root=sent)
        assert (said.message_id, said.opens, said.cursor, said.direct) == (sent, sent, True, False)
        assert (said.author.external_id, said.author.name, said.author.bot) == (ANNA, "Anna", False)
        assert said.at == door.clock()
        assert said.key == f"community/{door.id('support')}/{sent}"

"""The daily tools on the real wires: a customer in Telegram, agents in Slack, and what each of them sees."""

from tests.inbox.deeds import one_engine
from tests.world import running

pytestmark = one_engine


async def test_an_agent_starts_a_telegram_ticket_for_somebody_who_called(database_url: str) -> None:
    """Elsewhere an agent cannot start one, and a person can never have a second."""
    async with running(database_url) as world:
        erik, omar = world.at_telegram("Erik"), world.at_slack("Omar")
        await erik.writes("My parcel never came", "dm")
        await omar.reads("#1 My parcel", "#customer-desk")
        await omar.types("/ticket for 1 He called: the second parcel is broken", "#customer-desk")
        told = await erik.reads("öppnade #2 åt dig", "dm")
        assert "the second parcel is broken" in told
        card = await omar.reads("#2 He called", "#customer-desk")
        await omar.presses(card, "Claim")
        await omar.writes("We send you a new one", "#customer-desk", thread=card.id)
        answer = await erik.reads("We send you a new one", "dm")
        await erik.writes("Thank you, when?", "dm", reply_to=answer.id)
        await omar.reads("Thank you, when?", "#customer-desk", thread=card.id)


async def test_two_tickets_about_one_parcel_become_one(database_url: str) -> None:
    """Direction is chosen; what is written on either side goes on in the one that is left."""
    async with running(database_url) as world:
        erik, omar = world.at_telegram("Erik"), world.at_slack("Omar")
        await erik.writes("My parcel never came", "dm")
        first = await omar.reads("#1 My parcel", "#customer-desk")
        await erik.types("/ticket The parcel is still not here", "dm")
        second = await omar.reads("#2 The parcel", "#customer-desk")
        await omar.types("/ticket merge 2 1", "#customer-desk")
        await omar.reads("#2 is part of #1 now", "#customer-desk")
        await omar.reads("merged #2 into this ticket", "#customer-desk", thread=first.id)
        await omar.reads("still not here", "#customer-desk", thread=first.id)
        await omar.presses(first, "Claim")
        await omar.writes("It is on its way", "#customer-desk", thread=second.id)
        await erik.reads("It is on its way", "dm")


async def test_a_canned_response_is_kept_and_sent_by_its_name(database_url: str) -> None:
    async with running(database_url) as world:
        erik, omar = world.at_telegram("Erik"), world.at_slack("Omar")
        await erik.writes("My parcel never came", "dm")
        card = await omar.reads("#1 My parcel", "#customer-desk")
        await omar.presses(card, "Claim")
        await omar.types("/ticket canned 1 save late Hello {requester}, {ticket} is late.", "#customer-desk")
        await omar.reads("Kept as “late”", "#customer-desk")
        await omar.types("/ticket canned 1 late", "#customer-desk")
        await erik.reads("Hello Erik, #1 is late.", "dm")


async def test_an_incident_answers_everybody_at_once(database_url: str) -> None:
    """A room is told, a case joins with one press, and one answer reaches each on their own platform."""
    async with running(database_url) as world:
        erik, anna, omar = world.at_telegram("Erik"), world.at_discord("Anna"), world.at_slack("Omar")
        await erik.writes("The shop is down", "dm")
        card = await omar.reads("#1 The shop", "#customer-desk")
        await omar.presses(card, "Claim")
        await omar.types("/ticket incident 1 The shop is down", "#customer-desk")
        await anna.reads("We know about it: The shop is down", "#support")
        await anna.writes("I cannot order", "#support")
        case = await omar.reads("#2 I cannot order", "#customer-desk")
        await omar.presses(case, "Same problem as #1")
        await omar.reads("#2 is a case of #1 now", "#customer-desk")
        await omar.types("/ticket announce 1 We are on it", "#customer-desk")
        await erik.reads("We are on it", "dm")
        await anna.reads("We are on it", "")
        await omar.types("/ticket resolve 1", "#customer-desk")
        await anna.reads("Over: The shop is down", "#support")

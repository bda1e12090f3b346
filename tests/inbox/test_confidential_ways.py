"""What is still under way as a ticket becomes confidential, is merged or is split."""

from datetime import timedelta

from inbox.desk import claims, intake, merging, moving, replies, splitting
from inbox.store import messages, people, threads
from tests.house import House
from tests.inbox.deeds import answer, ask, ask_again, one_engine, ticket_of
from tests.inbox.office import beat_at, office
from tests.inbox.postman import deliver
from tests.inbox.sending import begin, deliver_all, hand_out, state_of

pytestmark = one_engine


async def test_what_follows_in_the_open_leads_no_answer_back_there(house: House) -> None:
    """A burst goes on with the ticket, which is answered in direct messages all the same."""
    number = await ask(house, "My salary is 1")
    await house.desk.do(moving.move, number, house.ids["Omar"], "payroll")
    house.clock.advance(10)
    more = house.said("Anna", "and it was 2 last year")
    received = await house.desk.do(intake.receive, more)
    assert (received.outcome, received.ticket) == ("joined", number)
    await deliver_all(house)
    home = await house.desk.look(threads.home, number)
    assert home and home.room != "C-HELP"
    again = house.said("Anna", "Anybody?", thread=more.message_id, reply_to=more.message_id)
    assert (await house.desk.do(intake.receive, again)).ticket == number


async def test_who_cannot_be_written_to_is_not_answered_under_others_eyes_instead(house: House) -> None:
    number = await ask(house, "My salary is 1")
    for account in await house.desk.look(people.identities, house.ids["Anna"]):
        await house.desk.store.do(people.set_unreachable, account.id, "They blocked the bot.")
    await house.desk.do(moving.move, number, house.ids["Omar"], "payroll")
    home = await house.desk.look(threads.home, number)
    assert home and (home.room, home.external_id) == ("", None)


async def test_a_message_that_waited_tells_who_may_not_read_it_any_more_no_subject(house: House) -> None:
    number = await ask(house, "My salary is 1")
    await house.desk.do(claims.claim, number, house.ids["Omar"])
    await house.desk.do(claims.take_over, number, house.ids["Lisa"])
    await house.desk.do(moving.move, number, house.ids["Lisa"], "payroll")
    told = {e.say: e.facts for e in await deliver_all(house) if e.kind == "direct" and e.account == "U-OMAR"}
    assert told["claim.taken"]["subject"] == "🔒"


async def test_a_nag_in_the_room_that_it_left_is_not_put_right_there(house: House) -> None:
    """It was taken away; saying there what became of the promise would tell the subject again."""
    house.desk.directory = office()
    number = await ask(house, "My salary is 1")
    await house.desk.do(deliver)
    nags = await beat_at(house, seconds=2700)
    assert {nag.kind for nag in nags} == {"room"}
    await house.desk.do(moving.move, number, house.ids["Omar"], "payroll")
    await house.desk.do(claims.claim, number, house.ids["Lisa"])
    letters = await house.desk.do(deliver)
    assert letters and not [letter for letter in letters if letter.kind == "rewrite" and letter.say[:4] == "nag."]


async def test_words_on_their_way_as_their_ticket_is_merged_are_decided_where_it_leads(house: House) -> None:
    first = await ask(house)
    house.clock.advance(hours=1)
    second = await ask(house, "It still burns")
    await deliver_all(house)
    written = (await house.desk.do(replies.reply, second, house.ids["Omar"], "Try water")).message_id
    house.clock.advance(6)
    (leased,) = [errand for errand in await hand_out(house) if errand.is_reply]
    await house.desk.do(merging.merge, second, house.ids["Omar"], first)
    assert await begin(house, leased) is None and await state_of(house, written) == "held"
    sent = await house.desk.do(replies.take_and_send, written, house.ids["Omar"])
    assert sent.ticket.number == first
    house.clock.advance(1)
    assert [e.message.text for e in await deliver_all(house) if e.is_reply and e.message] == ["Try water"]


async def test_what_failed_goes_back_with_a_merge_that_is_taken_back(house: House) -> None:
    first = await ask(house)
    house.clock.advance(hours=1)
    second = await ask(house, "It still burns")
    await answer(house, second)
    house.clock.advance(timedelta(hours=1).total_seconds())
    held = await house.desk.do(replies.reply, second, house.ids["Lisa"], "I am on it")
    await house.desk.do(lambda tx, now: messages.change(tx, held.message_id, state="failed"))
    await house.desk.do(merging.merge, second, house.ids["Omar"], first)
    await house.desk.do(merging.unmerge, second, house.ids["Omar"])
    found = await house.desk.look(messages.get, held.message_id)
    assert found and found.ticket == second and (await ticket_of(house, second)).unresolved


async def test_words_that_wait_for_their_author_stay_when_the_ticket_is_split(house: House) -> None:
    number = await ask(house)
    await deliver_all(house)
    await house.desk.do(claims.claim, number, house.ids["Omar"])
    await ask_again(house, number, "And the lamp?")
    held = (await house.desk.do(replies.reply, number, house.ids["Lisa"], "I am on it")).message_id
    made = await house.desk.do(splitting.split, number, house.ids["Omar"], "lamp")
    found = await house.desk.look(messages.get, held)
    assert found and (found.ticket, found.state) == (number, "held") and made.number != number

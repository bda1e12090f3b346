"""What is promised on a ticket, as agents and leads ask for it and set it in a chat."""

from dataclasses import replace

import pytest

from bots import cards
from inbox.desk import lifecycle, policies
from inbox.errors import BadInput, NotAllowed, NotFound
from sla.duration import Duration
from sla.policy import Rule, Targets
from tests.bots.typed import text_of, typed
from tests.house import House
from tests.inbox.deeds import answer, ask, ask_again, one_engine, ticket_of
from tests.inbox.office import H, office, promised
from tests.inbox.test_terms import with_policy

pytestmark = one_engine


@pytest.fixture
def it(house: House) -> House:
    gold = Rule({"plan": "gold"}, Targets({"first_reply": {"normal": Duration(H)}}))
    house.desk.directory = with_policy(office(), lambda policy: replace(policy, rules=(gold,)))
    return house


async def shown(house: House, words: str, who: str = "Omar", language: str = "en") -> dict[str, str]:
    found = (await typed(house, who, words, language=language)).card
    assert found
    return {"": found.title, **dict(found.fields)}


async def test_each_promise_explains_itself(it: House) -> None:
    number = await ask(it)  # Monday 9:00, open until 17:00
    await policies.follow_file(it.desk)
    await answer(it, number, sent_after=5)
    it.clock.advance(hours=1)
    await it.desk.do(lifecycle.pend, number, it.ids["Omar"])
    it.clock.advance(hours=3)
    await ask_again(it, number)
    it.clock.advance(hours=21)
    told = await shown(it, f"why {number}")
    assert told[""] == f"Promises of #{number}"
    assert list(told)[1:] == ["Claim", "First reply", "Next reply", "Resolution"]
    assert told["Resolution"].split("\n") == [
        "16 h · due Wed 4 Mar 11:00",
        "🟩🟨🟩🟩🟩⬜⬜⬜⬜⬜⬜⬜🟩🟩",
        "ran 7 h · waited 3 h · closed 15 h",
        "waited from Mon 2 Mar 11:00 to Mon 2 Mar 14:00",
        "by the policy “office”, as of Mon 2 Mar 10:00",
    ]
    assert told["Next reply"].split("\n")[0] == "2 h · due Mon 2 Mar 16:00"


async def test_it_is_said_in_the_readers_language_and_to_agents_alone(it: House) -> None:
    number = await ask(it)
    assert "Første svartid" in await shown(it, f"hvorfor {number}", language="da")
    assert "gick 2 h" not in (await shown(it, f"varför {number}", language="sv"))["Lösningstid"]
    with pytest.raises(NotFound):
        await typed(it, "Anna", f"why {number}")
    it.desk.directory = with_policy(office(), lambda policy: replace(policy, targets=Targets()))
    second = await ask(it, name="Erik")
    assert text_of(await typed(it, "Omar", f"why {second}")) == "Nothing is promised on this ticket."


async def test_a_lead_sets_a_target_of_its_own_and_takes_it_back(it: House) -> None:
    number = await ask(it)
    said = text_of(await typed(it, "Maja", f"sla {number} resolution 3h customer on site"))
    assert said.startswith(f"#{number}: Resolution 3 h · due Mon 2 Mar 13:00.")
    assert "set by Maja: customer on site" in (await shown(it, f"sla {number}"))["Resolution"]
    for words in ("next reply 30m they wait", "nästa svarstid: 30m they wait", "Næste svartid 30m they wait"):
        said = text_of(await typed(it, "Maja", f"sla {number} {words}"))
        assert said == f"#{number}: Next reply 30m, as soon as that is owed."
    await typed(it, "Maja", f"sla {number} lösning off")
    assert (await promised(it, number))["resolution"].target_seconds == 16 * H
    with pytest.raises(NotAllowed):
        await typed(it, "Omar", f"sla {number} resolution 3h so")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("lunch 8h so", "no_metric"),
        ("resolution", "bad_target"),
        ("resolution 2d so", "bad_target"),
        ("resolution 8h", "target_why"),
    ],
)
async def test_what_is_missing_is_said_in_each_language(it: House, words: str, reason: str) -> None:
    number = await ask(it)
    with pytest.raises(BadInput) as refused:
        await typed(it, "Maja", f"sla {number} {words}")
    assert refused.value.reason == reason
    texts = {cards.refusal(refused.value, language).text for language in ("en", "sv", "da")}
    assert len(texts) == 3


async def test_a_lead_says_by_what_plan_a_requesters_promises_go(it: House) -> None:
    number = await ask(it)
    said = text_of(await typed(it, "Maja", f"plan {number} gold"))
    assert said == "Anna has the plan “gold”. One ticket goes by it."
    assert (await promised(it, number))["first_reply"].target_seconds == H
    assert "desk.toml decides again" in text_of(await typed(it, "Maja", f"plan {number} off"))
    assert (await promised(it, number))["first_reply"].target_seconds == 4 * H
    with pytest.raises(BadInput) as refused:
        await typed(it, "Maja", f"plan {number} platinum")
    assert "gold" in cards.refusal(refused.value, "en").text


async def test_an_agent_says_that_no_reply_is_needed(it: House) -> None:
    number = await ask(it)
    await answer(it, number)
    it.clock.advance(600)
    await ask_again(it, number, "See you on Monday!")
    await typed(it, "Omar", f"noreply {number}")
    assert (await ticket_of(it, number)).awaiting_since is None

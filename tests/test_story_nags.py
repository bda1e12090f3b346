"""A promise that runs out, on the real wires: who hears of it in Slack, and what it says when there is an answer."""

from dataclasses import replace
from datetime import datetime

from frontdesk.playground import desk
from inbox.desk import digests
from inbox.directory import Desk, DigestSettings
from inbox.store import Tx, alarms
from sla.duration import Duration
from sla.hours import ALWAYS
from sla.ladder import Step
from sla.policy import Targets
from tests.inbox.deeds import one_engine
from tests.world import quick, running

pytestmark = one_engine
ROOM, DAILY = "#customer-desk", DigestSettings("00:00")


def hasty() -> Desk:
    """A first reply in four hours, or a minute where it is urgent; holder and room are told after a hundredth of it."""
    first = Targets({"first_reply": {"normal": Duration(4 * 3600), "urgent": Duration(60)}})
    ladder = (Step("warning", 0.01, ("holder", "room")),)
    plain = quick(desk(), digest=DAILY)
    queues = {
        key: replace(queue, policy=replace(queue.policy, hours=ALWAYS, targets=first, rules=(), ladder=ladder))
        for key, queue in plain.queues.items()
    }
    return replace(plain, queues=queues)


async def test_a_nag_comes_in_its_time_and_says_so_when_it_is_answered(database_url: str) -> None:
    async with running(database_url, hasty()) as world:
        erik, omar = world.at_telegram("Erik"), world.at_slack("Omar")
        await erik.writes("My parcel never came", "dm")
        card = await omar.reads("#1 My parcel", ROOM)
        await omar.presses(card, "Claim")
        await omar.types("/ticket priority 1 urgent", ROOM)
        nag = await omar.reads("Erik should get a first reply", "dm")
        public = await omar.reads("Erik should get a first reply", ROOM)
        await omar.writes("We send you a new one", ROOM, thread=card.id)
        await erik.reads("We send you a new one", "dm")
        for told, room in ((nag, "dm"), (public, ROOM)):
            over = await omar.reads("Erik has an answer", room)
            assert over.id == told.id, "the same message, with other words"


async def test_the_room_is_told_each_day_how_it_stands(database_url: str) -> None:
    async with running(database_url, hasty()) as world:
        erik, omar = world.at_telegram("Erik"), world.at_slack("Omar")
        await erik.writes("My parcel never came", "dm")
        await omar.reads("#1 My parcel", ROOM)
        assert await world.app.desk.do(_due_now, "customers"), "it was set when the program started"
        told = await omar.reads("1 waits for an answer: #1 (My parcel never came)", ROOM)
        assert "1 new since yesterday" in told


def _due_now(tx: Tx, now: datetime, queue: str) -> bool:
    alarm = digests.subject(queue, "daily")
    was = alarms.at(tx, digests.DIGEST, alarm)
    alarms.put(tx, digests.DIGEST, alarm, now)
    return was is not None and was > now

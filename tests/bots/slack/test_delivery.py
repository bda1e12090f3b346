"""Acknowledged after the commit, delivered again without one; sockets that break, and who hears of it."""

import asyncio
from collections.abc import MutableMapping
from typing import Any

import pytest

from bots.port import Card
from inbox.model import Place
from tests.bots.slack.rig import IT_HELP, Door

Logged = list[MutableMapping[str, Any]]


async def test_without_a_database_nothing_is_acknowledged_and_all_comes_again() -> None:
    """SL-01, IN-07."""
    async with Door(ack_seconds=0.1) as door:
        door.notes.down = 2
        await door.says("anna", "Please keep this")
        await door.settle()
        assert door.notes.texts == ["Please keep this"]
        (ends,) = door.attempts().values()
        assert ends[0] is False and ends[-1] is True
        assert door.notes.set_aside == []


async def test_poison_is_not_acknowledged_while_it_cannot_be_set_aside() -> None:
    async with Door(ack_seconds=0.1) as door:
        door.strange = True
        door.notes.down = 1
        payload = {"type": "event_callback", "event": {"type": "user_change"}, "event_id": "Ev1"}
        await door.sim.do("poison", payload=payload)
        await door.settle()
        assert list(door.attempts().values()) == [[False, True]] and len(door.notes.set_aside) == 1


async def test_a_slow_commit_is_acknowledged_when_it_is_done() -> None:
    """SL-01. Slower than Slack waits: it comes again, and the desk knows it."""
    async with Door(ack_seconds=0.1, retry_delays=(0.0, 0.1, 0.1)) as door:
        door.notes.open.clear()
        await door.says("anna", "A slow desk")
        await door.sim.until(lambda: len(door.sim.deliveries) == 2)
        assert not any(one.acked for one in door.sim.deliveries)
        door.notes.open.set()
        await door.settle()
        assert door.notes.texts == ["A slow desk"] and door.notes.again == 1
        assert door.attempts().popitem()[1][-1] is True


async def test_an_acknowledgement_that_is_lost() -> None:
    """SL-04, IN-01. The socket dies after the commit and before the acknowledgement."""
    async with Door(ack_seconds=0.3) as door:
        door.notes.open.clear()
        await door.says("anna", "Twice on the way, once on the desk")
        await door.sim.until(lambda: door.sim.deliveries)
        await door.sim.do("cut")
        door.notes.open.set()
        await door.heard(1)
        await door.settle()
        assert door.notes.texts == ["Twice on the way, once on the desk"]
        assert door.notes.again >= 0 and door.platform.health()


async def test_what_comes_twice_or_in_another_order() -> None:
    async with Door() as door:
        await door.sim.do("duplicate_next", times=2)
        await door.says("anna", "one")
        await door.says("anna", "two")
        await door.sim.do("reorder_next", count=2)
        await door.says("anna", "three")
        await door.says("anna", "four")
        await door.settle()
        assert sorted(door.notes.texts) == ["four", "one", "three", "two"] and door.notes.again == 2


@pytest.mark.parametrize("reason", ["refresh_requested", "warning", "too_many_websockets", "link_disabled"])
@pytest.mark.parametrize("every", [False, True])
async def test_slack_asks_for_another_connection_in_a_burst(reason: str, every: bool) -> None:
    """SL-02."""
    async with Door(ack_seconds=0.5) as door:
        before = list(door.sim.courier.links)
        await door.says("anna", "0")
        await door.heard(1)
        await door.sim.do("disconnect", reason=reason, every=every)
        for number in range(1, 10):
            await door.says("anna", str(number))
        fresh = 2 if every else 1
        await door.sim.until(lambda: len([one for one in door.sim.courier.links if one not in before]) >= fresh)
        await door.heard(10)
        assert sorted(door.notes.texts) == [str(number) for number in range(10)]
        await door.settle()


async def test_sockets_that_break_are_opened_again_and_the_gap_is_closed() -> None:
    async with Door() as door:
        await door.says("anna", "before")
        await door.heard(1)
        await door.sim.do("cut")
        await door.until(lambda: not door.platform.health().ok)
        assert "sockets" in door.platform.health().sentence
        await door.says("anna", "while nobody listened")
        await door.sim.until(lambda: door.sim.lost)
        await door.heard(2)
        await door.until(lambda: door.platform.health().ok)
        assert door.notes.texts == ["before", "while nobody listened"]


async def test_half_open_sockets_are_noticed() -> None:
    """SL-03."""
    async with Door(ack_seconds=0.1) as door:
        await door.says("anna", "before")
        await door.heard(1)
        await door.settle()
        await door.sim.do("half_open")
        silent = list(door.sim.courier.links)
        await door.says("anna", "into the void")
        for link in silent:
            await asyncio.wait_for(link.gone.wait(), 5)  # given up by the client
        await door.heard(2)
        assert door.notes.texts == ["before", "into the void"]
        await door.until(lambda: door.platform.health().ok)


async def test_one_of_two_sockets_is_enough_and_said() -> None:
    async with Door() as door:
        door.sim.faults.order("status", "apps.connections.open", times=100)
        link = door.sim.courier.links[0]
        assert link.request.transport is not None
        link.request.transport.abort()
        await door.sim.until(lambda: door.sim.connections == 1)
        await door.says("anna", "on the other one")
        await door.heard(1)
        health = door.platform.health()
        assert health.ok and "1 of 2" in health.sentence
        door.sim.faults.clear()
        await door.sim.until(lambda: door.sim.connections == 2)


async def test_a_socket_that_is_stuck_is_made_anew() -> None:
    """The SDK gets an address, cannot dial it, and would dial the used-up address for ever."""
    async with Door() as door:
        await door.says("anna", "before")
        await door.heard(1)
        for made in list(door.platform._sockets._sockets):  # type: ignore[union-attr]
            made.client.wss_uri = f"{door.sim.url.replace('http', 'ws')}/link/?ticket=old"
            made.client.issue_new_wss_url = _old_address(made.client.wss_uri)
        await door.sim.do("cut")
        await door.until(lambda: not door.platform.health().ok)
        await door.says("anna", "still here")
        await door.heard(2)
        await door.sim.until(lambda: door.sim.connections == 2)


def _old_address(address: str) -> Any:
    async def issue() -> str:
        return address

    return issue


async def test_events_that_slack_dropped_are_read_from_history(logged: Logged) -> None:
    async with Door() as door:
        await door.says("anna", "before")
        await door.heard(1)
        events = door.sim.world.app.events
        events.discard("message.channels")
        await door.says("anna", "dropped")
        await door.sim.do("rate_limit_app")
        await door.heard(2)
        assert door.notes.texts == ["before", "dropped"]
        assert any(entry["event"] == "slack.events_dropped" for entry in logged)


async def test_a_lost_token_is_told_until_it_is_good_again() -> None:
    async with Door() as door:
        await door.sim.do("revoke_token")
        await door.settle()
        await door.until(lambda: not door.platform.health().ok)
        assert "install the app again" in door.platform.health().sentence
        await door.sim.do("restore_token")
        await door.until(lambda: door.platform.health().ok)


async def test_a_user_token_that_is_revoked_is_none_of_ours() -> None:
    async with Door() as door:
        door.strange = True
        event = {"type": "tokens_revoked", "tokens": {"oauth": ["U0ANNA00001"], "bot": []}}
        payload = {"type": "event_callback", "event_id": "Ev1", "event": event}
        await door.sim.do("poison", payload=payload)
        await door.settle()
        assert door.platform.health().ok


async def test_a_token_that_fails_while_posting_is_told() -> None:
    async with Door() as door:
        door.sim.faults.order("error", "chat.postMessage", error="token_expired")
        with pytest.raises(Exception, match="token_expired"):
            await door.platform.send(Place("acme", IT_HELP), Card(text="Hello"), "fd-1")
        assert "token_expired" in door.platform.health().sentence
        await door.platform.send(Place("acme", IT_HELP), Card(text="Hello"), "fd-1")
        assert door.platform.health().ok


async def test_stopping_finishes_what_is_under_way_and_takes_no_more() -> None:
    async with Door() as door:
        door.notes.open.clear()
        await door.says("anna", "under way")
        await door.sim.until(lambda: door.sim.deliveries)
        stopping = asyncio.create_task(door.platform.stop())
        await asyncio.sleep(0)
        door.notes.open.set()
        await stopping
        await door.settle()
        assert door.notes.texts == ["under way"]
        assert [one.acked for one in door.sim.deliveries] == [True]
        assert not door.platform.health().ok
        await door.says("anna", "nobody hears this now")
        await door.settle()
        assert door.notes.texts == ["under way"]


async def test_a_thousand_messages_are_all_taken_in() -> None:
    async with Door() as door:
        for number in range(300):
            await door.says(("anna", "erik", "omar")[number % 3], str(number))
        await door.heard(300)
        await door.settle()
        assert sorted(map(int, door.notes.texts)) == list(range(300))
        assert all(ends == [True] for ends in door.attempts().values())
        assert len(door.calls("users.info")) == 3

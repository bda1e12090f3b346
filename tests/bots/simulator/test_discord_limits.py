"""Rate limits: buckets by their headers, the global one, and the answer that says to wait."""

import pytest

from bots.simulator.discord.rest.limits import Limits
from tests.bots.simulator.discord_rig import Rig

POST = "POST /channels/{channel_id}/messages"
GET = "GET /users/@me"


class Time:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_belongs_to_a_route_and_a_channel() -> None:
    time = Time()
    limits = Limits(now=time)
    left = [limits.count(POST, {"channel_id": "1"}).headers["X-RateLimit-Remaining"] for _ in range(5)]
    assert left == ["4", "3", "2", "1", "0"]
    time.now += 1
    refused = limits.count(POST, {"channel_id": "1"})
    assert (refused.scope, refused.retry_after) == ("user", 4.0)
    assert limits.count(POST, {"channel_id": "2"}).scope == ""
    assert limits.count("GET /channels/{channel_id}/messages", {"channel_id": "1"}).scope == ""
    time.now += 4
    assert limits.count(POST, {"channel_id": "1"}).scope == ""


def test_fifty_a_second_in_all_but_for_answers_to_interactions() -> None:
    time = Time()
    limits = Limits(now=time)
    assert {limits.count(f"GET /x{number}", {}).scope for number in range(50)} == {""}
    refused = limits.count(GET, {})
    assert (refused.scope, refused.retry_after, refused.headers["X-RateLimit-Global"]) == ("global", 1.0, "true")
    assert limits.count("POST /interactions/{interaction_id}/{interaction_token}/callback", {}).scope == ""
    time.now += 1
    assert limits.count(GET, {}).scope == ""


def test_every_interaction_has_a_bucket_of_its_own() -> None:
    limits, call = Limits(now=Time()), "POST /webhooks/{webhook_id}/{webhook_token}"
    for token in ("one", "two"):
        said = [limits.count(call, {"webhook_id": "1", "webhook_token": token}).scope for _ in range(6)]
        assert said == ["", "", "", "", "", "user"]


async def test_the_answer_says_how_long_to_wait() -> None:
    async with Rig(limits=True) as dc:
        answers = [await dc.post(content=str(number)) for number in range(6)]
        assert [answer.status for answer in answers] == [200, 200, 200, 200, 200, 429]
        limited, before = answers[-1], answers[0]
        assert limited.body["global"] is False
        assert 0 < limited.body["retry_after"] <= 5
        assert limited.headers["Via"]
        assert limited.headers["X-RateLimit-Scope"] == "user"
        assert int(limited.headers["Retry-After"]) >= 1
        assert limited.headers["X-RateLimit-Bucket"] == before.headers["X-RateLimit-Bucket"]
        assert before.headers["X-RateLimit-Limit"] == "5"
        assert float(before.headers["X-RateLimit-Reset-After"]) <= 5
        assert before.headers["Content-Type"] == "application/json"
        assert (await dc.post("general", content="elsewhere")).status == 200
        dc.sim.limits = False
        assert (await dc.post(content="now")).status == 200
        assert dc.sim.texts("#support") == ["0", "1", "2", "3", "4", "now"]


@pytest.mark.parametrize("scope", ["global", "shared"])
async def test_limits_of_other_scopes_can_be_ordered(scope: str) -> None:
    async with Rig() as dc:
        dc.sim.faults.order("error", POST, error=scope)
        limited = await dc.post(content="x")
        assert (limited.status, limited.headers["X-RateLimit-Scope"]) == (429, scope)
        assert limited.body["global"] is (scope == "global")

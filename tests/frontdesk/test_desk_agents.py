"""desk.toml on giving tickets out: how, by which skills, and what is known of single agents."""

import pytest

from frontdesk.config import parse
from inbox.directory import Agent
from tests.frontdesk.desk_texts import EXAMPLE, problem, small


def test_the_examples_queues_and_agents() -> None:
    desk = parse(EXAMPLE, "desk.toml")
    assert (desk.queues["it"].assignment, desk.queues["customers"].assignment) == ("round_robin", "manual")
    assert desk.queues["it"].skills == ("sv", "da", "vpn", "mac")
    assert desk.agents == {
        ("acme", "U01LISA"): Agent(frozenset({"sv", "vpn"}), desk.hours["office"]),
        ("acme", "U02OMAR"): Agent(frozenset({"mac"}), None),
    }


def test_skills_are_small_as_tags_are() -> None:
    desk = parse(small('skills = ["VPN", "Mac"]', '[agents."shop:4711"]', 'skills = ["Vpn"]'), "desk.toml")
    assert desk.queues["it"].skills == ("vpn", "mac")
    assert desk.agents == {("shop", "4711"): Agent(frozenset({"vpn"}))}


@pytest.mark.parametrize(
    ("lines", "report"),
    [
        (('assignment = "robin"',), '12 queues.it.assignment: "robin" is not one of "manual", "round_robin" or'),
        (('skills = "vpn"',), "12 queues.it.skills: must be a list, found a text"),
        ((f'skills = ["{"x" * 65}"]',), "12 queues.it.skills[0]: is longer than a tag can be: 64 characters"),
        (('[agents."acme:lisa"]',), '12 agents."acme:lisa": "lisa" is no user id of Slack'),
        (('[agents."acme:group:it"]',), '12 agents."acme:group:it": names several people'),
        (('[agents."acme:U01LISA"]', 'shift = "x"'), '13 agents."acme:U01LISA".shift: is no key of an agent'),
        (('[agents."acme:U01LISA"]', 'hours = "late"'), 'hours: there is no hours "late": write "always"'),
        (
            ('skills = ["vpn"]', '[agents."acme:U01LISA"]', 'skills = ["vpn", "vnp"]'),
            '14 agents."acme:U01LISA".skills[1]: there is no skill "vnp": did you mean "vpn"?; the skills that matter',
        ),
    ],
)
def test_what_is_wrong_is_told_at_its_place(lines: tuple[str, ...], report: str) -> None:
    assert report in problem(small(*lines))

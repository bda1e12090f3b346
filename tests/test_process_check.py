"""`frontdesk check` against the three platforms: what is right, and a sentence for each thing that is not."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bots.simulator.discord import DiscordSimulator
from bots.simulator.server import Simulator
from bots.simulator.slack import SlackSimulator
from bots.simulator.telegram import TelegramSimulator
from frontdesk import config
from frontdesk.playground import DESK_NAME
from tests.loaded import Loaded
from tests.process import ROOT, environment

DESK = (ROOT / "frontdesk" / DESK_NAME).read_text("utf-8")
STRANGER = "123456789:AAanother-bot-that-nobody-ever-made-00"


@dataclass
class Bench:
    """A desk file, three platforms, and the program."""

    folder: Path
    program: Loaded
    slack: SlackSimulator = field(default_factory=SlackSimulator)
    discord: DiscordSimulator = field(default_factory=DiscordSimulator)
    telegram: TelegramSimulator = field(default_factory=TelegramSimulator)

    @property
    def all(self) -> tuple[Simulator, ...]:
        return (self.slack, self.discord, self.telegram)

    async def check(self, desk: str = DESK, **settings: str) -> tuple[int, str]:
        """The exit code, and what is said. Whatever it is, it is no traceback."""
        file = self.folder / "desk.toml"
        file.write_text(desk) if desk else file.unlink(missing_ok=True)
        database = f"sqlite:///{self.folder}/desk.db"
        given = environment(*self.all, desk=Path("desk.toml"), database=database) | settings
        code, out, err = await self.program.run(self.folder, given, "check")
        assert err == ""
        return code, out


@pytest.fixture
async def bench(tmp_path: Path, program: Loaded) -> AsyncIterator[Bench]:
    bench = Bench(tmp_path, program)
    bench.slack.limits = bench.discord.limits = bench.telegram.limits = False
    async with bench.slack, bench.discord, bench.telegram:
        await bench.telegram.do("promote_bot", room="Support")
        yield bench


def instead(old: str, new: str) -> str:
    """The desk file with something else in it."""
    assert old in DESK
    return DESK.replace(old, new)


async def test_all_is_right(bench: Bench) -> None:
    code, said = await bench.check()
    assert (code, said.splitlines()[-1]) == (0, "All is well."), said


async def test_each_thing_that_is_wrong_is_told(bench: Bench) -> None:
    await bench.slack.do("add_room", name="open-desk")
    told = {
        "SLACK_BOT_TOKEN": await bench.check(SLACK_BOT_TOKEN="xoxb-1-2-stranger"),
        "SLACK_APP_TOKEN": await bench.check(SLACK_APP_TOKEN="xapp-1-2-stranger"),
        "community: Discord does not accept": await bench.check(DISCORD_BOT_TOKEN="a.stranger.token"),
        "shop: Telegram does not accept": await bench.check(TELEGRAM_BOT_TOKEN=STRANGER),
        "acme: Slack could not be reached": await bench.check(SLACK_API_URL="http://127.0.0.1:9/api/"),
        "acme:#it-hell": await bench.check(instead('"acme:#it-help"', '"acme:#it-hell"')),
        "community:#sport": await bench.check(instead('"community:#support"', '"community:#sport"')),
        "shop:-4999999": await bench.check(instead('"shop:-4000001"', '"shop:-4999999"')),
        "#open-desk is a public room": await bench.check(instead('"acme:#it-desk"', '"acme:#open-desk"')),
    }
    missed = {says: said for says, (code, said) in told.items() if code != 1 or says not in complaints(said)}
    assert missed == {}


async def test_missing_rights_on_all_platforms_are_told_at_once(bench: Bench) -> None:
    await bench.slack.do("set_scopes", without="users:read")
    await bench.discord.do("revoke_intent", intent="MESSAGE_CONTENT")
    await bench.telegram.do("demote_bot", room="Support")
    code, said = await bench.check()
    assert code == 1
    for part in ("acme: ", "users:read", "community: ", "Message Content Intent", "shop: ", "/setprivacy"):
        assert part in complaints(said)


async def test_all_that_is_wrong_is_told_at_once(bench: Bench) -> None:
    """Nobody mends one thing only to be told the next."""
    await bench.discord.do("revoke_intent", intent="MESSAGE_CONTENT")
    code, said = await bench.check(
        instead('"community:#support"', '"community:#sport"'),
        SLACK_BOT_TOKEN="xoxb-1-2-stranger",
        SLACK_APP_TOKEN="xapp-1-2-stranger",
        TELEGRAM_BOT_TOKEN="",
    )
    assert code == 1
    told = complaints(said)
    for part in (
        "SLACK_BOT_TOKEN",
        "SLACK_APP_TOKEN",
        "Message Content Intent",
        "community:#sport",
        "shop: nothing is",
    ):
        assert part in told, part
    assert told.count("SLACK_BOT_TOKEN") == told.count("Message Content Intent") == 1
    assert said.index("acme (slack)") < said.index("community (discord)") < said.index("shop (telegram)")


async def test_a_slack_app_without_its_app_token_is_asked_about_the_rest(bench: Bench) -> None:
    changed = instead('"acme:#it-help"', '"acme:#it-hell"')
    code, said = await bench.check(changed, SLACK_APP_TOKEN="", SLACK_SIGNING_SECRET="")
    assert code == 1 and "SLACK_APP_TOKEN" in complaints(said) and "acme:#it-hell" in complaints(said)


def complaints(said: str) -> str:
    return "\n".join(line for line in said.splitlines() if line.startswith("✗"))


async def test_without_any_token_the_playground_is_what_opens(bench: Bench) -> None:
    nothing = {f"{name}_BOT_TOKEN": "" for name in ("SLACK", "DISCORD", "TELEGRAM")} | {"SLACK_APP_TOKEN": ""}
    code, said = await bench.check("", SLACK_SIGNING_SECRET="", **nothing)
    assert code == 0
    assert "opens the playground" in said


async def test_with_tokens_and_no_file_a_beginning_is_proposed_that_holds(bench: Bench) -> None:
    code, said = await bench.check("")
    assert code == 1
    begin = said.index("# A beginning")
    proposed = said[begin : said.index("✗")]
    assert set(config.parse(proposed, "desk.toml").connections) == {"slack", "discord", "telegram"}
    code, said = await bench.check(proposed)
    assert (code, said.splitlines()[-1]) == (0, "All is well."), said

"""The pages tell the truth: their files are right, `check` says what they quote, and every sentence in them exists."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from pydantic import SecretStr

from bots.port import Ability
from frontdesk import commands_page, config
from frontdesk.abilities import adapters, page, texts
from frontdesk.checking import check
from frontdesk.playground import point_to, start_platforms
from frontdesk.settings import Settings
from tests.frontdesk.test_checking import Paper

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"
PLATFORMS = ("slack", "discord", "telegram")
SIMULATED = {"-1001234567890": "-1002000000101"}  # the group that stands in the page, and the simulator's


def read(name: str) -> str:
    return (DOCS / f"{name}.md").read_text("utf-8")


def block(text: str, language: str, containing: str) -> str:
    """The one fenced block of a language that has these words in it."""
    found = re.findall(rf"^ *```{language}\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL)
    (one,) = [each for each in found if containing in each]
    return str(one)


def test_what_each_platform_can_do_is_what_the_code_says() -> None:
    assert read("platforms") == page(), "write it anew: frontdesk platforms > docs/platforms.md"
    assert tuple(adapters()) == tuple(sorted(PLATFORMS)) and set(texts()) == set(Ability)


def test_what_people_may_say_is_what_the_code_knows() -> None:
    assert read("commands") == commands_page.page(), "write it anew: frontdesk commands > docs/commands.md"


@pytest.mark.parametrize("name", PLATFORMS)
async def test_the_desk_of_a_page_is_right_and_check_says_what_stands_there(name: str, tmp_path: Path) -> None:
    text = read(name)
    for theirs, ours in SIMULATED.items():
        text = text.replace(theirs, ours)
    desk = config.parse(block(text, "toml", "[connections."), "desk.toml")
    platforms, paper = await start_platforms(), Paper()
    settings = point_to(Settings(_env_file=None), platforms)
    settings = settings.model_copy(update={"database_url": SecretStr(f"sqlite:///{tmp_path / 'none.db'}")})
    try:
        problems = await check(settings, desk, paper)
    finally:
        await platforms.stop()
    assert problems == []
    assert paper.said == block(text, "text", "Settings: read")


def test_the_queue_that_a_page_adds_later_fits_its_desk() -> None:
    text = read("discord")
    first, later = block(text, "toml", "[connections."), block(text, "toml", 'open = "private_thread"')
    desk = config.parse(f"{first}default = true\n{later}", "desk.toml")
    assert {key: queue.open for key, queue in desk.queues.items()} == {"help": "direct", "appeals": "private_thread"}


@pytest.mark.parametrize("name", PLATFORMS)
def test_the_settings_of_a_page_exist(name: str) -> None:
    known = re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text("utf-8"), re.MULTILINE)
    named = re.findall(r"^ *([A-Z_]+)=", block(read(name), "sh", "TOKEN"), re.MULTILINE)
    assert named and set(named) <= set(known)


@pytest.mark.parametrize("name", PLATFORMS)
def test_each_sentence_of_the_table_is_one_of_ours(name: str) -> None:
    """But for those in italics, which the platform says, and "nothing", which nobody says."""
    told = [row.split("|")[1].strip() for row in read(name).splitlines() if row.startswith("| ")][1:]
    ours = [cell for cell in told if not cell.startswith(("*", "nothing,", "---"))]
    assert len(ours) > 10
    fragments = [fragment.strip() for cell in ours for fragment in cell.split("…")]
    assert [one for one in fragments if one and not any(one in said for said in sayings())] == []


@cache
def sayings() -> tuple[str, ...]:
    """Every text in the code and in the English catalogue."""
    files = [file for folder in ("bots", "frontdesk") for file in sorted((ROOT / folder).rglob("*.py"))]
    trees = [ast.parse(file.read_text("utf-8")) for file in files if "simulator" not in file.parts]
    nodes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    english = [file.read_text("utf-8") for file in sorted((ROOT / "inbox/locale/en").glob("*.toml"))]
    return (*(node.value for node in nodes if isinstance(node.value, str)), *english)


@pytest.mark.parametrize("file", sorted(ROOT.glob("*.md")) + sorted(DOCS.glob("*.md")), ids=lambda file: file.name)
def test_links_lead_somewhere(file: Path) -> None:
    text = file.read_text("utf-8")
    links = [link.split("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link]
    assert [link for link in links if link and not (file.parent / link).exists()] == []

"""Started with what cannot be: exit code 2 and a sentence that says what to do, never a traceback."""

import socket
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import psycopg
from sqlalchemy.engine import make_url

from inbox.store.schema import migrate_database
from tests.loaded import Loaded

DESK = """
[desk]
name = "Acme"
[connections.acme]
platform = "slack"
[policies.standard]
hours = "always"
[queues.it]
policy = "standard"
intake = ["acme:#it-help"]
desk = "acme:#it-desk"
agents = "members"
default = true
"""
BAD = """claim = { normal = "0m" }
ladder = [{ at = "75", to = ["room"] }]
[hours.office]
mon = ["08:00-12:00", "11:00-13:00"]
"""
TOKENS = {"SLACK_BOT_TOKEN": "xoxb-1234567890-abcdefgh", "SLACK_APP_TOKEN": "xapp-1-A123-abcdefgh"}
NOWHERE = {"SLACK_API_URL": "http://127.0.0.1:9/api/"}


@dataclass(frozen=True)
class Mistake:
    """Something wrong, and a part of the sentence that the operator reads."""

    says: str
    settings: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ("run",)


def mistakes(folder: Path, taken: int) -> dict[str, Mistake]:
    """What operators get wrong."""
    (folder / "garbage.db").write_bytes(b"no database at all " * 100)
    migrate_database(f"sqlite:///{folder}/newer.db")
    with closing(sqlite3.connect(folder / "newer.db")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '2099_01_01_later'")
    migrate_database(f"sqlite:///{folder}/locked.db")
    read_only = f"sqlite:///file:{folder}/locked.db?mode=ro&uri=true"
    return {
        "the tokens changed round": Mistake(
            "SLACK_BOT_TOKEN holds the app's token", {"SLACK_BOT_TOKEN": "xapp-1-A-abcdefgh"}
        ),
        "a misspelt setting": Mistake(
            ".env:2 SLACK_BOTTOKEN is no setting of Frontdesk: write SLACK_BOT_TOKEN",
            files={".env": "# mine\nSLACK_BOTTOKEN=xoxb-1\n"},
        ),
        "no TOML": Mistake("desk.toml:1: is not TOML", files={"desk.toml": '[desk\nname = "Acme"'}),
        "a wrong desk": Mistake(
            'desk.toml:10 queues.it.intake[0]: there is no connection "acmee": did you mean "acme"?',
            files={"desk.toml": DESK.replace("acme:#it-help", "acmee:#it-help")},
        ),
        "a policy and a calendar that cannot be": Mistake(
            'desk.toml:8 policies.standard.claim.normal: "0m" is no time at all: write it like 15m, 4h, 1h30m or '
            "2 working days\ndesk.toml:9 policies.standard.ladder[0].at: "
            '"75" is no share of the promised time: write it like 75%, from 1% to 1000%\n'
            'desk.toml:10 hours.office: the hours "office": monday 08:00-12:00 and monday 11:00-13:00 overlap',
            files={"desk.toml": DESK.replace("[queues.it]", f"{BAD}[queues.it]")},
        ),
        "no desk file by that name": Mistake("DESK_FILE names other.toml", {"DESK_FILE": "other.toml"}),
        "tokens and no desk file": Mistake("`frontdesk check`", {"DESK_FILE": "desk.toml", **TOKENS}),
        "a port that is taken": Mistake(f"127.0.0.1:{taken} (Address already in use)", {"INBOX_PORT": str(taken)}),
        "no database in that file": Mistake(
            "file is not a database", {"DATABASE_URL": f"sqlite:///{folder}/garbage.db"}
        ),
        "a database that is a folder": Mistake("unable to open database file", {"DATABASE_URL": f"sqlite:///{folder}"}),
        "a folder that cannot be made": Mistake("/proc/nothing", {"DATABASE_URL": "sqlite:////proc/nothing/desk.db"}),
        "a read-only database": Mistake("attempt to write a readonly database", {"DATABASE_URL": read_only}),
        "a newer schema": Mistake("2099_01_01_later", {"DATABASE_URL": f"sqlite:///{folder}/newer.db"}),
        "a playground beside a token": Mistake("PLAYGROUND cannot be on", {"PLAYGROUND": "on", **TOKENS}),
        "no such role": Mistake("'bots;relay' is none of them", arguments=("run", "--only", "bots;relay")),
    }


async def test_wrong_settings_are_told_in_sentences(tmp_path: Path, program: Loaded) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        found = mistakes(tmp_path, taken.getsockname()[1]).items()
        refused = {name: await tried(tmp_path / name, mistake, program) for name, mistake in found}
    assert {name: told for name, told in refused.items() if told} == {}


async def test_a_postgresql_that_cannot_be_used_is_told_in_sentences(
    tmp_path: Path, program: Loaded, postgres_server: str
) -> None:
    with postgres_mistakes(postgres_server) as found:
        refused = {name: await tried(tmp_path / name, mistake, program) for name, mistake in found.items()}
    assert {name: told for name, told in refused.items() if told} == {}


@contextmanager
def postgres_mistakes(server: str) -> Iterator[dict[str, Mistake]]:
    """An empty database, one with a newer schema, and a role that needs its password."""
    base = make_url(server)

    def address(database: str, role: str = "", password: str = "") -> str:
        url = base.set(drivername="postgresql", database=database)
        url = url.set(username=role, password=password) if role else url
        return url.render_as_string(hide_password=False)

    with psycopg.connect(address(base.database or ""), autocommit=True) as admin:
        told = admin.execute("SHOW hba_file").fetchone()
        assert told
        rules, newer = Path(told[0]), f"mistaken_{uuid4().hex[:8]}"
        before, empty = rules.read_text(), f"{newer}_empty"
        rules.write_text(f"local all {newer} scram-sha-256\n{before}")
        for statement in (f"CREATE ROLE {newer} LOGIN PASSWORD 'right'", "SELECT pg_reload_conf()"):
            admin.execute(statement)
        for name in (newer, empty):
            admin.execute(f"CREATE DATABASE {name}")
        with psycopg.connect(address(newer)) as database:
            database.execute("CREATE TABLE alembic_version AS SELECT '2099_01_01_later' AS version_num")
        try:
            yield {
                "nobody answers": Mistake("Connection refused", {"DATABASE_URL": "postgresql://a:b@127.0.0.1:9/c"}),
                "a wrong password": Mistake(
                    "password authentication failed", {"DATABASE_URL": address(empty, newer, "wrong")}
                ),
                "no such role": Mistake('role "nobody" does not exist', {"DATABASE_URL": address(empty, "nobody")}),
                "no such database": Mistake("does not exist", {"DATABASE_URL": address(f"{newer}_none")}),
                "a database of before": Mistake("Run `frontdesk migrate`", {"DATABASE_URL": address(empty)}),
                "a database of later": Mistake("2099_01_01_later", {"DATABASE_URL": address(newer)}),
            }
        finally:
            for name in (newer, empty):
                admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
            rules.write_text(before)
            for statement in (f"DROP ROLE {newer}", "SELECT pg_reload_conf()"):
                admin.execute(statement)


async def tried(folder: Path, mistake: Mistake, program: Loaded) -> str:
    """What is not as it should be when the program is started so, "" for nothing."""
    prepare(folder, mistake)
    usual = {"INBOX_PORT": "0", "PLAYGROUND": "off", "DATABASE_URL": f"sqlite:///{folder}/desk.db", **NOWHERE}
    code, out, err = await program.run(folder, {**usual, **mistake.settings}, *mistake.arguments)
    good = code == 2 and mistake.says in err and "Traceback" not in out + err
    return "" if good else f"exit code {code}\n{out}{err}"


def prepare(folder: Path, mistake: Mistake) -> None:
    folder.mkdir()
    if "DESK_FILE" not in mistake.settings:
        (folder / "desk.toml").write_text(DESK)
    for file, words in mistake.files.items():
        (folder / file).write_text(words)

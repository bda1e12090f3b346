"""Many tickets at once: rows as months of work leave them, made inside the database in a few statements."""

from dataclasses import dataclass

from sqlalchemy import Connection, Engine, text

from inbox.store.types import NEVER, micros
from tests.house import MONDAY

NUMBERS = "WITH RECURSIVE n (i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < :count)"
UNRESOLVED = 2_000  # in a mixed crowd, however large it is
TALKED = 100  # tickets with a long conversation
GAMES = 2  # what is left of a number that is divided by three: the queue of every third ticket
TALK = 30  # messages in each of those

PEOPLE = "INSERT INTO person (id, name, created_at) {numbers} SELECT :first + i, 'Person ' || i, :now FROM n"
IDENTITIES = """INSERT INTO identity (person_id, connection, external_id, name)
    {numbers} SELECT :first + i, 'acme', 'U-' || i, 'Person ' || i FROM n"""
# unresolved ones are spread over all times; the newest fiftieth of the rest is resolved, what is older is closed
TICKETS = """INSERT INTO ticket (number, subject, status, priority, queue, requester_id, connection, language,
        created_at, updated_at, assignee_id, fence, answered, awaiting_since, due_at, resolved_at, closed_at, closed_as)
    {numbers}, t AS (SELECT i, :now - (:count - i) * 30000000 AS at, CASE
        WHEN i % :every = 0 THEN CASE (i / :every) % :kinds WHEN 3 THEN 'open' WHEN 2 THEN 'pending' ELSE 'new' END
        WHEN i > :count - :count / 50 THEN 'resolved' ELSE 'closed' END AS status FROM n)
    SELECT i, 'My printer is broken, for the ' || i || '. time', status, (i * 7) % 4,
        CASE i % 3 WHEN 0 THEN 'it' WHEN 1 THEN 'customers' ELSE 'games' END, :first + 1 + i % :persons,
        CASE i % 3 WHEN 0 THEN 'acme' WHEN 1 THEN 'shop' ELSE 'community' END, 'en', at, at + 3600000000,
        CASE WHEN status = 'new' THEN NULL ELSE :agent END, CASE WHEN status = 'new' THEN 0 ELSE 1 END,
        status <> 'new', CASE WHEN status = 'new' THEN at ELSE NULL END,
        CASE WHEN i % :every = 0 THEN :now + 7200000000 + (i * 7919) % 1000 * 60000000 ELSE :never END,
        CASE WHEN status IN ('resolved', 'closed') THEN at + 3600000000 ELSE NULL END,
        CASE WHEN status = 'closed' THEN at + 86400000000 ELSE NULL END,
        CASE WHEN status = 'closed' THEN 'done' ELSE NULL END FROM t"""
THREADS = """INSERT INTO thread (ticket, side, connection, room, external_id)
    SELECT number, 'home', 'acme', 'C-HELP', 'h' || number FROM ticket
    UNION ALL SELECT number, 'desk', 'acme', 'C-DESK', 'd' || number FROM ticket"""
PROMISES = """INSERT INTO promise (id, ticket, metric, cycle, state, policy, version, target_seconds, started_at,
        due_at, finished_at)
    SELECT number * 2, number, 'first_reply', 1, CASE status WHEN 'new' THEN 'running' ELSE 'met' END, 'standard',
        'v1', 14400, created_at, due_at, CASE status WHEN 'new' THEN NULL ELSE updated_at END FROM ticket
    UNION ALL SELECT number * 2 + 1, number, 'resolution', 1,
        CASE WHEN resolved_at IS NULL THEN 'running' ELSE 'met' END, 'standard', 'v1', 57600, created_at, due_at,
        resolved_at FROM ticket"""
ALARMS = """INSERT INTO alarm (kind, subject, at)
    SELECT 'promise', id, :now + 3600000000 + (id * 7919) % 100000 * 1000000 FROM promise WHERE state = 'running'"""
MESSAGES = """INSERT INTO message (ticket, kind, role, author_id, text, written_at, received_at, state, connection,
        room, thread, external_id)
    SELECT number, 'message', 'requester', requester_id, subject, created_at, created_at, 'received', 'acme', 'C-HELP',
        'h' || number, 'h' || number FROM ticket
    UNION ALL SELECT number, 'message', 'agent', :agent, 'Have you tried to switch it off and on again?', updated_at,
        updated_at, 'sent', 'acme', 'C-DESK', 'd' || number, 'a' || number FROM ticket WHERE answered"""
EVENTS = """INSERT INTO event (ticket, kind, actor, at, facts)
    SELECT number, 'created', requester_id, created_at, {json} FROM ticket
    UNION ALL SELECT number, 'claimed', :agent, updated_at, {json} FROM ticket WHERE assignee_id IS NOT NULL
    UNION ALL SELECT number, 'resolved', :agent, resolved_at, {json} FROM ticket WHERE resolved_at IS NOT NULL"""
LONG_TALK = """INSERT INTO message (ticket, kind, role, author_id, text, written_at, received_at, state, connection,
        room, thread, external_id)
    {numbers} SELECT number, 'message', CASE i % 2 WHEN 0 THEN 'agent' ELSE 'requester' END,
        CASE i % 2 WHEN 0 THEN :agent ELSE requester_id END,
        'And then, for the ' || i || '. time: it prints, but only every second page, and upside down at that.',
        created_at + i * 60000000, created_at + i * 60000000, 'received', 'acme', 'C-HELP', 'h' || number,
        'x' || number || '-' || i FROM n, ticket WHERE number % :apart = 0"""
SEQUENCES = {"person": "id", "ticket": "number", "promise": "id"}


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many tickets; `open` makes all of them unresolved, and `held` some of those somebody's; `talk` gives
    them messages, events and threads."""

    tickets: int
    open: bool = False
    held: bool = True
    talk: bool = True

    @property
    def persons(self) -> int:
        return max(100, self.tickets // 20)

    def talked(self) -> list[int]:
        """Numbers of tickets with a long conversation, in queues that the house's Omar answers for."""
        apart = self.tickets // TALKED
        return [apart * n for n in range(1, TALKED + 1) if apart * n % 3 != GAMES]


def fill(engine: Engine, crowd: Crowd, agent: int) -> None:
    """Puts a crowd into a furnished database without tickets; `agent` holds what is held."""
    sqlite = engine.dialect.name == "sqlite"
    with engine.connect() as connection:
        if sqlite:
            connection.exec_driver_sql("PRAGMA synchronous=OFF")
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.exec_driver_sql("SET session_replication_role = replica")
        _fill(connection, crowd, agent)
        connection.exec_driver_sql("COMMIT") if sqlite else connection.commit()
    with engine.connect() as connection:
        plain = connection.execution_options(isolation_level="AUTOCOMMIT")
        plain.exec_driver_sql("ANALYZE" if not sqlite else "PRAGMA wal_checkpoint(TRUNCATE)")


def _fill(connection: Connection, crowd: Crowd, agent: int) -> None:
    first = connection.execute(text("SELECT max(id) FROM person")).scalar_one()
    every = 1 if crowd.open else crowd.tickets // min(UNRESOLVED, crowd.tickets)
    given = {
        "now": micros(MONDAY),
        "never": NEVER,
        "first": first,
        "persons": crowd.persons,
        "agent": agent,
        "every": every,
        "kinds": 4 if crowd.held else 1,
        "apart": crowd.tickets // TALKED,
    }
    counts = {PEOPLE: crowd.persons, IDENTITIES: crowd.persons, TICKETS: crowd.tickets, LONG_TALK: TALK}
    wanted = [PEOPLE, IDENTITIES, TICKETS, PROMISES, ALARMS]
    wanted += [THREADS, MESSAGES, LONG_TALK, EVENTS] if crowd.talk else []
    json = "'{}'" if connection.dialect.name == "sqlite" else "CAST('{}' AS jsonb)"
    for statement in wanted:
        query = statement.replace("{numbers}", NUMBERS).replace("{json}", json)
        known = {
            name: value for name, value in {**given, "count": counts.get(statement, 0)}.items() if f":{name}" in query
        }
        connection.execute(text(query), known)
    if connection.dialect.name == "postgresql":
        for table, column in SEQUENCES.items():
            found = f"SELECT setval(pg_get_serial_sequence('{table}', '{column}'), (SELECT max({column}) FROM {table}))"
            connection.execute(text(found))

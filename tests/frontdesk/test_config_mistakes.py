"""What is said of each mistake in desk.toml, with its line and the path of its key."""

import pytest

from tests.frontdesk.desk_texts import EXAMPLE, SMALL, problem, problems, small

# (lines at the end of the smallest desk, the one line of report). The first line added is number 12.

QUEUE = "[queues.hr]"
OTHER = ("default = true", QUEUE, 'desk = "acme:#hr-desk"', 'agents = ["acme:U01LISA"]')
PRIVATE = (*OTHER, "private = true")
HOURS = ("[hours.office]", 'mon = ["08:00-12:00"]')
RULES = ("[[policies.standard.rules]]", 'claim = { normal = "1h" }')
RARE = ("[hours.rare]", 'mon = ["09:00-09:10"]', "[policies.rare]", 'hours = "rare"')

STEP = ("[[policies.standard.ladder]]",)

MISTAKES: list[tuple[tuple[str, ...], str]] = [
    (("[queue.it]",), '12 queue: is no key of desk.toml: did you mean "queues"?'),
    (("intaek = []",), '12 queues.it.intaek: is no key of a queue: did you mean "intake"?'),
    (("title = 5",), "12 queues.it.title: must be a text in quotes, found a number"),
    (('title = ""',), "12 queues.it.title: is empty: write something, or leave the line out"),
    (('default = "yes"',), "12 queues.it.default: must be true or false, found a text"),
    (("capacity = true",), "12 queues.it.capacity: must be a whole number, found true or false"),
    (("capacity = -1",), "12 queues.it.capacity: must lie between 0 and 10000"),
    (("undo_seconds = 1.5",), "12 queues.it.undo_seconds: must be a whole number, found a number"),
    (('keywords = "wifi"',), "12 queues.it.keywords: must be a list, found a text"),
    (('keywords = ["wifi",', " 5]"), "13 queues.it.keywords[1]: must be a text in quotes, found a number"),
    (('keywords = ["wifi",', ' "wifi"]'), '13 queues.it.keywords[1]: "wifi" is here twice'),
    (('voice = "loud"',), '12 queues.it.voice: "loud" is not one of "microphone" or "explicit"'),
    (('thread = "mirorr"',), '12 queues.it.thread: "mirorr" is not one of "mirror" or "web": did you mean "mirror"?'),
    (('open = "thread"',), '12 queues.it.open: "thread" is not one of "direct" or "private_thread"'),
    (
        ('open = "private_thread"',),
        "12 queues.it.open: names no channel of Discord's in intake, where a private thread",
    ),
    (
        ('intake = ["town:#help"]', 'open = "private_thread"', "[connections.town]", 'platform = "discord"'),
        '13 queues.it.open: where no private thread can be made the answer goes by direct message: add "town:dm"',
    ),
    (('policy = "standart"',), '12 queues.it.policy: there is no policy "standart": did you mean "standard"?'),
    (("survey = 1",), "12 queues.it.survey: must be a table, found a number"),
    (('survey = { delay = "1 d" }',), "this runs day and night: write hours, 24h or 168h"),
    (("survey = { sample = 2 }",), "12 queues.it.survey.sample: must be a number between 0"),
    (('survey = { kind = "nps" }',), '12 queues.it.survey.kind: "nps" is not one of "csat"'),
    (
        ("default = true", '[queues."IT desk"]', 'agents = ["acme:U01LISA"]'),
        '13 queues."IT desk": a queue\'s name has only a-z, 0-9 and -',
    ),
    # ladders and digests
    (
        (*STEP, 'at = "100"', 'to = ["room"]'),
        '13 policies.standard.ladder[0].at: "100" is no share of the promised time',
    ),
    ((*STEP, 'at = "0%"', 'to = ["room"]'), '13 policies.standard.ladder[0].at: "0%" is no share of the promised time'),
    ((*STEP, 'to = ["room"]'), "12 policies.standard.ladder[0].at: is missing: write at = "),
    ((*STEP, 'at = "50%"'), "12 policies.standard.ladder[0].to: tells nobody: write a list of "),
    (
        (*STEP, 'at = "50%"', 'to = ["rom"]'),
        '14 policies.standard.ladder[0].to[0]: there is no audience "rom": did you mean "room"?',
    ),
    (
        (*STEP, 'at = "75%"', 'to = ["room"]', *STEP, 'at = "50%"', 'to = ["room"]'),
        "16 policies.standard.ladder[1].at: follows a step at 75%: put the steps in their order",
    ),
    (
        (*STEP, 'at = "75%"', 'to = ["room"]', *STEP, 'at = "75%"', 'to = ["leads"]'),
        "16 policies.standard.ladder[1].at: follows a step at 75%: put the steps in their order",
    ),
    (
        (*STEP, 'at = "50%"', 'to = ["room"]', 'repeat = { every = "4h" }', *STEP, 'at = "75%"', 'to = ["room"]'),
        "15 policies.standard.ladder[0].repeat: only the last step is repeated",
    ),
    (
        (*STEP, 'at = "50%"', 'to = ["room"]', "repeat = { times = 3 }"),
        '15 policies.standard.ladder[0].repeat.every: is missing: write every = "4h"',
    ),
    (
        (*STEP, 'at = "50%"', 'to = ["room"]', 'repeat = { every = "4h", times = 101 }'),
        "15 policies.standard.ladder[0].repeat.times: must lie between 0 and 100",
    ),
    (('digest = { daily = "8.30" }',), '12 queues.it.digest.daily: "8.30" is not a time of day'),
    (('digest = { weekly = "08:30" }',), '12 queues.it.digest.weekly: "08:30" is no day and time: write it like'),
    (("digest = { empty = false }",), "12 queues.it.digest: is never posted: write daily"),
    # rooms
    (('intake = ["#it-help"]',), '12 queues.it.intake[0]: "#it-help" does not name a room: write CONNECTION:ROOM'),
    (('intake = ["acme:"]',), '12 queues.it.intake[0]: "acme:" does not name a room'),
    (('intake = ["acmee:dm"]',), '12 queues.it.intake[0]: there is no connection "acmee": did you mean "acme"?'),
    (('intake = ["acme:dm",', '"acme:#it-desk"]'), '13 queues.it.intake[1]: acme:#it-desk is the desk room of "it"'),
    ((*OTHER, 'intake = ["acme:#it-desk"]'), '16 queues.hr.intake[0]: acme:#it-desk is the desk room of "it"'),
    # people
    (
        ('leads = ["acme:maja"]',),
        '12 queues.it.leads[0]: "maja" is no user id of Slack, and names can be taken by anybody',
    ),
    (('leads = ["shop:@maja"]',), '12 queues.it.leads[0]: "@maja" is no user id of Telegram'),
    (('leads = ["acme:role:Lead"]',), '12 queues.it.leads[0]: "role" is nothing that Slack has: write acme:group:NAME'),
    (
        ('leads = ["shop:group:x"]',),
        '12 queues.it.leads[0]: "group" is nothing that Telegram has: write shop:admins:NAME',
    ),
    (('leads = ["shop:admins:Desk"]',), '12 queues.it.leads[0]: "Desk" is a title, and anybody can call a group'),
    (('leads = ["acme:group:"]',), "12 queues.it.leads[0]: names nobody: write acme:group:NAME"),
    (('leads = "members"',), "12 queues.it.leads: must be a list, found a text"),
    # queues beside each other
    ((QUEUE, 'agents = ["acme:U01LISA"]'), "9 queues.it.default: no queue is the default"),
    ((*OTHER, "default = true"), '16 queues.hr.default: "it" is the default queue already'),
    (('escalates_to = "l2"',), '12 queues.it.escalates_to: there is no queue "l2": write "it"'),
    (('escalates_to = "it"',), "12 queues.it.escalates_to: goes round in a circle: it → it"),
    (
        ('escalates_to = "hr"', *OTHER, 'escalates_to = "it"'),
        "12 queues.it.escalates_to: goes round in a circle: it → hr → it",
    ),
    ((*PRIVATE, 'escalates_to = "it"'), '17 queues.hr.escalates_to: would show a private queue\'s tickets in "it"'),
    # policies and hours
    (('policy = "standard"', "[policies.other]"), '13 policies.other.hours: is missing: write hours = "always"'),
    (
        ('policy = "standard"', "[policies.other]", 'hours = "ofice"', *HOURS),
        '14 policies.other.hours: there is no hours "ofice": did you mean "office"?',
    ),
    (("[policies.standard.claim]", 'normal = "2d"'), '13 policies.standard.claim.normal: "2d" is unclear'),
    (
        ("[policies.standard.claim]", "normal = 30"),
        "13 policies.standard.claim.normal: must be a text in quotes, found a number",
    ),
    (
        ("[policies.standard.claim]", 'medium = "2h"'),
        '13 policies.standard.claim.medium: is no priority: write "low", ',
    ),
    (("[policies.standard]x",), "12: is not TOML"),
    (("[policies.standard.claims]",), '12 policies.standard.claims: is no key of a policy: did you mean "claim"?'),
    ((*RULES,), '12 policies.standard.rules[0].when: has no condition: write when = { plan = "gold" }'),
    ((*RULES, "when = {}"), "14 policies.standard.rules[0].when: a rule needs a condition"),
    (
        (*RULES, 'when = { plam = "gold" }'),
        '14 policies.standard.rules[0].when.plam: is no key of a condition: did you mean "plan"?',
    ),
    (
        (*RULES, 'when = { queue = "itt" }'),
        '14 policies.standard.rules[0].when.queue: there is no queue "itt": did you mean "it"?',
    ),
    (
        (*RULES, "when = { platform = [", '"slack",', '"irc"] }'),
        '16 policies.standard.rules[0].when.platform[1]: there is no platform "irc"',
    ),
    (
        (*RULES, "when = { tag = 5 }"),
        "14 policies.standard.rules[0].when.tag: must be a text or a list of texts, found a number",
    ),
    ((RULES[0], 'when = { plan = "gold" }'), "12 policies.standard.rules[0]: promises nothing"),
    ((*RULES, 'when = { plan = "gold" }', "[plans]", 'gold = ["acme:Anna"]'), '16 plans.gold[0]: "Anna" is no user id'),
    (
        (*RULES, 'when = { plan = "gold" }', "[plans]", 'gold = ["acme:group:vips"]'),
        "16 plans.gold[0]: names several people: a plan is given to single accounts",
    ),
    (
        (
            *RULES,
            'when = { plan = ["gold", "tin"] }',
            "[plans]",
            'gold = ["acme:U01"]',
            'tin = ["acme:U02", "acme:U01"]',
        ),
        '17 plans.tin[1]: has the plan "gold" already',
    ),
    (
        (*RULES, 'when = { plan = "gold" }', "[plans]", 'golden = ["acme:U01"]'),
        '16 plans.golden: there is no plan "golden": did you mean "gold"?',
    ),
    (("[plans]", 'gold = ["acme:U01"]'), "13 plans.gold: no policy has a rule that asks for a plan"),
    (
        (*RULES, 'when = { plan = "gold" }', "[plans]", 'gold = "acme:U01"'),
        "16 plans.gold: must be a list, found a text",
    ),
    (
        (*RULES, 'when = { tag = "!!" }'),
        '14 policies.standard.rules[0].when.tag: "!!" is no tag',
    ),
    (
        (*RULES, f'when = {{ plan = "{"g" * 65}" }}'),
        "14 policies.standard.rules[0].when.plan: is longer than a plan's name can be: 64 characters",
    ),
    (
        (*RULES, 'when = { priority = ["high", "urgent"] }'),
        '13 policies.standard.rules[0].claim.normal: is promised to nobody: the rule is for "high" or "urgent" alone',
    ),
    ((RULES[0], "claim = {}", 'when = { plan = "gold" }'), "12 policies.standard.rules[0]: promises nothing"),
    (
        ('policy = "standard"', *RARE, 'claim = { normal = "20000h" }'),
        '17 policies.rare.claim.normal: the hours "rare" open too rarely for this: it would take more than a century',
    ),
    (
        ("[policies.standard.claim]", 'normal = "1 calendar day"', 'high = "4h"'),
        "14 policies.standard.claim.high: claim is promised in opening time and in calendar time here: choose one",
    ),
    (
        ('policy = "standard"', *RARE, 'return_after = "1 calendar day"'),
        '17 policies.rare.return_after: "1 calendar day" is calendar time, and here opening time is counted',
    ),
    (("[policies.standard.claim]", 'normal = "-4h"'), '13 policies.standard.claim.normal: "-4h" is negative'),
    (("[policies.standard.claim]", 'normal = "d"'), '13 policies.standard.claim.normal: "d" is unclear'),
    (
        ("[policies.standard.claim]", 'normal = "99999999999h"'),
        "13 policies.standard.claim.normal: a duration of more than ten years is no promise",
    ),
    (("[policies.standard.claim]", 'normal = "0m"'), '13 policies.standard.claim.normal: "0m" is no time at all'),
    (("[hours.office]",), '12 hours.office: the hours "office" are never open'),
    (("[hours.office]", "mon-sun = []"), '12 hours.office: the hours "office" are never open'),
    (
        (*HOURS, 'tue = ["08:00-08:00"]'),
        '14 hours.office.tue[0]: "08:00-08:00" is no time at all, or a day and a night',
    ),
    (
        ("[hours.always]", 'mon = ["08:00-12:00"]'),
        "12 hours.always: is the name of hours that never close: take another one for these",
    ),
    (
        (*RULES, "when = { queue = [] }"),
        "14 policies.standard.rules[0].when.queue: names nothing, so the rule would hold for no ticket",
    ),
    ((*HOURS, 'tus = ["08:00-12:00"]'), "14 hours.office.tus: is no key of opening hours, nor a day"),
    ((*HOURS, 'holliday = "SE"'), 'did you mean "holidays"?'),
    ((*HOURS, 'monday = ["13:00-17:00"]'), '12 hours.office: monday stands twice, in "mon" and in "monday"'),
    ((*HOURS, 'tue = ["8-12"]'), '14 hours.office.tue[0]: "8" is not a time of day: write it like 08:00 or 17:30'),
    ((*HOURS, 'tue = "08:00-12:00"'), "14 hours.office.tue: must be a list, found a text"),
    ((*HOURS, 'tue = ["08:00-12:00", "11:00-13:00"]'), "overlap"),
    ((*HOURS, 'tue = ["22:00-06:00"]', 'wed = ["05:00-07:00"]'), "overlap"),
    ((*HOURS, 'timezone = "Europe/Stokholm"'), '14 hours.office.timezone: "Europe/Stokholm" is not a time zone'),
    ((*HOURS, 'timezone = "../../etc/passwd"'), "is not a time zone"),
    ((*HOURS, 'holidays = "XX"'), '14 hours.office.holidays: no public holidays are known for "XX"'),
    ((*HOURS, 'holidays = "DE-QQ"'), "no public holidays are known"),
    ((*HOURS, 'holidays = "Sweden"'), '14 hours.office.holidays: "Sweden" is not a country: write a code like SE'),
    (
        (*HOURS, 'closed = ["2026-12-24"]', "[hours.office.special]", '"2026-12-24" = ["08:00-12:00"]'),
        '12 hours.office: the hours "office": 2026-12-24 is both closed and special',
    ),
    (
        (*HOURS, "[hours.office.special]", '"2026-12-24" = ["08:00-12:00", "11:00-13:00"]'),
        '12 hours.office: the hours "office": 2026-12-24 08:00-12:00 and 2026-12-24 11:00-13:00 overlap',
    ),
    ((*HOURS, 'tue = ["24:00-06:00"]'), '14 hours.office.tue[0]: "24:00-06:00" begins at 24:00'),
    ((*HOURS, 'closed = ["24.12.2026"]'), "14 hours.office.closed[0]: is not a date"),
    ((*HOURS, 'closed = ["2026-02-30"]'), "14 hours.office.closed[0]: is not a date"),
    ((*HOURS, "closed = [5]"), '14 hours.office.closed[0]: must be a date like "2026-12-24", found a number'),
    ((*HOURS, "always = true"), "13 hours.office.mon: the hours are always open"),
    ((*HOURS, "[hours.office.special]", '"2026-4-30" = []'), "15 hours.office.special.2026-4-30: is not a date"),
    (
        (*HOURS, "[hours.office.special]", '"2026-04-30" = ["8"]'),
        '15 hours.office.special.2026-04-30[0]: "8" is not a stretch',
    ),
    (
        (
            'policy = "standard"',
            "[hours.rare]",
            "[hours.rare.special]",
            '"2026-04-30" = ["08:00-12:00"]',
            "[policies.rare]",
            'hours = "rare"',
            'claim = { normal = "1 working day" }',
        ),
        '18 policies.rare.claim.normal: the hours "rare" have no ordinary week',
    ),
    # connections
    (
        ("[connections.irc]", 'platform = "irc"'),
        '13 connections.irc.platform: "irc" is not one of "slack", "discord" or "telegram"',
    ),
    (("[connections.irc]",), "12 connections.irc.platform: is missing"),
    (('[connections."a:b"]', 'platform = "discord"'), '12 connections."a:b": a connection\'s name has only letters'),
    (
        ("[connections.north]", 'platform = "slack"'),
        '12 connections.north: reads the same SLACK_… tokens as "acme": write env = "NORTH" here',
    ),
    (
        ("[connections.x]", 'platform = "discord"', 'env = "north"'),
        "14 connections.x.env: is no beginning of environment names",
    ),
    (("[connections.x]", 'platform = "discord"', 'env = "X_BOT_TOKEN"'), "14 connections.x.env: is only the beginning"),
    (("[connections.x]", 'platform = "discord"', 'env = "SLACK"'), "14 connections.x.env: belongs to another platform"),
    (
        ("[connections.x]", 'platform = "discord"', 'bot_token = "abc"'),
        "14 connections.x.bot_token: tokens and passwords never stand in this file",
    ),
]


@pytest.mark.parametrize(("lines", "said"), MISTAKES, ids=[lines[-1] for lines, _ in MISTAKES])
def test_a_mistake_has_its_line_its_path_and_what_to_write(lines: tuple[str, ...], said: str) -> None:
    sentence = problem(small(*lines))
    assert said in sentence
    if said[0].isdigit():
        assert sentence.startswith(said)


REPLACED = [
    ('name = "Acme"', (), "1 desk.name: is missing"),
    ('desk = "acme:#it-desk"', ('desk = "acme:dm"',), "12 queues.it.desk: direct messages are no room for agents"),
    ('desk = "acme:#it-desk"', (), "11 queues.it.agents: whose members?"),
    (
        'desk = "acme:#it-desk"',
        ('desk = "shop:-1001234567890"',),
        '11 queues.it.agents: Telegram tells bots no members: write agents = ["shop:admins:',
    ),
    ('desk = "acme:#it-desk"', ('desk = "shop:Desk"',), '12 queues.it.desk: "Desk" cannot be found'),
    ('agents = "members"', (), "9 queues.it.agents: names nobody who answers"),
    ('agents = "members"', ("agents = []",), "12 queues.it.agents: names nobody who answers"),
    (
        'agents = "members"',
        ('agents = "everybody"',),
        '12 queues.it.agents: must be a list of people, or the one word "members"',
    ),
    ('agents = "members"', ("agents = 5",), "12 queues.it.agents: must be a list, found a number"),
    (
        'agents = "members"',
        ('agents = "members"', "private = true"),
        "12 queues.it.agents: a private queue names its people",
    ),
    ('hours = "always"', (), "7 policies.standard.hours: is missing"),
]


@pytest.mark.parametrize(("instead", "lines", "said"), REPLACED, ids=[f"{line}-{new}" for line, new, _ in REPLACED])
def test_a_mistake_in_what_a_desk_needs(instead: str, lines: tuple[str, ...], said: str) -> None:
    assert problem(small(*lines, instead=instead)).startswith(said)


def test_a_private_queue_keeps_its_desk_room_to_itself() -> None:
    shared = small(*PRIVATE).replace("acme:#hr-desk", "acme:#it-desk")
    assert problem(shared).startswith('14 queues.hr.desk: a private queue cannot share its desk room with "it"')
    without = small(*PRIVATE).replace('desk = "acme:#hr-desk"', "")
    assert problem(without).startswith("13 queues.hr.desk: a private queue needs a private room")


def test_a_ticket_is_asked_for_with_one_emoji() -> None:
    text = SMALL.replace("[desk]", '[desk]\nticket_reaction = "eyes ticket"')
    assert problem(text).startswith("2 desk.ticket_reaction: is one emoji, by its name or itself")


def test_admins_are_named_one_by_one() -> None:
    text = SMALL.replace("[desk]", '[desk]\nadmins = ["acme:U01MAJA", "acme:group:it-admins"]')
    assert problem(text) == (
        '2 desk.admins: "acme:group:it-admins" names several people: admins are named one by one, CONNECTION:USER'
    )


def test_one_emoji_does_not_ask_for_two_things() -> None:
    text = SMALL.replace("[desk]", '[desk]\nticket_reaction = "eyes"\nclaim_reaction = "👀"')
    assert problem(text).startswith("3 desk.claim_reaction: is what asks for a ticket already")


def test_whether_a_reply_claims_is_said_in_one_of_three_ways() -> None:
    text = SMALL.replace("[queues.it]", '[queues.it]\nclaim_by_reply = "sometimes"')
    assert '"words" (so does what is written)' in problem(text)
    mute = SMALL.replace("[queues.it]", '[queues.it]\nvoice = "explicit"\nclaim_by_reply = "words"')
    assert '"words" go to nobody' in problem(mute)


def test_an_empty_file_is_told_what_a_desk_needs() -> None:
    assert [line.split(":")[0] for line in problems("")] == ["1 connections", "1 desk.name", "1 queues"]


def test_reminders_come_in_order() -> None:
    text = '[desk.windows]\nremind_pending = ["4h", "2h"]\n' + SMALL
    assert problem(text).startswith("2 desk.windows.remind_pending: must grow, and end before resolve_pending")
    assert problem('[desk.windows]\nclose = "7 days"\n' + SMALL).startswith('2 desk.windows.close: "7 days" is unclear')


RULE = ("[[rules]]", 'name = "vpn"', 'when = "created"', 'do = { tag = "vpn" }')
HIDDEN = (*PRIVATE, "[[rules]]", 'name = "open-up"', 'when = "created"')
RULED: list[tuple[tuple[str, ...], str]] = [
    (("[rules]",), "12 rules: must be an array of tables, [[…]], found a table"),
    (("[[rules]]",), '12 rules[0].name: is missing: write name = "vpn-first"'),
    ((*RULE, *RULE), '17 rules[1].name: "vpn" is the name of another rule already'),
    ((*RULE[:1], 'name = "VPN!"', *RULE[2:]), "13 rules[0].name: a rule's name has only a-z, 0-9 and -"),
    ((*RULE, 'then = "x"'), "16 rules[0].then: is no key of a rule"),
    # when
    ((*RULE[:2], RULE[3]), '12 rules[0].when: is missing: write when = "created"; it may be "created", "message"'),
    ((*RULE[:2], 'when = "creatd"', RULE[3]), '14 rules[0].when: there is no cause "creatd": did you mean "created"?'),
    ((*RULE[:2], "when = 5", RULE[3]), "14 rules[0].when: must be a text or a list of texts, found a number"),
    ((*RULE[:2], "when = []", RULE[3]), "14 rules[0].when: names nothing: 1 to 100 texts"),
    ((*RULE[:2], "when = {}", RULE[3]), '14 rules[0].when: waits for nothing: write when = "created"'),
    ((*RULE[:2], 'when = { idle = "2d" }', RULE[3]), '14 rules[0].when.idle: "2d" is unclear'),
    ((*RULE[:2], 'when = { idle = "5s" }', RULE[3]), "14 rules[0].when.idle: is at least a minute"),
    ((*RULE[:2], "when = { rating = 8 }", RULE[3]), "14 rules[0].when.rating: must be a number from 1 to 7"),
    ((*RULE[:2], 'when = { status = "done" }', RULE[3]), '14 rules[0].when.status: there is no status "done"'),
    # if
    ((*RULE, 'if = { text = "***" }'), '16 rules[0].if.text: "***" has no word that could be looked for'),
    ((*RULE, 'if = { text = ["ok", "a*b"] }'), '16 rules[0].if.text[1]: "a*b" has a * within a word'),
    ((*RULE, 'if = { queue = "itt" }'), '16 rules[0].if.queue: there is no queue "itt": did you mean "it"?'),
    ((*RULE, 'if = { requester = "acme:group:x" }'), '16 rules[0].if.requester: "acme:group:x" are several people'),
    ((*RULE, 'if = { field = { flor = "2" } }'), '16 rules[0].if.field.flor: there is no field "flor"'),
    ((*RULE, 'if = { language = "de" }'), '16 rules[0].if.language: there is no language "de"'),
    # do
    (RULE[:3], '12 rules[0].do: does nothing: write do = { priority = "high" }'),
    ((*RULE[:3], "do = {}"), '15 rules[0].do: does nothing: write do = { priority = "high" }'),
    ((*RULE[:3], 'do = { queue = "itt" }'), '15 rules[0].do.queue: there is no queue "itt": did you mean "it"?'),
    ((*RULE[:3], 'do = { priority = "hi" }'), '15 rules[0].do.priority: "hi" is not one of "low"'),
    ((*RULE[:3], 'do = { tag = "!!" }'), '15 rules[0].do.tag: "!!" is no tag'),
    ((*RULE[:3], 'do = { assign = "maja" }'), '15 rules[0].do.assign: "maja" does not name a person'),
    ((*RULE[:3], 'do = { notify = "boss" }'), '15 rules[0].do.notify: "boss" is nobody: write "holder", "leads" or'),
    ((*RULE[:3], 'do = { close = "merged" }'), '15 rules[0].do.close: "merged" is not one of "done" or "spam"'),
    (
        (*HIDDEN, 'if = { queue = "hr" }', 'do = { queue = "it" }'),
        '21 rules[0].do.queue: would show tickets of "hr", which is private, in "it"',
    ),
]


@pytest.mark.parametrize(("lines", "said"), RULED)
def test_what_is_said_of_a_rule(lines: tuple[str, ...], said: str) -> None:
    assert any(one.startswith(said) for one in problems(small(*lines)))


def test_all_that_is_wrong_with_a_ladder_and_with_a_calendar_is_told_at_once() -> None:
    """Nobody mends a zone only to be told of an overlap, or a step only to be told of the next."""
    hours = (
        "[hours.office]",
        'timezone = "Europe/Stokholm"',
        'holidays = "XX"',
        'mon = ["08:00-12:00", "11:00-13:00"]',
        'tue = ["8-12"]',
        'closed = ["2026-12-24"]',
        "[hours.office.special]",
        '"2026-12-24" = ["08:00-12:00"]',
    )
    ladder = (*STEP, 'at = "75%"', 'to = ["rom"]', *STEP, 'at = "50%"', *STEP, 'at = "60"', 'to = ["room"]')
    found = problems(small(*ladder, 'repeat = { every = "2d" }', *hours))
    assert [line.split(": ")[0].split(" ")[1] for line in found] == [
        "policies.standard.ladder[0].to[0]",
        "policies.standard.ladder[1].to",
        "policies.standard.ladder[1].at",
        "policies.standard.ladder[2].at",
        "policies.standard.ladder[2].repeat.every",
        "hours.office",
        "hours.office.timezone",
        "hours.office.holidays",
        "hours.office.tue[0]",
    ]
    [whole] = [line for line in found if "hours.office:" in line]
    assert "2026-12-24 is both closed and special; monday 08:00-12:00 and monday 11:00-13:00 overlap" in whole


def test_a_day_that_cannot_be_read_is_not_told_to_be_closed() -> None:
    assert problem(small("[hours.office]", 'mon = ["8-12"]')).startswith('13 hours.office.mon[0]: "8" is not')


def test_all_mistakes_are_told_at_once_in_the_files_order() -> None:
    text = EXAMPLE
    for right, wrong in (
        ('language = "en"', 'language = "english"'),
        ('platform = "discord"', 'platform = "discrod"'),
        ('holidays = "SE"', 'holidays = "SWE"'),
        ('normal = "30m"', 'normal = "30"'),
        ('plan = "gold"', "plan = 5"),
        ('policy = "watch"', 'policy = "wach"'),
        ('"shop:-1001112223334"', '"shap:-1001112223334"'),
        ('escalates_to = "it-l2"', 'escalates_to = "it-l3"'),
        ('voice = "explicit"', 'voice = "silent"'),
    ):
        assert right in text
        text = text.replace(right, wrong)
    assert [line.split(": ")[0].split(" ")[1] for line in problems(text)] == [
        "desk.language",
        "connections.community.platform",
        "hours.office.holidays",
        "policies.standard.claim.normal",
        "policies.standard.rules[0].when.plan",
        "policies.watch.first_reply.normal",
        "queues.it.escalates_to",
        "queues.it-l2.policy",
        "queues.customers.intake[1]",
        "queues.orders.policy",
        "queues.payroll.voice",
    ]

"""A queue's own fields in desk.toml: how they are read, and what is said of each mistake."""

import pytest

from frontdesk.config import parse
from tests.frontdesk.desk_texts import problem, problems, small

FIELD = "[[queues.it.fields]]"
NAMED = (FIELD, 'name = "device"')
CHOICE = (*NAMED, 'kind = "choice"')

MISTAKES: list[tuple[tuple[str, ...], str]] = [
    ((FIELD,), '12 queues.it.fields[0].name: is missing: write name = "device"'),
    ((FIELD, 'name = "Which device?"'), "13 queues.it.fields[0].name: a field's name has a letter first"),
    ((FIELD, f'name = "{"x" * 33}"'), "13 queues.it.fields[0].name: a field's name has a letter first"),
    ((*NAMED, *NAMED), '15 queues.it.fields[1].name: "device" is the name of another field already'),
    ((*NAMED, 'labl = "Device"'), '14 queues.it.fields[0].labl: is no key of a field: did you mean "label"?'),
    ((*NAMED, "label = 5"), "14 queues.it.fields[0].label: must be a text in quotes, found a number"),
    ((*NAMED, "label = {}"), "14 queues.it.fields[0].label: is empty: write { en = "),
    ((*NAMED, 'label = { no = "Enhet" }'), "14 queues.it.fields[0].label.no: is no key of a label or help"),
    ((*NAMED, 'label = { sv = "" }'), "14 queues.it.fields[0].label.sv: is empty"),
    ((*NAMED, f'label = "{"x" * 46}"'), "14 queues.it.fields[0].label: has 46 characters, and there is room for 45"),
    ((*NAMED, f'help = {{ da = "{"x" * 101}" }}'), "14 queues.it.fields[0].help.da: has 101 characters"),
    ((*NAMED, 'kind = "option"'), '14 queues.it.fields[0].kind: "option" is not one of "text", "paragraph", "choice"'),
    ((*NAMED, 'required = "yes"'), "14 queues.it.fields[0].required: must be true or false, found a text"),
    ((*NAMED, 'options = ["a"]'), "14 queues.it.fields[0].options: only a choice has options"),
    (CHOICE, '12 queues.it.fields[0].options: a choice needs options: write options = ["Laptop", "Phone"]'),
    ((*CHOICE, "options = []"), "15 queues.it.fields[0].options: a choice needs options"),
    ((*CHOICE, 'options = "a"'), "15 queues.it.fields[0].options: must be a list, found a text"),
    ((*CHOICE, 'options = ["a", "a"]'), '15 queues.it.fields[0].options[1]: "a" is here twice'),
    (
        (*CHOICE, 'options = ["a", " "]'),
        "15 queues.it.fields[0].options[1]: must be a text in quotes that is not empty",
    ),
    ((*CHOICE, 'options = ["a", { label = "b" }]'), "15 queues.it.fields[0].options[1].value: is missing"),
    ((*CHOICE, 'options = [{ value = "a", labl = "b" }]'), "15 queues.it.fields[0].options[0].labl: is no key of an"),
    ((*CHOICE, f'options = ["{"x" * 61}"]'), "15 queues.it.fields[0].options[0]: has 61 characters"),
    ((*CHOICE, f"options = {[str(n) for n in range(26)]}"), "15 queues.it.fields[0].options: 26 options are more than"),
    (("fields = 5",), "12 queues.it.fields: must be an array of tables, [[…]], found a number"),
]


@pytest.mark.parametrize(("lines", "said"), MISTAKES, ids=[said for _, said in MISTAKES])
def test_a_mistake_has_its_line_its_path_and_what_to_write(lines: tuple[str, ...], said: str) -> None:
    assert problem(small(*lines)).startswith(said)


def test_all_mistakes_are_told_at_once() -> None:
    found = problems(small(FIELD, 'kind = "choice"', FIELD, "name = 5", "required = 1"))
    assert [one.split(":")[0] for one in found] == [
        "12 queues.it.fields[0].name",
        "12 queues.it.fields[0].options",
        "15 queues.it.fields[1].name",
        "16 queues.it.fields[1].required",
    ]


def test_nobody_is_asked_too_much() -> None:
    many = [line for number in range(21) for line in (FIELD, f'name = "f{number}"')]
    assert "a form of 21 questions is too long for anybody: at most 20" in problem(small(*many))


def test_words_are_there_in_every_language() -> None:
    desk = parse(
        small(
            *NAMED,
            'label = { sv = "Enhet", en = "Device" }',
            *(FIELD, 'name = "since"', 'kind = "date"', "required = true", 'help = "The day"'),
            *(FIELD, 'name = "size"', 'kind = "choice"', 'label = { da = "Størrelse" }'),
            'options = ["S", { value = "l", label = { en = "Large", da = "Stor" } }]',
        ),
        "desk.toml",
    )
    device, since, size = desk.queues["it"].fields
    assert (device.label, device.kind, device.required) == (
        {"en": "Device", "sv": "Enhet", "da": "Device"},
        "text",
        False,
    )
    assert (since.label["da"], since.kind, since.required, since.help["sv"]) == ("since", "date", True, "The day")
    assert set(size.label.values()) == {"Størrelse"}
    assert size.options == (
        ("S", {"en": "S", "sv": "S", "da": "S"}),
        ("l", {"en": "Large", "sv": "Large", "da": "Stor"}),
    )

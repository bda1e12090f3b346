"""The lines of keys, in every style of writing TOML."""

import re
import tomllib

from hypothesis import given, settings
from hypothesis import strategies as st

from frontdesk.toml_lines import Lines
from tests.frontdesk.desk_texts import paths

STYLES = '''\
top = 1                                   # top
[a]                                       # a
b.c = "[x] # no comment"                  # a.b a.b.c
"quoted key".'x.y' = \'\'\'              # a.quoted key a.quoted key.x.y
[not.a.table]
\'\'\'\'\'                                # -
list = [1, "]", [2,                       # a.list a.list[0] a.list[1] a.list[2] a.list[2][0]
  { k = "}", l.m = 3 },                   # a.list[2][1] a.list[2][1].k a.list[2][1].l a.list[2][1].l.m
  """x\\"""" ],                           # a.list[2][2]
  # a comment, with [brackets]
  4,                                      # a.list[3]
]
[ a . d ]                                 # a.d
[[rows]]                                  # rows rows[0]
x = 2026-12-24 08:00:00                   # rows[0].x
[rows.sub]                                # rows[0].sub
y = {}                                    # rows[0].sub.y
[[rows]]                                  # rows[1]
[[rows.sub.deep]]                         # rows[1].sub rows[1].sub.deep rows[1].sub.deep[0]
z = ""                                    # rows[1].sub.deep[0].z
[p.q.r]                                   # p.q p.q.r
[p]                                       # p
t = """a"""""                             # p.t
s = \'\'                                  # p.s
'''  # fmt: skip


def test_lines_are_found_in_every_style_of_writing() -> None:
    document = tomllib.loads(STYLES)
    lines = Lines(STYLES)
    expected = {}
    for number, line in enumerate(STYLES.splitlines(), 1):
        marked = re.search(r"  # ((?:[a-z]|quoted key)[^,]*)$", line)
        for path in re.split(r" (?!key)", marked[1]) if marked else ():
            expected[path] = number
    found = {re.sub(r'"', "", _written(path)): lines.of(path) for path in paths(document)}
    assert found == expected


def _written(path: tuple[str | int, ...]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")


def test_a_path_that_is_not_written_has_the_line_of_what_is_around_it() -> None:
    lines = Lines("[a]\n[a.b]\nc = 1\n")
    assert [lines.of(path) for path in ((), ("x",), ("a", "x"), ("a", "b", "x", 0), ("a", "b", "c"))] == [1, 1, 1, 2, 3]


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="[]{}\"'#=.,\n\r\\ ab1-\t", max_size=40))
def test_lines_are_found_for_every_path_of_any_text(text: str) -> None:
    try:
        document = tomllib.loads(text)
    except ValueError:
        return
    found = Lines(text)
    assert all(1 <= found.of(path) <= text.count("\n") + 1 for path in paths(document))
    assert set(paths(document)) == set(found.paths())

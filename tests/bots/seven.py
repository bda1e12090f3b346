"""Seven questions of a queue's own, one of each kind and one more, for stories on each platform."""

from frontdesk import config
from inbox.question import Question

DESK = """
[desk]
name = "Acme"
[connections.acme]
platform = "slack"
[policies.standard]
hours = "always"
[queues.it]
agents = ["acme:U01LISA"]
"""
FIELDS = """
[[queues.it.fields]]
name = "device"
label = {{ en = "Which device?", sv = "Vilken enhet?" }}
kind = "choice"
options = [{{ value = "laptop", label = {{ en = "Laptop", sv = "Dator" }} }}, "Phone"]
required = true
[[queues.it.fields]]
name = "since"
label = "Since when?"
kind = "date"
help = "The day on which it began"
[[queues.it.fields]]
name = "boss"
label = "Your boss"
kind = "person"
required = true
[[queues.it.fields]]
name = "cost"
label = "Its price"
kind = "number"
[[queues.it.fields]]
name = "room"
label = "Room"
required = true
[[queues.it.fields]]
name = "story"
label = "What happened?"
kind = "paragraph"
[[queues.it.fields]]
name = "center"
label = "Cost centre"
kind = "number"
required = true
"""


def fields(key: str) -> str:
    """The questions, as the desk file of a queue with that key has them."""
    return FIELDS.format().replace("queues.it.", f"queues.{key}.")


def questions() -> tuple[Question, ...]:
    """The same as values."""
    return config.parse(DESK + fields("it"), "desk.toml").queues["it"].fields

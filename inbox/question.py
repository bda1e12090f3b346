"""What a queue's form asks beside the words: a field of the queue's own, as a frozen value."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

QuestionKind = Literal["text", "paragraph", "choice", "date", "person", "number"]
Texts = Mapping[str, str]  # the same words in each of our languages


@dataclass(frozen=True, slots=True)
class Question:
    """A field of a queue's own. `name` stands for it in commands and rules. A choice has `options`, each a value and
    its label."""

    name: str
    label: Texts
    kind: QuestionKind = "text"
    options: tuple[tuple[str, Texts], ...] = ()
    required: bool = False
    help: Texts = field(default_factory=dict)

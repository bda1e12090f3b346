"""The forms that buttons open, and what a button's action means."""

from bots import ticketform
from bots.port import Field, Form
from inbox.directory import Directory
from inbox.locale import say

FORMS = {"replyform": "reply", "noteform": "note", "comment": "comment", "npscomment": "npscomment"}


def split(action: str) -> tuple[str, list[str]]:
    """The verb of a button's action and its arguments."""
    verb, *arguments = action.split(":")
    return verb, arguments


def form_of(action: str, language: str, directory: Directory, connection: str) -> Form | None:
    """The form that this action opens, or None. Needs no look-up, because nothing may wait before a form opens."""
    verb, arguments = split(action)
    if verb == ticketform.ASK:
        return ticketform.form(directory, connection, language, *arguments[:2])
    kind = FORMS.get(verb)
    if kind is None or not arguments or not arguments[0].isdigit():
        return None
    title = say(language, f"form.{kind}.title", ticket=arguments[0])
    label = say(language, f"form.{kind}.label")
    words = Field("words", label, "paragraph", max_length=3000)
    return Form(f"{kind}:{arguments[0]}", title[:24], (words,), say(language, f"form.{kind}.submit")[:24])

"""The forms that buttons open, and what a button's action means."""

from bots import ticketform
from bots.port import Field, Form
from inbox.desk.canned import LONGEST
from inbox.directory import Directory
from inbox.locale import LANGUAGES, say

FORMS = {"replyform": "reply", "noteform": "note", "comment": "comment", "npscomment": "npscomment"}
KEEP, PICK = "keepwords", "cannedpick"  # keeps words as a canned response; chooses one for a ticket


def split(action: str) -> tuple[str, list[str]]:
    """The verb of a button's action and its arguments."""
    verb, *arguments = action.split(":")
    return verb, arguments


def form_of(action: str, language: str, directory: Directory, connection: str, words: str = "") -> Form | None:
    """The form that this action opens, or None. Needs no look-up, because nothing may wait before a form opens."""
    verb, arguments = split(action)
    if verb == ticketform.ASK:
        return ticketform.form(directory, connection, language, *arguments[:2])
    if verb == KEEP:
        return _keep(language, words)
    if not arguments or not arguments[0].isdigit():
        return None
    if verb == PICK:
        return pick(arguments[0], language)
    kind = FORMS.get(verb)
    if kind is None:
        return None
    title = say(language, f"form.{kind}.title", ticket=arguments[0])
    label = say(language, f"form.{kind}.label")
    asked = Field("words", label, "paragraph", max_length=3000)
    return Form(f"{kind}:{arguments[0]}", title[:24], (asked,), say(language, f"form.{kind}.submit")[:24])


def pick(ticket: int | str, language: str) -> Form:
    """Chooses a canned response for a ticket."""
    title, label = say(language, "form.canned.title", ticket=ticket), say(language, "form.canned.label")
    chosen = Field("name", label, "choice", search=f"canned:{ticket}", help=say(language, "form.canned.help"))
    return Form(f"canned:{ticket}", title[:24], (chosen,), say(language, "form.canned.submit")[:24])


def searches(form: Form | None) -> bool:
    """Is something looked up in it as one types? Where a platform has no such forms, it is chosen from a list."""
    return form is not None and any(field.search for field in form.fields)


def _keep(language: str, words: str) -> Form:
    """Keeps words as a canned response, in one of our languages."""
    languages = tuple((one, say(one, f"language.{one}")) for one in LANGUAGES)
    fields = (
        Field("name", say(language, "form.keep.name"), max_length=LONGEST, help=say(language, "form.keep.name_help")),
        Field("words", say(language, "form.keep.words"), "paragraph", value=words[:3000]),
        Field("language", say(language, "form.keep.language"), "choice", value=language, options=languages),
    )
    return Form(KEEP, say(language, "form.keep.title")[:24], fields, say(language, "form.keep.submit")[:24])

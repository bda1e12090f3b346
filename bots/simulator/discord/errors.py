"""Discord's refusals: a status, a code, a sentence, and for forms a tree of what is wrong where.

Sources: developer documentation, "Opcodes and Status Codes: JSON" and "Reference: Error Messages".
"""

from typing import Any

REFUSALS: dict[int, tuple[int, str]] = {
    0: (401, "401: Unauthorized"),
    10002: (404, "Unknown Application"),
    10003: (404, "Unknown Channel"),
    10004: (404, "Unknown Guild"),
    10007: (404, "Unknown Member"),
    10008: (404, "Unknown Message"),
    10011: (404, "Unknown Role"),
    10013: (404, "Unknown User"),
    10014: (404, "Unknown Emoji"),
    10015: (404, "Unknown Webhook"),
    10062: (404, "Unknown interaction"),
    10063: (404, "Unknown application command"),
    20016: (400, "This action cannot be performed due to slowmode rate limit"),
    20022: (400, "This message cannot be edited due to announcement rate limits"),
    20028: (400, "The channel you are writing has hit the write rate limit"),
    30003: (400, "Maximum number of pins reached for the channel (50)"),
    30010: (400, "Maximum number of reactions reached (20)"),
    30032: (400, "Maximum number of application commands reached (100)."),
    30046: (400, "Maximum number of edits to messages older than 1 hour reached. Try again later"),
    40003: (400, "You are opening direct messages too fast"),
    40005: (413, "Request entity too large"),
    40060: (400, "Interaction has already been acknowledged."),
    40067: (400, "A tag is required to create a forum post in this channel"),
    50001: (403, "Missing Access"),
    50003: (403, "Cannot execute action on a DM channel"),
    50005: (403, "Cannot edit a message authored by another user"),
    50006: (400, "Cannot send an empty message"),
    50007: (403, "Cannot send messages to this user"),
    50008: (400, "Cannot send messages in a non-text channel"),
    50013: (403, "Missing Permissions"),
    50021: (403, "Cannot execute action on a system message"),
    50024: (400, "Cannot execute action on this channel type"),
    50027: (401, "Invalid Webhook Token"),
    50033: (400, "Invalid Recipient(s)"),
    50034: (400, "You can only bulk delete messages that are under 14 days old."),
    50035: (400, "Invalid Form Body"),
    50041: (400, "Invalid API version provided"),
    50083: (400, "Thread is archived"),
    50109: (400, "The request body contains invalid JSON."),
    90001: (403, "Reaction was blocked"),
    50278: (403, "Cannot send messages to this user due to having no mutual guilds"),
    160002: (400, "Cannot reply without permission to read message history"),
    160004: (400, "A thread has already been created for this message"),
    160005: (400, "This thread is locked"),
    160006: (400, "Maximum number of active threads reached"),
}


class ApiError(Exception):
    """A refusal by code. `errors` is the tree that comes with an invalid form."""

    def __init__(self, code: int, errors: dict[str, Any] | None = None) -> None:
        self.status, self.sentence = REFUSALS[code]
        self.code, self.errors = code, errors
        super().__init__(f"{self.sentence} ({code})")

    @property
    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = {"message": self.sentence, "code": self.code}
        return body if self.errors is None else {**body, "errors": self.errors}


class Problems:
    """What is wrong with a form, gathered so that all of it is told at once."""

    def __init__(self) -> None:
        self.tree: dict[str, Any] = {}

    def add(self, path: tuple[str | int, ...], code: str, message: str) -> None:
        node = self.tree
        for step in path:
            node = node.setdefault(str(step), {})
        node.setdefault("_errors", []).append({"code": code, "message": message})

    def refuse_if_any(self) -> None:
        """Raises the refusal 50035 where anything was added."""
        if self.tree:
            raise ApiError(50035, self.tree)


def invalid(path: tuple[str | int, ...], code: str, message: str) -> ApiError:
    """The refusal of a form with a single thing wrong."""
    problems = Problems()
    problems.add(path, code, message)
    return ApiError(50035, problems.tree)

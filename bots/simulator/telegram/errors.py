"""The Bot API's refusals, in the server's own words.

The sentences are those of the public telegram-bot-api server and of api.telegram.org. A refusal is answered as
{"ok": false, "error_code", "description", "parameters"} with the code as the HTTP status.
"""

import math
from typing import Any

PREFIXES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    409: "Conflict",
    413: "Request Entity Too Large",
    429: "Too Many Requests",
    500: "Internal Server Error",
}


class ApiError(Exception):
    """A call that Telegram refuses: `code` is the HTTP status and `error_code`, `parameters` a ResponseParameters."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code, self.description, self.parameters = code, description, parameters

    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        return {**body, "parameters": self.parameters} if self.parameters else body


def bad_request(text: str, **parameters: int) -> ApiError:
    return ApiError(400, f"Bad Request: {text}", **parameters)


def forbidden(text: str) -> ApiError:
    return ApiError(403, f"Forbidden: {text}")


def conflict(text: str) -> ApiError:
    return ApiError(409, f"Conflict: {text}")


def unauthorized() -> ApiError:
    return ApiError(401, "Unauthorized")


def not_found() -> ApiError:
    return ApiError(404, "Not Found")


def too_many_requests(seconds: float) -> ApiError:
    wait = max(1, math.ceil(seconds))
    return ApiError(429, f"Too Many Requests: retry after {wait}", retry_after=wait)


def from_text(text: str) -> ApiError:
    """The refusal with that description; what has no known beginning is a "Bad Request: …"."""
    for code, prefix in PREFIXES.items():
        if text == prefix or text.startswith(f"{prefix}:"):
            return ApiError(code, text)
    return bad_request(text)

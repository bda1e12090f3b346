"""What holds for every request: the right host, forms from our own pages only, and headers that forbid the rest."""

import re
from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from inbox.web.site import Site

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
FORWARDED = {"forwarded", "x-forwarded-for", "x-real-ip", "x-forwarded-host", "cf-connecting-ip"}
# For machines that know us by another name than people do (a container's address); they tell no words of tickets.
PROBES = {"/healthz", "/readyz", "/metrics"}
LONGEST = 16  # digits of a body's length
MOST_BYTES = 256 * 1024  # of a form: the longest message, in the widest encoding, and room to spare
UPLOADS = re.compile(r"/tickets/\d+/(?:reply|note)")  # forms that files come with


class Guard:
    """The outermost layer: what it lets through has the right host, comes from our own pages, and is small."""

    def __init__(self, app: ASGIApp, here: Site) -> None:
        self._app, self._here = app, here
        self._address = urlsplit(here.url)
        self._hosts = LOOPBACK | {(self._address.hostname or "").lower()}
        self._most_upload = MOST_BYTES + (here.files.limit if here.files else 0)
        self._headers = _security_headers(here.frame_ancestors, secure=here.secure)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    given.setdefault(name, value)
            await send(message)

        app = self._refusal(scope, headers) or self._app
        await app(scope, receive, guarded)

    def _refusal(self, scope: Scope, headers: Headers) -> ASGIApp | None:
        if scope["path"] not in PROBES and not self._right_host(headers.get("host", "")):
            key, status = "wrong_host", 400
        elif scope["method"] not in SAFE_METHODS and not self._own_form(headers):
            key, status = "foreign_form", 403
        elif not self._small(scope, headers):
            key, status = "too_big", 413
        else:
            return None
        return self._here.message(Request(scope), None, key, status, url=self._here.url)

    def _right_host(self, host: str) -> bool:
        """By name, whatever the port: a name that leads here by rebinding DNS is not among ours."""
        try:
            return (urlsplit(f"//{host}").hostname or "").lower() in self._hosts
        except ValueError:
            return False

    def _own_form(self, headers: Headers) -> bool:
        """Whether our own page sent it, as far as the browser tells; programs tell nothing."""
        fetched = headers.get("sec-fetch-site")
        if fetched is not None:
            return fetched in ("same-origin", "none")
        origin = headers.get("origin")
        return origin is None or _netloc(origin) in (headers.get("host"), self._address.netloc)

    def _small(self, scope: Scope, headers: Headers) -> bool:
        """Whether the body is as small as it says; one that does not say is not read at all."""
        length = headers.get("content-length", "0")
        if "transfer-encoding" in headers or not (length.isascii() and length.isdigit() and len(length) < LONGEST):
            return False
        files = headers.get("content-type", "").startswith("multipart/") and UPLOADS.fullmatch(scope["path"])
        return int(length) <= (self._most_upload if files else MOST_BYTES)


def _netloc(origin: str) -> str:
    """An origin's host and port; "" for what is none."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


def _security_headers(frame_ancestors: str, *, secure: bool) -> Mapping[str, str]:
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        f"form-action 'self'; base-uri 'none'; frame-ancestors {frame_ancestors}"
    )
    headers = {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        # not no-referrer: with that, browsers send forms with the origin "null", and we could not tell our own
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
        "Cache-Control": "no-store",
    }
    if frame_ancestors == "'none'":
        headers["X-Frame-Options"] = "DENY"
    if secure:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    return headers


def from_here(scope: Scope) -> bool:
    """Whether the request comes from this machine itself, not through a proxy on it."""
    headers = Headers(scope=scope)
    if any(name in headers for name in FORWARDED):
        return False
    client = scope.get("client")
    try:
        return client is None or ip_address(client[0]).is_loopback
    except ValueError:
        return False

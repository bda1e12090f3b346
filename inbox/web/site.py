"""What every page needs: the desk, who is asking, and the templates."""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib import resources
from typing import Any, Concatenate, ParamSpec, TypeVar
from urllib.parse import urlsplit

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from inbox.desk import signin
from inbox.desk.door import Desk
from inbox.desk.signin import Reader
from inbox.filestore import FileStore
from inbox.store import Tx
from inbox.web.formatting import SHOWN_IMAGES, commands, formatted
from inbox.web.words import Words, delivered, initials, runs, urgency, words_for

P = ParamSpec("P")
T = TypeVar("T")
Health = Callable[[], Mapping[str, tuple[bool, str]]]
TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}


class SignedOut(Exception):
    """Nobody is signed in, or no longer."""


@dataclass(frozen=True)
class Site:
    """The desk as this door shows it. `url` is where people reach it; `secret` signs the forms; `files` is where their
    files lie."""

    desk: Desk
    url: str
    secret: str
    frame_ancestors: str = "'none'"
    files: FileStore | None = None
    static: Mapping[str, bytes] = field(default_factory=lambda: read_static())

    @cached_property
    def secure(self) -> bool:
        return urlsplit(self.url).scheme == "https"

    @cached_property
    def cookie(self) -> str:
        # the prefix makes the browser refuse the cookie from another host, a subdomain or plain http
        return "__Host-frontdesk" if self.secure else "frontdesk"

    @cached_property
    def version(self) -> str:
        """Changes with every static file, so that a browser may keep them for ever."""
        return hashlib.sha256(b"".join(self.static[name] for name in sorted(self.static))).hexdigest()[:12]

    @cached_property
    def templates(self) -> Environment:
        environment = Environment(
            loader=PackageLoader("inbox.web"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        filters = (initials, formatted, commands, delivered, runs)
        environment.filters |= {one.__name__: one for one in filters}
        environment.globals |= {"shown_images": SHOWN_IMAGES, "urgency": urgency, "version": self.version}
        return environment

    async def ask(
        self, token: str, query: Callable[Concatenate[Tx, Reader, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> tuple[Reader, T]:
        """Who holds the session's token, and what `query` found for them, in one transaction. Raises SignedOut."""
        now = self.desk.now()

        def asked(tx: Tx) -> tuple[Reader, T]:
            reader = signin.reader(tx, now, token)
            if reader is None:
                raise SignedOut
            return reader, query(tx, reader, *args, **kwargs)

        return await self.desk.look(asked)

    async def asked(
        self, request: Request, query: Callable[Concatenate[Tx, Reader, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> tuple[Reader, T]:
        """The same for a page that somebody opened, which keeps their session from running out."""
        reader, found = await self.ask(self.token(request), query, *args, **kwargs)
        if signin.wants_keeping(self.desk.now(), reader.session):
            await self.desk.do(signin.keep, reader.session)
        return reader, found

    def token(self, request: Request) -> str:
        """The session's token that the browser sent, "" for none."""
        return request.cookies.get(self.cookie, "")

    def csrf(self, reader: Reader) -> str:
        """What a form of this reader carries: nobody else can make it, not even with a copy of the database."""
        return hmac.new(self.secret.encode(), reader.session.csrf.encode(), hashlib.sha256).hexdigest()

    def words(self, request: Request | None, reader: Reader | None) -> Words:
        wished = request.headers.get("accept-language", "") if request else ""
        return words_for(reader, self.desk.directory.desk, self.desk.now(), wished)

    def render(self, template: str, words: Words, reader: Reader | None, **context: Any) -> str:
        """A template's text."""
        return self.templates.get_template(template).render(
            t=words,
            desk=self.desk.directory.desk.name,
            reader=reader,
            csrf=self.csrf(reader) if reader else "",
            platform=self.desk.directory.platform,
            **context,
        )

    def page(
        self,
        template: str,
        words: Words,
        reader: Reader | None,
        *,
        status: int = 200,
        **context: Any,
    ) -> Response:
        """A whole page."""
        return HTMLResponse(self.render(template, words, reader, **context), status)

    def message(
        self, request: Request, reader: Reader | None, key: str, status: int, *, kept: str = "", **facts: str
    ) -> Response:
        """A page of one sentence: `key` names its title and text in the catalogue; JSON for who asks for no page, and
        the API's own for who asks the API. `kept` are words that somebody wrote in vain."""
        words = self.words(request, reader)
        text = words(f"{key}.text", **facts)
        if request.url.path.startswith("/api/"):
            return JSONResponse({"error": {"code": key, "message": text, "fields": {}}}, status)
        if not wants_page(request):
            return JSONResponse({"error": text}, status)
        return self.page(
            "message.html", words, reader, status=status, title=words(f"{key}.title"), text=text, kept=kept
        )


def site(request: Request) -> Site:
    found = request.app.state.site
    assert isinstance(found, Site)
    return found


def wants_page(request: Request) -> bool:
    """A browser asks for a page; a program that names no kind, or JSON, gets JSON."""
    return "text/html" in request.headers.get("accept", "")


def read_static() -> dict[str, bytes]:
    """Our few static files, by name."""
    folder = resources.files("inbox.web") / "static"
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.name.rpartition(".")[2] in TYPES}

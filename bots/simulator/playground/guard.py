"""Who may use the page: browsers on this machine that opened it by a loopback name, and no other site's pages."""

from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

MARK = "X-Playground"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "frame-src http://127.0.0.1:* http://localhost:*; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuses what does not come from the page itself."""
    refusal = _refusal(request)
    if refusal:
        return web.json_response({"error": refusal}, status=403)
    return await handler(request)


async def add_headers(_: web.Request, response: web.StreamResponse) -> None:
    """Before any answer goes out, also one that streams or says that something is not there."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)


def name_in(host: str) -> str:
    """The name in a Host header, without the port; empty where it cannot be read."""
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


def _refusal(request: web.Request) -> str:
    """Why the request is refused; empty where it is not."""
    if name_in(request.headers.get("Host", "")) not in LOOPBACK:
        return "The playground is opened as 127.0.0.1 or localhost only."  # against rebinding of a foreign name
    if not request.path.startswith("/api/"):
        return ""
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.headers["Host"]:
        return "Another site's page may not use the playground."
    if request.headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none"):
        return "Another site's page may not use the playground."
    if request.method not in ("GET", "HEAD") and MARK not in request.headers:
        return f"Whatever changes something needs the header {MARK}."
    return ""

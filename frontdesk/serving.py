"""The inbox's own server: the socket that it listens on, and uvicorn as this program runs it."""

import socket
from contextlib import nullcontext
from typing import Any


def listen(host: str, port: int) -> socket.socket:
    """A socket bound to that address; 0 takes any free port. Raises OSError with a sentence that says what to do."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # with the protocol named, asyncio turns Nagle's delay off
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        why = f"The inbox cannot listen on {host}:{port} ({error.strerror}): set INBOX_HOST and INBOX_PORT"
        raise OSError(error.errno, f"{why} (0 takes any free port).") from None
    return listening


def server(app: Any) -> Any:
    """A uvicorn server of an ASGI application. The library is loaded only here, so that processes without a web cost no
    memory for it."""
    import uvicorn

    class Server(uvicorn.Server):
        """Signals are the program's to handle."""

        def capture_signals(self) -> Any:
            return nullcontext()

    return Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=1))

"""Attachments' addresses, which run out: `ex` when, `is` since when (hexadecimal seconds), `hm` a signature.

Source: developer documentation, "Reference: Signed Attachment CDN URLs".
"""

import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import quote

VALID_SECONDS = 24 * 3600
_SECRET = b"simulated content delivery"


def signed(base: str, path: str, now: float) -> str:
    """The address of that path, good for a day from `now` (seconds since the epoch)."""
    expires, issued = f"{int(now) + VALID_SECONDS:x}", f"{int(now):x}"
    return f"{base}{quote(path)}?ex={expires}&is={issued}&hm={_signature(path, expires, issued)}&"


def is_good(path: str, query: Mapping[str, str], now: float) -> bool:
    expires, issued = query.get("ex", ""), query.get("is", "")
    if not hmac.compare_digest(_signature(path, expires, issued), query.get("hm", "")):
        return False
    return int(expires, 16) > now


def _signature(path: str, expires: str, issued: str) -> str:
    return hmac.new(_SECRET, f"{path}|{expires}|{issued}".encode(), hashlib.sha256).hexdigest()

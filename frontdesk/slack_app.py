"""`frontdesk slack-manifest`: the Slack app that this version needs, to be pasted where Slack makes apps."""

import json
from urllib.parse import urlsplit

from bots.slack import manifest
from frontdesk.settings import SettingsError
from inbox.directory import Desk


def text(url: str, connection: str, desk: Desk | None, *, as_json: bool) -> str:
    """The manifest: for Socket Mode, or with `url`, the inbox's public address, for events over HTTP.

    `connection` says which of the desk's Slack connections it is for; "" where there is only one. Raises SettingsError.
    """
    request_url = _address(url) + manifest.events_path(_connection(connection, desk)) if url else ""
    made = manifest.manifest(request_url)
    return json.dumps(made, ensure_ascii=False, indent=2) + "\n" if as_json else manifest.as_yaml(made)


def _address(url: str) -> str:
    parts = urlsplit(url.strip())
    if parts.scheme != "https" or not parts.hostname or parts.query or parts.fragment:
        raise SettingsError(["--url must be the inbox's public address, beginning with https://: Slack posts there."])
    return url.strip().rstrip("/")


def _connection(wanted: str, desk: Desk | None) -> str:
    known = [one.name for one in desk.connections.values() if one.platform == "slack"] if desk else []
    if wanted and (wanted in known or desk is None):
        return wanted
    if not wanted and len(known) == 1:
        return known[0]
    names = f": {', '.join(known)}" if known else ", and there is none in the desk file"
    raise SettingsError([f"Say with --connection for which Slack connection the app is{names}."])

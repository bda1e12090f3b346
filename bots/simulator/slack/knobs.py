"""Trouble on the event side, to be ordered by tests. Each knob names where the behaviour is known from."""

from collections.abc import Callable
from typing import Any

from bots.simulator.server import Refused
from bots.simulator.slack import events
from bots.simulator.slack.courier import Courier
from bots.simulator.slack.model import DEFAULT_SCOPES, EVENT_SCOPES, RESERVED_COMMANDS, Json
from bots.simulator.slack.world import World


class Knobs:
    """Orders for the delivery and for the app's installation."""

    def __init__(self, world: World, courier: Courier) -> None:
        self.world, self.courier = world, courier

    def acts(self) -> dict[str, Callable[..., Any]]:
        names = (
            "duplicate_next reorder_next half_open disconnect cut poison rate_limit_app forge_next age_next "
            "use_http use_socket_mode revoke_token restore_token uninstall set_scopes install"
        )
        return {name: getattr(self, name) for name in names.split()}

    # delivery

    def duplicate_next(self, times: int = 1) -> None:
        """The next events come twice, with one event_id in two envelopes (docs: deliveries may be repeated)."""
        self.courier.twice = times

    def reorder_next(self, count: int = 2) -> None:
        """The next `count` events come in reverse, the first when the last is there (measured: no order is kept)."""
        self.courier.hold = count

    def half_open(self) -> None:
        """All live sockets fall silent: nothing gets in or out, no pong, but TCP stays up (a dead middlebox)."""
        for link in self.courier.links:
            link.silent = True

    def disconnect(self, reason: str = "refresh_requested", every: bool = True) -> None:
        """Asks one socket or all to reconnect, as Slack does every few hours: "warning" or "refresh_requested"
        (https://docs.slack.dev/apis/events-api/using-socket-mode#disconnect).
        """
        live = [one for one in self.courier.links if not one.retiring]
        for link in live if every else live[:1]:
            link.retiring = True
            self.courier.start(self.courier.retire(link, reason))

    def cut(self) -> None:
        """All sockets break without a goodbye (network loss)."""
        for link in list(self.courier.links):
            if link.request.transport is not None:
                link.request.transport.abort()

    async def poison(self, payload: Json | str) -> None:
        """Delivers something malformed: a dict as an event's payload, redelivered like any; words as a bare frame
        (measured: listeners that raise or types nobody handles stay unacknowledged).
        """
        if isinstance(payload, str) and not self.world.app.request_url:
            for link in self.courier.links:
                await link.ws.send_str(payload)
        else:
            self.courier.start(self.courier.event(payload, real=False))

    def rate_limit_app(self) -> None:
        """Tells the app that it had more than 30,000 events in an hour (https://docs.slack.dev/reference/events/app_rate_limited)."""
        told = {"token": self.world.app.verification_token, "type": "app_rate_limited", "team_id": self.world.team_id}
        minute = self.world.seconds // 60 * 60
        self.courier.send(told | {"minute_rate_limited": minute, "api_app_id": self.world.app.id})

    def forge_next(self) -> None:
        """HTTP mode: the next post has a signature made with another secret (an attacker's)."""
        self.courier.webhook.forge_next = True

    def age_next(self, seconds: float = 600.0) -> None:
        """HTTP mode: the next post is signed for a time long past (a replay)."""
        self.courier.webhook.age_next = seconds

    # the app's configuration and installation

    async def use_http(self, request_url: str) -> None:
        """Switches Socket Mode off and sends everything to that URL, once it proved itself. Raises Refused."""
        self.world.app.request_url = request_url
        wrong = await self.courier.webhook.verify()
        if wrong:
            self.world.app.request_url = ""
            raise Refused(wrong)
        for link in list(self.courier.links):
            self.courier.start(self.courier.retire(link, "link_disabled"))

    def use_socket_mode(self) -> None:
        self.world.app.request_url = ""

    def revoke_token(self) -> None:
        """The bot token is revoked: the app is told, and every call is refused with token_revoked."""
        events.tokens_revoked(self.world)
        self.world.app.condition = "revoked"

    def restore_token(self) -> None:
        """The app is installed again, with the same token."""
        self.world.app.condition = "installed"

    def uninstall(self) -> None:
        """The app is removed: the app is told both ways, and every call is refused with account_inactive."""
        events.uninstalled(self.world)
        events.tokens_revoked(self.world)
        self.world.app.condition = "uninstalled"

    def set_scopes(self, without: str = "", scopes: str = "") -> None:
        """Takes scopes away (`without`) or sets them all (`scopes`), comma-separated."""
        app = self.world.app
        if scopes:
            app.scopes = set(scopes.replace(" ", "").split(","))
        app.scopes -= set(without.replace(" ", "").split(","))

    def install(self, manifest: Json) -> None:
        """The app is made anew from a manifest (https://docs.slack.dev/reference/app-manifest). A request URL in it has
        to prove itself before it counts: see `use_http`. Raises Refused for what Slack does not know.
        """
        app, features = self.world.app, manifest["features"]
        scopes, events = manifest["oauth_config"]["scopes"]["bot"], manifest["settings"]["event_subscriptions"]
        unknown = {*scopes} - DEFAULT_SCOPES | {*events["bot_events"]} - set(EVENT_SCOPES)
        unknown |= {one["command"] for one in features["slash_commands"]} & {f"/{one}" for one in RESERVED_COMMANDS}
        if unknown:
            raise Refused(f"Slack has nothing that an app could use under the name of {', '.join(sorted(unknown))}.")
        app.scopes, app.events = set(scopes), set(events["bot_events"])
        app.commands = {one["command"].lstrip("/"): one["description"] for one in features["slash_commands"]}
        shortcuts: dict[str, dict[str, str]] = {"global": {}, "message": {}}
        for one in features.get("shortcuts", ()):
            shortcuts[one["type"]][one["callback_id"]] = one["name"]
        app.shortcuts, app.message_shortcuts = shortcuts["global"], shortcuts["message"]
        app.messages_tab = features["app_home"]["messages_tab_enabled"]

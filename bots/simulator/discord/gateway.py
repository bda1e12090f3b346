"""The gateway: one WebSocket per connection, opcodes, heartbeats, identifying and resuming.

Source: developer documentation, "Gateway", "Gateway Events" and "Opcodes and Status Codes: Gateway".
"""

import asyncio
import json
import re
import zlib
from collections import deque
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from bots.simulator.discord import members, threads
from bots.simulator.discord.core import Core
from bots.simulator.discord.hub import ALL_INTENTS, INTENTS, Session
from bots.simulator.discord.world import PRIVILEGED, Guild, Json, Member

HEARTBEAT, IDENTIFY, PRESENCE, VOICE, RESUME, RECONNECT, REQUEST_MEMBERS, INVALID, HELLO, ACK = (
    1,
    2,
    3,
    4,
    6,
    7,
    8,
    9,
    10,
    11,
)
UNKNOWN_OPCODE, DECODE, NOT_AUTHENTICATED, BAD_TOKEN, ALREADY, BAD_SEQ, TOO_FAST, TIMED_OUT = (
    4001,
    4002,
    4003,
    4004,
    4005,
    4007,
    4008,
    4009,
)
BAD_SHARD, BAD_VERSION, BAD_INTENTS, DISALLOWED_INTENTS = 4010, 4012, 4013, 4014
# After these the session cannot be resumed (documentation: the client must start anew, or stay away).
FINAL = {
    NOT_AUTHENTICATED,
    BAD_TOKEN,
    BAD_SEQ,
    TIMED_OUT,
    BAD_SHARD,
    4011,
    BAD_VERSION,
    BAD_INTENTS,
    DISALLOWED_INTENTS,
}
SENDS_A_MINUTE, LARGEST_SEND, CHUNK = 120, 4096, 1000
IDENTIFY_SECONDS = 5.0


class Closed(Exception):
    """The server ends the connection with that code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(code, reason)
        self.code, self.reason = code, reason


class Connection:
    """One WebSocket. What is sent goes through a queue, so that telling of an event never waits."""

    def __init__(self, gateway: "Gateway", request: web.Request, socket: web.WebSocketResponse, compress: bool) -> None:
        self.gateway, self.socket, self.transport = gateway, socket, request.transport
        self.gone = asyncio.Event()
        self.session: Session | None = None
        self.frozen = False
        self.presence: Json = {}
        self.ended_by = 0
        self._deflate = zlib.compressobj() if compress else None
        self._out: asyncio.Queue[Json | str | Closed] = asyncio.Queue()
        self._sends: deque[float] = deque()
        self._beat = 0.0

    @property
    def core(self) -> Core:
        return self.gateway.core

    def send(self, payload: Json) -> None:
        if not self.frozen:
            self._out.put_nowait(payload)

    def say(self, opcode: int, data: Any = None) -> None:
        self.send({"op": opcode, "d": data, "s": None, "t": None})

    def garble(self, frame: str) -> None:
        """Sends this frame as it is, whatever it is."""
        self._out.put_nowait(frame)

    def end(self, code: int, reason: str = "") -> None:
        """Closes from the server's side, after what is already on its way."""
        self._out.put_nowait(Closed(code, reason))

    def abort(self) -> None:
        """Cuts the connection without a goodbye."""
        if self.transport is not None:
            self.transport.abort()

    async def run(self) -> None:
        writer = asyncio.create_task(self._write())
        try:
            self.say(HELLO, {"heartbeat_interval": int(self.core.tuning.heartbeat_seconds * 1000), "_trace": ["[]"]})
            await self._read()
        finally:
            writer.cancel()
            self._leave()
            self.gone.set()

    async def _write(self) -> None:
        while True:
            item = await self._out.get()
            if isinstance(item, Closed):
                self.ended_by = item.code
                await self.socket.close(code=item.code, message=item.reason.encode())
                return
            text = item if isinstance(item, str) else json.dumps(item)  # half a surrogate pair is told too, escaped
            try:
                if self._deflate is None:
                    await self.socket.send_str(text)
                else:
                    squeezed = self._deflate.compress(text.encode()) + self._deflate.flush(zlib.Z_SYNC_FLUSH)
                    await self.socket.send_bytes(squeezed)
            except (ConnectionError, RuntimeError):
                return

    async def _read(self) -> None:
        loop = asyncio.get_running_loop()
        self._beat = loop.time()
        while True:
            patience = self._beat + self._patience() - loop.time()
            try:
                message = await self.socket.receive(timeout=None if self.frozen else max(patience, 0.01))
            except TimeoutError:
                # Only the client is at fault here; a connection that was frozen meanwhile goes on in silence.
                if not self.frozen:
                    self.end(TIMED_OUT, "Session timed out.")
                    self._beat = loop.time() + 3600
                continue
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                return
            if not self.frozen:
                try:
                    self._heard(message.data)
                except Closed as closed:
                    self.end(closed.code, closed.reason)

    def _patience(self) -> float:
        return self.core.tuning.heartbeat_seconds * self.core.tuning.heartbeat_patience

    def _leave(self) -> None:
        """Keeps the session for a while, unless one side ended it for good."""
        self.gateway.connections.discard(self)
        session, self.session = self.session, None
        if session is not None and session.line is self:
            session.line, session.lost_at = None, self.core.clock()
            said_goodbye = not self.ended_by and self.socket.close_code in (WSCloseCode.OK, WSCloseCode.GOING_AWAY)
            if said_goodbye or self.ended_by in FINAL:
                self.core.hub.sessions.pop(session.id, None)
        self.core.changed()

    # what the client says

    def _heard(self, raw: str | bytes) -> None:
        if len(raw) > LARGEST_SEND:
            raise Closed(DECODE, "Payload too large.")
        self._count_send()
        try:
            payload = json.loads(raw)
            opcode, data = payload["op"], payload.get("d")
        except (ValueError, KeyError, TypeError, AttributeError):
            raise Closed(DECODE, "Error while decoding payload.") from None
        if opcode == HEARTBEAT:
            self._beat = asyncio.get_running_loop().time()
            # never in the same instant: a client may still be noting down that it sent
            asyncio.get_running_loop().call_later(self.core.tuning.heartbeat_ack_seconds, self.say, ACK)
        elif opcode in (IDENTIFY, RESUME):
            if self.session is not None:
                raise Closed(ALREADY, "Already authenticated.")
            if not isinstance(data, dict):
                raise Closed(DECODE, "Error while decoding payload.")
            self._identify(data) if opcode == IDENTIFY else self._resume(data)
        elif self.session is None:
            raise Closed(NOT_AUTHENTICATED, "Not authenticated.")
        elif opcode == REQUEST_MEMBERS:
            self._send_members(data)
        elif opcode == PRESENCE:
            self._set_presence(data)
        elif opcode != VOICE:
            raise Closed(UNKNOWN_OPCODE, "Unknown opcode.")

    def _count_send(self) -> None:
        now = asyncio.get_running_loop().time()
        self._sends.append(now)
        while self._sends[0] <= now - 60:
            self._sends.popleft()
        if len(self._sends) > SENDS_A_MINUTE:
            raise Closed(TOO_FAST, "Rate limited.")

    def _check_token(self, data: Json) -> None:
        token = str(data.get("token") or "").removeprefix("Bot ")
        if token != self.core.world.app.token or self.core.token_revoked:
            raise Closed(BAD_TOKEN, "Authentication failed.")

    def _identify(self, data: Json) -> None:
        self._check_token(data)
        shard = data.get("shard", [0, 1])
        if shard != [0, 1]:
            raise Closed(BAD_SHARD, "Invalid shard.")
        if not isinstance(data.get("properties"), dict):
            raise Closed(DECODE, "Error while decoding payload.")
        intents = data.get("intents")
        if not isinstance(intents, int) or intents < 0 or intents & ~ALL_INTENTS:
            raise Closed(BAD_INTENTS, "Invalid intent(s).")
        barred = PRIVILEGED - self.core.world.app.granted_intents
        if any(intents & INTENTS[name] for name in barred):
            raise Closed(DISALLOWED_INTENTS, "Disallowed intent(s).")
        if not self.gateway.may_identify():
            return self.say(INVALID, False)
        self.core.identified += 1
        self.presence = data.get("presence") or {}
        self.session = self.core.hub.open(intents, self)
        self._welcome(self.session)
        return self.core.changed()

    def _welcome(self, session: Session) -> None:
        core = self.core
        guilds = core.world.bots_guilds
        ready = {
            "v": 10,
            "user": {**core.shapes.me(), "email": None},
            "guilds": [{"id": guild.id, "unavailable": True} for guild in guilds],
            "session_id": session.id,
            "session_type": "normal",
            "resume_gateway_url": core.gateway_url(),
            "shard": [0, 1],
            "application": {"id": core.world.app.id, "flags": core.shapes.application()["flags"]},
            "private_channels": [],
            "presences": [],
            "relationships": [],
            "user_settings": {},
            "_trace": ["[]"],
        }
        core.hub.tell(session, "READY", ready)
        for guild in guilds if session.intents & INTENTS["GUILDS"] else ():
            told = core.shapes.guild_create(guild, self._told_members(session, guild), threads.active(core, guild))
            core.hub.tell(session, "GUILD_CREATE", told)

    def _told_members(self, session: Session, guild: Guild) -> list[Member]:
        """Documentation, "Guild Create": without the presence intent a bot is told of itself alone."""
        everybody = session.intents & INTENTS["GUILD_MEMBERS"] and session.intents & INTENTS["GUILD_PRESENCES"]
        return list(guild.members.values()) if everybody else [guild.members[self.core.world.bot.id]]

    def _resume(self, data: Json) -> None:
        self._check_token(data)
        session = self.core.hub.resumable(str(data.get("session_id")))
        if self.gateway.refused_resumes > 0:
            self.gateway.refused_resumes -= 1
            self.core.hub.sessions.pop(session.id if session else "", None)
            session = None
        seq = data.get("seq")
        if session is None or not isinstance(seq, int):
            return self.say(INVALID, False)
        if seq > session.seq:
            raise Closed(BAD_SEQ, "Invalid seq.")
        missed = session.missed_since(seq)
        if missed is None:
            del self.core.hub.sessions[session.id]
            return self.say(INVALID, False)
        if isinstance(session.line, Connection):
            session.line.session = None
        self.session, session.line = session, self
        for payload in missed:
            self.send(payload)
        self.core.hub.tell(session, "RESUMED", {"_trace": ["[]"]})
        return self.core.changed()

    def _set_presence(self, data: Any) -> None:
        if not isinstance(data, dict) or data.get("status") not in ("online", "dnd", "idle", "invisible", "offline"):
            raise Closed(DECODE, "Error while decoding payload.")
        self.presence = data
        self.core.changed()

    def _send_members(self, data: Any) -> None:
        """Documentation, "Request Guild Members": the whole list needs the members intent; a query gives up to 100."""
        world, session = self.core.world, self.session
        if not isinstance(data, dict) or session is None or ("query" in data) == ("user_ids" in data):
            raise Closed(DECODE, "Error while decoding payload.")
        guild = world.guilds.get(str(data.get("guild_id")))
        if guild is None or guild not in world.bots_guilds:
            return
        found, missing = self._asked_members(data, session, guild)
        pieces = [found[start : start + CHUNK] for start in range(0, len(found), CHUNK)] or [[]]
        for index, piece in enumerate(pieces):
            chunk: Json = {"guild_id": guild.id, "chunk_index": index, "chunk_count": len(pieces)}
            chunk |= {"members": [self.core.shapes.member(member) for member in piece], "not_found": missing}
            chunk |= {"nonce": data["nonce"]} if data.get("nonce") else {}
            self.core.hub.tell(
                session, "GUILD_MEMBERS_CHUNK", {**chunk, **({"presences": []} if data.get("presences") else {})}
            )

    def _asked_members(self, data: Json, session: Session, guild: Guild) -> tuple[list[Member], list[str]]:
        world = self.core.world
        if "user_ids" in data:
            wanted = data["user_ids"] if isinstance(data["user_ids"], list) else [data["user_ids"]]
            ids = [str(user_id) for user_id in wanted][:100]
            return [m for m in map(guild.members.get, ids) if m], [i for i in ids if i not in guild.members]
        query, limit = str(data["query"]), int(data.get("limit") or 0)
        if not query and not limit and not session.intents & INTENTS["GUILD_MEMBERS"]:
            return [guild.members[world.bot.id]], []
        found = [m for m in guild.members.values() if members.fits(world, m, query)]
        return found[: min(limit, 100)] if limit else found, []


class Gateway:
    """All connections, and the knobs that disturb them."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.connections: set[Connection] = set()
        self.refused_resumes = 0
        self.refused_connections = 0
        self._identified_at = -IDENTIFY_SECONDS

    def may_identify(self) -> bool:
        """One IDENTIFY in five seconds, where limits are on (documentation, "Session Start Limit", max_concurrency)."""
        now = self.core.tuning.limits.now()
        if self.core.tuning.limits.on and now - self._identified_at < IDENTIFY_SECONDS:
            return False
        self._identified_at = now
        return True

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """The WebSocket endpoint."""
        if self.refused_connections > 0:
            self.refused_connections -= 1
            return web.Response(status=503)
        compress, version = request.query.get("compress", ""), request.query.get("v", "10")
        if request.query.get("encoding", "json") != "json" or compress not in ("", "zlib-stream"):
            return web.Response(status=400, text="Only encoding=json, plain or compress=zlib-stream, is spoken here.")
        socket = web.WebSocketResponse(timeout=1.0, max_msg_size=LARGEST_SEND * 16, compress=False)
        await socket.prepare(request)
        connection = Connection(self, request, socket, compress == "zlib-stream")
        self.connections.add(connection)
        if not re.fullmatch(r"9|10", version):
            connection.end(BAD_VERSION, "Invalid API version.")
        await connection.run()
        return socket

    async def stop(self) -> None:
        """Ends every connection, so that the server can go."""
        leaving = list(self.connections)
        for connection in leaving:
            connection.end(WSCloseCode.GOING_AWAY)
        for connection in leaving:
            await connection.gone.wait()

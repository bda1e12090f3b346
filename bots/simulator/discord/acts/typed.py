"""Slash commands as a person types them: "/ticket claim number:42", or in order, "/ticket claim 42".

A real client offers fields to fill in; a typed line stands for that. The options are taken by name or in order; the
last one, if it is a text, takes the rest of the line; an optional one that a word does not fit is passed over.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from bots.simulator.discord.acts.happening import member_shape
from bots.simulator.discord.acts.people import room_for
from bots.simulator.discord.core import Core
from bots.simulator.discord.rest import command_rules as commands
from bots.simulator.discord.view import may_use
from bots.simulator.discord.world import Attachment, Channel, Json, User
from bots.simulator.server import Refused

WORD = re.compile(r'\s*("[^"]*"|\S+)')


@dataclass(slots=True)
class Typed:
    """A line that a person typed: the command, its options as the interaction carries them, what they refer to."""

    command: Json
    options: list[Json] = field(default_factory=list)
    resolved: Json = field(default_factory=dict)


class Reader:
    """Reads one line of that person in that channel. `suggesting` is for a line that is still being typed."""

    def __init__(
        self, core: Core, user: User, channel: Channel, files: list[Attachment], suggesting: bool = False
    ) -> None:
        self.core, self.user, self.channel = core, user, channel
        self.files, self.suggesting = list(files), suggesting
        self.resolved: Json = {}

    def read(self, text: str) -> Typed:
        """Raises Refused with the sentence that the person would understand."""
        line = text.lstrip() if self.suggesting else text.strip()
        if not line.startswith("/"):
            raise Refused("A slash command begins with /.")
        name, _, rest = line[1:].partition(" ")
        command = self._command(name)
        options = self._descend(command, f"/{name}", rest)
        return Typed(command, options, self.resolved)

    def _command(self, name: str) -> Json:
        found = [
            c
            for c in self.core.world.app.commands.values()
            if c["type"] == commands.CHAT and c["name"] == name and may_use(self.core, self.user, c, self.channel)
        ]
        if not found:
            raise Refused(f"There is no command /{name} here.")
        return next((c for c in found if "guild_id" in c), found[0])

    def _descend(self, spec: Json, path: str, rest: str) -> list[Json]:
        inner = spec.get("options", [])
        if not any(o["type"] in (commands.SUBCOMMAND, commands.GROUP) for o in inner):
            return self._options(inner, path, rest)
        word, _, rest = rest.lstrip().partition(" ")
        option = next((o for o in inner if o["name"] == word), None)
        if option is None:
            raise Refused(f"{path} is followed by one of: {', '.join(o['name'] for o in inner)}.")
        shape: Json = {"name": word, "type": option["type"]}
        return [{**shape, "options": self._descend(option, f"{path} {word}", rest)}]

    def _options(self, specs: list[Json], path: str, rest: str) -> list[Json]:
        given = self._by_name(specs, rest) if self._is_named(specs, rest) else self._in_order(specs, path, rest)
        if self.suggesting:
            return self._suggested(specs, given, path)
        missing = [s["name"] for s in specs if s.get("required") and s["name"] not in {g["name"] for g, _ in given}]
        if missing:
            raise Refused(f"{path} needs {' and '.join(missing)}.")
        return [self._option(spec, raw) for spec, raw in given]

    def _is_named(self, specs: list[Json], rest: str) -> bool:
        return any(rest.lstrip().startswith(f"{spec['name']}:") for spec in specs)

    def _by_name(self, specs: list[Json], rest: str) -> list[tuple[Json, str]]:
        by_name = {spec["name"]: spec for spec in specs}
        marks = re.compile(rf"(?:^|\s)({'|'.join(map(re.escape, by_name))}):")
        found = list(marks.finditer(rest))
        ends = [mark.start() for mark in found[1:]] + [len(rest)]
        return [(by_name[m[1]], rest[m.end() : end].strip()) for m, end in zip(found, ends, strict=True)]

    def _in_order(self, specs: list[Json], path: str, rest: str) -> list[tuple[Json, str]]:
        given: list[tuple[Json, str]] = []
        for index, spec in enumerate(specs):
            word = WORD.match(rest)
            if word is None and spec["type"] != commands.ATTACHMENT:
                if self.suggesting:
                    given.append((spec, ""))
                    break
                continue
            if spec["type"] == commands.STRING and index == len(specs) - 1:
                given.append((spec, rest.strip()))
                rest = ""
            elif spec["type"] == commands.ATTACHMENT:
                given += [(spec, "")] if self.files else []
            elif word and (spec.get("required") or self._fits(spec, word[1])):
                given.append((spec, word[1].strip('"')))
                rest = rest[word.end() :]
        if rest.strip() and not self.suggesting:
            raise Refused(f"{path} does not understand {rest.strip()!r}.")
        return given

    def _fits(self, spec: Json, word: str) -> bool:
        kept = dict(self.resolved)
        try:
            self._option(spec, word)
        except Refused:
            return False
        finally:
            self.resolved = kept
        return True

    def _suggested(self, specs: list[Json], given: list[tuple[Json, str]], path: str) -> list[Json]:
        if not given or not given[-1][0].get("autocomplete"):
            name = given[-1][0]["name"] if given else path
            raise Refused(f"Nothing is suggested for {name}.")
        spec, raw = given[-1]
        focused = {"name": spec["name"], "type": spec["type"], "value": raw, "focused": True}
        return [self._option(s, r) for s, r in given[:-1]] + [focused]

    # values

    def _option(self, spec: Json, raw: str) -> Json:
        return {"name": spec["name"], "type": spec["type"], "value": self._value(spec, raw)}

    def _value(self, spec: Json, raw: str) -> Any:
        kind, name = spec["type"], spec["name"]
        if kind in (commands.STRING, commands.INTEGER, commands.NUMBER):
            return self._plain(spec, raw)
        if kind == commands.BOOLEAN:
            if raw.lower() not in ("true", "false"):
                raise Refused(f"{name} is true or false, not {raw!r}.")
            return raw.lower() == "true"
        if kind == commands.ATTACHMENT:
            return self._file(name)
        return self._reference(kind, name, raw)

    def _plain(self, spec: Json, raw: str) -> Any:
        kind, name = spec["type"], spec["name"]
        if spec.get("choices"):
            for choice in spec["choices"]:
                if raw.lower() in (str(choice["name"]).lower(), str(choice["value"]).lower()):
                    return choice["value"]
            raise Refused(f"{name} is one of: {', '.join(str(c['name']) for c in spec['choices'])}.")
        if kind == commands.STRING:
            least, most = spec.get("min_length", 0), spec.get("max_length", 6000)
            if not least <= len(raw) <= most:
                raise Refused(f"{name} has between {least} and {most} characters.")
            return raw
        try:
            value = int(raw) if kind == commands.INTEGER else float(raw)
        except ValueError:
            raise Refused(f"{name} is a number, not {raw!r}.") from None
        least, most = spec.get("min_value", -(2**53)), spec.get("max_value", 2**53)
        if not least <= value <= most:
            raise Refused(f"{name} is between {least} and {most}.")
        return value

    def _file(self, name: str) -> str:
        if not self.files:
            raise Refused(f"{name} needs a file.")
        file = self.files.pop(0)
        self.core.world.uploads[file.id] = file
        self.resolved.setdefault("attachments", {})[file.id] = self.core.shapes.upload(file, self.channel.id)
        return file.id

    def _reference(self, kind: int, name: str, raw: str) -> str:
        bare = raw.strip("<>@!&#")
        world = self.core.world
        if kind in (commands.USER_OPTION, commands.MENTIONABLE):
            user = world.user(bare)
            if user is not None:
                resolve_user(self.core, self.resolved, user, self.channel)
                return user.id
        if kind in (commands.ROLE, commands.MENTIONABLE):
            role = next((r for r in world.guild_of(self.channel).roles.values() if bare in (r.id, r.name)), None)
            if role is not None:
                self.resolved.setdefault("roles", {})[role.id] = self.core.shapes.role(role)
                return role.id
        if kind == commands.CHANNEL_OPTION:
            channel = room_for(self.core, self.user, bare)
            shape = self.core.shapes.partial_channel(channel, self.user.id)
            self.resolved.setdefault("channels", {})[channel.id] = shape
            return channel.id
        raise Refused(f"{name}: nothing here is called {raw!r}.")


def resolve_user(core: Core, resolved: Json, user: User, channel: Channel) -> None:
    """Adds a user to what an interaction refers to (the member without its user, as documented)."""
    resolved.setdefault("users", {})[user.id] = core.shapes.user(user)
    if not channel.is_dm and user.id in core.world.guild_of(channel).members:
        member = member_shape(core, user, channel)
        bare = {key: value for key, value in member.items() if key not in ("user", "deaf", "mute")}
        resolved.setdefault("members", {})[user.id] = bare

"""The real discord.py against the simulator: start-up, commands, views, forms, threads, breaks, faults, poison."""

import asyncio
import io
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import discord
import pytest
import yarl
from discord import app_commands
from discord.ext import commands

from bots.simulator.discord import DiscordSimulator, Tuning
from tests.bots.simulator.discord_rig import PNG
from tests.specs.discord import check_event, check_log, document


class Reply(discord.ui.Modal, title="Reply"):
    words: discord.ui.TextInput["Reply"] = discord.ui.TextInput(label="Words", style=discord.TextStyle.long)

    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"sent: {self.words.value}", ephemeral=True)


class Card(discord.ui.View):
    def __init__(self) -> None:
        super().__init__(timeout=None)

    @discord.ui.button(label="Claim", style=discord.ButtonStyle.primary, custom_id="claim")
    async def claim(self, interaction: discord.Interaction, pressed: discord.ui.Button["Card"]) -> None:
        pressed.disabled = True
        await interaction.response.edit_message(content=f"{interaction.user.display_name} has it", view=self)

    @discord.ui.button(label="Reply", custom_id="reply")
    async def reply(self, interaction: discord.Interaction, _: discord.ui.Button["Card"]) -> None:
        await interaction.response.send_modal(Reply())

    @discord.ui.select(
        custom_id="priority", placeholder="Priority", options=[discord.SelectOption(label="High", value="high")]
    )
    async def priority(self, interaction: discord.Interaction, menu: discord.ui.Select["Card"]) -> None:
        await interaction.response.defer()
        await interaction.followup.send(f"priority {menu.values[0]}")


class Bot(commands.Bot):
    """A support bot in miniature. `heard` holds the events that tests look at, newest last."""

    def __init__(self, sim: DiscordSimulator, intents: discord.Intents) -> None:
        super().__init__("!", intents=intents, guild_ready_timeout=0.05)
        self.sim = sim
        self.heard: list[tuple[str, Any]] = []
        self.running: asyncio.Task[None] | None = None
        self.tree.add_command(_group())
        self.tree.add_command(app_commands.ContextMenu(name="Make a ticket", callback=_make_ticket))

    async def setup_hook(self) -> None:
        await self.tree.sync()
        self.add_view(Card())

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """The library would wait five seconds before it identifies anew."""

    def hear(self, event: str, about: Any = None) -> None:
        self.heard.append((event, about))
        self.sim.changed()

    def has(self, event: str) -> Callable[[], list[Any]]:
        return lambda: [about for name, about in self.heard if name == event]

    async def on_ready(self) -> None:
        self.hear("ready")

    async def on_resumed(self) -> None:
        self.hear("resumed")

    async def on_message(self, message: discord.Message) -> None:
        if not message.author.bot:
            self.hear("message", message)

    async def on_raw_message_edit(self, event: discord.RawMessageUpdateEvent) -> None:
        self.hear("edit", event)

    async def on_raw_message_delete(self, event: discord.RawMessageDeleteEvent) -> None:
        self.hear("delete", event.message_id)

    async def on_raw_reaction_add(self, event: discord.RawReactionActionEvent) -> None:
        self.hear("reaction", event)

    async def on_thread_update(self, _: discord.Thread, after: discord.Thread) -> None:
        self.hear("thread", after)

    async def on_raw_thread_delete(self, event: discord.RawThreadDeleteEvent) -> None:
        self.hear("thread gone", event.thread_id)

    async def on_typing(self, channel: Any, user: Any, _: Any) -> None:
        self.hear("typing", (channel.name, user.display_name))

    async def on_member_join(self, member: discord.Member) -> None:
        self.hear("joined", member.display_name)

    async def on_guild_channel_create(self, channel: Any) -> None:
        self.hear("channel", channel.name)


def _group() -> app_commands.Group:
    group = app_commands.Group(name="ticket", description="Tickets")

    @group.command(name="claim", description="Claims a ticket")
    @app_commands.describe(number="Its number")
    async def claim(interaction: discord.Interaction, number: int, note: str = "") -> None:
        await interaction.response.defer(ephemeral=True)
        await interaction.followup.send(f"#{number} is yours. {note}".strip(), view=Card())

    @claim.autocomplete("note")
    async def notes(_: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=f"{typed}!", value=typed)]

    @group.command(name="assign", description="Gives a ticket to somebody")
    async def assign(interaction: discord.Interaction, number: int, to: discord.Member) -> None:
        await interaction.response.send_message(f"#{number} is {to.display_name}'s")

    return group


async def _make_ticket(interaction: discord.Interaction, message: discord.Message) -> None:
    await interaction.response.send_message(f"made of: {message.content}", ephemeral=True)


@pytest.fixture
async def sim() -> AsyncIterator[DiscordSimulator]:
    started = DiscordSimulator(limits=False)
    await started.start()
    yield started
    await started.stop()


@pytest.fixture
async def bot(sim: DiscordSimulator, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bot]:
    """A bot that is ready. Its requests and what it was told are checked when it goes."""
    monkeypatch.setattr(discord.http.Route, "BASE", f"{sim.url}/api/v10")
    monkeypatch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(sim.gateway_url))
    intents = discord.Intents.default()
    intents.message_content = intents.members = True
    bot = Bot(sim, intents)
    bot.running = asyncio.create_task(bot.start(sim.BOT_TOKEN))
    await sim.until(bot.has("ready"))
    bot.heard.clear()
    yield bot
    await bot.close()
    await asyncio.gather(bot.running, return_exceptions=True)


def spec_problems(sim: DiscordSimulator) -> list[str]:
    document()
    return [*check_log(sim.log), *(problem for event in sim.emitted for problem in check_event(event))]


async def test_a_support_bots_day(sim: DiscordSimulator, bot: Bot) -> None:
    guild = bot.guilds[0]
    assert {member.display_name for member in guild.members} >= {"Anna", "Erik", "Omar", "Lisa", "Maja", "Frontdesk"}
    assert guild.get_member_named("maja") == guild.owner

    words = await sim.do("write", who="anna", room="#support", text="help, @Frontdesk", files=[PNG])
    await sim.until(bot.has("message"))
    message: discord.Message = bot.has("message")()[0]
    assert message.content == f"help, {guild.me.mention}"
    assert guild.me in message.mentions
    assert await message.attachments[0].read() == PNG["bytes"]
    await message.add_reaction("👀")
    thread = await message.create_thread(name="Anna")
    await thread.send("Looking", file=discord.File(io.BytesIO(b"log"), "log.txt"))

    room = discord.utils.get(guild.text_channels, name="desk")
    assert room is not None
    card = await room.send(
        embed=discord.Embed(title="#42").add_field(name="Who", value="Anna"), view=Card(), nonce="o1"
    )
    assert (await room.send("other words", nonce="o1")).id == card.id, "the library enforces the nonce"
    shown = await sim.do("press", who="omar", room="#desk", message=str(card.id), label="Claim")
    assert (shown["message"]["text"], shown["message"]["buttons"][0]["disabled"]) == ("Omar has it", True)
    opened = await sim.do("press", who="omar", room="#desk", message=str(card.id), label="Reply")
    sent = await sim.do("submit", who="omar", view=opened["modal"], values={"Words": "on it"})
    assert sent["message"]["text"] == "sent: on it"
    chosen = await sim.do("choose", who="omar", room="#desk", message=str(card.id), option="High")
    assert chosen["ok"] is True
    await sim.until(lambda: sim.texts("#desk")[-1] == "priority high")

    shown = await sim.do("command", who="omar", room="#desk", text="/ticket claim 42 mine now")
    assert shown["thinking"] is True
    await sim.until(lambda: sim.whispers("omar", "#desk")[-1].text == "#42 is yours. mine now")
    private = sim.whispers("omar", "#desk")[-1].id
    pressed = await sim.do("press", who="omar", room="#desk", message=private, label="Claim")
    assert pressed["message"]["text"] == "Omar has it"
    shown = await sim.do("command", who="lisa", room="#desk", text="/ticket assign number:42 to:@Lisa")
    assert shown["message"]["text"] == "#42 is Lisa's"
    typed = await sim.do("autocomplete", who="omar", room="#desk", text="/ticket claim 42 mi")
    assert typed["choices"] == [{"name": "mi!", "value": "mi"}]
    made = await sim.do("context_menu", who="omar", room="#support", message=words, name="Make a ticket")
    assert made["message"]["text"] == f"made of: help, {guild.me.mention}"

    await sim.do("write", who="anna", room="#support", text="thanks", thread=words)
    await sim.until(lambda: len(bot.has("message")()) == 2)
    assert bot.has("message")()[1].channel == thread
    assert [one.content async for one in thread.history(after=message, oldest_first=True)][1:] == ["Looking", "thanks"]
    assert spec_problems(sim) == []


async def test_what_people_do_reaches_the_library(sim: DiscordSimulator, bot: Bot) -> None:
    words = await sim.do("write", who="anna", room="#support", text="help")
    await sim.do("edit", who="anna", room="#support", message=words, text="help!")
    await sim.do("react", who="omar", room="#support", message=words, emoji="eyes")
    await sim.do("typing", who="omar", room="#support")
    thread = await sim.do("create_thread", who="omar", room="#support", name="Anna", message=words)
    await sim.do("archive_thread", who="omar", thread=thread)
    await sim.do("delete_thread", who="omar", thread=thread)
    await sim.do("delete", who="anna", room="#support", message=words)
    await sim.do("add_room", name="new", private=True)
    await sim.do("add_person", name="Nils")
    await sim.until(bot.has("joined"))
    assert [name for name, _ in bot.heard] == [
        *("message", "edit", "reaction", "typing", "edit", "message", "thread", "thread gone", "delete", "channel"),
        "joined",
    ]
    assert bot.has("message")()[1].type is discord.MessageType.thread_starter_message
    assert bot.has("edit")()[0].message.content == "help!"
    assert str(bot.has("reaction")()[0].emoji) == "👀"
    assert bot.has("typing")()[0] == ("support", "Omar")
    assert bot.has("thread")()[0].archived is True
    assert spec_problems(sim) == []


async def test_direct_messages_both_ways(sim: DiscordSimulator, bot: Bot) -> None:
    await sim.do("write", who="anna", room="dm", text="psst")
    await sim.until(bot.has("message"))
    message: discord.Message = bot.has("message")()[0]
    assert isinstance(message.channel, discord.DMChannel)
    await message.reply("yes?")
    erik = bot.guilds[0].get_member_named("erik")
    assert erik is not None
    await erik.send("We are back")
    await sim.do("block", who="erik")
    with pytest.raises(discord.Forbidden) as refused:
        await erik.send("Still there?")
    assert refused.value.code == 50007
    assert (sim.texts("dm:Anna"), sim.texts("dm:Erik")) == (["psst", "yes?"], ["We are back"])
    assert spec_problems(sim) == []


async def test_a_short_break_loses_nothing(sim: DiscordSimulator, bot: Bot) -> None:
    for trouble in ("disconnect", "cut"):
        bot.heard.clear()
        await sim.do(trouble)
        await sim.do("write", who="anna", room="#support", text=f"during {trouble}")
        await sim.until(bot.has("resumed"))
        assert [message.content for message in bot.has("message")()] == [f"during {trouble}"]


async def test_after_a_refused_resume_only_the_history_knows(sim: DiscordSimulator, bot: Bot) -> None:
    await sim.do("write", who="anna", room="#support", text="before")
    await sim.until(bot.has("message"))
    last: discord.Message = bot.has("message")()[0]
    await sim.do("refuse_resume")
    await sim.do("disconnect")
    await sim.do("write", who="anna", room="#support", text="in the gap")
    await sim.until(bot.has("ready"))
    assert [message.content for message in bot.has("message")()] == ["before"]
    assert [message.content async for message in last.channel.history(after=last)] == ["in the gap"]


async def test_a_silent_connection_is_noticed_and_resumed(monkeypatch: pytest.MonkeyPatch) -> None:
    async with DiscordSimulator(limits=False, tuning=Tuning(heartbeat_seconds=0.1, heartbeat_patience=100)) as sim:
        monkeypatch.setattr(discord.http.Route, "BASE", f"{sim.url}/api/v10")
        monkeypatch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(sim.gateway_url))
        bot = Bot(sim, discord.Intents(guilds=True, guild_messages=True))
        bot._connection.heartbeat_timeout = 0.2
        running = asyncio.create_task(bot.start(sim.BOT_TOKEN))
        await sim.until(bot.has("ready"))
        await sim.do("half_open")
        await sim.do("write", who="anna", room="#support", text="does anybody hear?")
        await sim.until(bot.has("message"))
        assert bot.has("resumed")()
        assert bot.has("message")()[0].content == "", "without the message content intent"
        await bot.close()
        await asyncio.gather(running, return_exceptions=True)


@pytest.mark.parametrize("payload", [{"id": "abc"}, {"id": "1", "attachments": None}, None])
async def test_a_malformed_event_ends_the_library(sim: DiscordSimulator, bot: Bot, payload: Any) -> None:
    assert bot.running is not None
    await sim.do("poison", payload=payload)
    with pytest.raises((KeyError, TypeError, ValueError, AttributeError)):
        await asyncio.wait_for(bot.running, timeout=5)


@pytest.mark.parametrize(
    ("spoil", "raised"),
    [
        ({"act": "revoke_token"}, discord.LoginFailure),
        ({"act": "revoke_intent", "intent": "MESSAGE_CONTENT"}, discord.PrivilegedIntentsRequired),
    ],
)
async def test_the_library_says_why_it_cannot_start(
    sim: DiscordSimulator, monkeypatch: pytest.MonkeyPatch, spoil: dict[str, str], raised: type[Exception]
) -> None:
    monkeypatch.setattr(discord.http.Route, "BASE", f"{sim.url}/api/v10")
    monkeypatch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(sim.gateway_url))
    await sim.do(spoil.pop("act"), **spoil)
    intents = discord.Intents.default()
    intents.message_content = True
    bot = Bot(sim, intents)
    with pytest.raises(raised):
        await bot.start(sim.BOT_TOKEN)
    await bot.close()


async def test_the_library_waits_where_it_is_told_to(sim: DiscordSimulator, bot: Bot) -> None:
    room = discord.utils.get(bot.guilds[0].text_channels, name="support")
    assert room is not None
    fault = sim.faults.order("rate_limit", "POST /channels/.*/messages", retry_after=0.02)
    await room.send("after a little while")
    assert (fault.struck, sim.texts("#support")) == (1, ["after a little while"])
    sim.faults.order("error", "POST /channels/.*/messages", error="50013")
    with pytest.raises(discord.Forbidden, match="50013"):
        await room.send("not now")
    sim.faults.order("status", "POST /channels/.*/messages", status=429)
    with pytest.raises(discord.HTTPException) as walled:
        await room.send("not now")
    assert walled.value.status == 429, "no Via header: the wall in front of the platform spoke"
    sim.faults.order("drop_after", "POST /channels/.*/messages")
    with pytest.raises(aiohttp.ClientError):
        await room.send("did it arrive?")
    assert sim.texts("#support")[-1] == "did it arrive?"

"""A visitor at the playground's page, in a real browser; the bots are spoken by hand."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, expect

from tests.bots.simulator.discord_desk import FORM, TICKET, Desk, desk
from tests.bots.simulator.discord_rig import Rig as DiscordRig
from tests.bots.simulator.discord_rig import row
from tests.bots.simulator.playground_rig import SlackBot, meanwhile, slack_card, toy_inbox, visiting
from tests.bots.simulator.slack_rig import OMAR
from tests.bots.simulator.slack_rig import Rig as SlackRig
from tests.bots.simulator.telegram_rig import DESK, ERIK, SUPPORT
from tests.bots.simulator.telegram_rig import Rig as TelegramRig

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def browser(chromium: Browser) -> AsyncIterator[BrowserContext]:
    """Pages of one browser; each playground has a port and so a memory of its own."""
    context = await chromium.new_context(reduced_motion="reduce")
    yield context
    await context.close()


# Telegram


async def test_a_customer_in_telegram_starts_writes_and_presses(browser: BrowserContext) -> None:
    async with TelegramRig() as tg, visiting(browser, telegram=tg) as visit:
        erik = await visit.be("telegram", "Erik", "Acme desk")
        await erik.get_by_role("button", name="Start").click()
        await expect(erik.locator(".message.own .said")).to_have_text("/start")
        box = erik.get_by_role("combobox", name="Message Acme desk")
        await box.press_sequentially("My parcel")
        await box.press("Shift+Enter")
        await box.press_sequentially("is lost")
        await box.press("Enter")
        await expect(erik.locator(".message.own").last).to_contain_text("My parcel")
        assert tg.sim.texts("dm:Erik") == ["/start", "My parcel\nis lost"]
        await expect(box).to_have_value("")
        await tg.updates()

        keyboard = {
            "inline_keyboard": [[{"text": "Solved", "callback_data": "s"}, {"text": "Not yet", "callback_data": "n"}]]
        }
        await tg.send(ERIK, "Was <b>that</b> it? See <a href='https://acme.example/'>here</a>", parse_mode="HTML",
                      reply_markup=keyboard)  # fmt: skip
        await expect(erik.locator(".message b")).to_have_text("that")
        link = erik.locator(".message a")
        assert await link.get_attribute("target") == "_blank"

        async def answer() -> Any:
            pressed = (await tg.updates(timeout=5))[-1]["callback_query"]
            await tg.call("answerCallbackQuery", callback_query_id=pressed["id"], text="We keep looking.")
            return pressed

        pressed = await meanwhile(erik.get_by_role("button", name="Not yet").click(), answer)
        assert pressed["data"] == "n"
        await expect(erik.locator(".note")).to_contain_text("We keep looking.")


async def test_topics_quotes_reactions_and_ones_own_messages_in_telegram(browser: BrowserContext) -> None:
    async with TelegramRig() as tg, visiting(browser, telegram=tg) as visit:
        topic = (await tg.call("createForumTopic", chat_id=DESK, name="#7 Lost parcel"))["message_thread_id"]
        first = await tg.send(DESK, "Erik: where is it?", message_thread_id=topic)
        omar = await visit.be("telegram", "Omar")
        topics = omar.locator(".rooms .nested").get_by_role("button", name="#7 Lost parcel")
        await expect(topics.locator(".dot")).to_be_visible()
        await topics.click()
        await expect(topics.locator(".dot")).to_have_count(0)
        message = omar.locator(".message", has_text="where is it?")
        await message.hover()
        await message.get_by_role("button", name="React with 👀").click()
        await expect(message.locator(".reactions")).to_contain_text("1")
        assert tg.sim.world.message(DESK, first["message_id"]).reactions == {700_100_003: ["👀"]}
        await message.locator(".reactions button").click()
        await expect(message.locator(".reactions")).to_have_count(0)
        await message.hover()
        await message.get_by_role("button", name="Answer this message").click()
        await visit.write(omar, "In the depot")
        own = omar.locator(".message.own")
        await expect(own.locator(".quote")).to_contain_text("where is it?")
        said = tg.sim.last(DESK, "Omar")
        assert (said.thread, said.reply_to) == (topic, first["message_id"])
        await own.hover()
        await own.get_by_role("button", name="Edit").click()
        await visit.write(omar, "In the other depot")
        await expect(own).to_contain_text("edited")
        assert tg.sim.texts(DESK, topic)[-1] == "In the other depot"
        await own.hover()
        await own.get_by_role("button", name="Delete").click()
        await expect(own).to_have_count(0)


# Slack


async def test_an_agent_in_slack_presses_fills_a_form_and_answers_in_the_thread(browser: BrowserContext) -> None:
    async with SlackRig(ack_seconds=3.0) as slack, visiting(browser, slack=slack) as visit:
        bot = SlackBot(slack)
        await slack.connect(bot)
        ts = await slack_card(slack)
        omar = await visit.be("slack", "Omar", "customer-desk")
        card = omar.locator(".main .message")
        await expect(card.locator(".said")).to_contain_text("Lost <script>parcel</script>")
        await card.get_by_role("button", name="Claim").click()
        await slack.sim.until(lambda: bot.of("block_actions"))
        assert bot.of("block_actions")[0]["user"]["id"] == OMAR
        await card.get_by_label("Priority").select_option("High")
        await slack.sim.until(lambda: len(bot.of("block_actions")) == 2)
        assert bot.of("block_actions")[1]["actions"][0]["selected_option"]["value"] == "h"

        await card.get_by_role("button", name="Reply", exact=True).click()
        form = omar.get_by_role("dialog", name="Reply to Erik")
        await expect(form.get_by_label("Your words")).to_be_focused()
        await form.get_by_label("Your words").fill("Soon")
        await form.get_by_label("Tone").select_option("Warm")
        await form.get_by_role("button", name="Send it").click()
        await expect(form.get_by_text("A little longer, please.")).to_be_visible()
        await expect(form.get_by_label("Your words")).to_be_focused()
        await form.get_by_label("Your words").fill("It comes on Monday")
        await form.get_by_role("button", name="Send it").click()
        await expect(form).to_have_count(0)
        values = bot.of("view_submission")[-1]["view"]["state"]["values"]
        assert values["words"]["w"]["value"] == "It comes on Monday"
        assert values["tone"]["t"]["selected_option"]["value"] == "warm"

        await card.hover()
        await card.get_by_role("button", name="Answer in a thread").click()
        await visit.write(omar, "On Monday, Erik", thread=True)
        await expect(omar.locator(".pane .message").last).to_contain_text("On Monday, Erik")
        assert slack.sim.texts("customer-desk", ts)[-1] == "On Monday, Erik"
        await expect(card.get_by_role("button", name="1 reply")).to_be_visible()
        await omar.locator(".pane textarea").press("Escape")
        await expect(omar.locator(".pane")).to_be_hidden()
        await expect(omar.locator(".main textarea")).to_be_focused()


async def test_commands_whispers_and_unread_rooms_in_slack(browser: BrowserContext) -> None:
    async with SlackRig(ack_seconds=3.0) as slack, visiting(browser, slack=slack) as visit:
        await slack.sim.do("register_command", name="ticket", description="Claim, answer, resolve")
        await slack.connect(SlackBot(slack))
        lisa = await visit.be("slack", "Lisa", "it-desk")
        box = lisa.locator(".main textarea")
        await box.press_sequentially("/ti")
        await expect(lisa.locator(".offers").get_by_role("option")).to_have_text(["/ticket Claim, answer, resolve"])
        await box.press("Tab")
        await expect(box).to_have_value("/ticket ")
        await box.press_sequentially("claim 7")
        await box.press("Enter")
        whisper = lisa.locator(".message.private")
        await expect(whisper).to_contain_text("Only visible to you")
        await expect(whisper).to_contain_text("You said claim 7.")
        await visit.write(lisa, "/nonsense")
        await expect(lisa.locator(".note.refused")).to_have_text("/nonsense is not a valid command.")
        await expect(box).to_have_value("/nonsense")  # what was typed is not lost

        slack.now += 1
        await slack.sim.do("write", who="Anna", room="it-help", text="The printer is on fire")
        room = lisa.get_by_role("navigation").get_by_role("button", name="it-help (unread)")
        await room.click()
        await expect(room).to_have_count(0)
        await expect(lisa.locator(".message")).to_have_count(1)
        await expect(box).to_have_value("")
        await visit.page.reload()
        await expect(lisa.get_by_label("Who you are in")).to_have_value("Lisa")
        await expect(lisa.locator(".main .message")).to_contain_text("The printer is on fire")


# Discord


async def test_a_person_in_discord_uses_buttons_forms_threads_and_commands(browser: BrowserContext) -> None:
    async with DiscordRig() as dc, visiting(browser, discord=dc) as visit:
        bot: Desk = await desk(dc)
        anna = await visit.be("discord", "Anna", "support")
        await visit.write(anna, "The game is **down**")
        await expect(anna.locator(".message.own strong").last).to_have_text("down")
        message = dc.sim.last("support").id
        thread = (
            await dc.call("POST", f"/channels/{dc.id('support')}/messages/{message}/threads", {"name": "#8 Down"})
        ).body
        embed = {"title": "#8 Down", "fields": [{"name": "Status", "value": "new"}]}
        posted = {"content": "Thank you", "embeds": [embed], "components": [row("Details")]}
        assert (await dc.call("POST", f"/channels/{thread['id']}/messages", posted)).status == 200
        await anna.get_by_role("navigation").get_by_role("button", name="#8 Down").click()
        answer = anna.locator(".pane .message", has_text="Thank you")
        await expect(answer.locator("dd")).to_have_text("new")

        press = answer.get_by_role("button", name="Details").click()
        await meanwhile(press, lambda: bot.answer(9, FORM))
        form = anna.get_by_role("dialog", name="Reply")
        await form.get_by_label("Words").fill("Since noon")

        async def whisper() -> Any:
            return (await bot.answer(4, {"content": "Noted.", "flags": 64}))[0]

        heard = await meanwhile(form.get_by_role("button", name="Send").click(), whisper)
        assert heard["data"]["components"][0]["components"][0]["value"] == "Since noon"
        noted = anna.locator(".message.private", has_text="Noted.")
        await expect(noted).to_contain_text("Only visible to you")
        await noted.hover()
        await noted.get_by_role("button", name="Dismiss").click()
        await expect(noted).to_have_count(0)

        box = anna.locator(".pane textarea")
        await box.fill("/ticket ")
        await expect(anna.locator(".pane .offers").get_by_role("option")).to_have_count(len(TICKET["options"]))
        await box.fill("/ticket claim 8")
        heard = await meanwhile(box.press("Enter"), whisper)
        assert heard["channel_id"] == thread["id"]
        assert heard["data"]["options"][0]["options"][0]["value"] == 8

        erik = await visit.be("discord", "Erik", "help-forum")
        await erik.get_by_role("textbox", name="Title of the post").fill("Lag at night")
        await visit.write(erik, "Every evening at nine")
        await expect(erik.get_by_role("navigation").get_by_role("button", name="Lag at night")).to_be_visible()
        await expect(erik.locator(".main .message")).to_contain_text("Every evening at nine")


# trouble, the story, the inbox


async def test_trouble_is_ordered_and_told(browser: BrowserContext) -> None:
    async with TelegramRig() as tg, visiting(browser, telegram=tg) as visit:
        await tg.sim.do("start", who="Erik")
        erik = await visit.be("telegram", "Erik")
        await erik.get_by_role("button", name="What if").click()
        await erik.get_by_role("button", name="Too many requests").click()
        await expect(erik.locator(".note")).to_contain_text("refuses the bot’s next post with 429")
        refused = await tg.ask("sendMessage", chat_id=ERIK, text="Hello")
        assert (refused.status, refused.body["parameters"]) == (429, {"retry_after": 60})
        assert (await tg.ask("sendMessage", chat_id=ERIK, text="Hello")).status == 200
        await erik.get_by_role("button", name="What if").click()
        await erik.get_by_role("button", name="What the bot called").click()
        await expect(erik.locator(".log .odd")).to_contain_text(["rate_limit"])
        await visit.page.keyboard.press("Escape")
        await expect(erik.get_by_role("button", name="What if")).to_be_focused()
        await erik.get_by_role("button", name="What if").click()
        await erik.get_by_role("button", name="Cut the connection").click()
        await expect(erik.locator(".note")).to_contain_text("the waiting poll too")
        await tg.send(ERIK, "Still there")
        await expect(erik.locator(".message").last).to_contain_text("Still there")
        await erik.get_by_role("button", name="What if").click()
        await erik.get_by_role("button", name="Reset Telegram …").click()
        await erik.get_by_role("button", name="Reset Telegram", exact=True).click()
        await expect(erik.get_by_role("button", name="Start")).to_be_visible()


async def test_the_story_leads_and_notices(browser: BrowserContext) -> None:
    async with TelegramRig() as tg, SlackRig() as slack, visiting(browser, slack=slack, telegram=tg) as visit:
        story = visit.page.get_by_role("region", name="A first story")
        now = story.locator("[aria-current=step]")
        await visit.be("telegram", "Maja", "Old desk")
        await story.get_by_role("button", name="Go to step 1").click()
        erik = visit.window("telegram")
        await expect(erik.get_by_label("Who you are in")).to_have_value("Erik")
        await erik.get_by_role("button", name="Start").click()
        await visit.write(erik, "Where is my parcel?")
        await expect(now).to_contain_text("press Claim")
        await slack.connect(lambda _: "")
        await slack_card(slack)
        await story.get_by_role("button", name="Go to step 2").click()
        omar = visit.window("slack")
        await omar.get_by_role("button", name="Claim").click()
        await expect(now).to_contain_text("Answer in the thread")
        card = omar.locator(".main .message")
        await card.hover()
        await card.get_by_role("button", name="Answer in a thread").click()
        await visit.write(omar, "On Monday", thread=True)
        await expect(now).to_contain_text("it arrives in Telegram")
        await tg.send(ERIK, "Omar: On Monday")
        await expect(now).to_contain_text("Press Resolve")
        await omar.locator(".pane").get_by_role("button", name="Resolve").click()
        await expect(now).to_contain_text("give a rating")
        await tg.updates()
        keyboard = {"inline_keyboard": [[{"text": "5 Toppen", "callback_data": "rate:1:5"}]]}
        await tg.send(ERIK, "How did we do?", reply_markup=keyboard)

        async def thank() -> None:
            pressed = (await tg.updates(timeout=5))[-1]["callback_query"]
            await tg.call("answerCallbackQuery", callback_query_id=pressed["id"])

        await meanwhile(erik.get_by_role("button", name="5 Toppen").click(), thank)
        await expect(story).to_contain_text("That is a ticket’s life")
        await story.get_by_role("button", name="Close the story").click()
        await expect(story).to_be_hidden()
        await visit.page.reload()
        await expect(omar.locator(".message").first).to_be_visible()
        await expect(story).to_be_hidden()


async def test_the_inbox_beside_the_windows_is_signed_in_to_once(browser: BrowserContext) -> None:
    async with (
        toy_inbox() as inbox,
        TelegramRig() as tg,
        visiting(browser, inbox=f"{inbox}/signin/once", telegram=tg) as visit,
    ):
        frame = visit.page.frame_locator("iframe[name=inbox]")
        await frame.get_by_role("button", name="Sign in").click()
        await expect(frame.get_by_role("heading")).to_have_text("/ for omar")
        await visit.page.reload()
        await expect(frame.get_by_role("heading")).to_have_text("/ for omar")
        await tg.sim.do("start", who="Erik")
        await tg.send(ERIK, f"Ticket: {inbox.replace('127.0.0.1', 'localhost')}/tickets/7")
        await (await visit.be("telegram", "Erik")).locator(".message a").click()
        await expect(frame.get_by_role("heading")).to_have_text("/tickets/7 for omar")
        windows = visit.page.locator("#windows")
        await visit.page.get_by_role("button", name="Beside").click()
        await expect(windows).to_have_attribute("data-inbox", "beside")
        await visit.page.get_by_role("button", name="Away").click()
        await expect(visit.page.locator("iframe")).to_be_hidden()


# small screens, and what messages may hold


async def test_nothing_sticks_out_at_any_width(browser: BrowserContext) -> None:
    async with TelegramRig() as tg, SlackRig() as slack, DiscordRig() as dc:
        await slack_card(slack)
        await tg.sim.do("start", who="Erik")
        await tg.send(ERIK, "W" * 300)
        async with visiting(browser, slack=slack, discord=dc, telegram=tg) as visit:
            tabs = visit.page.get_by_role("navigation", name="Windows")
            for width in (360, 999, 1000, 1440):
                await visit.page.set_viewport_size({"width": width, "height": 800})
                await expect(tabs).to_be_visible(visible=width < 1000)
                for name in ("slack", "discord", "telegram"):
                    if width < 1000:
                        await tabs.get_by_role("button", name=name.capitalize()).click()
                    await expect(visit.window(name)).to_be_visible()
                    assert await visit.page.evaluate("document.documentElement.scrollWidth") <= width, (name, width)
                bubble = visit.window("telegram").locator(".message .frame").last
                box, outer = await bubble.bounding_box(), await visit.window("telegram").bounding_box()
                assert box and outer and box["x"] + box["width"] <= outer["x"] + outer["width"], width


async def test_on_a_phone_rooms_lie_behind_a_button_and_tabs_tell_what_is_unread(browser: BrowserContext) -> None:
    size = (390, 844)
    async with TelegramRig() as tg, SlackRig() as slack, visiting(browser, size, slack=slack, telegram=tg) as visit:
        tabs = visit.page.get_by_role("navigation", name="Windows")
        await tabs.get_by_role("button", name="Telegram").click()
        await slack.sim.do("write", who="Maja", room="customer-desk", text="Good morning")
        await tabs.get_by_role("button", name="Slack (unread)").click()
        omar = visit.window("slack")
        await expect(omar.locator(".message")).to_contain_text("Good morning")
        await expect(tabs.get_by_role("button", name="Slack", exact=True)).to_be_visible()
        rooms = omar.get_by_role("navigation", name="Rooms")
        await expect(rooms).to_be_hidden()
        await omar.get_by_role("button", name="Rooms", exact=True).click()
        await rooms.get_by_role("button", name="it-help").click()
        await expect(rooms).to_be_hidden()
        await expect(omar.get_by_role("combobox", name="Message it-help")).to_be_focused()


NASTY = """
<p onclick="alert(1)" style="color:red" id="x">kept <b>bold</b> &lt;i&gt;</p><script>alert(2)</script><style>*{}</style>
<img src="x" onerror="alert(3)"><a href="javascript:alert(4)">no</a>
<a href="https://acme.example/a?b=1#c" onclick="x()">yes</a>
<iframe src="//evil.example"></iframe><svg><script>alert(5)</script><a href="data:text/html,x">z</a></svg><h4>Title</h4>
<template><p>hidden</p></template><form action="//evil.example"><button>go</button></form>
<span class="mention evil">@A</span>
"""


async def test_markup_in_messages_comes_through_an_allowlist(browser: BrowserContext) -> None:
    async with TelegramRig() as tg, visiting(browser, telegram=tg) as visit:
        made = await visit.page.evaluate(
            """async (html) => {
                const { fragment } = await import("/static/sanitize.js");
                const holder = document.createElement("div");
                holder.append(fragment(html, (url) => ({ href: url.href, target: "_blank" })));
                return holder.innerHTML;
            }""",
            NASTY,
        )
        assert " ".join(made.split()) == (
            "<p>kept <b>bold</b> &lt;i&gt;</p> <a>no</a> "
            '<a href="https://acme.example/a?b=1#c" target="_blank" rel="noopener noreferrer">yes</a> '
            '<strong>Title</strong> go <span class="mention">@A</span>'
        )
        visit.complaints.clear()  # the browser reports what it did not run while the words were read
        await tg.sim.do("write", who="Anna", room="Support", text="<img src=x onerror=alert(1)>")
        anna = await visit.be("telegram", "Anna", "Support")
        await expect(anna.locator(".message.own .said")).to_have_text("<img src=x onerror=alert(1)>")
        assert tg.sim.last(SUPPORT).text == "<img src=x onerror=alert(1)>"

"""Agents at work in a real browser: two at one ticket, words that wait, drafts, canned responses; without scripts."""

from dataclasses import replace
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from inbox.desk import canned, claims, replies, tags, targets
from inbox.filestore import FileStore
from inbox.model import Message
from inbox.store import Tx, messages
from inbox.store import canned as stored
from sla.duration import Duration
from sla.policy import Rule, Targets
from tests.house import MONDAY
from tests.inbox.test_terms import with_policy
from tests.inbox.web.test_browser import CORPUS, window
from tests.inbox.web.visitor import Inbox

PHONE = {"width": 360, "height": 740}
pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True),
]


async def at(page: Page, number: int) -> None:
    """Opens a ticket and waits until it follows along."""
    await page.clock.set_fixed_time(MONDAY)
    await page.goto(f"/tickets/{number}")
    await page.locator(".live[data-state=on]").wait_for()


async def said(inbox: Inbox, number: int) -> list[Message]:
    return [m for m in await inbox.desk.look(messages.of_ticket, number) if m.role == "agent"]


async def test_two_agents_at_one_ticket(inbox: Inbox, chromium: Browser) -> None:
    """Omar is still writing when Lisa answers. His page tells him, keeps his words, and does not send them unasked."""
    number = await inbox.asked("Anna", "The VPN drops")
    async with (
        inbox.served() as address,
        window(inbox, chromium, address, "Omar") as omars,
        window(inbox, chromium, address, "Lisa") as lisas,
    ):
        omar, lisa = omars.page, lisas.page
        await at(omar, number)
        await at(lisa, number)
        await omar.keyboard.press("r")
        await omar.keyboard.type("Three o'clock?")
        await lisa.locator(".there.writing", has_text="Omar is writing").wait_for()
        await lisa.locator("#reply-words").fill("I am on it.")
        await lisa.keyboard.press("Control+Enter")
        await lisa.locator(".leaving", has_text="On its way to Anna").wait_for()
        await expect(lisa.locator(".leaving time")).to_have_text("5 s")
        await omar.locator(".voice", has_text="Lisa holds this ticket").wait_for()
        await expect(omar.locator("#reply-words")).to_have_value("Three o'clock?")
        await omar.get_by_role("button", name="Send to Anna").click()
        held = omar.locator(".decide", has_text="Three o'clock?")
        await held.wait_for()
        await expect(omar.locator(".toast")).to_have_text("Your reply is held: say at the top what shall become of it.")
        assert "did=" not in omar.url
        await held.get_by_role("button", name="Keep as note").click()
        await held.wait_for(state="detached")
        await lisa.locator(".said.note", has_text="Three o'clock?").wait_for()
        await lisa.get_by_role("button", name="Undo").click()
        await lisa.locator(".said.cancelled", has_text="I am on it.").wait_for()
        assert [(m.state, m.kind) for m in await said(inbox, number)] == [("cancelled", "message"), ("noted", "note")]
        assert omars.noted == [] and lisas.noted == []


async def test_a_draft_survives_what_else_is_done(inbox: Inbox, chromium: Browser) -> None:
    """Omar writes, claims the ticket, puts a canned response in, and sends: the words were kept all along."""
    house, number = inbox.house, await inbox.asked("Anna", "Hello")
    for name in ("reset", "toner"):
        await inbox.desk.do(canned.save, house.ids["Omar"], "it", name, "en", f"About the {name}, {{requester}}!")
    async with inbox.served() as address, window(inbox, chromium, address, "Omar") as watched:
        page = watched.page
        await at(page, number)
        await page.locator("#reply-words").fill("Dear Anna. ")
        await page.get_by_role("button", name="Claim", exact=True).click()
        await page.locator(".voice", has_text="It is yours").wait_for()
        words = page.locator("#reply-words")
        await expect(words).to_have_value("Dear Anna. ")
        await page.locator(".canned > summary").click()
        await page.locator("[data-filter]").fill("TON")
        await expect(page.locator(".canned li:visible")).to_have_count(1)
        await page.locator(".canned li:visible a").click()
        await expect(words).to_have_value("Dear Anna. About the toner, Anna!")
        await page.get_by_role("button", name="Send to Anna").click()
        await page.locator(".leaving").wait_for()
        await expect(words).to_have_value("")
        await page.reload()
        await expect(words).to_have_value("")
        (sent,) = await said(inbox, number)
        assert (sent.text, sent.state) == ("Dear Anna. About the toner, Anna!", "waiting")
        await words.fill("For my eyes")
        assert "For my eyes" in await page.evaluate("JSON.stringify(sessionStorage)")
        await page.get_by_role("button", name="Sign out").click()
        await page.get_by_text("You are signed out").wait_for()
        assert await page.evaluate("sessionStorage.length") == 0  # nothing is left for who sits down next
        assert watched.noted == []


async def test_what_somebody_types_is_not_drawn_over(inbox: Inbox, chromium: Browser) -> None:
    """A colleague writes meanwhile: the talk follows, the form that is being filled in waits until it is left."""
    number = await inbox.asked("Anna", "Hello")
    async with inbox.served() as address, window(inbox, chromium, address, "Omar") as watched:
        page = watched.page
        await at(page, number)
        await page.locator("[data-keep=tags] > summary").click()
        field = page.locator("input[name=tags]")
        await field.fill("half a t")
        lisa = inbox.house.ids["Lisa"]
        await inbox.desk.do(tags.add, number, lisa, "vpn")
        await inbox.desk.do(replies.note, number, lisa, "I tagged it.")
        await page.locator(".said.note", has_text="I tagged it.").wait_for()
        await expect(field).to_have_value("half a t")
        await field.fill("")
        await field.blur()
        await expect(page.locator("[data-keep=tags] .is")).to_have_text("vpn")
        assert await page.locator("[data-keep=tags]").get_attribute("open") is not None
        assert watched.noted == []


async def test_a_form_knows_the_ticket_as_its_author_saw_it(inbox: Inbox, chromium: Browser) -> None:
    """As long as nothing is written it follows the claim; from the first letter on it keeps what was seen then, even
    where nobody holds the ticket again."""
    number, lisa = await inbox.asked("Anna", "Hello"), inbox.house.ids["Lisa"]
    async with inbox.served() as address, window(inbox, chromium, address, "Omar") as watched:
        page = watched.page
        await at(page, number)
        fence, shown = page.locator("[data-draft=reply] [name=fence]"), page.locator(".voice")
        await inbox.desk.do(claims.claim, number, lisa)
        await expect(shown).to_have_attribute("data-fence", "1")
        await expect(fence).to_have_value("1")
        await page.keyboard.press("r")
        await page.keyboard.type("Me!")
        await inbox.desk.do(claims.release, number, lisa)
        await expect(shown).to_have_attribute("data-fence", "2")
        await expect(fence).to_have_value("1")
        await page.get_by_role("button", name="Send to Anna").click()
        await page.locator(".decide", has_text="Me!").wait_for()
        assert watched.noted == []


async def test_without_scripts_everything_is_done_as_well(inbox: Inbox, chromium: Browser) -> None:
    house, number = inbox.house, await inbox.asked("Anna", "Hello")
    await inbox.desk.do(canned.save, house.ids["Omar"], "it", "reset", "en", "Hello {requester}!")
    async with (
        inbox.served() as address,
        window(inbox, chromium, address, "Omar", java_script_enabled=False) as watched,
    ):
        page = watched.page
        await page.get_by_role("button", name=f"Claim #{number}").click()
        await page.get_by_text("It is yours.", exact=True).wait_for()
        await page.locator(".canned > summary").click()
        await page.locator(".canned li a").click()
        await expect(page.locator("#reply-words")).to_have_value("Hello Anna!")
        await page.get_by_role("button", name="Send to Anna").click()
        await page.locator(".leaving", has_text="Hello Anna!").wait_for()
        await page.get_by_role("button", name="Undo").click()
        await page.locator(".said.cancelled", has_text="Hello Anna!").wait_for()
        await page.locator("summary", has_text="Internal note").click()
        await page.locator("#note-words").fill("She rang.")
        await page.get_by_role("button", name="Keep note").click()
        await page.locator(".said.note", has_text="She rang.").wait_for()
        await page.locator("summary", has_text="Snooze").click()
        await page.get_by_role("button", name="Tomorrow 9").click()
        await page.locator(".pill.snoozed", has_text="3 March 09:00").wait_for()
        await inbox.desk.do(claims.take_over, number, house.ids["Lisa"])
        await page.reload()
        await page.locator("summary", has_text="Take over").click()
        await page.get_by_role("button", name="Take over from Lisa").click()
        await page.locator(".voice", has_text="It is yours").wait_for()
        assert watched.noted == []


async def test_what_agents_write_stays_words(inbox: Inbox, chromium: Browser) -> None:
    """Payloads in words that wait, in canned responses and in what was refused: shown as written, nothing runs."""
    omar = inbox.house.ids["Omar"]
    number = await inbox.asked("Anna", "Hello")
    await inbox.desk.do(claims.claim, number, inbox.house.ids["Lisa"])
    for n, payload in enumerate(CORPUS):
        await inbox.desk.do(replies.reply, number, omar, payload)
        await inbox.desk.do(_prepared, omar, f"p{n}", payload)
    async with inbox.served() as address, window(inbox, chromium, address, "Omar") as watched:
        page = watched.page
        await at(page, number)
        shown = await page.locator(".decide .words").evaluate_all("(all) => all.map((one) => one.textContent)")
        assert [payload for payload in CORPUS if payload not in shown] == []
        await page.goto("/canned?queue=it&name=p0&language=en")
        shown = await page.locator(".responses .words").evaluate_all("(all) => all.map((one) => one.textContent)")
        assert [payload for payload in CORPUS if payload not in shown] == []
        await expect(page.locator("textarea[name=text]")).to_have_value(CORPUS[0])
        await page.goto(f"/tickets/{number}?canned=p8")
        await expect(page.locator("#reply-words")).to_have_value(CORPUS[8])
        assert watched.noted == [] and "pwned" not in await page.title()


def _prepared(tx: Tx, now: object, agent: int, name: str, text: str) -> None:
    """A canned response past the rules for its variables."""
    stored.put(tx, MONDAY, stored.Prepared("it", name, "en", text), agent)


# what is too small to be pressed, or has no name for those who do not see it
UNFIT = """() => [
  ...[...document.querySelectorAll("a, button, summary")].filter(
    (one) => (one.offsetWidth > 1 && one.getBoundingClientRect().height < 24)
      || !(one.textContent.trim() || one.ariaLabel)),
  ...[...document.querySelectorAll("input:not([type=hidden]), select, textarea")].filter(
    (one) => !one.labels.length && !one.ariaLabel),
].map((one) => one.outerHTML.slice(0, 90))"""


async def test_the_pages_of_agents_fit_a_phone(inbox: Inbox, chromium: Browser) -> None:
    """Nothing hangs over the edge, and what is pressed is large enough for a finger; for a lead, who has most forms."""
    house, plan = inbox.house, Rule({"plan": "Vorzugsbehandlung" * 3}, Targets({"claim": {"normal": Duration(60)}}))
    inbox.desk.directory = with_policy(inbox.desk.directory, lambda policy: replace(policy, rules=(plan,)))
    number = await inbox.asked("Anna", "Rindfleischetikettierungsüberwachungsaufgaben" * 4)
    await inbox.desk.do(claims.claim, number, house.ids["Lisa"])
    await inbox.desk.do(replies.reply, number, house.ids["Maja"], "Donaudampfschifffahrtsgesellschaft" * 9)
    await inbox.desk.do(canned.save, house.ids["Maja"], "it", "long", "en", "Kapitänsmützenabzeichen" * 20)
    await inbox.desk.do(targets.set_target, number, house.ids["Maja"], "resolution", "2 working days", "Dampf" * 99)
    async with (
        inbox.served() as address,
        window(inbox, chromium, address, "Maja", has_touch=True, is_mobile=True, viewport=PHONE) as watched,
    ):
        page = watched.page
        for path in (f"/tickets/{number}", "/canned", "/?show=decide"):
            await page.goto(path)
            for details in await page.locator("details").all():  # of some only one is open at a time
                assert await details.evaluate(WIDE_OPEN) == 360, f"{path} {await details.inner_text()}"
            assert await page.evaluate("document.documentElement.scrollWidth") == 360, path
            assert await page.evaluate(UNFIT) == [], path
        await page.goto(f"/tickets/{number}")
        heights = await page.locator(".acts .button:visible").evaluate_all("(all) => all.map((b) => b.offsetHeight)")
        assert heights and min(heights) >= 44


async def test_files_are_pasted_and_dropped_into_an_answer(inbox: Inbox, chromium: Browser, tmp_path: Path) -> None:
    """A picture from the clipboard goes along; words that bring their picture stay words; too much is told at once."""
    inbox = Inbox(inbox.house, files=FileStore(tmp_path, 1000))
    number = await inbox.asked("Anna", "Where is the button?")
    async with inbox.served() as address, window(inbox, chromium, address, "Omar") as watched:
        page = watched.page
        await at(page, number)
        words, files = page.locator("#reply-words"), page.locator(".reply [type=file]")
        await words.evaluate(BRINGS, ["paste", ["shot.png", "image/png", 10], ""])
        await words.evaluate(BRINGS, ["paste", ["sheet.png", "image/png", 10], "words of a sheet"])
        await words.evaluate(BRINGS, ["drop", ["log.txt", "text/plain", 10], ""])
        assert await files.evaluate("(field) => [...field.files].map((one) => one.name)") == ["shot.png", "log.txt"]
        await words.evaluate(BRINGS, ["drop", ["film.mov", "video/mp4", 1000], ""])
        await page.get_by_role("button", name="Send to Anna").click()
        assert await files.evaluate("(field) => field.validationMessage") == "At most 1 kB go with one message."
        await files.set_input_files([{"name": "shot.png", "mimeType": "image/png", "buffer": b"x" * 10}])
        await page.get_by_role("button", name="Send to Anna").click()  # without a word
        await page.locator(".leaving", has_text="shot.png").wait_for()
        (sent,) = await said(inbox, number)
        assert (sent.text, sent.state) == ("", "waiting") and watched.noted == []


WIDE_OPEN = "(element) => ((element.open = true), document.documentElement.scrollWidth)"
BRINGS = """(field, [kind, [name, type, size], words]) => {
  const came = new DataTransfer();
  came.items.add(new File([new Uint8Array(size)], name, { type }));
  if (words) came.setData("text/plain", words);
  const init = { bubbles: true, cancelable: true };
  field.dispatchEvent(kind === "paste"
    ? new ClipboardEvent("paste", { ...init, clipboardData: came })
    : new DragEvent(kind, { ...init, dataTransfer: came }));
}"""


async def test_the_keyboard_stays_where_it_is(inbox: Inbox, chromium: Browser) -> None:
    """Something else happens while Omar is about to press a button: it is drawn anew, and he is on it still. What is
    folded up with Escape leaves him on what unfolds it."""
    await inbox.asked("Anna", "The VPN drops")
    number = await inbox.asked("Erik", "Where is my parcel?")
    async with inbox.served() as address, window(inbox, chromium, address, "Omar") as watched:
        page = watched.page
        await page.locator(".live[data-state=on]").wait_for()
        claim = page.get_by_role("button", name=f"Claim #{number}")
        await claim.focus()
        other = await inbox.file(subject="Something else", priority="urgent", due_at=MONDAY)
        await page.locator(".ticket", has_text="Something else").wait_for()
        await expect(claim).to_be_focused()
        await inbox.desk.do(claims.claim, number, inbox.house.ids["Lisa"])
        await expect(page.get_by_role("link", name="Where is my parcel?")).to_be_focused()
        await at(page, other)
        snooze = page.locator("[data-keep=snooze] > summary")
        await snooze.click()
        await page.locator("[data-keep=snooze] [name=until]").first.focus()
        await page.keyboard.press("Escape")
        await expect(snooze).to_be_focused()
        await inbox.desk.do(claims.claim, other, inbox.house.ids["Omar"])
        await page.get_by_role("button", name="Release").wait_for()
        await expect(snooze).to_be_focused()
        assert watched.noted == []


async def test_found_with_the_keyboard_alone(inbox: Inbox, chromium: Browser) -> None:
    number = await inbox.asked("Anna", "The VPN drops")
    await inbox.asked("Erik", "Where is my parcel?")
    async with inbox.served() as address, window(inbox, chromium, address, "Omar") as watched:
        page = watched.page
        await at(page, number)
        await page.keyboard.press("u")
        await page.wait_for_url("**/")
        await page.keyboard.press("/")
        await page.keyboard.type("vpn")
        await page.keyboard.press("Enter")
        await page.get_by_role("heading", name="“vpn”").wait_for()
        await expect(page.locator(".ticket")).to_have_count(1)
        await page.locator(".live[data-state=on]").wait_for()
        await page.keyboard.press("j")
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"**/tickets/{number}")
        await page.keyboard.press("/")
        await expect(page.locator("[data-find]")).to_be_focused()
        assert watched.noted == []

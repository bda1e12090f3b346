"""Files that an agent sends along from the browser reach people on every platform, and colleagues, byte for byte."""

from pathlib import Path

import httpx

from inbox.store import tickets
from tests.inbox.deeds import one_engine
from tests.inbox.web.visitor import PAGE, csrf
from tests.test_story_any_to_any import desk_answered_from
from tests.test_story_files_cross import TYPES, arrived, asked_with_a_picture, content
from tests.test_story_words_cross import everybody
from tests.world import running

NAMES = ("shot.png", "film.mp4", "bill.pdf")


@one_engine
async def test_files_from_the_browser_cross_as_they_are(database_url: str, tmp_path: Path) -> None:
    async with running(database_url, desk_answered_from("slack"), files_dir=tmp_path) as world:
        pairs = list(await everybody(world, "slack"))
        for number, pair in enumerate(pairs, 1):
            await asked_with_a_picture(pair.requester, pair.holder, pair.tag)
            await world.settled()
            ticket = await world.app.desk.look(tickets.get, number)
            assert ticket and ticket.assignee_id
            async with httpx.AsyncClient(headers=PAGE) as omar:
                link = await world.app.sign_in_link(ticket.assignee_id)
                assert (await omar.post(link)).status_code == 303
                here = f"{world.app.url}/tickets/{number}"
                form = {"csrf": csrf(await omar.get(here)), "once": "a", "words": f"Here, {pair.tag}"}
                files = [("files", (name, content(name, pair.tag), TYPES[name])) for name in NAMES]
                assert (await omar.post(f"{here}/reply", data=form, files=files)).status_code == 303
            asks = pair.requester
            answer = await asks.client.reads(f"Here, {pair.tag}", asks.room)
            asks.room, asks.thread = answer.room, answer.thread
            for reader in (asks, pair.holder):
                await arrived(pair.holder, reader, NAMES, pair.tag)

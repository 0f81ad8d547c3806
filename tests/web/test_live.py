"""Pages follow the data by themselves, and keep what a person chose and where they read."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import httpx
import pytest
from tests.web.test_browser import Visitor, kpi, visiting

from deskpulse.core.events import bus
from deskpulse.web.live import Live

if TYPE_CHECKING:
    from playwright.sync_api import Browser


def test_many_changes_in_a_row_are_few_looks() -> None:
    seen: list[str] = []

    def page(name: str):  # type: ignore[no-untyped-def]
        async def renew() -> None:
            seen.append(name)

        return renew

    async def play() -> None:
        live = Live(0.05)
        leave = [live.follow("acme", page("one")), live.follow("acme", page("two")), live.follow("other", page("no"))]
        for _ in range(40):
            await asyncio.to_thread(bus.announce, "tickets.changed", "acme")
        bus.announce("tickets.changed", "unheard-of")
        bus.announce("run.finished", "acme")
        await asyncio.sleep(0.2)
        looks = len(seen)
        assert seen[:2] == ["one", "two"], "the first change is shown at once"
        assert 2 <= looks <= 10
        await asyncio.sleep(0.15)
        assert len(seen) == looks, "nothing changed since"
        leave[0]()
        bus.announce("tickets.changed", "acme")
        await asyncio.sleep(0.1)
        assert seen[looks:] == ["two"], "who has left is not asked"
        live.close()
        bus.announce("tickets.changed", "acme")
        await asyncio.sleep(0.1)
        assert seen[looks:] == ["two"]

    asyncio.run(play())
    assert "no" not in seen


@pytest.fixture
def visitor(browser: Browser, served: str) -> Iterator[Visitor]:
    yield from visiting(browser, served, width=1440, height=700)


def push(served: str, *ids: str) -> None:
    rows = [
        {"external_id": i, "subject": f"Pushed {i}", "created_at": "2026-06-30T08:00:00Z", "status": "open",
         "channel": "email"} for i in ids
    ]  # fmt: skip
    answer = httpx.post(
        f"{served}/api/v1/push/tickets", params={"workspace": "live"}, json={"source": "shop", "rows": rows},
        trust_env=False,
    )  # fmt: skip
    assert answer.status_code == 202, answer.text


@pytest.mark.browser
def test_the_overview_follows_and_keeps_scroll_and_filters(visitor: Visitor, served: str) -> None:
    page = visitor.open("/?workspace=live&where=channel=email")
    assert re.fullmatch(r"as of \d\d:\d\d", page.locator(".fresh").inner_text())
    page.evaluate("scrollTo(0, 300)")
    page.evaluate("document.querySelector('.kpi-value').dataset.mine = 'kept'")
    before = kpi(page)
    push(served, "a", "b", "c")
    page.locator(".kpi-value > span", has_text=re.compile(f"^{before + 3:,}$")).first.wait_for(timeout=10_000)
    assert page.evaluate("scrollY") == 300
    assert page.locator(".filters .chip.on").count() == 1
    assert page.evaluate("document.querySelector('.kpi-value').dataset.mine") == "kept", "nothing was built anew"
    assert page.locator("#main").get_attribute("aria-busy") == "false"


@pytest.mark.browser
def test_a_list_that_is_read_offers_new_rows_instead_of_jumping(visitor: Visitor, served: str) -> None:
    page = visitor.open("/tickets?workspace=live&period=12m")
    count = int(page.locator(".count").inner_text().split()[0])
    push(served, "d")
    page.locator(".count", has_text=f"{count + 1} tickets").wait_for(timeout=10_000)
    page.evaluate("document.querySelector('.window').scrollTop = 400")
    page.wait_for_timeout(100)
    push(served, "e")
    offer = page.get_by_role("button", name="New data: show")
    offer.wait_for(timeout=10_000)
    assert page.evaluate("document.querySelector('.window').scrollTop") == 400
    offer.click()
    page.locator(".count", has_text=f"{count + 2} tickets").wait_for()
    assert offer.count() == 0
    assert page.evaluate("document.querySelector('.window').scrollTop") == 0

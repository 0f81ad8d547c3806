"""The page of what needs a look in a real browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.web.test_browser import visiting

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
READY = "document.querySelector('.table-card tbody tr') && !document.querySelector('.board .pending')"


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (390, "dark")])
def test_a_list_is_chosen_and_its_rows_lead_to_their_tickets(
    browser: Browser, served: str, width: int, theme: str
) -> None:
    for visitor in visiting(browser, served, theme=theme, width=width):
        page = visitor.page
        page.goto(visitor.base + "/problems?period=90d")
        page.wait_for_function(READY, timeout=120_000)
        chosen = page.locator(".incident-list button").nth(1)
        name = chosen.locator("b").inner_text()
        chosen.click()
        page.wait_for_function(f"document.querySelector('.table-card h2').innerText === {name!r}")
        page.wait_for_function("location.search.includes('list=')")
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
        visitor.shot(f"problems-{width}")
        row = page.locator(".table-card tbody th a").first
        subject = row.inner_text()
        row.click()
        page.get_by_role("dialog").locator(".thread article").first.wait_for(timeout=60_000)
        assert page.get_by_role("dialog").locator("h2").inner_text() == subject


def test_a_manager_begins_learning_and_sees_how_it_ended(browser: Browser, served: str) -> None:
    for visitor in visiting(browser, served):
        page = visitor.page
        page.goto(visitor.base + "/problems?workspace=live")
        offer = page.get_by_role("button", name="Learn from the past")
        offer.first.wait_for(timeout=120_000)
        before = page.locator(".facts-card", has_text="How right predictions are").inner_text()
        assert "Nothing is predicted yet." in before
        offer.first.click()
        told = page.locator(".facts-card", has_text="beat what was there before")
        told.wait_for(timeout=120_000)
        assert "needed" in told.inner_text()
        assert page.locator(".progress").count() == 0
        visitor.shot("problems-learned")

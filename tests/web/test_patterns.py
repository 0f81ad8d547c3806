"""The page of patterns in a real browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.web.test_browser import visiting

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
READY = "document.querySelector('.table-card tbody tr') && !document.querySelector('.board .pending')"


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (390, "dark")])
def test_patterns_are_shown_and_lead_to_their_tickets(browser: Browser, served: str, width: int, theme: str) -> None:
    for visitor in visiting(browser, served, theme=theme, width=width):
        page = visitor.page
        page.goto(visitor.base + "/patterns")
        page.wait_for_function(READY, timeout=120_000)
        titles = page.locator(".board h2").all_inner_texts()
        assert titles == [
            "The week", "What stands out", "Months", "Weekdays", "Growing and shrinking", "Who comes back",
            "Beside its own past", "Before escalations", "Before customers leave",
        ]  # fmt: skip
        assert page.get_by_text("Weekday: above").count() == 1
        first = page.locator(".table-card", has_text="Growing and shrinking").locator("tbody th a").first.inner_text()
        assert first[0].isupper()  # our own codes are told as words
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
        visitor.shot(f"patterns-{width}")
        page.get_by_label("What grows, by").select_option("channel")
        page.wait_for_function("location.search.includes('by=channel')")
        page.wait_for_function(READY, timeout=120_000)
        row = page.locator(".table-card", has_text="Beside its own past").locator("tbody th a").first
        assert row.inner_text() == "Tickets created, a day"
        row.click()
        page.wait_for_url("**/tickets?**")
        assert "metric=tickets_created" in page.url


def test_a_cell_of_the_week_leads_to_its_tickets(browser: Browser, served: str) -> None:
    for visitor in visiting(browser, served, theme="light", width=1440):
        page = visitor.page
        page.goto(visitor.base + "/patterns")
        page.wait_for_function(READY, timeout=120_000)
        box = page.locator(".chart-card canvas").first.bounding_box()
        assert box is not None
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 3)
        page.wait_for_url("**/tickets?**")
        assert "weekday" in page.url
        assert "hour" in page.url

"""The Insights page in a real browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.web.test_browser import visiting

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
READY = "document.querySelector('.news-card') && !document.querySelector('.board .pending')"


@pytest.mark.parametrize(("width", "theme"), [(1440, "dark"), (390, "light")])
def test_news_stand_beside_what_needs_a_look(browser: Browser, served: str, width: int, theme: str) -> None:
    for visitor in visiting(browser, served, theme=theme, width=width):
        page = visitor.page
        page.goto(visitor.base + "/insights")
        page.wait_for_function(READY, timeout=120_000)
        assert page.locator(".table-card tbody tr").count() > 0
        assert page.locator(".facts-card .notes li").count() > 0
        page.locator(".choices select").select_option("30")
        page.wait_for_function("location.search.includes('days=30')", timeout=30_000)
        page.wait_for_function(READY, timeout=120_000)
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
        visitor.shot(f"insights-{width}")

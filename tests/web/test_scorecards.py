"""The Scorecards page in a real browser, and the form of a quality review on a ticket."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.web.test_browser import visiting

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
READY = "document.querySelector('.review-list details') && !document.querySelector('.board .pending')"


def test_units_stand_beside_one_of_them_and_a_ticket_is_reviewed(browser: Browser, served: str) -> None:
    for visitor in visiting(browser, served):
        page = visitor.page
        page.goto(visitor.base + "/scorecards?period=90d")
        page.wait_for_function(READY, timeout=120_000)
        second = page.locator("button.score-row").nth(1)
        name = second.locator(".who b").inner_text()
        second.click()
        page.wait_for_function(f"document.querySelector('.score-card h2').innerText === '{name}'")
        assert page.locator(".score-card .criteria li").count() > 0
        visitor.shot("scorecards")
        offer = page.locator(".review-list details").first.locator("li a").first
        subject = offer.inner_text()
        offer.click()
        form = page.locator("details.review form")
        form.wait_for(timeout=60_000)
        assert page.get_by_role("dialog").locator("h2").inner_text() == subject
        save = form.get_by_role("button", name="Save review")
        assert save.is_disabled()
        for field in form.locator("fieldset").all():
            field.locator("button").nth(1).click()
        form.locator("textarea").fill("<b>Kind</b> words")
        save.click()
        past = page.locator(".review .past")
        past.wait_for()
        assert past.locator("header b").inner_text() == "3.4 of 5"  # 1 + 4 × (9 × ½ + 2) ÷ 11
        assert past.get_by_text("<b>Kind</b> words").count() == 1
        visitor.shot("review", full=False)
        past.get_by_role("button", name="Remove").click()
        past.wait_for(state="detached")


def test_scorecards_fit_a_phone_in_the_dark(browser: Browser, served: str) -> None:
    for visitor in visiting(browser, served, theme="dark", width=390, height=844):
        page = visitor.page
        page.goto(visitor.base + "/scorecards?period=90d&by=team")
        page.wait_for_function(READY, timeout=120_000)
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
        visitor.shot("scorecards-phone")

"""The Forecast page in a real browser: what it shows, keeps, and redraws without fitting."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from tests.web.test_browser import Visitor, visiting

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
READY = "document.querySelector('.facts-card .lead') && !document.querySelector('.board .pending')"


@pytest.fixture(params=[(1440, "light"), (1440, "dark"), (390, "light")], ids=["light", "dark", "phone"])
def visitor(request: pytest.FixtureRequest, browser: Browser, served: str) -> Iterator[Visitor]:
    width, theme = request.param
    yield from visiting(browser, served, theme=theme, width=width)


def test_a_forecast_stands_beside_the_naive_and_says_how_wrong_it_was(
    visitor: Visitor, request: pytest.FixtureRequest
) -> None:
    page = visitor.page
    page.goto(visitor.base + "/forecast?horizon=14d")
    page.wait_for_function(READY, timeout=120_000)
    assert "last season" in page.locator(".facts-card .lead").inner_text()
    assert page.locator(".facts-card").inner_text().count("%") >= 4
    chosen = page.locator(".table-card tr.chosen")
    assert chosen.count() == 1
    assert "chosen" in chosen.inner_text()
    assert "naive" in page.locator(".table-card").first.inner_text()
    page.locator(".chart-card").first.get_by_label("Show as table").click()
    rows = page.locator(".chart-card").first.locator("tbody tr")
    assert rows.count() == 14
    assert " – " in rows.first.inner_text()
    page.locator(".chart-card").first.get_by_label("Show as chart").click()
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    visitor.shot(f"forecast-{request.node.callspec.id}")


def test_a_slider_redraws_the_scenario_and_a_forecast_is_kept(browser: Browser, served: str) -> None:
    for visitor in visiting(browser, served):
        page = visitor.page
        page.goto(visitor.base + "/forecast?horizon=14d")
        page.wait_for_function(READY, timeout=120_000)
        contacts = page.locator(".figures tr", has_text="Contacts").locator("td")
        before = [float(text.replace(",", "")) for text in contacts.all_inner_texts()]
        assert before[0] == before[1]
        page.locator(".sliders input").first.fill("50")
        page.wait_for_function("(b) => document.querySelectorAll('.figures td')[1].innerText !== b",
                               arg=contacts.nth(1).inner_text(), timeout=10_000)  # fmt: skip
        after = [float(text.replace(",", "")) for text in contacts.all_inner_texts()]
        assert after[0] == before[0]
        assert after[1] == pytest.approx(1.5 * before[0], abs=1)
        page.get_by_label("Name of the scenario").fill("Half more")
        page.get_by_role("button", name="Save", exact=True).click()
        page.get_by_label("Saved scenarios").locator("option", has_text="Half more").wait_for(state="attached")
        page.get_by_role("button", name="Set all to 0").click()
        page.wait_for_function("(b) => document.querySelectorAll('.figures td')[1].innerText === b",
                               arg=contacts.nth(0).inner_text(), timeout=10_000)  # fmt: skip
        page.get_by_label("Saved scenarios").select_option("Half more")
        page.get_by_text("Half more: tickets, the next 28 days.").wait_for(timeout=60_000)
        assert page.locator(".sliders input[type=range]").first.input_value() == "50"
        assert [float(t.replace(",", "")) for t in contacts.all_inner_texts()] == pytest.approx(after, abs=1)
        page.get_by_role("button", name="Keep and check it").click()
        page.locator(".table-card", has_text="Kept forecasts").get_by_text("open", exact=True).wait_for(timeout=60_000)
        page.goto(visitor.base + "/forecast?horizon=14d")
        page.get_by_text("A kept forecast, as it was made on").wait_for(timeout=60_000)


def test_days_of_the_past_are_left_out_for_this_view(browser: Browser, served: str) -> None:
    for visitor in visiting(browser, served):
        page = visitor.page
        page.goto(visitor.base + "/forecast?horizon=14d")
        page.wait_for_function(READY, timeout=120_000)
        page.get_by_role("button", name="Leave out days…").click()
        day = page.get_by_label("First day").get_attribute("max")
        earlier = (date.fromisoformat(day) - timedelta(days=9)).isoformat()
        page.get_by_label("First day").fill(earlier)
        page.get_by_role("button", name="Leave out", exact=True).click()
        page.get_by_text("1 marked step was left out of fitting and of the error.").wait_for(timeout=60_000)
        assert f"ignore={earlier}" in page.url
        page.get_by_label(f"Take in again: {earlier}").click()
        page.get_by_text("1 marked step was").wait_for(state="detached", timeout=60_000)
        assert "ignore" not in page.url


def test_every_axis_of_a_chart_has_words() -> None:
    from typing import get_args

    from deskpulse.charts.model import AxisKind, ChartData, Series
    from deskpulse.charts.svg import chart_svg

    for axis in get_args(AxisKind):
        data = ChartData(title="x", categories=("2026-03-02T10:15+01:00", "2026-03-02T10:30+01:00"), axis=axis,
                         series=(Series(name="a", values=(1.0, 2.0)),), unit="count")  # fmt: skip
        assert "<svg" in chart_svg("line", data), axis


def test_an_empty_workspace_and_too_short_a_past_are_told(browser: Browser, served: str) -> None:
    for visitor in visiting(browser, served):
        page = visitor.page
        page.goto(visitor.base + "/forecast?workspace=empty")
        page.get_by_text("has no data yet").wait_for()
        page.goto(visitor.base + "/forecast?workspace=live&grain=month&horizon=12m&metric=calls_offered")
        page.wait_for_function("!document.querySelector('.board .pending')", timeout=120_000)
        assert page.locator(".chart-card").first.locator(".nothing").inner_text()


def test_the_plan_is_a_table_of_shifts() -> None:
    from deskpulse.web.forecast.cards import plan_csv

    shift = {"start": 8, "end": 16, "break_at": None, "people": 3}
    days = [{"weekday": "Monday", "date": "2026-11-02", "shifts": [shift]}]
    for basis, first in (("past", {"weekday": "Monday"}), ("forecast", {"date": "2026-11-02"})):
        text = plan_csv({"basis": basis, "plan": {"days": days}}).decode()
        rows = list(csv.DictReader(io.StringIO(text)))
        assert rows == [{**first, "start": "8", "end": "16", "break_at": "", "people": "3"}]


def test_the_grid_asks_a_usual_week_or_the_days_to_come_and_says_what_it_lacks(browser: Browser, served: str) -> None:
    for visitor in visiting(browser, served):
        page = visitor.page
        page.goto(visitor.base + "/forecast?horizon=14d")
        page.wait_for_function(READY, timeout=120_000)
        grid = page.locator(".chart-card", has_text="Staffing").last
        grid.get_by_text("There are no calls in the period.").wait_for(timeout=60_000)
        page.get_by_label("Staffing: by").select_option("forecast")
        grid.get_by_text("There is no data of calls_offered to forecast from.").wait_for(timeout=60_000)
        assert "staff=forecast" in page.url
        page.reload()
        grid.get_by_text("There is no data of calls_offered to forecast from.").wait_for(timeout=120_000)
        assert page.get_by_label("Staffing: by").input_value() == "forecast"

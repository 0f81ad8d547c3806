"""The Why page: its cards add up to the change, its addresses are filled in, and it works in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.web.test_browser import visiting
from tests.web.worlds import open_desk

from deskpulse.desk import Desk
from deskpulse.insights.drivers.room import DriverRoom
from deskpulse.metrics.filters import parse_filter
from deskpulse.web.overview.cards import kpi
from deskpulse.web.overview.questions import Answers, questions
from deskpulse.web.tickets.listing import list_query
from deskpulse.web.view import View
from deskpulse.web.why import cards
from deskpulse.web.why.address import may_explain, why_address

if TYPE_CHECKING:
    from playwright.sync_api import Browser

VIEW = View(period="90d")
BASE: dict[str, Any] = {"title": "", "message": ""}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder: Path = tmp_path_factory.mktemp("why")
    with open_desk(folder, 3_000) as found:
        yield found


def why(desk: Desk, metric: str) -> dict[str, Any]:
    window = VIEW.window(desk.describe_workspace(desk.principal()))
    spec = {"metric": metric, "from": window.start.isoformat(), "to": window.end.isoformat()}
    return DriverRoom(desk, desk.principal()).why(spec)


@pytest.mark.parametrize("metric", ["tickets_created", "csat", "sentiment_mean", "first_reply_time_seconds_mean"])
def test_the_steps_lead_from_the_value_before_to_that_of_now(desk: Desk, metric: str) -> None:
    found = why(desk, metric)
    for by in cards.cuts(found):
        card = cards.steps(found, BASE, by)
        first, *bars, last = [bar["value"] for bar in card["option"]["series"][0]["data"]]
        assert first[1] == pytest.approx(found["before"]["value"])
        assert last[1] == pytest.approx(found["after"]["value"])
        levels = [first[1], *(bar[1] for bar in bars)]
        assert [bar[0] for bar in bars] == pytest.approx(levels[:-1])
        assert levels[-1] == pytest.approx(found["after"]["value"])
        assert len(set(card["option"]["yAxis"]["data"])) == len(bars) + 2


def test_a_slice_leads_to_its_very_tickets(desk: Desk) -> None:
    found = why(desk, "tickets_created")
    workspace = desk.describe_workspace(desk.principal())
    card = cards.slices(found, BASE, "channel", VIEW, workspace["slug"])
    for row in card["rows"]:
        page = desk.tickets(desk.principal(), list_query(View.read(urlsplit(row["href"]).query), workspace))
        assert f"{page.total:,}" == row["cells"][2]


def test_changes_lead_to_the_page_filled_in(desk: Desk) -> None:
    principal = desk.principal()
    view = View(period="90d", filters=(parse_filter("channel = email"),))
    answers = Answers.of(desk.query_many(principal, questions(view, desk.describe_workspace(principal))))
    card = kpi(answers.pulse, "tickets_created", view, "default")
    asked = parse_qs(urlsplit(card["why"]).query)
    assert urlsplit(card["why"]).path == "/why"
    assert asked == {"workspace": ["default"], "period": ["90d"], "where": ["channel = email"],
                     "metric": ["tickets_created"]}  # fmt: skip
    assert why_address(view, "default", "cost_per_contact") == ""
    assert may_explain("full_resolution_time_seconds_median")
    assert not may_explain("cost_per_contact")
    assert not may_explain("nonsense")
    spec = why_address(view, "default", "csat", before_from="2026-01-01", before_to="2026-01-08")
    assert "before_from=2026-01-01&before_to=2026-01-08" in spec


READY = "document.querySelector('.board.why .table-card tbody tr') && !document.querySelector('.board .pending')"


@pytest.mark.browser
@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (390, "dark")])
def test_a_change_on_the_overview_leads_to_why_and_another_metric_is_chosen(
    browser: Browser, served: str, width: int, theme: str
) -> None:
    for visitor in visiting(browser, served, theme=theme, width=width):
        page = visitor.page
        page.goto(visitor.base + "/")
        pill = page.locator(".kpi a.pill").first
        pill.wait_for(timeout=120_000)
        pill.click()
        page.wait_for_url("**/why?**metric=**", timeout=60_000)
        page.wait_for_function(READY, timeout=120_000)
        assert page.locator(".facts-card h2").first.inner_text() == "Tickets created"
        visitor.shot(f"why-{width}")
        page.locator(".choices select").select_option("csat")
        page.wait_for_function("document.querySelector('.facts-card h2').innerText === 'CSAT'", timeout=120_000)
        assert "metric=csat" in page.url
        page.locator(".chart-card select").select_option("team")
        page.wait_for_function("location.search.includes('by=team')")
        page.wait_for_function("[...document.querySelectorAll('.table-card h2')].some(h => h.innerText === 'By team')")
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0

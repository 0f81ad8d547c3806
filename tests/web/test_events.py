"""The Events page: cards and form as plain data, marks on charts, and the page in a real browser."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from tests.web.test_browser import visiting

from deskpulse.charts.catalog import chart
from deskpulse.charts.model import ChartData, Mark, Series
from deskpulse.core.errors import InputError
from deskpulse.web.events import cards
from deskpulse.web.known import placed

if TYPE_CHECKING:
    from playwright.sync_api import Browser

FORM: dict[str, Any] = {"name": "Sale", "kind": "campaign", "first": "2026-03-02", "last": "2026-03-04", "where": ""}


def test_a_form_says_an_event_and_an_event_fills_the_form() -> None:
    spec = cards.spec_of(FORM)
    assert (spec["start"], spec["end"], spec["where"], spec["ignore"]) == ("2026-03-02", "2026-03-05", None, False)
    assert cards.spec_of({**FORM, "last": ""})["end"] is None
    assert cards.spec_of({**FORM, "last": "2026-03-02"})["end"] is None
    timed = {**FORM, "first": "2026-03-02T08:00", "last": "2026-03-02T09:30", "timed": True, "ignore": True}
    assert cards.spec_of(timed)["end"] == "2026-03-02T09:30"
    for wrong in ({}, {**FORM, "last": "soon"}):
        with pytest.raises(InputError):
            cards.spec_of(wrong)
    kept = {**spec, "event_id": "e", "written_by": "local", "written_at": "2026-03-01T10:00:00+00:00"}
    shown = cards.listed({"events": [kept], "kinds": ["campaign"], "timezone": "UTC"}, date(2026, 3, 1))
    [line] = shown["years"][0]["items"]
    assert (line["when"], line["flags"]) == ("Mar 2, 2026 – Mar 4, 2026", ["to come"])
    assert cards.spec_of(line["form"]) == spec
    assert "Nothing is known" in cards.listed({"events": [], "kinds": [], "timezone": "UTC"}, date(2026, 3, 1))["about"]


def test_events_stand_on_their_periods() -> None:
    days = [f"2026-03-{day:02d}" for day in range(1, 8)]
    at = [datetime(2026, 3, day, hour, tzinfo=UTC) for day, hour in ((1, 23), (3, 23), (5, 12), (9, 0))]
    found = placed([("two days", at[0], at[1]), ("moment", at[2], at[2]), ("later", at[3], at[3])], days,
                   "Europe/Berlin")  # fmt: skip
    assert found == (Mark(name="two days", first=1, last=2), Mark(name="moment", first=4, last=4))
    weeks = placed([("sale", at[0], at[2])], ["2026-02-23", "2026-03-02", "2026-03-09"], "UTC")
    assert weeks == (Mark(name="sale", first=0, last=1),)
    assert placed([("sale", at[0], at[1])], ["2026-03-01"], "UTC") == ()


@pytest.mark.parametrize("kind", ["area", "line", "anomaly", "forecast"])
def test_marks_are_lines_and_areas_with_labels_that_have_room(kind: str) -> None:
    marks = (Mark(name="A very long name of a price list", first=2, last=2), Mark(name="Near", first=3, last=5),
             Mark(name="Late", first=19, last=19))  # fmt: skip
    series = (Series(name="a", values=tuple(map(float, range(20)))),)
    data = ChartData(title="t", categories=tuple(map(str, range(20))), axis="day", series=series, marks=marks)
    [drawn] = [s for s in chart(kind).build(data)["series"] if s.get("id") == "marks"]
    lines = drawn["markLine"]["data"]
    assert [(one["xAxis"], one["label"]["show"]) for one in lines] == [(2, True), (3, False), (19, False)]
    assert lines[0]["name"] == "A very long name of a p…"
    assert drawn["markArea"]["data"] == [[{"xAxis": 3}, {"xAxis": 5}]]
    plain = ChartData(title="t", categories=data.categories, axis="day", series=series)
    assert not [s for s in chart(kind).build(plain)["series"] if s.get("id") == "marks"]


@pytest.mark.browser
def test_an_event_is_added_changed_and_removed(browser: Browser, served: str) -> None:
    for visitor in visiting(browser, served, width=390):
        page = visitor.page
        page.goto(visitor.base + "/events?workspace=empty")
        page.get_by_text("Nothing is known yet").wait_for()
        page.get_by_label("Name").fill("Mail down")
        page.get_by_label("Kind").select_option("outage")
        assert page.get_by_label("Leave out of what forecasts learn").is_checked()
        page.get_by_label("First day").fill("2026-03-02")
        page.get_by_label("Touches").fill("chanel = email")
        page.get_by_role("button", name="Add", exact=True).click()
        page.get_by_role("alert").get_by_text("Did you mean 'channel'").wait_for()
        page.get_by_label("Touches").fill("channel = email")
        page.get_by_role("button", name="Add", exact=True).click()
        page.get_by_text("left out of forecasts").wait_for()
        assert page.get_by_label("Name").input_value() == ""
        page.get_by_label("Change Mail down").click()
        page.get_by_label("Last day").fill("2026-03-03")
        page.get_by_role("button", name="Save", exact=True).click()
        page.get_by_text("Mar 2, 2026 – Mar 3, 2026").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
        page.get_by_label("Remove Mail down").click()
        page.get_by_text("Nothing is known yet").wait_for()

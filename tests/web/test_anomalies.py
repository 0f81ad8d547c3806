"""The Anomalies page: cards as plain data, and the page in a real browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.web.test_browser import visiting

from deskpulse.web.anomalies import cards

if TYPE_CHECKING:
    from playwright.sync_api import Browser

WORKSPACE = {"slug": "default", "timezone": "Europe/Berlin"}


def incident(**more: Any) -> dict[str, Any]:
    told: dict[str, Any] = {
        "anomaly_id": "an-1", "title": "Tickets created above the usual, Channel chat", "text": "Tickets created: 90.",
        "severity": "high", "confidence": 0.98, "value": 90.0, "expected": 40.0, "low": 25.0, "high": 55.0, "n": 90,
        "unit": "count", "metric": "tickets_created", "where": ["channel = chat"], "grain": "day", "state": "open",
        "from": "2026-03-16T00:00:00+01:00", "to": "2026-03-17T00:00:00+01:00", "is_open": False, "is_worse": None,
        "came_back": False, "tickets": 50, "money": None, "seen_by": ["one day"], "detectors": ["level"], "mark": None,
        "suppressed_by": None, "known": None, "note": "", "finding": "level",
        "members": [{"text": "A", "metric": "tickets_created", "by": "channel"},
                    {"text": "B", "metric": "csat", "by": None}],
        "drivers": {"summary": "Channel chat explains 90% of the change.", "beside": [], "notes": [],
                    "phrases": [{"phrase": "blank page"}], "tickets": [{"ticket_id": "t-1", "subject": None}]},
        "courses": [{"label": "Tickets created", "slice": "chat", "unit": "count", "grain": "day", "points": [
            {"period": "2026-03-15", "value": 41.0, "expected": 40.0, "low": 25.0, "high": 55.0, "is_odd": False},
            {"period": "2026-03-16", "value": 90.0, "expected": 40.0, "low": 25.0, "high": 55.0, "is_odd": True}]}],
    }  # fmt: skip
    return told | more


def test_a_line_of_the_list_says_what_when_and_how_far() -> None:
    line = cards.incident_line(incident(), "an-1", WORKSPACE)
    assert (line["when"], line["figure"], line["pill"]) == ("Mar 16, 2026", "90, expected 40", "High")
    assert line["isOn"]
    assert cards.incident_line(incident(state="fixed"), "", WORKSPACE)["pill"] == "Fixed"
    known = incident(state="known-event", known={"event_id": "e", "name": "Fair " * 9, "kind": "campaign"})
    assert cards.incident_line(known, "", WORKSPACE)["pill"] == "Known: Fair Fair Fair Fair Fai…"
    found = {"anomalies": [incident(), known], "counts": {"open": 1, "known": 1, "suppressed": 2}}
    assert cards.listed(found, {}, "", WORKSPACE)["about"].endswith("; 1 known, last; 2 suppressed")
    hours = incident(grain="hour", **{"from": "2026-03-16T09:00:00+01:00", "to": "2026-03-16T15:00:00+01:00"})
    assert cards.when(hours, WORKSPACE) == "Mar 16, 2026, 09:00 – 15:00"
    assert cards.when(incident(is_open=True), WORKSPACE) == "since Mar 16, 2026"


def test_the_picture_marks_the_odd_points_alone() -> None:
    found = cards.course(incident(), {"title": ""})
    odd = next(s for s in found["option"]["series"] if s["name"] == "Odd")
    assert odd["data"] == [None, 90.0]
    assert found["table"]["rows"][1][-1] == "odd"


def test_an_incident_leads_to_its_rows_and_asks_what_it_is() -> None:
    from deskpulse.web.view import View

    card = cards.incident(incident(), {"title": ""}, View(), WORKSPACE)
    assert "channel+%3D+chat" in card["href"] or "channel" in card["href"]
    assert "from=2026-03-16" in card["href"]
    assert card["why"] == ("/why?workspace=default&from=2026-03-16&to=2026-03-17&where=channel+%3D+chat"
                           "&metric=tickets_created&before_from=2026-03-09&before_to=2026-03-10")  # fmt: skip
    whole = incident(members=[{"text": "A", "metric": "tickets_created", "by": None}])
    assert "where=" not in cards.incident(whole, {"title": ""}, View(), WORKSPACE)["why"]
    swings = incident(finding="volatility")
    assert cards.incident(swings, {"title": ""}, View(), WORKSPACE)["why"] == ""
    assert [v["value"] for v in card["verdicts"]] == ["not-an-anomaly", "known-event", "fixed"]
    assert card["tickets"][0]["text"] == "t-1"
    mark = {"verdict": "fixed", "note": "Done", "marked_by": "owner", "marked_at": "2026-03-20T10:00:00"}
    said = cards.incident(incident(state="fixed", mark=mark), {"title": ""}, View(), WORKSPACE)
    assert said["said"] == "Fixed, said owner on Mar 20, 2026. Done"
    assert [v["value"] for v in said["verdicts"]] == [""]
    unknown = cards.incident(incident(drivers=None, note="No parts."), {"title": ""}, View(), WORKSPACE)
    assert unknown["lines"] == ["No parts."]


@pytest.mark.browser
@pytest.mark.parametrize(("width", "theme"), [(390, "dark")])
def test_a_look_fills_the_page(browser: Browser, served: str, width: int, theme: str) -> None:
    for visitor in visiting(browser, served, theme=theme, width=width):
        page = visitor.page
        page.goto(visitor.base + "/anomalies?span=all")
        page.wait_for_function("document.querySelector('.facts-card')", timeout=120_000)
        page.get_by_role("button", name="Look now").click()
        page.wait_for_function("document.querySelector('.facts-card .pairs')", timeout=240_000)
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0

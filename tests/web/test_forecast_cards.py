"""What the Forecast page writes of an answer, without a browser."""

from __future__ import annotations

from typing import Any

import pytest

from deskpulse.core.errors import InputError
from deskpulse.metrics.lookup import METRICS
from deskpulse.web.forecast.cards import rests_on, sliders
from deskpulse.web.forecast.questions import (
    FIRST,
    MOST_LEFT_OUT,
    fields,
    left_out,
    left_out_words,
    question,
    with_left_out,
    with_taken_in,
)
from deskpulse.web.view import View


def test_every_metric_of_the_page_is_one_of_the_catalogue() -> None:
    assert set(FIRST) <= set(METRICS)
    often, others = (group["options"] for group in fields(View())[0]["groups"])
    assert [option["value"] for option in often] == list(FIRST)
    assert len(often) + len(others) == len(METRICS)


@pytest.mark.parametrize(
    ("slope", "grain", "unit", "text"),
    [
        ((4.1e-05, -2e-05, 1e-04), "30min", "count", "+0.72 a year (−0.35 to +1.8)"),
        ((0.0021, 0.0009, 0.0033), "30min", "count", "+0.1 a day (+0.04 to +0.16)"),
        ((-1234.5, -1300.0, -1169.0), "week", "count", "−1,235 a week (−1,300 to −1,169)"),
        ((1.26, -0.4, 2.9), "day", "count", "+1.3 a day (−0.4 to +2.9)"),
        ((0.0004, 0.0, 0.0008), "day", "ratio", "+0.3% a week (0.0% to +0.6%)"),
        ((-0.5, -1.0, 0.0), "day", "seconds", "−4 s a week (−7 s to 0 s)"),
        ((0.0, 0.0, 0.0), "day", "count", "0 a day (0 to 0)"),
        ((None, None, None), "day", "count", "–"),
    ],
)
def test_a_slope_is_told_by_a_time_in_which_it_can_be_read(
    slope: tuple[float | None, ...], grain: str, unit: str, text: str
) -> None:
    unknown: dict[str, Any] = dict.fromkeys(("wape", "mase", "bias", "coverage_80", "coverage_95"))
    trend = dict(zip(("slope", "low", "high"), slope, strict=True)) | {"label": "stable", "n": 90}
    one = {"accuracy": unknown | {"windows": 0, "horizon": 0}, "naive": unknown, "trend": trend, "label": "Mean",
           "method": "mean", "tried": [], "notes": [], "replaced": []}  # fmt: skip
    found = rests_on({"forecasts": [one], "unit": unit, "grain": grain}, {})
    assert found["facts"][-1]["text"] == text


def test_what_reads_the_same_is_neither_better_nor_worse() -> None:
    keys = ("contacts", "service_level", "people_hours", "people_most", "short_hours", "backlog_end", "cost")
    before = dict.fromkeys(keys, 10.0) | {"service_level": 0.95712, "cost": None}
    after = before | {"service_level": 0.95694, "backlog_end": 10.4}
    shown = {figure["name"]: figure for figure in sliders({"base": before, "scenario": after}, {})["figures"]}
    assert shown["Answered in time"] == {"name": "Answered in time", "before": "95.7%", "after": "95.7%", "tone": ""}
    assert shown["Backlog at the end"]["tone"] == ""
    assert "Cost of the people needed" not in shown
    worse = sliders({"base": before, "scenario": before | {"service_level": 0.94, "short_hours": 8.0}}, {})["figures"]
    assert [f["tone"] for f in worse] == ["", "worse", "", "", "better", ""]


def test_days_are_left_out_and_taken_in_again_in_the_address() -> None:
    view = with_left_out(with_left_out(View(), "2026-04-30", "2026-04-30"), "2026-04-01", "2026-04-02")
    assert question(view)["ignore"] == ["2026-04-30", "2026-04-01/2026-04-03"], "the end of a span is out"
    assert [left_out_words(text) for text in left_out(view)] == ["2026-04-30", "2026-04-01 – 2026-04-02"]
    assert View.read(view.query("demo")) == view
    assert question(with_taken_in(view, "2026-04-30"))["ignore"] == ["2026-04-01/2026-04-03"]
    assert "ignore" not in question(View())
    assert left_out_words("soon") == "soon"
    for first, last in (("soon", "2026-04-01"), ("2026-04-02", "2026-04-01"), ("2026-04-01", "")):
        with pytest.raises(InputError):
            with_left_out(view, first, last)
    full = View(own={"ignore": ",".join(f"2026-01-{day:02d}" for day in range(1, MOST_LEFT_OUT + 1))})
    with pytest.raises(InputError, match="More than"):
        with_left_out(full, "2026-04-01", "2026-04-01")

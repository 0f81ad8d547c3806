import json
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deskpulse.charts.formats import NO_DATA, NUMBERS, UNITS, period_text, value_text
from deskpulse.charts.svg import _painter

NUMBER = st.floats(min_value=-1e12, max_value=1e12, allow_nan=False)


def in_javascript(expression: str) -> object:
    return _painter()._context.eval(expression)


@settings(max_examples=60, deadline=None)
@given(st.lists(NUMBER, min_size=20, max_size=40))
def test_numbers_are_written_alike_in_python_and_in_charts(values: list[float]) -> None:
    for name, write in NUMBERS.items():
        theirs = json.loads(
            str(in_javascript(f"JSON.stringify({json.dumps(values)}.map(formatter('@number:{name}')))"))
        )
        assert theirs == [write(value) for value in values], name


@pytest.mark.parametrize("grain", ["day", "week", "month", "quarter", "year"])
def test_periods_are_written_alike_in_python_and_in_charts(grain: str) -> None:
    for day in (date(2024, 2, 29), date(2025, 12, 31), date(2026, 1, 1), date(2026, 10, 7)):
        iso = day.isoformat()
        assert in_javascript(f"formatter('@period:{grain}')('{iso}')") == period_text(iso, grain)
    assert in_javascript("formatter('@period:hour')('2026-06-03T14:00')") == period_text("2026-06-03T14:00", "hour")


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (93_977.0, "count", "93,977"),
        (0.8774, "ratio", "87.7%"),
        (1.0, "ratio", "100.0%"),
        (44.6, "seconds", "45 s"),
        (270.0, "seconds", "4.5 min"),
        (720.0, "seconds", "12 min"),
        (3_599.0, "seconds", "1 h"),
        (10_440.0, "seconds", "2.9 h"),
        (293_760.0, "seconds", "3.4 d"),
        (-0.15, "score", "−0.15"),
        (-0.0001, "score", "0.00"),
        (42.35, "score", "42.4"),
        (1_234.5, "money", "1,235"),
        (None, "count", NO_DATA),
        (float("nan"), "count", NO_DATA),
    ],
)
def test_values_read_as_people_write_them(value: float | None, unit: str, expected: str) -> None:
    assert value_text(value, unit) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0, "0"), (9.5, "9.5"), (950, "950"), (999.9, "1K"), (1_240, "1.2K"), (34_000, "34K"), (5_640_000, "5.6M")],
)
def test_short_numbers(value: float, expected: str) -> None:
    assert NUMBERS["short"](value) == expected


def test_every_unit_of_a_metric_has_its_formats() -> None:
    from typing import get_args

    from deskpulse.metrics.model import Unit

    assert set(UNITS) == set(get_args(Unit))
    assert {name for pair in UNITS.values() for name in pair} <= set(NUMBERS)


def test_tooltips_escape_names() -> None:
    point = {"name": "<img onerror=x>", "value": 3, "percent": 25, "marker": ""}
    html = str(in_javascript(f"formatter('@tip_share:int')({json.dumps(point)})"))
    assert "<img" not in html
    assert "&lt;img onerror=x&gt;" in html
    assert "25.0%" in html
    points = [{"axisValue": "2026-06-01", "seriesName": "<b>", "value": None, "marker": "", "seriesId": "x"}]
    html = str(in_javascript(f"formatter('@tip_axis:int:day')({json.dumps(points)})"))
    assert "Monday, Jun 1, 2026" in html
    assert "&lt;b&gt;" in html
    assert NO_DATA in html

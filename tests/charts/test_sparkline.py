import re

from hypothesis import given
from hypothesis import strategies as st

from deskpulse.charts.sparkline import sparkline_paths


@given(st.lists(st.none() | st.floats(-1e9, 1e9), max_size=60))
def test_paths_stay_in_their_box_and_gaps_break_the_line(values: list[float | None]) -> None:
    paths = sparkline_paths(values, width=100, height=30)
    numbers = [tuple(map(float, pair)) for pair in re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", paths.line)]
    assert all(0 <= x <= 100 and 0 <= y <= 30 for x, y in numbers)
    runs = "".join("x" if value is not None else " " for value in values).split()
    assert paths.line.count("M") == len(runs)
    assert paths.area.count("Z") == (len(runs) == 1)


def test_a_constant_lies_in_the_middle_and_no_value_draws_nothing() -> None:
    assert sparkline_paths([5, 5, 5], width=100, height=30).line == "M0.0 15.0L50.0 15.0L100.0 15.0"
    assert sparkline_paths([None, None]).line == ""
    assert sparkline_paths([]).area == ""


def test_higher_is_higher() -> None:
    assert sparkline_paths([0, 1], width=10, height=10, pad=0).line == "M0.0 10.0L10.0 0.0"

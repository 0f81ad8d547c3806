import json
from dataclasses import replace

import pytest
from tests.charts.samples import DAYS, by_hour, by_name, over_time, sample

from deskpulse.charts.catalog import chart, charts
from deskpulse.charts.frame import DIMMED
from deskpulse.charts.model import ChartData, Series
from deskpulse.core.errors import UnknownNameError


def test_the_catalogue_holds_the_kinds_that_pages_and_reports_use() -> None:
    assert {"line", "area", "bar", "bar_horizontal", "donut", "heatmap", "histogram", "sparkline"} <= set(charts())
    with pytest.raises(UnknownNameError, match="Did you mean 'donut'"):
        chart("donat")


@pytest.mark.parametrize("kind", sorted(charts()))
def test_a_kind_is_pure_gives_json_and_says_what_it_is_for(kind: str) -> None:
    data = sample(kind)
    found = chart(kind)
    one, two = found.build(data), found.build(data)
    assert one == two
    assert json.loads(json.dumps(one, allow_nan=False)) == one
    assert one["aria"]["label"]["description"] == data.title
    assert found.about.endswith(".")
    assert found.height > 0


@pytest.mark.parametrize("kind", sorted(charts()))
def test_a_kind_draws_nothing_when_there_is_no_data(kind: str) -> None:
    empty = ChartData(title="Empty", categories=(), series=(Series(name="Tickets", values=()),))
    assert empty.is_empty
    assert isinstance(chart(kind).build(empty), dict)


def test_no_data_is_a_gap_not_zero() -> None:
    data = ChartData(title="t", categories=("2026-06-01", "2026-06-02", "2026-06-03"), axis="day",
                     series=(Series(name="CSAT", values=(0.8, None, 0.9)),), unit="ratio")  # fmt: skip
    points = chart("line").build(data)["series"][0]["data"]
    assert [point if point is None else point["value"] for point in points] == [0.8, None, 0.9]
    assert chart("line").build(data)["series"][0]["connectNulls"] is False


def test_a_point_without_neighbors_is_seen() -> None:
    values = (0.9, None, 0.5, 0.6, None, 0.7)
    data = ChartData(title="t", categories=DAYS[:6], axis="day", series=(Series(name="CSAT", values=values),))
    series = chart("line").build(data)["series"][0]
    assert [isinstance(point, dict) for point in series["data"]] == [True, False, False, False, False, True]
    assert "areaStyle" not in series, "nothing is filled below a line with gaps"


def test_an_unfinished_period_is_marked() -> None:
    data = over_time("A")
    assert "markArea" not in chart("line").build(data)["series"][0]
    marked = chart("line").build(replace(data, is_partial=True))["series"][0]["markArea"]
    assert marked["data"] == [[{"xAxis": DAYS[-2]}, {"xAxis": DAYS[-1]}]]


def test_a_ratio_near_one_ends_at_one() -> None:
    data = ChartData(title="t", categories=("a",), series=(Series(name="x", values=(0.97,)),), unit="ratio")
    assert chart("bar").build(data)["yAxis"]["max"] == 1


def test_what_is_not_selected_is_dimmed_and_stays() -> None:
    donut = chart("donut").build(by_name(("Email", "Chat"), selected=frozenset({"Chat"})))
    opacity = {part["name"]: part["itemStyle"]["opacity"] for part in donut["series"][0]["data"]}
    assert opacity == {"Email": DIMMED, "Chat": 1}
    bars = chart("bar").build(by_name(("Email", "Chat"), selected=frozenset({"Chat"})))["series"][0]["data"]
    assert bars == [{"value": 100.0, "itemStyle": {"opacity": DIMMED}}, 93.0]


def test_a_band_is_drawn_from_its_lower_edge_with_its_height() -> None:
    data = ChartData(
        title="Forecast", categories=("2026-06-01", "2026-06-02"), axis="day",
        series=(Series(name="Expected", values=(10.0, 12.0)), Series(name="Low", values=(8.0, 9.0), role="lower"),
                Series(name="High", values=(13.0, 15.0), role="upper")),
    )  # fmt: skip
    series = chart("line").build(data)["series"]
    assert [s["name"] for s in series] == ["Low", "High", "Expected"]
    assert series[1]["data"] == [5.0, 6.0]


def test_a_forecast_has_two_bands_around_its_line() -> None:
    days = ("2026-06-01", "2026-06-02", "2026-06-03")
    edges = (("lower", 6.0), ("upper", 16.0), ("inner_lower", 8.0), ("inner_upper", 13.0))
    data = ChartData(title="Forecast", categories=days, axis="day", series=(
        Series(name="So far", values=(9.0, None, None), slot=0),
        Series(name="Expected", values=(None, 10.0, 11.0), slot=1),
        Series(name="Last season", values=(None, 9.0, 9.0), role="compared"),
        *(Series(name=role, values=(None, value, value), role=role) for role, value in edges),  # type: ignore[arg-type]
    ))  # fmt: skip
    series = {s.get("id", s["name"]): s["data"] for s in chart("forecast").build(data)["series"]}
    assert series["band95-upper"] == [None, 10.0, 10.0], "the height above the lower edge"
    assert series["band80-lower"] == [None, 8.0, 8.0]
    assert series["Expected"] == [None, 10.0, 11.0]


def test_weekday_and_hour_become_cells_and_missing_ones_are_left_out() -> None:
    data = by_hour()
    option = chart("heatmap").build(data)
    assert len(option["series"][0]["data"]) == 7 * 24
    assert option["yAxis"]["data"][0] == "Mon"
    assert option["series"][0]["data"][25] == [1, 1, 2.0]
    dated = replace(data, series=tuple(replace(one, name=f"Mon 11-{n + 1:02d}") for n, one in enumerate(data.series)))
    assert chart("heatmap").build(dated)["yAxis"]["data"][:2] == ["Mon 11-01", "Mon 11-02"], "dates are told apart"


def test_durations_step_by_whole_hours() -> None:
    data = ChartData(title="t", categories=("a",), series=(Series(name="x", values=(95_000.0,)),), unit="seconds")
    assert chart("bar").build(data)["yAxis"]["interval"] == 21_600
    data = ChartData(title="t", categories=("a",), series=(Series(name="x", values=(4_000_000.0,)),), unit="seconds")
    assert chart("bar").build(data)["yAxis"]["interval"] == 10 * 86_400


def test_series_that_do_not_fit_their_categories_are_refused() -> None:
    with pytest.raises(ValueError, match="2 values for 1 categories"):
        ChartData(title="t", categories=("a",), series=(Series(name="x", values=(1.0, 2.0)),))


def test_many_series_get_colors_again_from_the_first() -> None:
    option = chart("area").build(over_time(*(f"n{i}" for i in range(10))))
    assert option["series"][8]["itemStyle"]["color"] == "$series-1"

"""On any small world every metric equals its check, and any cut of it adds up to the whole."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.metrics.world import OWNER, at, by_hand, put, random_world

from deskpulse.core.settings import Settings
from deskpulse.metrics.dimensions import DIMENSIONS
from deskpulse.metrics.drill import behind
from deskpulse.metrics.facts import FACTS
from deskpulse.metrics.lookup import METRICS, dimensions_of
from deskpulse.metrics.model import Filter, Grain, MetricQuery
from deskpulse.metrics.query import QueryEngine
from deskpulse.metrics.tickets import TicketQuery
from deskpulse.warehouse.duckdb import DuckWarehouse

CUTS = [(fact, name) for fact, given in FACTS.items() for name in given.dimensions]
ONE_VALUE = [(fact, name) for fact, name in CUTS if DIMENSIONS[name].kind not in ("list", "clock")]


def of_fact(name: str) -> tuple[str, ...]:
    """Return the metrics of a fact, without those made of others."""
    return tuple(m.name for m in METRICS.values() if m.fact.name == name and not m.parts)


few = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


class Changing:
    """One warehouse whose rows are replaced by another world's: opening one for each would take the time."""

    def __init__(self, given: Settings) -> None:
        self.warehouse = DuckWarehouse(None, given)
        self.engine = QueryEngine(self.warehouse, given)

    def become(self, seed: int, tickets: int) -> None:
        self.warehouse.write(lambda t: [t.execute(f"DELETE FROM {n}") for n in random_world(0, 0)])
        put(self.warehouse, **random_world(seed, tickets))


@pytest.fixture(scope="module")
def changing(tmp_path_factory: pytest.TempPathFactory) -> Changing:
    return Changing(Settings(_env_file=None, data_dir=tmp_path_factory.mktemp("data"), query_max_metrics=10_000))


seeds = st.integers(0, 10_000)
starts = st.integers(0, 24 * 60).map(lambda hours: at("2026-01-01") + timedelta(hours=hours))
lengths = st.integers(1, 24 * 40).map(lambda hours: timedelta(hours=hours))


@few
@given(seeds, st.integers(0, 60), starts, lengths)
def test_every_metric_equals_its_check(
    changing: Changing, seed: int, tickets: int, start: datetime, length: timedelta
) -> None:
    changing.become(seed, tickets)
    query = MetricQuery(metrics=tuple(METRICS), start=start, end=start + length)
    totals = changing.engine.query(OWNER, query).totals
    for name, metric in METRICS.items():
        expected, n = by_hand(changing.warehouse, metric, query.start, query.end)
        assert totals[name].n == n, name
        if totals[name].value is None:
            # A count or a level outside the data is unknown, where plain SQL says 0; so is what is made of it.
            assert n == 0 or metric.parts or metric.is_level, name
        else:
            assert totals[name].value == expected, name


@few
@given(seeds, starts, lengths, st.sampled_from(ONE_VALUE), st.sampled_from(["hour", "day", "week", "month"]),
       st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kolkata", "America/St_Johns"]))  # fmt: skip
def test_any_cut_adds_up_to_the_whole(
    changing: Changing, seed: int, start: datetime, length: timedelta, cut: tuple[str, str], grain: Grain, zone: str
) -> None:
    changing.become(seed, 50)
    names = of_fact(cut[0])
    query = MetricQuery(metrics=names, start=start, end=start + length, by=cut[1:], grain=grain, timezone=zone)
    result = changing.engine.query(OWNER, query)
    last = {row.by: row for row in result.rows}.values()
    for name in names:
        metric, total = METRICS[name], result.totals[name]
        if metric.is_interval:
            if metric.over_time == "sum":
                parts = [row.values[name].value or 0 for row in result.rows]
                assert sum(parts) == pytest.approx(total.value or 0, abs=1e-5), name
            continue  # a row that touches two periods stands behind both
        rows = result.rows
        if metric.is_level:  # the whole ends with its last period, or starts with its first
            rows = {row.by: row for row in reversed(result.rows)}.values() if metric.is_start else last
        cells = [row.values[name] for row in rows]
        if metric.is_level and any(c.value is None for c in cells):
            continue  # the window goes on after the data: its last period has no level
        assert sum(c.n for c in cells) == total.n, name
        if metric.numerator is not None and total.n:
            assert sum((c.value or 0) * c.n for c in cells) / total.n == pytest.approx(total.value), name


@few
@given(seeds, st.sampled_from(ONE_VALUE), st.integers(1, 3), st.data())
def test_the_rest_of_a_top_is_what_is_left(
    changing: Changing, seed: int, cut: tuple[str, str], top: int, data: st.DataObject
) -> None:  # fmt: skip
    metric, dimension = data.draw(st.sampled_from(of_fact(cut[0]))), cut[1]
    changing.become(seed, 50)
    query = MetricQuery(metrics=(metric,), start=at("2026-01-05"), end=at("2026-02-25"), by=(dimension,), top=top)
    result = changing.engine.query(OWNER, query)
    assert sum(row.values[metric].n for row in result.rows) == result.totals[metric].n
    assert sum(row.is_other for row in result.rows) <= 1
    rest = [row for row in result.rows if row.is_other]
    kept = [row.by[0] for row in result.rows if not row.is_other and row.values[metric].n]
    if rest and all(value is not None for value in kept) and kept:
        where = (Filter(dimension=dimension, operator="not_in", values=tuple(str(v) for v in kept)),)
        alone = changing.engine.query(
            OWNER, MetricQuery(metrics=(metric,), start=query.start, end=query.end, where=where)
        )
        assert rest[0].values[metric].value == pytest.approx(alone.totals[metric].value)


@few
@given(seeds, st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kathmandu"]))
def test_hours_and_weekdays_are_those_of_the_clock_on_the_wall(changing: Changing, seed: int, name: str) -> None:
    from zoneinfo import ZoneInfo

    changing.become(seed, 50)
    query = MetricQuery(metrics=("tickets_created",), start=at("2026-01-01"), end=at("2026-04-01"), timezone=name,
                        by=("weekday", "hour"))  # fmt: skip
    found = {row.by: row.values["tickets_created"].n for row in changing.engine.query(OWNER, query).rows}
    with changing.warehouse.reader() as reader:
        moments = reader.rows("SELECT created_at FROM tickets WHERE (is_spam OR is_merged) IS NOT TRUE")
    shown = [moment.astimezone(ZoneInfo(name)) for (moment,) in moments]
    assert {k: n for k, n in found.items() if n} == Counter((f"{m:%A}", f"{m:%H}") for m in shown)


@few
@given(seeds, st.sampled_from(list(METRICS)), starts, lengths)
def test_a_number_drills_to_its_rows(
    changing: Changing, seed: int, metric: str, start: datetime, length: timedelta
) -> None:  # fmt: skip
    changing.become(seed, 40)
    total = changing.engine.query(OWNER, MetricQuery(metrics=(metric,), start=start, end=start + length)).totals[metric]
    page = changing.engine.tickets(OWNER, TicketQuery(start=start, end=start + length, metric=metric, limit=1000))
    assert page.total == len(page.rows)
    assert page.total == total.n
    assert METRICS[metric].fact.name in FACTS


@few
@given(seeds, st.lists(st.sampled_from(list(METRICS)), min_size=1, max_size=3, unique=True), starts, lengths)
def test_what_is_left_out_and_what_counts_is_all_that_was_looked_at(
    changing: Changing, seed: int, metrics: list[str], start: datetime, length: timedelta
) -> None:  # fmt: skip
    changing.become(seed, 40)
    found = changing.engine.explain(OWNER, MetricQuery(metrics=tuple(metrics), start=start, end=start + length))
    silent: Counter[str] = Counter()
    for row in found["left_out"]:
        silent[row["metric"]] += row["rows"]
    for name, rows in found["looked_at"].items():
        assert rows - silent[name] == found["totals"][name]["n"], name
    timed: Counter[str] = Counter()
    for row in found["schedules"]:
        timed[row["metric"]] += row["rows"]
    for name, rows in timed.items():
        if "business" in name:
            assert rows == found["totals"][name]["n"], name


@few
@given(seeds, st.data(), st.sampled_from(CUTS),
       st.sampled_from([None, "day", "week", "month"]), st.sampled_from([None, 1, 2]),
       st.sampled_from(["UTC", "America/New_York"]))  # fmt: skip
def test_every_cell_drills_to_as_many_rows_as_it_counts(
    changing: Changing,
    seed: int,
    data: st.DataObject,
    cut: tuple[str, str],
    grain: Grain | None,
    top: int | None,
    zone: str,
) -> None:
    metric, dimension = data.draw(st.sampled_from(of_fact(cut[0]))), cut[1]
    if dimension not in dimensions_of(METRICS[metric]):
        return
    changing.become(seed, 40)
    query = MetricQuery(
        metrics=(metric,), start=at("2026-01-11T05:00"), end=at("2026-02-20"), by=(dimension,), grain=grain, top=top,
        timezone=zone,
    )  # fmt: skip
    result = changing.engine.query(OWNER, query)
    for row in (None, *result.rows[:: max(1, len(result.rows) // 6)]):
        cell = result.totals[metric] if row is None else row.values[metric]
        assert changing.engine.tickets(OWNER, behind(result, metric, row)).total == cell.n

"""What rollups answer is what the rows answer: on any world, after any edit, for any question."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.metrics.world import OWNER, arrow, at, random_world

from deskpulse.core.settings import Settings
from deskpulse.metrics.facts import TICKETS
from deskpulse.metrics.lookup import METRICS
from deskpulse.metrics.model import Filter, MetricQuery, QueryResult, Value
from deskpulse.metrics.query import QueryEngine
from deskpulse.metrics.rollups import cells as cell_words
from deskpulse.metrics.rollups import cost
from deskpulse.metrics.rollups import cubes as cube_words
from deskpulse.metrics.rollups.cells import bound, cells_of, cells_of_runs
from deskpulse.metrics.rollups.cubes import SKETCH_ERROR, cubes
from deskpulse.metrics.rollups.days import days_of
from deskpulse.metrics.rollups.stored import Decided, read_summaries
from deskpulse.metrics.rollups.upkeep import Upkeep
from deskpulse.ops.replay import NotingWarehouse
from deskpulse.warehouse.duckdb import DuckWarehouse
from deskpulse.warehouse.schema import ENTITIES

few = settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


class RolledUp:
    """A warehouse whose rollups are kept whatever they save, in the days of Berlin."""

    def __init__(self, given: Settings) -> None:
        self.warehouse = DuckWarehouse(None, given)
        self.upkeep = Upkeep(self.warehouse, given, "Europe/Berlin")
        self.given = given
        self.engine = QueryEngine(self.warehouse, given, upkeep=self.upkeep)

        self.edits = 0

    def write(self, rows: dict[str, list[dict[str, Any]]]) -> str:
        self.edits += 1
        run = f"run_{self.edits}"
        given = {n: arrow(n, r).drop_columns(["run_id"]) for n, r in rows.items() if r and n in ENTITIES}
        self.warehouse.write(lambda t: [t.upsert(n, r, undo_run=run) for n, r in given.items()])
        return run

    def both(self, query: MetricQuery) -> tuple[QueryResult, QueryResult]:
        return self.engine.query(OWNER, query), self.engine.query(OWNER, replace(query, exact=True))


@pytest.fixture(scope="module", autouse=True)
def _few_pairs() -> Iterator[None]:
    """Fewer dimensions than pages use: a recount of all takes its time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cube_words, "FIRST", ("channel", "category", "full_resolution_bucket"))
        patch.setattr(cube_words, "METRICS", {name: METRICS[name] for name in PLAIN})
        cubes.cache_clear()
        yield
    cubes.cache_clear()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RolledUp]:
    found = RolledUp(
        Settings(
            _env_file=None,
            data_dir=tmp_path_factory.mktemp("data"),
            rollup_least_rows=0,
            rollup_least_compression=0,
            rollup_wide_rows=0,
            rollup_most_cuts=1000,
            cache_entries=0,
        )
    )
    found.write(random_world(3, 300))
    found.upkeep.drain()
    yield found
    found.warehouse.close()


def assert_same(found: QueryResult, exact: QueryResult) -> None:
    assert [(r.by, r.period) for r in found.rows] == [(r.by, r.period) for r in exact.rows]
    cells = [(r.values, e.values) for r, e in zip(found.rows, exact.rows, strict=True)]
    for ours, theirs in (*cells, (found.totals, exact.totals)):
        for name in ours:
            _assert_value(ours[name], theirs[name], found.estimated.get(name, 0.0), name)


def _assert_value(ours: Value, theirs: Value, error: float, name: str) -> None:
    assert (ours.n, ours.compared_n) == (theirs.n, theirs.compared_n), name
    for a, b in ((ours.value, theirs.value), (ours.compared, theirs.compared)):
        assert (a is None) == (b is None), name
        if a is not None:
            assert a == pytest.approx(b, rel=error or 1e-9, abs=1e-9), name


# Of a family one of each kind; a count of different things does not add up, nor is a level with conditions kept.
PLAIN = [
    n for n, m in METRICS.items()
    if m.fact.name in ("tickets", "surveys", "calls") and not (m.parts or m.settings or m.is_start)
    and not any(part in n for part in ("_business_", "_p9", "customer"))
    and not (m.is_level and (m.where or len(m.closing) > 1))
][::3]  # fmt: skip
PLAIN += [n for n in ("tickets_created", "backlog", "csat", "first_reply_time_seconds_median",
                      "first_reply_time_seconds_p90") if n not in PLAIN]  # fmt: skip

seeds = st.integers(0, 10_000)
days = st.integers(0, 70)
one_dimension = [d for d in TICKETS.dimensions if d not in ("weekday", "hour")]
filters = st.sampled_from(
    [
        (), (Filter(dimension="channel", values=("email",)),), (Filter(dimension="channel", values=("email", "chat")),),
        (Filter(dimension="team", operator="is_null"),), (Filter(dimension="tag", values=("a",)),),
        (Filter(dimension="priority", operator="not_in", values=("high",)),),
        (Filter(dimension="full_resolution_bucket", values=("1-2h", "4-8h")),),
        (Filter(dimension="agent", operator="not_null"),), ('channel = email or priority = high',),
        ('not (agent is null or priority in [low, normal])', 'weekday = Monday'), ("first_reply_seconds < 900",),
    ]
)  # fmt: skip


@st.composite
def questions(draw: st.DrawFn) -> MetricQuery:
    first, length = draw(days), draw(st.integers(1, 60))
    zone = draw(st.sampled_from(["Europe/Berlin", "Europe/Berlin", "UTC", "America/New_York", "Asia/Kolkata"]))
    start = at("2025-12-28T23:00") + timedelta(days=first, hours=draw(st.sampled_from([0, 0, 5])))
    by = draw(st.sampled_from([(), *((d,) for d in one_dimension), ("channel", "category"), ("weekday", "hour")]))
    where = draw(filters)
    is_clock = "hour" in by or "weekday" in str(where)
    names = [n for n in PLAIN if not (METRICS[n].is_level and is_clock)]
    metrics = tuple(draw(st.lists(st.sampled_from(names), min_size=1, max_size=5, unique=True)))
    return MetricQuery(
        metrics=metrics, start=start, end=start + timedelta(days=length), timezone=zone, by=by,
        grain=draw(st.sampled_from([None, "30min", "hour", "day", "week", "month"])) if length < 20 else draw(
            st.sampled_from([None, "day", "week", "month", "year"])),
        where=where, compare=draw(st.sampled_from([None, "previous", "year"])),
        top=draw(st.sampled_from([None, 2])) if len(by) == 1 else None,
    )  # fmt: skip


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(questions())
def test_a_rollup_answers_as_the_rows_do(world: RolledUp, query: MetricQuery) -> None:
    found, exact = world.both(query)
    assert exact.basis == "rows"
    assert_same(found, exact)
    if world.upkeep.drain():  # it wanted a cut that was not kept yet
        assert_same(world.engine.query(OWNER, query), exact)


@few
@given(questions(), seeds)
def test_after_any_edit_the_answer_is_that_of_the_rows(world: RolledUp, query: MetricQuery, seed: int) -> None:
    rng = random.Random(seed)
    fresh = random_world(seed, 12)
    run = world.write({name: rng.sample(rows, min(len(rows), rng.randint(0, 8))) for name, rows in fresh.items()})
    assert_same(*world.both(query))
    change = rng.choice(["none", "undo", "remove", "raw"])
    if change == "undo":
        world.warehouse.undo_run(run)
    if change == "remove":
        gone = arrow("ticket_gaps", fresh["ticket_gaps"]).select(["gap_id"])
        world.warehouse.write(lambda t: t.remove("ticket_gaps", gone, undo_run=run))
    if change == "raw":
        world.warehouse.write(lambda t: t.execute("UPDATE tickets SET channel = 'chat' WHERE channel = 'phone'"))
    for _ in range(2):
        assert_same(*world.both(query))
        world.upkeep.step() if rng.random() < 0.5 else world.upkeep.drain()
    assert_same(*world.both(query))


@pytest.mark.parametrize("name", PLAIN)
def test_every_metric_that_adds_up_is_rolled_up(world: RolledUp, name: str) -> None:
    world.upkeep.drain()
    cube = f"{METRICS[name].fact.name}."
    assert any(c.name.startswith(cube) and name in c.answers for c in cubes().values())
    found = world.engine.query(OWNER, _quarter(name, by=("channel",), grain="week"))
    assert found.basis == "rollup"
    assert found.estimated == ({name: SKETCH_ERROR} if "median" in name or "_p9" in name else {})
    assert found.as_dict()["basis"] == "rollup"


def _quarter(*metrics: str, **more: Any) -> MetricQuery:
    start = at("2025-12-31T23:00")
    more = {"timezone": "Europe/Berlin", "end": start + timedelta(days=80)} | more
    return MetricQuery(metrics=metrics, start=start, **more)


def test_a_day_that_changed_is_counted_from_its_rows_until_it_is_recounted(world: RolledUp) -> None:
    world.upkeep.drain()
    ticket = {"ticket_id": "late", "channel": "email", "created_at": at("2026-01-10T12:30")}
    before = world.engine.query(OWNER, _quarter("tickets_created"))
    world.write({"tickets": [ticket]})
    stale = world.engine.query(OWNER, _quarter("tickets_created"))
    world.upkeep.drain()
    fresh = world.engine.query(OWNER, _quarter("tickets_created"))
    assert [r.basis for r in (before, stale, fresh)] == ["rollup"] * 3
    assert [r.totals["tickets_created"].n - before.totals["tickets_created"].n for r in (stale, fresh)] == [1, 1]
    with world.warehouse.reader() as reader:
        assert reader.rows("SELECT count(*) FROM rollup.stale")[0][0] == 0


def test_days_between_two_that_changed_are_not_counted(world: RolledUp) -> None:
    first, between, last = at("2026-01-08T12:30"), at("2026-01-20T12:30"), at("2026-02-25T12:30")
    world.write({"tickets": [{"ticket_id": "between", "channel": "email", "created_at": between}]})
    world.upkeep.drain()
    table = cubes()["tickets.created_at"].table
    marked = f"UPDATE {table} SET r0 = r0 + $more WHERE cut = 'channel' AND hour = $hour AND k0 = 'email'"
    hour = int(between.timestamp()) // 3600
    world.warehouse.recount(lambda t: t.execute(marked, {"more": 1000, "hour": hour}))  # who counts it takes that away
    query = _quarter("tickets_created", by=("channel",), where=(Filter(dimension="channel", values=("email",)),))
    before = world.engine.query(OWNER, query).totals["tickets_created"].n
    two = [{"ticket_id": f"far{i}", "channel": "email", "created_at": day} for i, day in enumerate((first, last))]
    world.write({"tickets": two})
    assert world.upkeep.drain() > 0
    after = world.engine.query(OWNER, query)
    world.warehouse.recount(lambda t: t.execute(marked, {"more": -1000, "hour": hour}))
    assert after.basis == "rollup"
    assert after.totals["tickets_created"].n - before == len(two)
    with world.warehouse.reader() as reader:
        assert reader.rows("SELECT count(*) FROM rollup.stale") == [(0,)]
    assert_same(*world.both(_quarter("tickets_created", by=("channel",), grain="day")))


def test_a_ticket_of_no_known_day_is_still_counted_right(world: RolledUp) -> None:
    days = ("1970-01-01T00:00", "2199-12-31T12:00", "2026-01-11T12:00")
    run = world.write({"tickets": [{"ticket_id": f"odd{i}", "created_at": at(day)} for i, day in enumerate(days)]})
    steps = 0
    while steps < 50 and world.upkeep.step():
        steps += 1
    assert steps < 50
    assert_same(*world.both(_quarter("tickets_created", "backlog", grain="day")))
    world.warehouse.undo_run(run)
    with world.warehouse.reader() as reader:
        (opened,) = reader.one("SELECT count(*) FROM tickets WHERE ticket_id LIKE 'odd%'") or (None,)
    assert opened == 0
    world.warehouse.recount(
        lambda t: t.execute(f"DELETE FROM rollup.stale WHERE hour < 24 OR hour > {2199 - 1970} * 8766")
    )  # what they left behind, as the other tests count what is stale
    world.upkeep.drain()
    assert_same(*world.both(_quarter("tickets_created", "backlog", grain="day")))


@pytest.mark.parametrize("name", ["tickets.created_at", "tickets.first_replied_at", "tickets.backlog"])
@pytest.mark.parametrize("left_to_sql", ["", "tag"])
def test_cells_counted_at_once_are_those_of_one_statement_each(
    world: RolledUp, monkeypatch: pytest.MonkeyPatch, name: str, left_to_sql: str
) -> None:
    monkeypatch.setattr(cell_words, "is_countable", lambda _, cut: left_to_sql not in cut)
    cube, days = cubes()[name], days_of("Europe/Berlin")
    some = [at("2026-01-01") + timedelta(days=day) for day in (3, 4, 5, 20, 21, 40, 60)]
    runs = days.runs(days.of(int(day.timestamp()) // 3600 for day in some))
    assert len(runs) == len(some) - 3
    dims = [d.name for d in cube.dims if d.name in ("agent", "tag", "priority", "full_resolution_bucket", "customer")]
    cuts = [(), *((dim,) for dim in dims), *pairwise(dims)]
    slots = {cut: ("day", "hour")[i % 2] for i, cut in enumerate(cuts)}
    decided = Decided("Europe/Berlin", 0, slots, dict.fromkeys(cuts, 0.5) if cube.sketches else {})
    with world.warehouse.reader() as reader:
        parts = [found for run in runs for found in cells_of(reader, cube, decided, bound(days, *run))]
        found = cells_of_runs(reader, cube, decided, days, runs)
    assert _cells(found) == _cells(parts) != {}


def _flat(table: pa.Table) -> list[dict[str, Any]]:
    """Return the rows, a sketch's cell as a row for each of its buckets."""
    rows = table.to_pylist()
    if "bucket" not in table.column_names:
        return rows
    return [{**row, "bucket": b, "n": n} for row in rows for b, n in zip(row["bucket"], row["n"], strict=True)]


def _cells(tables: list[tuple[str, pa.Table]]) -> dict[Any, Any]:
    """Return the cells by table and key; sums rounded, as they are added up in another order."""
    found: dict[Any, Any] = {}
    for name, table in tables:
        for row in _flat(table):
            key = (name, *(row.pop(column, None) for column in ("cut", "k0", "k1", "hour", "sketch", "bucket")))
            assert key not in found
            found[key] = {column: None if value is None else round(value, 6) for column, value in row.items()}
    return found


def test_a_recount_leaves_the_version_and_so_what_is_cached(world: RolledUp) -> None:
    world.write({"tickets": [{"ticket_id": "later", "created_at": at("2026-01-11T12:30")}]})
    world.upkeep.step()
    version = world.warehouse.version
    assert world.upkeep.drain() > 0
    assert world.warehouse.version == version


def test_what_changes_while_days_are_counted_stays_stale(world: RolledUp, monkeypatch: pytest.MonkeyPatch) -> None:
    world.upkeep.drain()
    world.write({"tickets": [{"ticket_id": "one", "created_at": at("2026-01-12T12:30")}]})
    recount = world.warehouse.recount

    def slow(work: Any) -> Any:
        # Between the count and its storing, another ticket comes into the same hour.
        monkeypatch.setattr(world.warehouse, "recount", recount)
        world.write({"tickets": [{"ticket_id": "two", "created_at": at("2026-01-12T12:40")}]})
        return recount(work)

    monkeypatch.setattr(world.warehouse, "recount", slow)
    for _ in range(8):
        assert_same(*world.both(_quarter("tickets_created", "backlog", grain="day")))
        world.upkeep.step()
    world.upkeep.drain()
    assert_same(*world.both(_quarter("tickets_created", "backlog", grain="day")))


def test_rollups_that_save_little_are_not_kept(tmp_path_factory: pytest.TempPathFactory) -> None:
    given = Settings(_env_file=None, data_dir=tmp_path_factory.mktemp("data"), rollup_least_rows=0, rollup_wide_rows=0,
                     cache_entries=0)  # fmt: skip
    world = RolledUp(given)
    tickets = [{"ticket_id": f"t{i}", "channel": f"c{i % 2}", "customer": f"p{i}",
                "created_at": at("2026-01-01") + timedelta(hours=i % 48)} for i in range(2_000)]  # fmt: skip
    world.write({"tickets": tickets})
    world.upkeep.drain()
    try:
        for dimension in ("channel", "customer"):
            world.engine.query(OWNER, _quarter("tickets_created", by=(dimension,)))
            world.upkeep.drain()
        asked = {d: world.engine.query(OWNER, _quarter("tickets_created", by=(d,))) for d in ("channel", "customer")}
        with world.warehouse.reader() as reader:
            summaries = read_summaries(reader)
    finally:
        world.warehouse.close()
    assert {d: r.basis for d, r in asked.items()} == {"channel": "rollup", "customer": "rows"}
    created = next(s for s in summaries if s.cube == "tickets.created_at")
    assert ("customer" in created.dropped, "channel" in created.dropped, created.stale_days) == (True, False, 0)


def test_what_was_decided_is_read_back_and_an_older_decision_too() -> None:
    decided = Decided("Europe/Berlin", 9, {(): "hour", ("a", "b"): "day"}, {("a", "b"): 0.25}, {("a", "b"): 4.0})
    assert Decided.read(decided.text()) == decided
    older = '{"zone": "UTC", "rows": 5, "slots": [[[], "day"]], "sketched": [[], ["channel"]], "ratios": [[[], 2.0]]}'
    assert Decided.read(older) == Decided("UTC", 5, {(): "day"}, {}, {(): 2.0})


def test_a_sketch_that_saves_less_is_kept_of_many_rows(world: RolledUp) -> None:
    cube, cut = cubes()["tickets.first_replied_at"], ()

    def sketched(least: float, rows: int) -> dict[Any, float]:
        given = world.given.model_copy(update={"rollup_least_compression": least})
        return dict(Upkeep(world.warehouse, given, "Europe/Berlin")._decide(cube, rows, [cut]).sketched)

    rows_a_bucket = 1 / sketched(0.0, 300)[cut]
    assert sketched(0.9 * rows_a_bucket, 300).keys() == {cut}
    assert sketched(1.5 * rows_a_bucket, 300) == {}
    assert sketched(1.5 * rows_a_bucket, 3_000_000).keys() == {cut}
    assert sketched(2.5 * rows_a_bucket, 3_000_000) == {}


def test_a_cut_is_kept_from_when_it_is_asked_for(world: RolledUp) -> None:
    world.upkeep.drain()
    query = _quarter("tickets_created", by=("status",), where=(Filter(dimension="team", values=("Tier 1",)),))
    first, exact = world.both(query)
    assert world.upkeep.drain() > 0
    then = world.engine.query(OWNER, query)
    assert (first.basis, then.basis) == ("rows", "rollup")
    assert_same(then, exact)
    more = {"ticket_id": "more", "team": "Tier 1", "status": "open", "created_at": at("2026-01-12")}
    world.write({"tickets": [more]})
    for _ in range(2):  # counted from the rows, then kept
        found, exact = world.both(query)
        assert (found.basis, found.totals["tickets_created"].n) == ("rollup", then.totals["tickets_created"].n + 1)
        assert_same(found, exact)
        world.upkeep.drain()
    assert world.upkeep.drain() == 0


def test_one_statement_answers_for_both_compared_periods(world: RolledUp) -> None:
    world.upkeep.drain()
    noting = NotingWarehouse(world.warehouse)
    engine = QueryEngine(noting, world.given, upkeep=world.upkeep)  # type: ignore[arg-type]
    names = ("tickets_created", "first_reply_time_seconds_median", "first_reply_time_seconds_p90", "backlog")
    query = _quarter(*names, grain="week", compare="previous")
    engine.query(OWNER, query)
    told = noting.noted(lambda: engine.query(OWNER, query))
    # The sums of what was created, the sums and sketches of first replies, the changes of the backlog.
    assert len(told) == 4


def test_the_total_of_a_median_is_told_from_its_sketch_when_the_groups_are_not(world: RolledUp) -> None:
    world.upkeep.drain()
    noting = NotingWarehouse(world.warehouse)
    engine = QueryEngine(noting, world.given, upkeep=world.upkeep)  # type: ignore[arg-type]
    query = _quarter("first_reply_time_seconds_median", by=("hour",))  # no sketch tells hours of the day
    exact = engine.query(OWNER, replace(query, exact=True))
    found = engine.query(OWNER, query)
    assert found.rows == exact.rows
    assert (found.estimated.keys(), exact.estimated) == ({"first_reply_time_seconds_median"}, {})
    assert_same(found, exact)
    told = noting.noted(lambda: engine.query(OWNER, query))
    assert sum('"tickets"' in one.sql for one in told) == 1  # the groups; the total needs no pass over the rows


def test_the_cheaper_of_rows_and_rollup_answers(world: RolledUp, monkeypatch: pytest.MonkeyPatch) -> None:
    given = world.given.model_copy(update={"rollup_wide_rows": 1})
    engine = QueryEngine(world.warehouse, given, upkeep=world.upkeep)
    query = MetricQuery(
        metrics=("tickets_created",), start=at("2025-12-28T23:00"), end=at("2026-03-31T22:00"), by=("channel",),
        timezone="Europe/Berlin",
    )  # fmt: skip
    assert engine.query(OWNER, query).basis == "rows"  # a few hundred rows take no longer than a statement does
    monkeypatch.setattr(cost, "ROW", 1.0)
    assert engine.query(OWNER, query).basis == "rollup"
    # What must be read from the rows for one metric costs nothing more for the others.
    nobody_keeps = ("tickets_created", "customers_contacting")
    assert engine.query(OWNER, replace(query, metrics=nobody_keeps)).basis == "rows"


def test_the_width_of_a_cube_tells_where_its_rows_lie(world: RolledUp) -> None:
    width = world.upkeep.widths["tickets.created_at"]
    with world.warehouse.reader() as reader:
        (count,) = reader.one("SELECT count(*) FROM tickets WHERE NOT coalesce(is_spam OR is_merged, false)") or (0,)
        (cells,) = reader.one(f"SELECT count(*) FROM {cubes()['tickets.created_at'].table}") or (0,)
    assert (width.rows_within(), width.cells_within(None, None)) == (count, cells)
    edge = width.first * 720 + 720
    assert width.rows_within(None, edge) + width.rows_within(edge, None) == pytest.approx(count)
    assert width.rows_within(edge, edge) == 0
    assert width.rows_within(edge + 10**7, edge + 10**8) == 0

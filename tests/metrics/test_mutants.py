"""A wrong catalogue is found out: each small change of a metric must fail its check on a world full of edges."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import ibis
import ibis.expr.operations as ops
import pytest
from tests.metrics.random_rows import UNFILLED, on_borders
from tests.metrics.work_world import people_at, work_at
from tests.metrics.world import MANY, OWNER, at, by_hand, engine_of, random_world

from deskpulse.core.settings import Settings
from deskpulse.metrics import compile as compiling
from deskpulse.metrics import levels, measure
from deskpulse.metrics.compile import base
from deskpulse.metrics.lookup import METRICS, base_metrics
from deskpulse.metrics.model import Expr, Metric, MetricQuery, Parts
from deskpulse.metrics.query import QueryEngine
from deskpulse.warehouse.duckdb import DuckWarehouse
from deskpulse.warehouse.schema import TABLES

LATEST = at("2026-06-01")
WINDOWS = [(at("2026-01-08"), at("2026-02-20")), (at("2026-01-20T07:00"), at("2026-02-03T19:00")),
           (at("2026-02-01T12:00"), at("2026-02-02T12:00")),
           (at("2026-05-20"), LATEST + timedelta(days=9))]  # fmt: skip
COMPARISONS = (ops.GreaterEqual, ops.Greater, ops.LessEqual, ops.Less, ops.Equals, ops.NotEquals)
EXPRESSIONS = ("where", "value", "numerator", "denominator")
# Columns that another could be taken for.
ALIKE = ({"first_reply_seconds", "first_resolution_seconds", "full_resolution_seconds"},
         {"message_count", "agent_reply_count", "customer_message_count", "note_count"},
         {"reopen_count", "handoff_count"}, {"is_one_touch", "is_escalated"}, {"sentiment", "subjectivity"},
         {"score", "scale_max"})  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """A metric that is wrong in one place."""

    about: str
    metric: Metric


def mutants(metric: Metric, tried: set[Any]) -> Iterator[Mutant]:
    """Return the metric with each of its parts changed a little.

    A condition in `tried` is left alone: a metric of the same rows had it, and n tells of it alike.
    """
    for part in EXPRESSIONS:
        given: Expr | None = getattr(metric, part)
        if given is None:
            continue
        rows = base(metric.fact)
        if part == "where":
            condition = given(rows).op()
            if condition in tried:
                continue
            tried.add(condition)
        for place, node in enumerate(own_nodes(given(rows).op())):
            for about, change in changes(node):
                yield Mutant(f"{part}: {about}", replace(metric, **{part: changed(given, place, change)}))
    for name in metric.parts:
        yield Mutant(f"twice {name}", replace(metric, combine=more_of(metric, name)))
        if name not in (metric.parts[-1], *TWINS):
            others = tuple(p for p in metric.parts if p != name)
            yield Mutant(f"counted by {name}", replace(metric, parts=(*others, name)))
    if metric.is_level:
        yield Mutant("the other end", replace(metric, is_start=not metric.is_start))
    if metric.where is not None:
        yield Mutant("where dropped", replace(metric, where=None))
    if metric.numerator is not None:
        swapped = replace(metric, numerator=metric.denominator, denominator=metric.numerator)
        yield Mutant("numerator and denominator swapped", swapped)
    if metric.parts:
        return
    rows = base(metric.fact)
    is_count = metric.value is not None and isinstance(metric.value(rows).op(), ops.CountStar)
    # One stretch of a ticket, at most, stands at an end.
    is_of_many = metric.fact.key != "ticket_id" and metric.fact.since is None
    if is_count and "ticket_id" in rows.columns and is_of_many:
        yield Mutant("tickets counted", replace(metric, value=lambda t: t.ticket_id.nunique()))
    times = [c.name for c in TABLES[metric.fact.table].columns if c.kind == "time" and c.name not in UNFILLED]
    for name in times:
        if metric.is_level:
            if name != metric.opens:
                yield Mutant(f"opens {name}", replace(metric, opens=name))
            if name not in metric.closing:
                yield Mutant(f"closes {name}", replace(metric, closes=name))
        elif name != metric.moment:
            yield Mutant(f"time {name}", replace(metric, time=name))


def more_of(metric: Metric, name: str) -> Callable[[Parts], float]:
    """Return the way that the metric combines its parts, with one of them half as much again and one more."""
    combine = metric.combine
    assert combine is not None
    return lambda parts: combine(replace(parts, values={**parts.values, name: parts[name] * 1.5 + 1}))


TWINS = ("troubled_handle_seconds",)  # made of the very rows that the metric counts


def changes(node: Any) -> Iterator[tuple[str, Callable[[Any], Any]]]:
    """Return ways to get one node of an expression wrong."""
    if isinstance(node, COMPARISONS):
        # A text is not taken for a larger or smaller one.
        for other in COMPARISONS[-2:] if node.left.dtype.is_string() else COMPARISONS:
            if not isinstance(node, other):
                yield f"{type(node).__name__} to {other.__name__}", lambda n, o=other: o(n.left, n.right)
    if isinstance(node, ops.And):
        yield "left alone", lambda n: n.left
        yield "right alone", lambda n: n.right
        yield "And to Or", lambda n: ops.Or(n.left, n.right)
    if isinstance(node, ops.NotNull):
        yield "NotNull to IsNull", lambda n: ops.IsNull(n.arg)
    if isinstance(node, ops.IsNull):
        yield "IsNull to NotNull", lambda n: ops.NotNull(n.arg)
    if isinstance(node, ops.Literal) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        for by in (-1, 1) if node.value >= 1 or node.dtype.is_integer() else (-0.2, 0.05):
            yield f"{node.value} {by:+}", lambda n, d=by: ops.Literal(n.value + d, n.dtype)
    if isinstance(node, ops.Literal) and isinstance(node.value, str):
        yield f"{node.value} to another", lambda n: ops.Literal(f"not {n.value}", n.dtype)
    if isinstance(node, ops.Median | ops.Quantile):
        yield "a mean instead", lambda n: ops.Mean(n.arg)
        yield "a maximum instead", lambda n: ops.Max(n.arg)
    if isinstance(node, ops.Median):
        yield "a lower quantile", lambda n: ops.Quantile(n.arg, ops.Literal(0.45, ibis.dtype("float64")))
    if isinstance(node, ops.Sum):
        yield "a count instead", lambda n: ops.Count(n.arg)
        yield "a maximum instead", lambda n: ops.Max(n.arg)
    if isinstance(node, ops.CountDistinct):
        yield "a count instead", lambda n: ops.Count(n.arg)
    if isinstance(node, ops.Multiply):
        yield "left factor alone", lambda n: n.left
        yield "right factor alone", lambda n: n.right
    if isinstance(node, ops.Field):
        for group in ALIKE:
            for other in group - {node.name} if node.name in group else ():
                yield f"{node.name} to {other}", lambda n, o=other: ops.Field(n.rel, o)


def own_nodes(node: Any) -> list[Any]:
    """Return the nodes of an expression, without those of the tables it reads."""
    below = [found for child in node.__children__ if not isinstance(child, ops.Relation) for found in own_nodes(child)]
    return [node, *below]


def changed(given: Expr, place: int, change: Callable[[Any], Any]) -> Expr:
    """Return the expression with the node at `place` among its own changed."""

    def expression(rows: Any) -> Any:
        found = given(rows).op()
        target = own_nodes(found)[place]

        def swap(node: Any, kwargs: dict[str, Any] | None) -> Any:
            if node == target:
                return change(node)
            return node.__recreate__(kwargs) if kwargs else node

        return found.replace(swap, filter=ops.Value).to_expr()

    return expression


World = tuple[DuckWarehouse, QueryEngine]
Expected = dict[str, list[tuple[Any, int]]]


@pytest.fixture(scope="module")
def edges(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world in which every rule of the catalogue decides about some row."""
    settings = Settings(
        _env_file=None, data_dir=tmp_path_factory.mktemp("data"), cache_entries=0, query_max_metrics=100_000
    )
    given = random_world(11, 500)
    names = [ticket["ticket_id"] for ticket in given["tickets"]]
    borders = [border for window in WINDOWS for border in window]
    rng = random.Random(12)
    for table in ("tickets", "ticket_gaps", *MANY):
        given[table] += on_borders(rng, table, borders, names, copies=16)
    for i, border in enumerate(borders):
        given["tickets"] += [{"ticket_id": f"open{i}{twin}", "created_at": border} for twin in "ab"]
        given["tickets"].append({"ticket_id": f"calm{i}", "created_at": border, "solved_at": border,
                                 "handle_seconds": 40.0})  # fmt: skip
        for name, rows in (*work_at(border, f"at{i}").items(), *people_at(border, f"at{i}").items()):
            given[name] += rows
    given["bot_turns"] += [{"turn_id": f"late{i}", "customer_id": f"c{i}", "asked_at": LATEST + timedelta(days=8 - i)}
                           for i in range(3)]  # fmt: skip
    quick = {"outcome": "abandoned", "direction": "inbound", "wait_seconds": 2.0}
    given["calls"] += [
        {"call_id": f"gave up {i}", "started_at": start + timedelta(minutes=1), **quick}
        for i, (start, _) in enumerate(WINDOWS)
    ]
    for point in given["forecast_points"]:
        if point["from_at"] >= WINDOWS[-1][0]:
            point["actual"] = 0.0  # an error has no share of nothing
    warehouse, engine = engine_of(settings, **given)
    yield warehouse, engine
    warehouse.close()


@pytest.fixture(scope="module")
def expected(edges: World) -> Expected:
    """What each metric's check says of each window."""
    return {name: [by_hand(edges[0], metric, *window) for window in WINDOWS] for name, metric in METRICS.items()}


def unlike(engine: QueryEngine, expected: Expected, of: Mapping[str, str]) -> set[str]:
    """Return the metrics (given with the one that each should equal) that differ from it in some window.

    One question serves all. One that cannot be asked is halved until what cannot run is found: it differs, too.
    """
    found = set()
    try:
        for i, (start, end) in enumerate(WINDOWS):
            totals = engine.query(OWNER, MetricQuery(metrics=tuple(of), start=start, end=end)).totals
            found |= {m for m, right in of.items() if (totals[m].value, totals[m].n) != expected[right][i]}
    except Exception:
        if len(of) == 1:
            return set(of)
        names = list(of)
        halves = names[: len(names) // 2], names[len(names) // 2 :]
        return {m for half in halves for m in unlike(engine, expected, {name: of[name] for name in half})}
    return found


def family_of(metric: Metric) -> tuple[str, str]:
    """Return which mutants are tried together: those that one pass answers."""
    return ("derived", metric.fact.name) if metric.parts else (metric.fact.name, metric.moment)


FAMILIES = sorted({family_of(m) for m in METRICS.values()})


@pytest.mark.parametrize("family", FAMILIES, ids=".".join)
def test_every_mutant_is_found_out(
    edges: World, expected: Expected, family: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    metrics = [m for m in METRICS.values() if family_of(m) == family]
    assert unlike(edges[1], expected, {m.name: m.name for m in metrics}) == set()
    tried: dict[str, str] = {}
    conditions: set[Any] = set()
    for metric in metrics:
        found = list(mutants(metric, conditions))
        assert found, metric.name
        for i, mutant in enumerate(found):
            name = f"{metric.name} {i} {mutant.about}"
            monkeypatch.setitem(METRICS, name, replace(mutant.metric, name=name))
            tried[name] = metric.name
    survivors = sorted(set(tried) - unlike(edges[1], expected, tried))
    assert survivors == [], f"{len(survivors)} of {len(tried)} mutants pass for right"


def _spam_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    original = compiling.with_ticket
    monkeypatch.setattr(
        compiling,
        "with_ticket",
        lambda fact, dims, columns=(), with_spam=False: original(fact, dims, columns, with_spam=True),
    )


def _border(name: str, by: timedelta) -> Callable[[pytest.MonkeyPatch], None]:
    def apply(monkeypatch: pytest.MonkeyPatch) -> None:
        original = measure.Scanned._values
        monkeypatch.setattr(
            measure.Scanned, "_values",
            lambda self, periods: {**(v := original(self, periods)), name: v[name] + by},
        )  # fmt: skip

    return apply


def _gaps_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(levels, "GAPS", "ticket_links")
    monkeypatch.setattr(levels, "GAP_FROM", "ingested_at")
    monkeypatch.setattr(levels, "GAP_UNTIL", "ingested_at")


LAYER = {
    "spam counted": _spam_kept,
    "the end within the period": _border("until_moment", timedelta(microseconds=1)),
    "the start outside the period": _border("from_moment", timedelta(microseconds=1)),
    "gaps ignored": _gaps_ignored,
}


NO_TICKET = {"revenue_unlinked", "cost_unlinked", "self_served_conversations", "repeat_contact_rate"}


def depends(metric: Metric, about: str) -> bool:
    """Return whether a metric's value or n on the world of edges must change when a layer goes wrong."""
    if about == "spam counted":  # what has no ticket has no spam; contacts leave it out themselves
        return metric.fact.ticket_key is not None and metric.name not in NO_TICKET
    # A level is taken at one of the ends. A microsecond of an interval is too little to be seen in its seconds.
    if "start" in about:
        return metric.is_start if metric.is_level else not metric.is_interval
    return not metric.is_start


@pytest.mark.parametrize("about", LAYER)
def test_a_wrong_layer_is_found_out(
    edges: World, expected: Expected, about: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiling.compile_scan.cache_clear()
    with monkeypatch.context() as patched:
        LAYER[about](patched)
        wrong = unlike(edges[1], expected, {name: name for name in METRICS})
    compiling.compile_scan.cache_clear()
    if about == "gaps ignored":
        assert wrong == {m.name for m in METRICS.values() if m.is_level and m.fact.has_gaps}
    else:
        assert wrong == {m.name for m in METRICS.values() if any(depends(b, about) for b in base_metrics([m]))}

"""A wrong catalogue is found out: each small change of a metric must fail its check on a world full of edges."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import ibis
import ibis.expr.operations as ops
import pytest
from tests.metrics.world import OWNER, at, by_hand, engine_of, random_world

from deskpulse.core.settings import Settings
from deskpulse.metrics import compile as compiling
from deskpulse.metrics import levels, measure
from deskpulse.metrics.compile import table
from deskpulse.metrics.lookup import METRICS
from deskpulse.metrics.model import Expr, Metric, MetricQuery
from deskpulse.metrics.query import QueryEngine
from deskpulse.warehouse.duckdb import DuckWarehouse
from deskpulse.warehouse.schema import TABLES

WINDOWS = [(at("2026-01-08"), at("2026-02-20")), (at("2026-01-20T07:00"), at("2026-02-03T19:00")),
           (at("2026-02-01T12:00"), at("2026-02-02T12:00"))]  # fmt: skip
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


def mutants(metric: Metric) -> Iterator[Mutant]:
    """Return the metric with each of its parts changed a little."""
    for part in EXPRESSIONS:
        given: Expr | None = getattr(metric, part)
        if given is None:
            continue
        rows = table(metric.fact.table)
        for place, node in enumerate(own_nodes(given(rows).op())):
            for about, change in changes(node):
                yield Mutant(f"{part}: {about}", replace(metric, **{part: changed(given, place, change)}))
    if metric.where is not None:
        yield Mutant("where dropped", replace(metric, where=None))
    if metric.numerator is not None:
        swapped = replace(metric, numerator=metric.denominator, denominator=metric.numerator)
        yield Mutant("numerator and denominator swapped", swapped)
    times = [c.name for c in TABLES[metric.fact.table].columns if c.kind == "time" and c.name not in UNFILLED]
    for name in times:
        if metric.is_level:
            if name != metric.opens:
                yield Mutant(f"opens {name}", replace(metric, opens=name))
            if name != metric.closes:
                yield Mutant(f"closes {name}", replace(metric, closes=name))
        elif name != metric.moment:
            yield Mutant(f"time {name}", replace(metric, time=name))


UNFILLED = {"due_at", "ingested_at"}


def changes(node: Any) -> Iterator[tuple[str, Callable[[Any], Any]]]:
    """Return ways to get one node of an expression wrong."""
    if isinstance(node, COMPARISONS):
        for other in COMPARISONS:
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
        for by in (-1, 1) if node.value >= 1 else (-0.2, 0.05):
            yield f"{node.value} {by:+}", lambda n, d=by: ops.Literal(n.value + d, n.dtype)
    if isinstance(node, ops.Literal) and isinstance(node.value, str):
        yield f"{node.value} to nps", lambda n: ops.Literal("nps", n.dtype)
    if isinstance(node, ops.Median | ops.Quantile):
        yield "a mean instead", lambda n: ops.Mean(n.arg)
        yield "a maximum instead", lambda n: ops.Max(n.arg)
    if isinstance(node, ops.Median):
        yield "a lower quantile", lambda n: ops.Quantile(n.arg, ops.Literal(0.45, ibis.dtype("float64")))
    if isinstance(node, ops.Sum):
        yield "a count instead", lambda n: ops.Count(n.arg)
        yield "a maximum instead", lambda n: ops.Max(n.arg)
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

        return found.replace(swap).to_expr()

    return expression


@pytest.fixture(scope="module")
def edges(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[DuckWarehouse, QueryEngine]]:
    """A world in which every rule of the catalogue decides about some row."""
    settings = Settings(_env_file=None, data_dir=tmp_path_factory.mktemp("data"), cache_entries=0)
    given = random_world(11, 500)
    for i, border in enumerate(border for window in WINDOWS for border in window):
        given["tickets"] += [
            *({"ticket_id": f"open{i}{twin}", "created_at": border, "message_count": 3, "sentiment": 0.5}
              for twin in "ab"),
            {"ticket_id": f"done{i}", "created_at": border - timedelta(days=3), "first_replied_at": border,
             "first_solved_at": border, "solved_at": border, "first_reply_seconds": 1.0, "reopen_count": 1,
             "full_resolution_seconds": 1.0, "is_one_touch": True},
        ]  # fmt: skip
        given["surveys"].append({"survey_id": f"at{i}", "kind": "csat", "score": 5.0, "responded_at": border})
    warehouse, engine = engine_of(settings, **given)
    yield warehouse, engine
    warehouse.close()


def is_right(warehouse: DuckWarehouse, engine: QueryEngine, metric: Metric) -> bool:
    for start, end in WINDOWS:
        total = engine.query(OWNER, MetricQuery(metrics=(metric.name,), start=start, end=end)).totals[metric.name]
        if (total.value, total.n) != by_hand(warehouse, metric, start, end):
            return False
    return True


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_every_mutant_is_found_out(
    edges: tuple[DuckWarehouse, QueryEngine], metric: Metric, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert is_right(*edges, metric)
    tried, survivors = 0, []
    for mutant in mutants(metric):
        tried += 1
        monkeypatch.setitem(METRICS, metric.name, mutant.metric)
        try:
            if is_right(*edges, mutant.metric):
                survivors.append(mutant.about)
        except Exception:  # a mutant that does not run is found out, too
            continue
    assert tried >= 4
    assert survivors == [], f"{len(survivors)} of {tried} mutants of {metric.name} pass for right"


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


@pytest.mark.parametrize("about", LAYER)
def test_a_wrong_layer_is_found_out(
    edges: tuple[DuckWarehouse, QueryEngine], about: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiling.compile_scan.cache_clear()
    with monkeypatch.context() as patched:
        LAYER[about](patched)
        wrong = [m.name for m in METRICS.values() if not is_right(*edges, m)]
    compiling.compile_scan.cache_clear()
    if about == "gaps ignored":
        assert wrong == ["backlog"]
    elif about == "spam counted":
        assert set(wrong) == set(METRICS)
    else:
        # A percentile may stay the same; its n does not. A level has no start.
        assert set(wrong) == set(METRICS) - ({"backlog"} if "start" in about else set())

"""Which rows of a period had no say in a number, and why; and which working hours timed those that had."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache, reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from deskpulse.metrics.compile import Compiled, Shape, fact_rows, finish, table
from deskpulse.metrics.levels import CLOSED, GAP_FROM, GAP_UNTIL, GAPS, closed_at
from deskpulse.metrics.model import Metric
from deskpulse.metrics.plan import Scan
from deskpulse.metrics.scanned import Scanned
from deskpulse.warehouse.engine import Reader

if TYPE_CHECKING:
    import ibis.expr.types as ir

BUSINESS = "business_seconds"
_SPAM, _MERGED = "spam, or deleted in the source", "merged into another ticket"


def left_out(reader: Reader, scan: Scan, scanned: Scanned) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """Return `{metric, reason, rows}` of the rows without a say, and by metric how many rows were looked at.

    Looked at are rows whose moment lies in the period (of a level: that began before its end) and that meet the
    filters. Each row has the first reason that holds; what is looked at less what is left out is the metric's n.
    """
    found, looked_at = [], {}
    for metric in scan.metrics:
        compiled, reasons = _compile(replace(scanned.shape(), metrics=(metric,)))
        row = reader.one(compiled.sql, scanned.bound(compiled.names))
        assert row is not None  # noqa: S101  an aggregate always has a row
        looked_at[metric.name] = int(row[0])
        counts = zip(reasons, row[1:], strict=True)
        found += [{"metric": metric.name, "reason": why, "rows": int(rows)} for why, rows in counts if rows]
    return found, looked_at


def schedules(reader: Reader, scan: Scan, scanned: Scanned) -> list[dict[str, Any]]:
    """Return `{metric, schedule, version, rows}`: which working hours counted for rows timed in working time.

    The schedule is the one that the ticket is under, its version the one in force at the ticket's creation; null where
    none holds.
    """
    found = []
    for metric in scan.metrics:
        shape = replace(scanned.shape(), metrics=(metric,))
        if metric.is_level or not (_is_of_targets(shape) or any(BUSINESS in name for name in _fields(shape))):
            continue
        compiled = _compile_schedules(shape)
        rows = reader.rows(compiled.sql, scanned.bound(compiled.names))
        found += [
            {"metric": metric.name, "schedule": name, "version": version, "rows": count}
            for name, version, count in rows
        ]
    return found


def _is_of_targets(shape: Shape) -> bool:
    return shape.fact.table == "sla_targets"


def _bare(shape: Shape) -> Shape:
    return replace(shape, metrics=())


@lru_cache(maxsize=256)
def _fields(shape: Shape) -> tuple[str, ...]:
    """Return the columns that the metric's value is made of."""
    from deskpulse.metrics.operations import fields_of

    metric, rows = shape.metrics[0], fact_rows(_bare(shape))
    of = metric.value or metric.numerator
    return tuple(sorted(fields_of(of(rows), rows))) if of is not None else ()


@lru_cache(maxsize=256)
def _compile(shape: Shape) -> tuple[Compiled, tuple[str, ...]]:
    """Return SQL of how many rows there are and how many have each reason, and the reasons."""
    import ibis

    metric = shape.metrics[0]
    of_ticket = ("is_spam", "is_merged") if shape.fact.ticket_key or shape.fact.table == "tickets" else ()
    if metric.is_level:
        rows = _opened(shape, of_ticket)
        told = [*_never(shape, rows, of_ticket), *_levels(shape, rows)]
    else:
        rows = fact_rows(_bare(shape), columns=of_ticket, with_spam=True)
        told = [*_never(shape, rows, of_ticket), *_silent(shape, rows)]
    conditions = [condition.fill_null(False) for _, condition in told]
    sums = {}
    for i, condition in enumerate(conditions):
        mine = condition & ~reduce(or_, conditions[:i]) if i else condition
        # Intervals may have been cut into several pieces.
        rows_of = rows[shape.fact.key].nunique(where=mine) if shape.cuts else mine.sum()
        sums[f"r{i}"] = ibis.coalesce(rows_of, 0)
    everything = rows[shape.fact.key].nunique() if shape.cuts else rows.count()
    return finish(rows.aggregate(looked_at=everything, **sums)), tuple(why for why, _ in told)


def _never(shape: Shape, rows: ir.Table, of_ticket: tuple[str, ...]) -> Iterator[tuple[str, ir.Value]]:
    """Yield the reasons of rows that count in no metric of their fact."""
    if of_ticket:
        yield _SPAM, rows.is_spam
    if of_ticket and (shape.fact.is_course or shape.fact.table == "tickets"):
        yield _MERGED, rows.is_merged


def _silent(shape: Shape, rows: ir.Table) -> Iterator[tuple[str, ir.Value]]:
    """Yield the reasons of rows that the metric's condition does not keep: what is not known of them, else the rest."""
    metric = shape.metrics[0]
    if metric.where is None:
        return
    has_no_say = ~metric.where(rows).fill_null(False)
    if shape.fact.table == "tickets" and metric.unit == "seconds":
        yield "impossible times", has_no_say & rows.time_problem.notnull()
    for name in _fields(shape):
        for why, condition in _unknown(rows, name):
            yield why, has_no_say & condition
    yield f"not what it counts: {metric.formula}", has_no_say


def _unknown(rows: ir.Table, name: str) -> Iterator[tuple[str, ir.Value]]:
    if name == "own_amount":
        yield "its amount is not known", rows.amount.isnull()
        yield "no rate for its currency in its month", rows.own_amount.isnull()
        return
    if name.endswith(BUSINESS):
        calendar = name.removesuffix(BUSINESS) + "seconds"
        yield f"its {calendar} is not known", rows[calendar].isnull()
        yield "no working hours hold for it", rows[name].isnull()
        return
    yield f"its {name} is not known", rows[name].isnull()


def _opened(shape: Shape, of_ticket: tuple[str, ...]) -> ir.Table:
    """Return the rows that began before the moment of the level, with when they ended."""
    from deskpulse.metrics.operations import MOMENT, bind

    metric = shape.metrics[0]
    rows = fact_rows(_bare(shape), within=False, columns=(*of_ticket, *metric.closing), with_spam=True)
    rows = rows.mutate(**{CLOSED: closed_at(rows, metric.closing)})
    return rows.filter(rows[str(metric.opens)] < bind(_moment(metric), MOMENT))


def _moment(metric: Metric) -> str:
    return "from_moment" if metric.is_start else "until_moment"


def _levels(shape: Shape, rows: ir.Table) -> Iterator[tuple[str, ir.Value]]:
    """Yield the reasons of rows that did not stand at the moment of the level."""
    from deskpulse.metrics.operations import MOMENT, bind

    metric, fact = shape.metrics[0], shape.fact
    end = bind(_moment(metric), MOMENT)
    if metric.where is not None:
        yield f"not what it counts: {metric.formula}", ~metric.where(rows).fill_null(False)
    ends = " or ".join(metric.closing)
    yield f"it ended before it began ({ends})", rows[CLOSED] <= rows[str(metric.opens)]
    yield f"it had ended by then ({ends})", rows[CLOSED] < end
    if fact.has_gaps:
        gaps = table(GAPS)
        meanwhile = gaps.filter(gaps[GAP_FROM] < end, gaps[GAP_UNTIL] >= end, gaps[GAP_FROM] < gaps[GAP_UNTIL])
        yield "it was solved then, and reopened later", rows[str(fact.ticket_key)].isin(meanwhile.ticket_id)


@lru_cache(maxsize=128)
def _compile_schedules(shape: Shape) -> Compiled:
    rows = fact_rows(shape, columns=("schedule", "schedule_version"))
    if _is_of_targets(shape):
        rows = rows.filter(rows.is_business)
    found = rows.group_by("schedule", "schedule_version").aggregate(rows=rows.count())
    return finish(found.order_by("schedule", "schedule_version").select("schedule", "schedule_version", "rows"))

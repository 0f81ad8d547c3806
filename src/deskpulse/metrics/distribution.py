"""How the values of a column lie: counts by bucket, with edges that suit the values, and percentiles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from math import ceil, floor, isfinite, log10
from typing import TYPE_CHECKING, Any

from deskpulse.core.errors import InputError, UnknownNameError
from deskpulse.core.principal import Principal
from deskpulse.core.settings import Settings
from deskpulse.metrics.compile import Shape, fact_rows
from deskpulse.metrics.facts import TICKETS
from deskpulse.metrics.fields import fields_of_fact
from deskpulse.metrics.lookup import METRICS, nearest
from deskpulse.metrics.made import made_metric, made_plan, measured
from deskpulse.metrics.model import Dimension, Fact, Filter, Metric, MetricQuery, Where
from deskpulse.metrics.plan import Plan
from deskpulse.metrics.segments import Saved
from deskpulse.metrics.span import Span
from deskpulse.metrics.tickets import TicketQuery
from deskpulse.warehouse.engine import Snapshot

if TYPE_CHECKING:
    import pyarrow as pa

PERCENTILES = (10, 25, 50, 75, 90, 95, 99)
MOST_BUCKETS = 50
_DURATIONS = tuple(float(s) for s in (
    10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800, 43_200, 86_400, 172_800, 259_200, 604_800,
    1_209_600, 2_592_000, 7_776_000, 31_536_000,
))  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class DistributionQuery:
    """How the values of `of` lie: a number column of tickets, or a metric that is made of one column of its rows.

    At most `buckets` of them, with edges that suit the values, or those of `edges`: bucket i is [edge, next edge).
    """

    of: str
    start: datetime
    end: datetime
    timezone: str = "UTC"
    where: tuple[Where | str, ...] = ()
    buckets: int = 12
    edges: tuple[float, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """Values in [low, high); None is open. `share` is of all values."""

    low: float | None
    high: float | None
    label: str
    n: int
    share: float


@dataclass(frozen=True, kw_only=True)
class Distribution:
    """The answer: buckets in order, `n` values, percentiles (linear between neighbours), and rows without a value."""

    query: DistributionQuery
    metric: str | None
    column: str
    buckets: tuple[Bucket, ...]
    n: int
    without_value: int
    smallest: float | None
    largest: float | None
    mean: float | None
    percentiles: Mapping[int, float | None]
    as_of: datetime | None
    version: int

    def as_dict(self) -> dict[str, Any]:
        """Return it in plain values."""
        query = self.query
        return {
            "of": query.of, "column": self.column, "from": query.start.isoformat(), "to": query.end.isoformat(),
            "timezone": query.timezone, "n": self.n, "without_value": self.without_value, "min": self.smallest,
            "max": self.largest, "mean": self.mean,
            "percentiles": {f"p{p}": value for p, value in self.percentiles.items()},
            "buckets": [{"low": b.low, "high": b.high, "label": b.label, "n": b.n, "share": b.share}
                        for b in self.buckets],
            "as_of": self.as_of.isoformat() if self.as_of else None,
        }  # fmt: skip

    def to_arrow(self) -> pa.Table:
        """Return the buckets as a table."""
        import pyarrow as pa

        kinds = {
            "low": pa.float64(),
            "high": pa.float64(),
            "label": pa.string(),
            "n": pa.int64(),
            "share": pa.float64(),
        }
        return pa.table({k: pa.array([getattr(b, k) for b in self.buckets], kind) for k, kind in kinds.items()})

    def behind(self, bucket: int) -> TicketQuery:
        """Return the list of the rows in bucket number `bucket`; its count is the bucket's n."""
        if not 0 <= bucket < len(self.buckets):
            raise InputError(f"There is no bucket {bucket}.", hint=f"The buckets are 0 to {len(self.buckets) - 1}.")
        found, where = self.buckets[bucket], self.query.where
        if found.low is not None:
            where += (Filter(dimension=self.column, operator="ge", values=(repr(found.low),)),)
        if found.high is not None:
            where += (Filter(dimension=self.column, operator="lt", values=(repr(found.high),)),)
        query = self.query
        return TicketQuery(start=query.start, end=query.end, timezone=query.timezone, where=where, metric=self.metric)


def distribute(
    reader: Snapshot, principal: Principal, query: DistributionQuery, settings: Settings, *, saved: Saved,
    span: Span,
) -> Distribution:  # fmt: skip
    """Return the distribution; InputError tells what cannot be distributed and what can."""
    fact, metric, column = _found(query.of)
    if not 2 <= query.buckets <= MOST_BUCKETS:
        raise InputError(f"A distribution has 2 to {MOST_BUCKETS} buckets, not {query.buckets}.", hint="12 read well.")
    statistics, everything = _statistics(fact, metric, column), _everything(fact, metric)
    asked = MetricQuery(metrics=(), start=query.start, end=query.end, timezone=query.timezone, where=query.where)
    plan = made_plan(principal, asked, (*statistics.values(), everything), settings, saved=saved, span=span)
    totals = measured(reader, plan, settings).totals
    told = {name: totals[m.name].value for name, m in statistics.items()}
    n = totals[statistics["n"].name].n
    edges = _checked(query.edges) or _edges(column, told, n, query.buckets)
    buckets = _buckets(reader, plan, statistics["n"], column, edges=edges, settings=settings) if n else ()
    return Distribution(
        query=replace(query, start=plan.query.start, end=plan.query.end), metric=metric.name if metric else None,
        column=column, buckets=buckets, n=n,
        without_value=totals[everything.name].n - n, smallest=told["min"], largest=told["max"], mean=told["mean"],
        percentiles={p: told[f"p{p}"] for p in PERCENTILES}, as_of=span.watermark, version=reader.version,
    )  # fmt: skip


def _found(of: str) -> tuple[Fact, Metric | None, str]:
    if of in METRICS:
        column = column_of_metric(METRICS[of])
        if column is None:
            raise InputError(
                f"{of} is not made of one number of each row, so its values have no distribution.",
                hint=f"Ask for one like {', '.join(nearest(of, _choices()))}.",
            )
        return METRICS[of].fact, METRICS[of], column
    fields = fields_of_fact(TICKETS)
    if of not in fields or fields[of].kind != "number":
        numbers = [name for name, field in fields.items() if field.kind == "number"]
        raise UnknownNameError("number column or metric", of, [*numbers, *_choices()])
    return TICKETS, None, of


def _choices() -> list[str]:
    return [name for name, metric in METRICS.items() if column_of_metric(metric) is not None]


@lru_cache(maxsize=1024)
def column_of_metric(metric: Metric) -> str | None:
    """Return the column whose values the metric sums or ranks, or None when it is made otherwise."""
    import ibis.expr.operations as ops

    whole = metric.value or metric.numerator
    if whole is None or metric.is_level:
        return None
    rows = fact_rows(Shape(metric.fact, metric.moment, (metric,)))
    column = getattr(whole(rows).op(), "arg", None)
    if not isinstance(column, ops.Field) or not column.dtype.is_numeric():
        return None
    return column.name if column.name in fields_of_fact(metric.fact) else None


@lru_cache(maxsize=256)
def _everything(fact: Fact, metric: Metric | None) -> Metric:
    return made_metric("rows", fact, lambda t: t.count(), None, metric.moment if metric else fact.time)


@lru_cache(maxsize=256)
def _statistics(fact: Fact, metric: Metric | None, column: str) -> dict[str, Metric]:
    field = fields_of_fact(fact)[column]

    def has_value(rows: Any) -> Any:
        found = _value(rows, field)
        known = found.notnull()
        return known & metric.where(rows) if metric is not None and metric.where is not None else known

    parts: dict[str, Any] = {
        "n": lambda t: t.count(), "min": lambda t: _value(t, field).min(), "max": lambda t: _value(t, field).max(),
        "mean": lambda t: _value(t, field).mean(),
    }  # fmt: skip
    for p in (1, *PERCENTILES):
        parts[f"p{p}"] = lambda t, p=p: _value(t, field).quantile(p / 100)
    time = metric.moment if metric else fact.time
    return {name: made_metric(name, fact, part, has_value, time) for name, part in parts.items()}


def _value(rows: Any, field: Dimension) -> Any:
    from deskpulse.metrics.compile import number_of

    return number_of(rows, field)


def _checked(edges: tuple[float, ...]) -> tuple[float, ...]:
    if len(edges) >= MOST_BUCKETS or list(edges) != sorted(set(edges)) or not all(map(isfinite, edges)):
        raise InputError(f"The edges {list(edges)[:10]} are no growing row of fewer than {MOST_BUCKETS} numbers.",
                         hint="For example 60, 300, 3600.")  # fmt: skip
    return tuple(float(edge) for edge in edges)


def _edges(column: str, told: Mapping[str, float | None], n: int, most: int) -> tuple[float, ...]:
    """Return edges between the 1st and 99th percentile: whole numbers, usual durations, or steps of 1, 2, 5 × 10ⁿ."""
    low, high, smallest, largest = (told[name] for name in ("p1", "p99", "min", "max"))
    if not n or low is None or high is None or smallest is None or largest is None:
        return ()
    if column.endswith("_seconds"):
        inside = [edge for edge in _DURATIONS if low < edge <= high]
        while len(inside) >= most:
            inside = inside[1::2]
        return tuple(inside) or (high,)
    if smallest == floor(smallest) and largest == floor(largest) and largest - smallest < most:
        return tuple(float(v) for v in range(int(smallest) + 1, int(largest) + 1)) or (largest,)
    if high <= low:
        return (high,)
    step = (high - low) / (most - 1)
    power = 10.0 ** floor(log10(step))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= step * 0.999)
    first = ceil(low / step)
    return tuple(round(i * step, 12) for i in range(first, floor(high / step) + 1) if i * step > low) or (high,)


def _buckets(
    reader: Snapshot, plan: Plan, count: Metric, column: str, *, edges: tuple[float, ...], settings: Settings
) -> tuple[Bucket, ...]:
    ends = (None, *edges, None)
    labels = [_label(column, low, high) for low, high in pairwise(ends)]
    order = tuple(f"{i}" for i in range(len(labels)))
    dimension = Dimension(
        name="made bucket", label="", about="", column=column, kind="bucket", edges=edges, order=order
    )
    plan = replace(plan, metrics=(count,), scans=tuple(replace(s, metrics=(count,)) for s in plan.scans[:1]))
    cells = measured(reader, plan, settings, (dimension,)).groups
    counts = [cell[0][count.name].n if (cell := cells.get((i,))) else 0 for i in order]
    whole = sum(counts)
    return tuple(
        Bucket(low=low, high=high, label=label, n=n, share=n / whole if whole else 0.0)
        for (low, high), label, n in zip(pairwise(ends), labels, counts, strict=True)
    )


def _label(column: str, low: float | None, high: float | None) -> str:
    def text(value: float) -> str:
        if not column.endswith("_seconds"):
            return f"{value:g}"
        for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
            if value >= size:
                return f"{value / size:g} {unit}"
        return f"{value:g} s"

    if low is None:
        return "all" if high is None else f"< {text(high)}"
    return f"≥ {text(low)}" if high is None else f"{text(low)} – {text(high)}"

"""From the declarations of metrics to what is rolled up: a cube for each fact and moment, and one for each level."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from deskpulse.metrics.dimensions import DIMENSIONS
from deskpulse.metrics.lookup import METRICS
from deskpulse.metrics.model import Dimension, Fact, Metric
from deskpulse.warehouse.rollups import SCHEMA, Watch

if TYPE_CHECKING:
    import ibis.expr.types as ir

FIRST = ("channel", "priority", "category", "team", "agent", "language", "full_resolution_bucket")
"""Dimensions that pages cut and filter by: rolled up from the start. Others, and pairs, are once they are asked for."""

MOST_TOGETHER = 2  # dimensions of one cut

WIDTH = 1.05  # of a sketch's buckets: each begins at so many times the one before
SKETCH_ERROR = round(math.sqrt(WIDTH) - 1, 4)  # the middle of a bucket is at most so far from any value in it
_ZERO, _TINY = 500, 1e-9  # a bucket's number is never negative for a positive value; below _TINY is 0

_RULES = 5  # of what is kept of a cube; another number counts all cubes anew

Cut = tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """How a metric follows from a cube's sums: SQL over its columns, or for a quantile its sketch."""

    value: str
    n: str
    sketch: int | None = None
    quantile: float = 0.0


@dataclass(frozen=True, eq=False)
class Cube:
    """What is summed by hour or day over the rows of a fact that have a moment.

    `base` is SQL for those rows: `moment`, a column `d0…` for each of `dims`, what is summed as `r0…`, and what is
    sketched as `s0…`. A level's rows are the changes that opened and closed it: r0 is the change.
    """

    name: str
    fact: Fact
    dims: tuple[Dimension, ...]
    base: str
    sums: int
    sketches: int
    answers: dict[str, Answer] = field(default_factory=dict)
    presences: dict[str, str] = field(default_factory=dict)  # by metric: SQL that counts the rows with a say
    is_level: bool = False
    watches: tuple[Watch, ...] = ()

    @property
    def table(self) -> str:
        """Return the name of the table of its sums."""
        return f'{SCHEMA}."{self.name}"'

    @property
    def sketch_table(self) -> str:
        """Return the name of the table of its sketches."""
        return f'{SCHEMA}."{self.name} sketches"'

    @cached_property
    def signature(self) -> str:
        """Return what changes when the declarations change."""
        told = (self.base, self.sums, self.sketches, self.dims, self.watches, self.cuts, WIDTH, _RULES)
        return hashlib.sha256(repr(told).encode()).hexdigest()[:16]

    @cached_property
    def cuts(self) -> tuple[Cut, ...]:
        """Return the sets of dimensions that are rolled up from the start."""
        return ((), *((d.name,) for d in self.dims if d.name in FIRST))

    @cached_property
    def percentiles(self) -> frozenset[str]:
        """Return the metrics that a sketch answers for, or would."""
        return frozenset(name for name, answer in self.answers.items() if answer.sketch is not None)

    def may_keep(self, cut: Cut) -> bool:
        """Return whether it is one or two of its dimensions, which are rolled up when they are asked for."""
        return 0 < len(cut) <= MOST_TOGETHER and {d.name for d in self.dims}.issuperset(cut)

    def position(self, dimension: str) -> int:
        """Return the number of the column that holds `dimension`."""
        return [d.name for d in self.dims].index(dimension)


def bucket_sql(value: str) -> str:
    """Return SQL for the number of the bucket that a duration is in; below a nanosecond is 0."""
    return f"CASE WHEN {value} < {_TINY} THEN 0 ELSE floor(ln({value}) / {math.log(WIDTH)!r})::INTEGER + {_ZERO} END"


def buckets(values: np.ndarray) -> np.ndarray:
    """Return the numbers of the buckets that durations are in, as `bucket_sql` does."""
    is_zero = values < _TINY
    logs = np.floor(np.log(np.where(is_zero, 1.0, values)) / math.log(WIDTH))
    return np.where(is_zero, 0, logs.astype(np.int64) + _ZERO)


def bucket_middle(bucket: int) -> float:
    """Return the value that stands for all of a bucket."""
    return 0.0 if bucket == 0 else math.exp((bucket - _ZERO + 0.5) * math.log(WIDTH))


@lru_cache(maxsize=1)
def cubes() -> dict[str, Cube]:
    """Return the cubes of all metrics, by name; a metric that adds up in no way is in none."""
    groups: dict[tuple[str, str], list[Metric]] = {}
    found: dict[str, Cube] = {}
    for metric in filter(_is_plain, METRICS.values()):
        if metric.is_level:
            cube = _level_cube(metric)
            found[cube.name] = cube
        else:
            groups.setdefault((metric.fact.name, metric.moment), []).append(metric)
    for (fact, moment), metrics in groups.items():
        found[f"{fact}.{moment}"] = _Builder(metrics[0].fact, moment).cube(metrics)
    return found


def cube_name(metric: Metric) -> str:
    """Return the name of the cube that may answer for `metric`."""
    return f"{metric.fact.name}.{metric.name if metric.is_level else metric.moment}"


def _is_plain(metric: Metric) -> bool:
    """Return whether the rows behind a metric stand in one table and at one moment each, whatever is asked."""
    fact = metric.fact
    if metric.is_level and (metric.where is not None or len(metric.closing) > 1):
        return False
    return not (metric.parts or metric.settings or metric.is_start or fact.until is not None or fact.build is not None)


def _dims(fact: Fact) -> tuple[Dimension, ...]:
    # What is looked up in a third table changes with it, unseen by the fact's own rows.
    return tuple(d for d in (DIMENSIONS[name] for name in fact.dimensions) if d.kind != "clock" and not d.table)


def _keys(rows: ir.Table, fact: Fact, dims: Iterable[Dimension]) -> dict[str, Any]:
    from deskpulse.metrics.compile import Shape, _items, dimension_value

    keys: dict[str, Any] = {}
    for i, dimension in enumerate(dims):
        if dimension.kind == "list":
            keys[f"d{i}"] = _items(rows[dimension.column], is_top=False)
        else:
            shape = Shape(fact=fact, moment=fact.time, metrics=())
            keys[f"d{i}"] = dimension_value(rows, dimension, shape).cast("string")
    return keys


class _Builder:
    """Gathers what the metrics of one fact and moment need summed, each thing once."""

    def __init__(self, fact: Fact, moment: str) -> None:
        from deskpulse.metrics.compile import with_ticket

        self._fact, self._moment = fact, moment
        self._dims = _dims(fact)
        rows = with_ticket(fact, self._dims)
        self._rows = rows.filter(rows[moment].notnull())
        self._sums: list[Any] = [self._counted(None)]
        self._sketches: list[Any] = []

    def cube(self, metrics: list[Metric]) -> Cube:
        """Return the cube with what answers for each of `metrics` that it can answer for."""
        values, answers = self._values(metrics)
        columns = {f"r{i}": v for i, v in enumerate(self._sums)} | {f"s{i}": v for i, v in enumerate(self._sketches)}
        base = self._rows.select(
            moment=self._rows[self._moment], **_keys(self._rows, self._fact, self._dims), **columns
        )
        from deskpulse.metrics.operations import write_sql

        written = _written(values, len(self._sums))
        found = {
            name: Answer(written.get(f"{name} value", "NULL"), written[f"{name} n"], sketch, quantile)
            for name, (sketch, quantile) in answers.items()
        }
        name = f"{self._fact.name}.{self._moment}"
        return Cube(
            name, self._fact, self._dims, write_sql(base), len(self._sums), len(self._sketches), found,
            {name: written[f"{name} presence"] for name in found}, watches=_watches(name, self._fact, (self._moment,)),
        )  # fmt: skip

    def _values(self, metrics: list[Metric]) -> tuple[dict[str, Any], dict[str, tuple[int | None, float]]]:
        import ibis.expr.operations as ops

        from deskpulse.metrics.compile import aggregates

        values: dict[str, Any] = {}
        answers: dict[str, tuple[int | None, float]] = {}
        for metric in metrics:
            value, count = aggregates(metric, self._rows)
            summed = self._summed(count)
            node, sketch, quantile = value.op(), None, 0.0
            if summed is None:
                continue
            if isinstance(node, ops.Median | ops.Quantile) and metric.unit == "seconds":
                quantile = _quantile(node)
                sketch = self._place(self._sketches, _told(node.arg.to_expr(), node.where))
            elif (total := self._summed(value)) is not None:
                values[f"{metric.name} value"] = total
            else:
                continue
            values[f"{metric.name} n"] = summed
            where = metric.where(self._rows) if metric.where is not None else None
            values[f"{metric.name} presence"] = _total(self._place(self._sums, self._counted(where))).fill_null(0)
            answers[metric.name] = (sketch, quantile)
        return values, answers

    def _summed(self, value: ir.Value) -> ir.Value | None:
        """Return `value` made of the sums of columns instead of rows; None when it does not add up."""
        import ibis.expr.operations as ops

        done: dict[Any, Any] = {}
        for leaf in value.op().find(ops.Reduction):
            made = self._leaf(leaf)
            if made is None:
                return None
            done[leaf] = made.op()
        if not done:
            return None

        def change(node: Any, kwargs: dict[str, Any] | None) -> Any:
            return done.get(node) or (node.__recreate__(kwargs) if kwargs else node)

        return value.op().replace(change).to_expr()

    def _leaf(self, leaf: Any) -> ir.Value | None:
        import ibis.expr.operations as ops

        if isinstance(leaf, ops.CountStar):
            where = leaf.where.to_expr() if leaf.where is not None else None
            return _total(self._place(self._sums, self._counted(where))).fill_null(0)
        if not isinstance(leaf, ops.Sum | ops.Count | ops.Mean):
            return None
        argument = leaf.arg.to_expr()
        count = _told(argument.notnull().ifelse(1.0, None), leaf.where)
        if isinstance(leaf, ops.Count):
            return _total(self._place(self._sums, count)).fill_null(0)
        added = argument.cast("int8") if argument.type().is_boolean() else argument
        total = _total(self._place(self._sums, _told(added, leaf.where)))
        if isinstance(leaf, ops.Mean):
            return total / _total(self._place(self._sums, count)).nullif(0)
        return total

    def _counted(self, where: ir.Value | None) -> ir.Value:
        import ibis

        return ibis.literal(1.0) if where is None else ibis.ifelse(where, 1.0, ibis.null("float64"))

    @staticmethod
    def _place(columns: list[Any], value: ir.Value) -> int:
        value = value.cast("float64")
        for i, known in enumerate(columns):
            if known.op() == value.op():
                return i
        columns.append(value)
        return len(columns) - 1


def _told(value: ir.Value, where: Any) -> ir.Value:
    import ibis

    return value if where is None else ibis.ifelse(where.to_expr(), value, ibis.null(value.type()))


def _total(place: int) -> ir.Value:
    return _sums_table(place + 1)[f"r{place}"].sum()


@lru_cache(maxsize=256)
def _sums_table(_columns: int) -> ir.Table:
    import ibis

    return ibis.table({f"r{i}": "float64" for i in range(256)}, name="sums")


def _written(values: dict[str, ir.Value], _columns: int) -> dict[str, str]:
    """Return the SQL of each expression over the sums."""
    if not values:
        return {}
    from deskpulse.metrics.operations import Duck

    tree = Duck().to_sqlglot(_sums_table(1).aggregate(**values))
    found = {}
    for projection in tree.selects:
        inner = projection.this.copy()
        for column in inner.find_all(_column_class()):
            column.set("table", None)
        found[projection.alias] = inner.sql("duckdb")
    return found


def _column_class() -> Any:
    import sqlglot.expressions as sge

    return sge.Column


def _quantile(node: Any) -> float:
    import ibis.expr.operations as ops

    return 0.5 if isinstance(node, ops.Median) else float(node.quantile.value)


def _watches(cube: str, fact: Fact, columns: tuple[str, ...]) -> tuple[Watch, ...]:
    own = Watch(cube, fact.table, columns)
    if fact.table == "tickets" or fact.ticket_key is None:
        return (own,)
    # What a ticket is (spam, its dimensions) decides where the fact's rows count.
    return (own, Watch(cube, "tickets", columns, fact.table, "ticket_id"))


def _level_cube(metric: Metric) -> Cube:
    import ibis

    from deskpulse.metrics.compile import table, with_ticket
    from deskpulse.metrics.levels import GAP_FROM, GAP_UNTIL, GAPS
    from deskpulse.metrics.operations import write_sql

    fact, opens, closes = metric.fact, str(metric.opens), str(metric.closes)
    dims = _dims(fact)
    rows = with_ticket(fact, dims)
    rows = rows.filter(rows[opens].notnull(), rows[closes].isnull() | (rows[closes] > rows[opens]))
    key = {"_ticket": rows[fact.ticket_key]} if fact.has_gaps else {}
    rows = rows.select(**key, _opens=rows[opens], _closes=rows[closes], **_keys(rows, fact, dims))
    sources = [(rows, "_opens", 1.0), (rows, "_closes", -1.0)]
    if fact.has_gaps:
        gaps = table(GAPS).select(_gap_ticket="ticket_id", _from=GAP_FROM, _until=GAP_UNTIL)
        cut = rows.inner_join(gaps, rows["_ticket"] == gaps["_gap_ticket"])
        until = ibis.ifelse(cut["_closes"].isnull(), cut["_until"], ibis.least(cut["_until"], cut["_closes"]))
        cut = cut.mutate(_from=ibis.greatest(cut["_from"], cut["_opens"]), _until=until)
        cut = cut.filter(cut["_from"] < cut["_until"])
        sources += [(cut, "_from", -1.0), (cut, "_until", 1.0)]
    names, parts = [f"d{i}" for i in range(len(dims))], []
    for source, moment, change in sources:
        found = source.filter(source[moment].notnull())
        parts.append(found.select(*names, moment=found[moment], r0=ibis.literal(change), r1=ibis.literal(1.0)))
    name = f"{fact.name}.{metric.name}"
    watches = [*_watches(name, fact, (opens, closes))]
    if fact.has_gaps:
        # A gap counts within the time that its row does: each moves with the other.
        watches += [Watch(name, GAPS, (GAP_FROM, GAP_UNTIL)), Watch(name, fact.table, (GAP_FROM, GAP_UNTIL), GAPS,
                    "ticket_id"), Watch(name, GAPS, (opens, closes), fact.table, "ticket_id")]  # fmt: skip
    return Cube(
        name, fact, dims, write_sql(ibis.union(*parts)), 2, 0, {metric.name: Answer("sum(r0)", "sum(r0)")},
        {metric.name: "sum(r1)"}, is_level=True, watches=tuple(watches),
    )  # fmt: skip

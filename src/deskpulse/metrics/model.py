"""The words of this room: facts, dimensions, metrics, and a question with its answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:  # Ibis and Arrow take most of a second to load: naming a metric must not need them
    import pyarrow as pa

Expr = Callable[[Any], Any]  # an Ibis table in, an Ibis expression out
Unit = Literal["count", "ratio", "seconds", "score", "money", "per_ticket"]
Direction = Literal["up", "down", "none"]
OverTime = Literal["sum", "last", "none"]
Grain = Literal["hour", "day", "week", "month", "quarter", "year"]
GRAINS: tuple[Grain, ...] = ("hour", "day", "week", "month", "quarter", "year")
Compare = Literal["previous", "year"]


@dataclass(frozen=True, kw_only=True)
class Dimension:
    """Something to cut by: a column that several facts have, or something made of one.

    `kind`: "column" is the column's value; "list" is each item of a list column (a row may count under several);
    "clock" is the local weekday or hour of the moment that a metric counts by; "bucket" sorts a duration in seconds
    into ranges that begin at `edges`, labelled by `order`; "flag" is a yes or no, written true or false.
    """

    name: str
    label: str
    about: str
    column: str
    order: tuple[str, ...] = ()
    kind: Literal["column", "list", "clock", "bucket", "flag"] = "column"
    edges: tuple[float, ...] = ()
    is_personal: bool = False

    @property
    def is_closed(self) -> bool:
        """Return whether `order` holds every value there can be."""
        return self.kind in ("clock", "bucket")


@dataclass(frozen=True, kw_only=True)
class Fact:
    """A warehouse table that metrics aggregate, and how it lies in time.

    A dimension whose column the table lacks is read from the row's ticket, through `ticket_key`. Rows of spam and
    deleted tickets never count. `key` is the column that tells rows apart.
    """

    name: str
    table: str
    grain: str
    key: str
    time: str
    dimensions: tuple[str, ...]
    drill: tuple[str, ...]
    ticket_key: str | None = "ticket_id"


# eq=False: an Ibis Deferred answers == with another Deferred.
@dataclass(frozen=True, kw_only=True, eq=False)
class Metric:
    """One number of the field, defined once, for every surface.

    `value` aggregates rows; a ratio or mean gives `numerator` and `denominator` instead, so that a total is never
    a mean of means. `over_time`: "sum" may be added over periods, "last" is a level at the end of a period (give
    `opens` and `closes`, the fact's columns between which a row counts), "none" may not be added.
    `time` overrides the fact's time column; `where` keeps the rows that have a say. `n` is the denominator, or the
    rows that `where` keeps.
    `check_sql` gets the same value and n another way: DuckDB SQL with $start and $end (TIMESTAMPTZ, half-open).
    """

    name: str
    label: str
    about: str
    fact: Fact
    unit: Unit
    better: Direction
    check_sql: str
    value: Expr | None = None
    numerator: Expr | None = None
    denominator: Expr | None = None
    where: Expr | None = None
    time: str | None = None
    over_time: OverTime = "none"
    opens: str | None = None
    closes: str | None = None
    drill: tuple[str, ...] = ()
    formula: str = ""
    tags: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        """Refuse a declaration that cannot be computed."""
        is_ratio = self.numerator is not None and self.denominator is not None
        is_level = self.opens is not None and self.closes is not None
        if [self.value is not None, is_ratio, is_level].count(True) != 1:
            raise ValueError(f"{self.name}: give value, or numerator and denominator, or opens and closes")
        if is_level != (self.over_time == "last"):
            raise ValueError(f"{self.name}: a level has opens and closes and is over_time='last'")

    @property
    def moment(self) -> str:
        """Return the column that says which period a row belongs to."""
        return self.opens or self.time or self.fact.time

    @property
    def is_level(self) -> bool:
        """Return whether this is a level at the end of a period."""
        return self.opens is not None


@dataclass(frozen=True, kw_only=True)
class Filter:
    """One condition; conditions of a query are ANDed. `values` are bound, never pasted."""

    dimension: str
    operator: Literal["in", "not_in", "is_null", "not_null"] = "in"
    values: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class MetricQuery:
    """A question: metrics × dimensions × grain over [start, end), aware moments.

    Local days and hours are those of `timezone` (an IANA name). `top` keeps the largest N values of the single
    dimension `by[0]` by the first metric and folds the rest into "other" (recomputed from rows, not averaged).
    """

    metrics: tuple[str, ...]
    start: datetime
    end: datetime
    timezone: str = "UTC"
    by: tuple[str, ...] = ()
    grain: Grain | None = None
    where: tuple[Filter, ...] = ()
    compare: Compare | None = None
    top: int | None = None
    week_start: int = 0


@dataclass(frozen=True, kw_only=True)
class Value:
    """A metric's value with the number of rows behind it; None is "no data", never 0."""

    value: float | None
    n: int
    compared: float | None = None
    compared_n: int | None = None


@dataclass(frozen=True, kw_only=True)
class Row:
    """One cell of the grid: the dimensions' values, the period's start (local date or hour, ISO) and the values.

    `is_other` marks the row that holds everything outside the top N; its `by` is ("other",).
    """

    by: tuple[str | None, ...]
    period: str | None
    values: Mapping[str, Value]
    is_other: bool = False


@dataclass(frozen=True, kw_only=True)
class QueryResult:
    """An answer: rows in order, totals over the whole period, and what it rests on."""

    query: MetricQuery
    rows: tuple[Row, ...]
    totals: Mapping[str, Value]
    as_of: datetime | None
    version: int
    seconds: float
    is_cached: bool
    notes: tuple[str, ...] = ()
    compared_period: tuple[datetime, datetime] | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return `{metrics, rows: [{…dimensions, period, <metric>: {value, n}}], totals, …}`."""
        return {
            "metrics": list(self.query.metrics),
            "by": list(self.query.by),
            "grain": self.query.grain,
            "from": self.query.start.isoformat(),
            "to": self.query.end.isoformat(),
            "timezone": self.query.timezone,
            "rows": [self._row(row) for row in self.rows],
            "totals": {name: _value(value) for name, value in self.totals.items()},
            "as_of": self.as_of.isoformat() if self.as_of else None,
            "compared_period": [t.isoformat() for t in self.compared_period] if self.compared_period else None,
            "seconds": round(self.seconds, 6),
            "is_cached": self.is_cached,
            "notes": list(self.notes),
        }

    def _row(self, row: Row) -> dict[str, Any]:
        cells: dict[str, Any] = dict(zip(self.query.by, row.by, strict=True))
        if self.query.grain is not None:
            cells["period"] = row.period
        if row.is_other:
            cells["is_other"] = True
        return cells | {name: _value(value) for name, value in row.values.items()}

    def to_arrow(self) -> pa.Table:
        """Return the rows as a flat table: dimensions, period, `<metric>`, `<metric>_n` (and `<metric>_compared`)."""
        import pyarrow as pa

        columns: dict[str, list[Any]] = {d: [r.by[i] for r in self.rows] for i, d in enumerate(self.query.by)}
        if self.query.grain is not None:
            columns["period"] = [r.period for r in self.rows]
        for name in self.query.metrics:
            columns[name] = [r.values[name].value for r in self.rows]
            columns[f"{name}_n"] = [r.values[name].n for r in self.rows]
            if self.query.compare is not None:
                columns[f"{name}_compared"] = [r.values[name].compared for r in self.rows]
        types = {n: pa.float64() for n in self.query.metrics} | {f"{n}_compared": pa.float64() for n in columns}
        return pa.table({n: pa.array(v, types.get(n)) for n, v in columns.items()})


def _value(value: Value) -> dict[str, Any]:
    cell: dict[str, Any] = {"value": value.value, "n": value.n}
    if value.compared is not None or value.compared_n is not None:
        cell |= {"compared": value.compared, "compared_n": value.compared_n}
    return cell

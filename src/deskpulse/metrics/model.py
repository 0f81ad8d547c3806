"""The words of this room: facts, dimensions, metrics, and a question with its answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from deskpulse.core.settings import Settings

if TYPE_CHECKING:  # Ibis and Arrow take most of a second to load: naming a metric must not need them
    import pyarrow as pa

Expr = Callable[[Any], Any]  # an Ibis table in, an Ibis expression out
Unit = Literal["count", "ratio", "seconds", "score", "money", "per_ticket"]
Direction = Literal["up", "down", "none"]
OverTime = Literal["sum", "last", "none"]
Grain = Literal["15min", "30min", "hour", "day", "week", "month", "quarter", "year"]
Operator = Literal[
    "in", "not_in", "is_null", "not_null", "lt", "le", "gt", "ge", "between", "contains", "starts_with", "other_than"
]
GRAINS: tuple[Grain, ...] = ("15min", "30min", "hour", "day", "week", "month", "quarter", "year")
Compare = Literal["previous", "year"]


@dataclass(frozen=True, kw_only=True)
class Dimension:
    """Something to cut by: a column that several facts have, or something made of one.

    `kind`: "column" is the column's value; "list" is each item of a list column (a row may count under several);
    "clock" is the local weekday or hour of the moment that a metric counts by; "bucket" sorts a duration in seconds
    into ranges that begin at `edges`, labelled by `order`; "flag" is a yes or no, written true or false; "whole" is a
    whole number. "number" and "time" are columns to filter by, not to cut by; "segment" is whether a row meets the
    conditions `within`; "cohort" is the number of the question's period that a moment lies in. `is_descending` says
    that `order` begins with the most. With `table` the value is `field` of that table's row whose key is the row's (or
    its ticket's) column `via`, and `column` is the name it is given.
    """

    name: str
    label: str
    about: str
    column: str
    order: tuple[str, ...] = ()
    kind: Literal["column", "list", "clock", "bucket", "flag", "whole", "number", "time", "segment", "cohort"] = (
        "column"
    )
    edges: tuple[float, ...] = ()
    is_personal: bool = False
    is_descending: bool = False
    within: tuple[Any, ...] = ()
    table: str = ""
    via: str = ""
    field: str = ""

    @property
    def is_closed(self) -> bool:
        """Return whether `order` holds every value there can be."""
        return self.kind in ("clock", "bucket")


@dataclass(frozen=True, kw_only=True)
class Fact:
    """A warehouse table that metrics aggregate, and how it lies in time.

    A dimension whose column the table lacks is read from the row's ticket, through `ticket_key`. Rows of spam and
    deleted tickets never count. `key` is the column that tells rows apart.
    With `until` the rows are intervals, from `time` to `until`: a row counts in every period that it touches, cut to
    it, and `within_seconds` is what lies within; one without an end lasts as long as the data. `build` makes the rows
    out of `table` (a function of a function that gives tables by name), `added` says which columns it adds and of
    which kind. With `since` a piece of an interval has `age_seconds`, from that column to the piece's end, and
    `is_standing`: the interval goes on beyond it. Rows of an `is_course` are a part of their ticket's own course: those
    of a merged ticket, which another ticket stands for, never count. With `has_gaps` stretches of `ticket_gaps` are
    left out of levels.
    """

    name: str
    table: str
    grain: str
    key: str
    time: str
    dimensions: tuple[str, ...]
    drill: tuple[str, ...]
    ticket_key: str | None = "ticket_id"
    until: str | None = None
    build: Callable[[Callable[[str], Any]], Any] | None = None
    added: tuple[tuple[str, str], ...] = ()
    has_gaps: bool = False
    is_course: bool = False
    since: str | None = None


@dataclass(frozen=True)
class Parts:
    """The values of a derived metric's parts in one cell, the days of its period, and the settings."""

    values: Mapping[str, float]
    days: float
    settings: Settings

    def __getitem__(self, name: str) -> float:
        """Return the value of the part `name`."""
        return self.values[name]


# eq=False: an Ibis Deferred answers == with another Deferred.
@dataclass(frozen=True, kw_only=True, eq=False)
class Metric:
    """One number of the field, defined once, for every surface.

    `value` aggregates rows; a ratio or mean gives `numerator` and `denominator` instead, so that a total is never
    a mean of means. `over_time`: "sum" may be added over periods, "last" is a level at the end of a period (give
    `opens` and `closes`, the fact's columns between which a row counts; of several that close, the earliest does),
    "none" may not be added.
    `time` overrides the fact's time column; `where` keeps the rows that have a say. `n` is the denominator, or the
    rows that `where` keeps. A level with `is_start` is taken at the start of a period instead.
    A derived metric gives `parts`, names of other metrics, and `combine`, which makes its value of theirs: it has none
    where a part has none, and the dimensions that all parts have. Its `n` and the rows behind it are those of its last
    part, whose `fact` and `time` it repeats. Parts in `optional` are 0 where the workspace has no data of theirs.
    `settings` names the settings that the value depends on.
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
    closes: str | tuple[str, ...] | None = None
    is_start: bool = False
    parts: tuple[str, ...] = ()
    combine: Callable[[Parts], float] | None = None
    optional: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    drill: tuple[str, ...] = ()
    formula: str = ""
    tags: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        """Refuse a declaration that cannot be computed."""
        is_ratio = self.numerator is not None and self.denominator is not None
        is_level = self.opens is not None and self.closes is not None
        is_derived = bool(self.parts) and self.combine is not None
        if [self.value is not None, is_ratio, is_level, is_derived].count(True) != 1:
            raise ValueError(f"{self.name}: give value, numerator and denominator, opens and closes, or parts")
        if not set(self.optional) <= set(self.parts):
            raise ValueError(f"{self.name}: what is optional is a part")
        if is_level != (self.over_time == "last"):
            raise ValueError(f"{self.name}: a level has opens and closes and is over_time='last'")
        if self.is_start and not is_level:
            raise ValueError(f"{self.name}: only a level has a start")

    @property
    def moment(self) -> str:
        """Return the column that says which period a row belongs to."""
        return self.opens or self.time or self.fact.time

    @property
    def closing(self) -> tuple[str, ...]:
        """Return the columns that end a level's row."""
        return (self.closes,) if isinstance(self.closes, str) else self.closes or ()

    @property
    def is_level(self) -> bool:
        """Return whether this is a level, at the end or start of a period."""
        return self.opens is not None

    @property
    def is_interval(self) -> bool:
        """Return whether its rows are intervals, cut to each period."""
        return self.fact.until is not None and not self.is_level

    @property
    def is_count(self) -> bool:
        """Return whether no rows within the data are 0, not unknown."""
        return self.over_time == "sum" or (self.unit == "count" and self.value is not None)


@dataclass(frozen=True, kw_only=True)
class Filter:
    """One condition on a dimension or column. `values` are bound, never pasted.

    "other_than" holds where a list has an item that is none of `values`. `position` is where a text said it.
    """

    dimension: str
    operator: Operator = "in"
    values: tuple[str, ...] = ()
    position: int | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, kw_only=True)
class Clause:
    """Conditions joined; "not" has one. A condition on a missing value does not hold, so its "not" does."""

    kind: Literal["and", "or", "not"]
    items: tuple[Where, ...]


Where = Filter | Clause


@dataclass(frozen=True, kw_only=True)
class Slice:
    """Any other rows to stand beside: those of [start, end) that `where` keeps."""

    start: datetime
    end: datetime
    where: tuple[Where | str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class MetricQuery:
    """A question: metrics × dimensions × grain over [start, end), aware moments.

    Local days and hours are those of `timezone` (an IANA name). `top` keeps the largest N values of the single
    dimension `by[0]` by the first metric and folds the rest into "other" (recomputed from rows, not averaged); rows
    without a value stand by themselves and take none of the N places.
    The conditions of `where` are ANDed; texts are filters as people write them. `compare` is previous, year, target,
    peers or segment:NAME; `show` names extras (`shows.SHOWS`). A dimension `segment:NAME` cuts by a saved filter.
    `exact`: the rows themselves answer, never a rollup. `against` is a slice of its own to compare with; `compare` is
    "slice" then, and `where` holds for this side alone.
    """

    metrics: tuple[str, ...]
    start: datetime
    end: datetime
    timezone: str = "UTC"
    by: tuple[str, ...] = ()
    grain: Grain | None = None
    where: tuple[Where | str, ...] = ()
    compare: str | None = None
    show: tuple[str, ...] = ()
    top: int | None = None
    week_start: int = 0
    exact: bool = False
    against: Slice | None = None


class Value(NamedTuple):
    """A metric's value with the number of rows behind it; None is "no data", never 0."""

    value: float | None
    n: int
    compared: float | None = None
    compared_n: int | None = None
    extras: Mapping[str, float | bool | None] | None = None


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
    """An answer: rows in order, totals over the whole period, and what it rests on.

    `basis` is "rollup" when one answered for some of the metrics: counts, sums and ratios are those of the rows;
    `estimated` has the metrics whose values are estimates, with the largest relative error.
    """

    query: MetricQuery
    rows: tuple[Row, ...]
    totals: Mapping[str, Value]
    as_of: datetime | None
    version: int
    seconds: float
    is_cached: bool
    notes: tuple[str, ...] = ()
    compared_period: tuple[datetime, datetime] | None = None
    basis: Literal["rows", "rollup"] = "rows"
    estimated: Mapping[str, float] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return `{metrics, rows: [{…dimensions, period, <metric>: {value, n}}], totals, …}`."""
        return {
            "metrics": list(self.query.metrics),
            "by": list(self.query.by),
            "grain": self.query.grain,
            "compare": self.query.compare,
            "show": list(self.query.show),
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
            "basis": self.basis,
            "estimated": dict(self.estimated),
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

        columns: dict[str, pa.Array] = {
            d: pa.array([r.by[i] for r in self.rows], pa.string()) for i, d in enumerate(self.query.by)
        }
        if self.query.grain is not None:
            columns["period"] = pa.array([r.period for r in self.rows], pa.string())
        for name in self.query.metrics:
            cells = [r.values[name] for r in self.rows]
            columns[name] = pa.array([c.value for c in cells], pa.float64())
            columns[f"{name}_n"] = pa.array([c.n for c in cells], pa.int64())
            if self.query.compare is not None:
                columns[f"{name}_compared"] = pa.array([c.compared for c in cells], pa.float64())
            extras = dict.fromkeys(extra for c in cells for extra in c.extras or {})
            for extra in extras:
                kind = pa.bool_() if extra.startswith("is_") else pa.float64()
                columns[f"{name}_{extra}"] = pa.array([(c.extras or {}).get(extra) for c in cells], kind)
        return pa.table(columns)


def _value(value: Value) -> dict[str, Any]:
    found, n, compared, compared_n, extras = value
    cell: dict[str, Any] = {"value": found, "n": n}
    if compared is not None or compared_n is not None:
        cell |= {"compared": compared, "compared_n": compared_n}
    return cell | extras if extras else cell  # type: ignore[operator]

"""From the shape of a question to SQL with placeholders: built once a shape, then only filled in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache, reduce
from operator import and_
from typing import TYPE_CHECKING, Any

from deskpulse.metrics.first_contact import COLUMN as FIRST_CONTACT_AT
from deskpulse.metrics.first_contact import with_first_contact
from deskpulse.metrics.model import Dimension, Fact, Metric
from deskpulse.warehouse.schema import TABLES, Kind, Table

if TYPE_CHECKING:
    import ibis.expr.types as ir

_TYPES: dict[Kind, str] = {
    "text": "string", "texts": "array<string>", "int": "int64", "float": "float64", "bool": "boolean",
    "time": "timestamp('UTC', 6)", "date": "date", "json": "string",
}  # fmt: skip
MOST_LISTED = 64  # up to so many values are compared one by one (the engine skips blocks), more as a list


@dataclass(frozen=True)
class Condition:
    """The shape of one condition: `slots` placeholders `<key>_0` … (a power of two), or 0 for a list `<key>`."""

    dimension: Dimension
    operator: str
    slots: int
    key: str


@dataclass(frozen=True)
class Joined:
    """The shape of conditions joined by `kind`: and, or, not."""

    kind: str
    items: tuple[Test, ...]


Test = Condition | Joined


def dimensions_of(tests: Iterable[Test]) -> Iterator[Dimension]:
    """Yield the dimensions that conditions look at."""
    for test in tests:
        if isinstance(test, Joined):
            yield from dimensions_of(test.items)
        else:
            yield test.dimension


@dataclass(frozen=True)
class Shape:
    """All that the SQL depends on; two questions of one shape differ in bound values only.

    `cuts` says where intervals are cut within the window: at the periods ("period") or at every local hour ("hour").
    `is_top` folds what is not in $keep into $other; `is_ranked` gives the groups with the largest first metric first.
    """

    fact: Fact
    moment: str
    metrics: tuple[Metric, ...]
    by: tuple[Dimension, ...] = ()
    stride: str = ""  # "", "unit" (hours, days), "week" or months as "1", "3", "12"
    steps: int = 1
    clock_steps: int = 1
    conditions: tuple[Test, ...] = ()
    cuts: str = ""
    is_top: bool = False
    is_ranked: bool = False


@dataclass(frozen=True)
class Compiled:
    """SQL, the names it binds, and whether its aggregates add over disjoint rows."""

    sql: str
    names: tuple[str, ...]
    is_additive: bool


def column_type(kind: Kind) -> str:
    """Return Ibis' name of a column's type."""
    return _TYPES[kind]


@lru_cache(maxsize=64)
def table(name: str) -> ir.Table:
    """Return a warehouse table, unbound."""
    import ibis

    schema: Table = TABLES[name]
    return ibis.table({c.name: _TYPES[c.kind] for c in schema.columns}, name=name)


@lru_cache(maxsize=64)
def base(fact: Fact) -> ir.Table:
    """Return the fact's rows: its table, or what it builds of it; intervals have `within_seconds`, not yet known."""
    from deskpulse.metrics.intervals import ended

    rows = fact.build(table) if fact.build else table(fact.table)
    return ended(rows, fact) if fact.until else rows


@lru_cache(maxsize=1024)
def compile_scan(shape: Shape) -> Compiled:
    """Return the SQL of one scan: keys `k0…`, `period`, and for each metric `m0_value`, `m0_n` …, grouped.

    At most $most rows come.
    """
    from deskpulse.metrics.operations import is_additive

    repeats = any(d.kind == "list" for d in shape.by)
    if shape.metrics[0].is_level:
        adds = not repeats and not shape.metrics[0].is_start
        return finish(ranked(measured_rows(shape), shape), is_additive=adds)
    rows, measures = _rows_and_measures(shape)
    adds = all(is_additive(m) for m in measures.values())
    # An interval that touches two periods is one row.
    adds = adds and not repeats and not shape.cuts
    return finish(ranked(grouped(rows, shape, measures), shape), is_additive=adds)


def measured_rows(shape: Shape) -> ir.Table:
    """Return what the shape's rows aggregate to by its keys."""
    if shape.metrics[0].is_level:
        from deskpulse.metrics.levels import level_changes

        return level_changes(shape)
    rows, measures = _rows_and_measures(shape)
    return grouped(rows, shape, measures)


def _rows_and_measures(shape: Shape) -> tuple[ir.Table, dict[str, ir.Value]]:
    from deskpulse.metrics.operations import fields_of

    rows = fact_rows(shape)
    if shape.by or shape.stride:
        # Only what is needed: short SQL is planned faster, and making rows of lists reads all columns it is given.
        used = {column for measure in _measures(shape, rows).values() for column in fields_of(measure, rows)}
        rows = keyed(rows.select(*sorted(used | key_columns(shape))), shape)
    return rows, _measures(shape, rows)


def _measures(shape: Shape, rows: ir.Table) -> dict[str, ir.Value]:
    measures: dict[str, ir.Value] = {}
    for i, metric in enumerate(shape.metrics):
        value, count = aggregates(metric, rows, by_key=shape.cuts == "hour")
        measures |= {f"m{i}_value": value, f"m{i}_n": count}
    return measures


def key_columns(shape: Shape) -> set[str]:
    """Return the columns that the shape's keys are made of."""
    return {shape.moment} | columns_of(shape.by)


def columns_of(dimensions: Iterable[Dimension]) -> set[str]:
    """Return the columns that the dimensions' values are made of."""
    found: set[str] = set()
    for dimension in dimensions:
        if dimension.kind == "segment":
            found |= columns_of(dimensions_of(_tests_within(dimension)))
        elif dimension.kind != "clock":
            found.add(dimension.column)
        if dimension.column == FIRST_CONTACT_AT:
            found.add("customer_id")
        if _is_ticket_duration(dimension):
            found.add("time_problem")
    return found


def _leaves(dimensions: Iterable[Dimension]) -> Iterator[Dimension]:
    """Yield the dimensions, those that a segment looks at in its place."""
    for dimension in dimensions:
        if dimension.kind == "segment":
            yield from _leaves(dimensions_of(_tests_within(dimension)))
        else:
            yield dimension


def within_prefix(i: int) -> str:
    """Return how the names begin that the conditions within dimension number i of a question bind."""
    return f"w{i}_"


def _tests_within(dimension: Dimension, prefix: str = "") -> tuple[Test, ...]:
    from deskpulse.metrics.conditions import conditions

    return conditions(dimension.within, prefix)


def _is_ticket_duration(dimension: Dimension) -> bool:
    """Return whether it is a duration of a ticket, which is unknown where the ticket's times are impossible."""
    column = dimension.column
    return (
        dimension.kind in ("number", "bucket")
        and column.endswith("_seconds")
        and column in TABLES["tickets"].column_names
    )


def finish(found: ir.Table, *, is_additive: bool = False) -> Compiled:
    """Return the SQL of a table of at most $most rows."""
    from deskpulse.metrics.operations import names_bound, write_sql

    # Ibis turns a limit that is not a literal into a subquery over the table; DuckDB binds it as it is.
    sql = f"{write_sql(found)} LIMIT $most"
    # Columns that nobody reads are not written, and what they bind neither.
    names = tuple(name for name in names_bound(found) if re.search(rf"\${name}\b", sql))
    return Compiled(sql, (*names, "most"), is_additive)


def aggregates(metric: Metric, rows: ir.Table, *, by_key: bool = False) -> tuple[ir.Value, ir.Value]:
    """Return the metric's value (a ratio's numerator) and its n over `rows`, each over the rows that have a say.

    `by_key` counts rows that were cut into pieces once.
    """
    from deskpulse.metrics.operations import filtered

    if metric.value is not None:
        value, count = metric.value(rows), rows[metric.fact.key].nunique() if by_key else rows.count()
    else:
        assert metric.numerator is not None  # noqa: S101  held by Metric.__post_init__
        assert metric.denominator is not None  # noqa: S101
        value, count = metric.numerator(rows), metric.denominator(rows)
    if metric.where is None:
        return value, count
    condition = metric.where(rows)
    return filtered(value, condition), filtered(count, condition)


def fact_rows(shape: Shape, *, within: bool = True, columns: tuple[str, ...] = (), with_spam: bool = False) -> ir.Table:
    """Return the fact's rows that count: no spam, the filters met, (`within`) between $from_moment and $until_moment.

    Intervals are cut to that, and where the shape says. `columns` are wanted too, from the fact or its ticket.
    `with_spam` keeps spam.
    """
    from deskpulse.metrics.matching import meets
    from deskpulse.metrics.operations import MOMENT, bind

    dimensions = (*shape.by, *dimensions_of(shape.conditions))
    rows = with_ticket(shape.fact, dimensions, columns, with_spam=with_spam)
    if FIRST_CONTACT_AT in columns_of(dimensions):
        rows = with_first_contact(rows)
    if within and shape.fact.until:
        from deskpulse.metrics.intervals import cut

        rows = cut(rows, shape)
    elif within:
        moment = rows[shape.moment]
        rows = rows.filter(moment >= bind("from_moment", MOMENT), moment < bind("until_moment", MOMENT))
    for test in shape.conditions:
        rows = rows.filter(meets(rows, shape, test))
    shared = {m.where for m in shape.metrics}
    where = shared.pop() if len(shared) == 1 else None
    return rows if where is None else rows.filter(where(rows))


def with_ticket(
    fact: Fact, dimensions: tuple[Dimension, ...], columns: tuple[str, ...] = (), *, with_spam: bool = False
) -> ir.Table:
    """Return the fact's table without rows of spam tickets, with the columns that are needed of its ticket and of
    the tables that dimensions look up.
    """
    looked_up = {d.name: d for d in _leaves(dimensions) if d.table}
    wanted = columns_of(dimensions) | set(columns) | {d.via for d in looked_up.values()}
    rows = _of_tickets(fact, wanted - {d.column for d in looked_up.values()}, with_spam=with_spam)
    for name, via in sorted({(d.table, d.via) for d in looked_up.values()}):
        other = table(name)
        fields = {d.column: other[d.field] for d in looked_up.values() if (d.table, d.via) == (name, via)}
        found = other.select(_key=other[TABLES[name].key[0]], **fields)
        rows = rows.left_join(found, rows[via] == found["_key"]).drop("_key")
    return rows


def left_out(tickets: ir.Table) -> ir.Value:
    """Return the condition of tickets that never count: spam, and those merged into another."""
    return tickets.is_spam | tickets.is_merged


def _of_tickets(fact: Fact, wanted: set[str], *, with_spam: bool) -> ir.Table:
    rows = _counted(fact, with_spam=with_spam)
    if fact.table == "tickets" or fact.ticket_key is None:
        return rows
    needed = sorted(wanted - set(rows.columns) - {FIRST_CONTACT_AT})
    return _beside_ticket(fact, tuple(needed), with_spam=with_spam) if needed else rows


@lru_cache(maxsize=128)
def _counted(fact: Fact, *, with_spam: bool) -> ir.Table:
    """Return the fact's rows but those of tickets that never count."""
    rows = base(fact)
    if with_spam or (fact.ticket_key is None and fact.table != "tickets"):
        return rows
    if fact.table == "tickets":
        return rows.filter(~left_out(rows).fill_null(False))
    tickets = table("tickets")
    out = tickets.filter(left_out(tickets) if fact.is_course else tickets.is_spam)
    return rows.anti_join(out, rows[fact.ticket_key] == out.ticket_id)


@lru_cache(maxsize=512)
def _beside_ticket(fact: Fact, columns: tuple[str, ...], *, with_spam: bool) -> ir.Table:
    """Return the fact's rows with `columns` of their tickets."""
    rows, tickets = _counted(fact, with_spam=with_spam), table("tickets")
    ticket = tickets.select(_ticket="ticket_id", **{c: tickets[c] for c in columns})
    return rows.left_join(ticket, rows[fact.ticket_key] == ticket["_ticket"]).drop("_ticket")


def dimension_value(rows: ir.Table, dimension: Dimension, shape: Shape) -> ir.Value:
    """Return the expression of a dimension that is no list; clocks and buckets are positions in its order."""
    import ibis

    if dimension.kind == "clock":
        from deskpulse.metrics.clock import DAY, HOUR
        from deskpulse.metrics.operations import Micros, divide

        local = stepped(Micros(rows[shape.moment]).to_expr(), "clock", shape.clock_steps)
        if dimension.column == "hour":
            return divide(local, HOUR) % 24
        return (divide(local, DAY) + 3) % 7  # 1970-01-01 was a Thursday, the fourth day from Monday on
    if dimension.kind == "bucket":
        seconds = number_of(rows, dimension)
        branches = [(seconds < edge, ibis.literal(i, "int64")) for i, edge in enumerate(dimension.edges)]
        last = (seconds.notnull(), ibis.literal(len(dimension.edges), "int64"))
        return ibis.cases(*branches, last)
    if dimension.kind == "segment":
        from deskpulse.metrics.matching import meets

        tests = _tests_within(dimension, within_prefix(shape.by.index(dimension)))
        return reduce(and_, (meets(rows, shape, test) for test in tests)).cast("string")
    if dimension.kind == "flag":
        return rows[dimension.column].cast("string")
    if dimension.kind == "number":
        return number_of(rows, dimension)
    if dimension.kind == "whole":
        return rows[dimension.column].cast("int64").cast("string")
    if dimension.kind == "cohort":
        return period_index(rows[dimension.column], shape).cast("string")
    return rows[dimension.column]


def number_of(rows: ir.Table, dimension: Dimension) -> ir.Value:
    """Return the number in the dimension's column; a ticket's duration is unknown where its times are impossible."""
    import ibis

    number = rows[dimension.column].cast("float64")
    if not _is_ticket_duration(dimension):
        return number
    return ibis.ifelse(rows.time_problem.isnull(), number, ibis.null("float64"))


def stepped(value: ir.Value, key: str, steps: int) -> ir.Value:
    """Return `value` plus the step function bound as `<key>_at_i` and `<key>_by_i`: a balanced tree of comparisons."""
    import ibis

    from deskpulse.metrics.operations import bind

    def choose(low: int, high: int) -> ir.Value:
        if high - low == 1:
            return bind(f"{key}_by_{low}", "int64")
        middle = (low + high) // 2
        return ibis.ifelse(value < bind(f"{key}_at_{middle}", "int64"), choose(low, middle), choose(middle, high))

    return value + choose(0, steps)


def period_index(moment: ir.Value, shape: Shape) -> ir.Value:
    """Return the index of the period that `moment` (not before the first) is in; see `Calendar`."""
    from deskpulse.metrics.operations import Micros, MonthOfDay, bind, divide

    units = divide(stepped(Micros(moment).to_expr(), "step", shape.steps), bind("unit", "int64"))
    if shape.stride == "unit":
        return units
    if shape.stride == "week":
        return divide(units + bind("shift", "int64"), 7)
    months = MonthOfDay(units + bind("first_day", "int64")).to_expr()
    return divide(months, int(shape.stride)) - bind("shift", "int64")


def keyed(rows: ir.Table, shape: Shape, moment: str | None = None) -> ir.Table:
    """Return the rows with `k0…` for the dimensions and `period`; items of a list dimension become rows."""
    keys: dict[str, Any] = {}
    if shape.stride:
        keys["period"] = period_index(rows[moment or shape.moment], shape)
    for i, dimension in enumerate(shape.by):
        if dimension.kind == "list":
            keys[f"k{i}"] = _items(rows[dimension.column], is_top=shape.is_top).unnest()
        else:
            value = dimension_value(rows, dimension, shape)
            keys[f"k{i}"] = _folded(value) if shape.is_top else value
    return rows.mutate(**keys) if keys else rows


def _folded(value: ir.Value) -> ir.Value:
    """Return `value` when it is one of $keep (or null and $keep_null), else $other."""
    import ibis

    from deskpulse.metrics.operations import TEXTS, bind

    text = value if value.type().is_string() else value.cast("string")
    is_kept = ibis.ifelse(text.isnull(), bind("keep_null", "boolean"), bind("keep", TEXTS).contains(text))
    return ibis.ifelse(is_kept, text, bind("other", "string"))


def _items(items: ir.Value, *, is_top: bool) -> ir.Value:
    """Return the distinct items; a row without any has one null item. With `is_top` the rest is one item, $other."""
    import ibis

    from deskpulse.metrics.operations import TEXTS, DistinctItems, bind

    none = ibis.array([ibis.null("string")])
    # Finding duplicates costs more than all the rest: short lists are looked at one by one.
    may_repeat = (items.length() > 2) | (items[0] == items[1])
    items = ibis.ifelse(may_repeat, DistinctItems(items).to_expr(), items)
    if not is_top:
        return ibis.ifelse(items.length() > 0, items, none)
    other = ibis.array([bind("other", "string")])
    kept = items.intersect(bind("keep", TEXTS))
    rest = ibis.ifelse(kept.length() < items.length(), other, ibis.literal([], "array<string>"))
    without = ibis.ifelse(bind("keep_null", "boolean"), none, other)
    return ibis.ifelse(items.length() > 0, kept.concat(rest), without)


def grouped(rows: ir.Table, shape: Shape, measures: dict[str, ir.Value]) -> ir.Table:
    """Return the aggregates by keys and period."""
    keys = [f"k{i}" for i in range(len(shape.by))] + (["period"] if shape.stride else [])
    if not keys:
        return rows.aggregate(**measures)
    return rows.group_by(keys).aggregate(**measures)


def ranked(found: ir.Table, shape: Shape) -> ir.Table:
    """Return the groups, when the shape ranks them, by the first metric from its largest value down."""
    import ibis

    if not shape.is_ranked:
        return found
    value = found.m0_value
    if shape.metrics[0].numerator is not None:
        value = value / found.m0_n.nullif(0)
    return found.order_by(ibis.desc(value, nulls_first=False), ibis.asc(found.k0, nulls_first=False))

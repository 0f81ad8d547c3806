"""What Ibis lacks: bound parameters and integer time, as operations that each engine's compiler writes its own way.

Ibis' own parameters are pasted into the SQL when it compiles; a `Bind` stays a placeholder, so the compiled SQL
serves every value. Only Ibis' compiler is used: its `execute` is not.
"""

from __future__ import annotations

from typing import Any

import ibis.expr.datashape as ds
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import ibis.expr.rules as rlz
import ibis.expr.types as ir
import sqlglot.expressions as sge
from ibis.backends.sql.compilers import DuckDBCompiler

MOMENT = dt.Timestamp("UTC", 6)
TEXTS = dt.Array(dt.string)
INTS = dt.Array(dt.int64)


class Bind(ops.Scalar):
    """A named placeholder."""

    key: str
    dtype: dt.DataType
    shape = ds.scalar


class Micros(ops.Value):
    """Microseconds since 1970 of a moment."""

    arg: ops.Value[dt.Timestamp]
    dtype = dt.int64
    shape = rlz.shape_like("arg")


class MomentOf(ops.Value):
    """The moment of microseconds since 1970."""

    arg: ops.Value[dt.Integer]
    dtype = MOMENT
    shape = rlz.shape_like("arg")


class IntegerDivide(ops.Value):
    """Integer quotient of two integers that are not negative."""

    left: ops.Value[dt.Integer]
    right: ops.Value[dt.Integer]
    dtype = dt.int64
    shape = rlz.shape_like("args")


class MonthOfDay(ops.Value):
    """Months since year 0 of the day that is `arg` days after 1970-01-01: year * 12 + month - 1."""

    arg: ops.Value[dt.Integer]
    dtype = dt.int64
    shape = rlz.shape_like("arg")


class DistinctItems(ops.Value):
    """The items of a list, each once, in no order; null items are left out."""

    arg: ops.Value[dt.Array]
    dtype = rlz.dtype_like("arg")
    shape = rlz.shape_like("arg")


class HasAny(ops.Value):
    """Whether a list has one of the items of another."""

    arg: ops.Value[dt.Array]
    items: ops.Value[dt.Array]
    dtype = dt.boolean
    shape = rlz.shape_like("arg")


class HoldsText(ops.Value):
    """Whether a text contains another, capitals aside."""

    arg: ops.Value[dt.String]
    part: ops.Value[dt.String]
    dtype = dt.boolean
    shape = rlz.shape_like("arg")


class Duck(DuckDBCompiler):
    """Ibis' DuckDB compiler with these operations."""

    __slots__ = ()

    def visit_Bind(self, op: Any, *, key: str, dtype: dt.DataType) -> Any:  # noqa: N802
        """Write `$key`, cast so that the engine need not guess."""
        return self.cast(sge.Parameter(this=sge.Identifier(this=key)), dtype)

    def visit_Micros(self, op: Any, *, arg: Any) -> Any:  # noqa: N802
        """Write epoch_us."""
        return self.f.epoch_us(arg)

    def visit_MomentOf(self, op: Any, *, arg: Any) -> Any:  # noqa: N802
        """Write make_timestamptz."""
        return self.f.anon.make_timestamptz(arg)

    def visit_IntegerDivide(self, op: Any, *, left: Any, right: Any) -> Any:  # noqa: N802
        """Write the integer division sign."""
        return sge.IntDiv(this=sge.Paren(this=left), expression=sge.Paren(this=right))

    def visit_MonthOfDay(self, op: Any, *, arg: Any) -> Any:  # noqa: N802
        """Write year and month of a date, which is faster than of a timestamp."""
        day = sge.Add(this=self.cast(sge.convert("1970-01-01"), dt.date), expression=self.cast(arg, dt.int32))
        return self.f.anon.year(day) * 12 + self.f.anon.month(day) - 1

    def visit_DistinctItems(self, op: Any, *, arg: Any) -> Any:  # noqa: N802
        """Write list_distinct; Ibis' own form keeps nulls and takes ten times as long."""
        return self.f.anon.list_distinct(arg)

    def visit_HasAny(self, op: Any, *, arg: Any, items: Any) -> Any:  # noqa: N802
        """Write list_has_any."""
        return self.f.anon.list_has_any(arg, items)

    def visit_HoldsText(self, op: Any, *, arg: Any, part: Any) -> Any:  # noqa: N802
        """Write a search without wildcards, so nothing needs escaping."""
        return self.f.anon.contains(self.f.lower(arg), self.f.lower(part))


def bind(key: str, dtype: dt.DataType | str) -> ir.Value:
    """Return the placeholder `$key`."""
    return Bind(key, dt.dtype(dtype)).to_expr()


def divide(left: ir.Value, right: ir.Value | int) -> ir.Value:
    """Return the integer quotient; both sides must not be negative."""
    import ibis

    return IntegerDivide(left, ibis.literal(right, "int64") if isinstance(right, int) else right).to_expr()


def filtered(value: ir.Value, condition: ir.Value) -> ir.Value:
    """Return the aggregate `value` taken over the rows that meet `condition` only."""
    wanted = condition.op()

    def narrow(node: Any, kwargs: dict[str, Any] | None) -> Any:
        new = node.__recreate__(kwargs) if kwargs else node
        if not isinstance(new, ops.Reduction):
            return new
        return new.copy(where=wanted if new.where is None else ops.And(new.where, wanted))

    # Aggregates inside the tables that `value` reads are left as they are.
    return value.op().replace(narrow, filter=ops.Value).to_expr()


def is_additive(value: ir.Value) -> bool:
    """Return whether the aggregate adds over disjoint sets of rows: it is one sum or count."""
    return isinstance(value.op(), ops.Sum | ops.Count | ops.CountStar)


def fields_of(value: ir.Value, rows: ir.Table) -> set[str]:
    """Return the names of the columns of `rows` that `value` reads."""
    return {node.name for node in value.op().find(ops.Field) if node.rel is rows.op()}


def write_sql(table: ir.Table, *, pretty: bool = False) -> str:
    """Return DuckDB's SQL for `table`, with `$name` for every Bind."""
    from deskpulse.metrics.narrow import narrowed

    return str(Duck().to_sqlglot(narrowed(table)).sql("duckdb", pretty=pretty))


def names_bound(table: ir.Table) -> tuple[str, ...]:
    """Return the names of the placeholders in `table`, sorted."""
    return tuple(sorted({node.key for node in table.op().find(Bind)}))

"""A query without the columns that nobody reads gives the same rows."""

from __future__ import annotations

import re
from collections.abc import Callable

import duckdb
import ibis
import ibis.expr.types as ir
import pytest

from deskpulse.metrics.narrow import narrowed
from deskpulse.metrics.operations import Duck, write_sql

FIRST = ibis.table({"a": "int64", "b": "int64", "c": "string", "d": "array<string>"}, name="first")
SECOND = ibis.table({"a": "int64", "e": "int64", "f": "int64"}, name="second")
ROWS = """
CREATE TABLE first AS SELECT * FROM (VALUES (1, 10, 'x', ['p', 'q']), (1, 10, 'y', ['p']), (2, 20, NULL, []),
    (NULL, 30, 'z', ['q', 'r'])) AS t (a, b, c, d);
CREATE TABLE second AS SELECT * FROM (VALUES (1, 5, 6), (1, 7, 8), (3, 9, 1)) AS t (a, e, f);
"""


def _joined() -> ir.Table:
    other = SECOND.select(_a="a", e="e", f="f")
    return FIRST.left_join(other, FIRST.a == other["_a"]).drop("_a")


QUERIES: dict[str, Callable[[], ir.Table]] = {
    "distinct rows of few columns": lambda: FIRST.select("a", "b").distinct().aggregate(n=lambda t: t.count()),
    "distinct rows of all columns": lambda: SECOND.distinct().aggregate(n=lambda t: t.count(), m=lambda t: t.e.sum()),
    "a union counts by place": lambda: ibis.union(
        FIRST.select("b", "a"), SECOND.select(b="e", a="f"), distinct=True
    ).aggregate(m=lambda t: t.a.sum()),
    "rows of lists that nobody reads": lambda: FIRST.mutate(item=FIRST.d.unnest()).aggregate(n=lambda t: t.count()),
    "a join and what is dropped": lambda: (
        _joined().group_by("c").aggregate(m=lambda t: t.e.sum(), n=lambda t: t.count())
    ),
    "rows without a partner": lambda: FIRST.anti_join(SECOND, FIRST.a == SECOND.a).select("c"),
    "only that there are rows": lambda: _joined().filter(lambda t: t.b > 5).aggregate(n=lambda t: t.count()),
    "a window": lambda: FIRST.mutate(
        i=ibis.row_number().over(group_by=FIRST.a, order_by=[FIRST.b, FIRST.c])
    ).filter(lambda t: t.i == 0).aggregate(m=lambda t: t.b.sum()),
    "a value of another table": lambda: FIRST.filter(FIRST.a.isin(SECOND.filter(SECOND.e > 5).a)).select("b"),
    "the largest of another table": lambda: FIRST.filter(FIRST.b > SECOND.e.max()).select("c"),
    "the outermost keeps its order": lambda: FIRST.filter(FIRST.b > 5).order_by("b").limit(3),
}  # fmt: skip


@pytest.fixture(scope="module")
def database() -> duckdb.DuckDBPyConnection:
    found = duckdb.connect()
    found.execute(ROWS)
    return found


@pytest.mark.parametrize("name", QUERIES)
def test_the_same_columns_and_rows_come(name: str, database: duckdb.DuckDBPyConnection) -> None:
    table = QUERIES[name]()
    assert narrowed(table).columns == table.columns
    whole = database.execute(Duck().to_sqlglot(table).sql("duckdb"))
    columns, expected = [c[0] for c in whole.description], whole.fetchall()
    found = database.execute(write_sql(table))
    assert [c[0] for c in found.description] == columns
    assert sorted(map(repr, found.fetchall())) == sorted(map(repr, expected))
    assert expected


def test_a_column_that_nobody_reads_is_not_written() -> None:
    sql = write_sql(QUERIES["a join and what is dropped"]())
    assert not re.search(r'"(b|d|f)"', sql), sql

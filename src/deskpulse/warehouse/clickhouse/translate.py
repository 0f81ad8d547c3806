"""From the warehouse's SQL, which is DuckDB's, to ClickHouse's: what differs in words and in meaning.

Every name of a table becomes what the reader's version of it holds. Values stay placeholders: `$name` and `?` become
server-side parameters, `{name:Type}`. Only names that the schema knows are tables: no file, address or system table can
be reached.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError

from deskpulse.core.errors import DeskpulseError, UnknownNameError
from deskpulse.warehouse.clickhouse.functions import rewritten
from deskpulse.warehouse.clickhouse.tables import DEAD, PREVIOUS, stored

VERSION = "_version"
"""The parameter that holds the reader's version."""


@dataclass(frozen=True)
class Names:
    """What names in a statement stand for: the database, the tables given to it, and which tables have dead rows."""

    database: str
    given: tuple[tuple[str, str], ...] = ()
    with_dead: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Query:
    """A question in ClickHouse's SQL."""

    sql: str


@dataclass(frozen=True)
class Change:
    """A change of one `table`: the rows that go (`dying` selects their numbers), and those that come (`coming`).

    `columns` are those that `coming` gives, in order.
    """

    table: str
    dying: str = ""
    coming: str = ""
    columns: tuple[str, ...] = ()


@lru_cache(maxsize=2048)
def translate(sql: str, types: tuple[tuple[str, str], ...], names: Names) -> Query | Change:
    """Return the ClickHouse form of one statement whose parameters have these ClickHouse types ("" for null).

    DeskpulseError when it is no statement that the engine takes; UnknownNameError for a table that there is not.
    """
    try:
        tree = parse_one(sql, read="duckdb")
    except SqlglotError as error:
        raise DeskpulseError(f"The warehouse refused a statement: {str(error).splitlines()[0]}") from error
    _bind(tree, dict(types))
    if isinstance(tree, exp.Query):
        return Query(_written(_seen(tree, names)))
    if isinstance(tree, exp.Delete):
        return _delete(tree, names)
    if isinstance(tree, exp.Update):
        return _update(tree, names)
    if isinstance(tree, exp.Insert):
        return _insert(tree, names)
    raise DeskpulseError(f"The warehouse refused a statement: ClickHouse takes no {tree.key.upper()} here.")


def table_name(table: exp.Table) -> str:
    """Return the name in ClickHouse of a table of ours; UnknownNameError when there is none."""
    name = PREVIOUS + table.name if table.db == "previous" else table.name
    if table.db not in ("", "main", "previous") or name not in stored() or not isinstance(table.this, exp.Identifier):
        raise UnknownNameError("table", table.name or table.sql("duckdb"), set(stored()))
    return name


def view(name: str, names: Names, wanted: frozenset[str] | None = None) -> str:
    """Return the rows of a table that the version bound as VERSION shows, as a query.

    Of the columns those that are `wanted` (None: all); "rowid" is the number of the row.
    """
    shown = [f"`{c.name}`" for c in stored()[name] if wanted is None or c.name in wanted]
    shown += ["`_row` AS `rowid`"] if wanted and "rowid" in wanted else []
    columns = ", ".join(shown or ["`_born`"])
    return f"SELECT {columns} FROM {names.database}.{name} WHERE {alive_rows(name, names)}"


def alive_rows(name: str, names: Names) -> str:
    """Return the condition that a row of the table is one that the version bound as VERSION shows."""
    sql = f"_born <= {{{VERSION}:UInt64}}"
    if name in names.with_dead:
        sql += (
            f" AND _row NOT IN (SELECT row_number FROM {names.database}.{DEAD}"
            f" WHERE table_name = '{name}' AND died <= {{{VERSION}:UInt64}})"
        )
    return sql


def _seen(tree: exp.Expr, names: Names) -> exp.Expr:
    """Replace the tables in `tree` by what the version shows of them, and rewrite its functions."""
    wanted = _wanted(tree)
    given = dict(names.given)
    common = {cte.alias for cte in tree.find_all(exp.CTE)}
    tree = rewritten(tree)
    for table in list(tree.find_all(exp.Table)):
        if table.name in common and not table.db:
            continue
        alias = table.alias_or_name
        if table.name in given and not table.db:
            table.replace(exp.alias_(exp.to_table(f"{names.database}.{given[table.name]}"), alias, table=True))
            continue
        rows = view(table_name(table), names, wanted)
        shown = exp.Subquery(
            this=parse_one(rows, read="clickhouse"), alias=exp.TableAlias(this=exp.to_identifier(alias))
        )
        if table.args.get("joins"):
            shown.set("joins", table.args["joins"])
        table.replace(shown)
    return tree


def _wanted(tree: exp.Expr) -> frozenset[str] | None:
    """Return every name that a statement says, columns among them; None when it takes all columns of a table."""
    if any(not isinstance(star.parent, exp.Count) for star in tree.find_all(exp.Star)):
        return None
    return frozenset(identifier.name for identifier in tree.find_all(exp.Identifier))


def _bind(tree: exp.Expr, types: dict[str, str]) -> None:
    positions = 0
    for node in list(tree.find_all(exp.Placeholder, exp.Parameter)):
        name = node.this if isinstance(node, exp.Placeholder) else node.this.name
        if not name:
            name, positions = f"p{positions}", positions + 1
        if name not in types:
            raise DeskpulseError(f"The warehouse refused a statement: it has no value for ${name}.")
        node.replace(exp.Placeholder(this=name, kind=types[name]) if types[name] else exp.Null())


def _written(tree: exp.Expr) -> str:
    return tree.sql(dialect="clickhouse")


def _target(tree: exp.Expr) -> tuple[exp.Table, str]:
    table = tree.this if isinstance(tree.this, exp.Table) else tree.this.this
    assert isinstance(table, exp.Table)  # noqa: S101  what a statement changes is a table
    return table, table_name(table)


def _numbers(tree: exp.Delete | exp.Update, table: exp.Table) -> exp.Select:
    """Return the query of the numbers of the rows that `tree` changes."""
    found = exp.select(exp.column("rowid", table.alias_or_name).as_("row_number")).from_(table.copy())
    for other in tree.args.get("using") or ():
        found = found.join(other.copy(), join_type="cross")
    where = tree.args.get("where")
    return found.where(where.this.copy()) if where else found


def _delete(tree: exp.Delete, names: Names) -> Change:
    table, name = _target(tree)
    return Change(name, dying=_written(_seen(_numbers(tree, table), names)))


def _update(tree: exp.Update, names: Names) -> Change:
    table, name = _target(tree)
    new = {assignment.this.name: assignment.expression for assignment in tree.expressions}
    columns = tuple(column.name for column in stored()[name])
    rows = exp.select(*(exp.alias_(new.get(c, exp.column(c)).copy(), c, quoted=True) for c in columns)).from_(
        table.copy()
    )
    where = tree.args.get("where")
    if where:
        rows = rows.where(where.this.copy())
    dying = _written(_seen(_numbers(tree, table), names))
    return Change(name, dying, _written(_seen(rows, names)), columns)


def _insert(tree: exp.Insert, names: Names) -> Change:
    _, name = _target(tree)
    given = tree.this.expressions if isinstance(tree.this, exp.Schema) else []
    columns = tuple(i.name for i in given) or tuple(c.name for c in stored()[name])
    source: Any = tree.expression
    if isinstance(source, exp.Values):
        rows = [
            exp.select(*(exp.alias_(v.copy(), c, quoted=True) for v, c in zip(row.expressions, columns, strict=True)))
            for row in source.expressions
        ]
        return Change(name, coming=" UNION ALL ".join(_written(_seen(row, names)) for row in rows), columns=columns)
    if tree.args.get("by_name"):
        columns = _columns_given(source, name)
        source = exp.select(*(exp.column(c, quoted=True) for c in columns)).from_(source.subquery("_given"))
    return Change(name, coming=_written(_seen(source, names)), columns=columns)


def _columns_given(source: exp.Expr, name: str) -> tuple[str, ...]:
    """Return the columns of table `name` that a query gives by their names."""
    found: list[str] = []
    assert isinstance(source, exp.Select)  # noqa: S101  BY NAME is of a query
    for item in source.expressions:
        if isinstance(item, exp.Star):
            left_out = {e.name for e in item.args.get("except_") or item.args.get("except") or ()}
            table = source.find(exp.Table)
            assert table is not None  # noqa: S101  a star is of a table
            found += [c.name for c in stored()[table_name(table)] if c.name not in left_out]
        else:
            found.append(item.alias_or_name)
    return tuple(found)

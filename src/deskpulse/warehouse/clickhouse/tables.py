"""How our tables lie in ClickHouse: types, what each row carries beside its columns, what a reader sees of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from deskpulse.warehouse.migration_steps import AddColumn, CreateTable, Sql, Step
from deskpulse.warehouse.schema import ENTITIES, TABLES, Column, Kind, Table
from deskpulse.warehouse.table import columns_of

CLICKHOUSE_TYPES: dict[Kind, str] = {
    "text": "Nullable(String)", "texts": "Array(Nullable(String))", "int": "Nullable(Int64)",
    "float": "Nullable(Float64)", "bool": "Nullable(Bool)", "time": "Nullable(DateTime64(6, 'UTC'))",
    "date": "Nullable(Date32)", "json": "Nullable(String)",
}  # fmt: skip
_FEW = """
agent agent_id author_kind brand category category_by channel currency direction emotion field kind language model
outcome place plan policy priority queue reason role run_id schedule sla_policy sla_state source state status
subcategory team team_id ticket_type tier timezone urgency
"""
FEW_VALUES = frozenset(_FEW.split())
"""Columns with few different texts: kept as numbers of a dictionary, which groups and compares several times faster."""

PREVIOUS = "previous_"
"""Begins the name of the table that keeps the replaced rows of an entity table."""
REPLACED_BY = Column("replaced_by", "text", "the run that replaced the row")
DEAD = "dead_rows"
"""Which rows are gone: table, row and the version in which it went."""
COMMITS = "commits"
"""One row a committed write: the last is the version that readers see."""
META = "warehouse_meta"
GIVEN = "given"
"""Begins the name of a table that lives for one statement."""
LOCK = "writer"
"""Begins the name of the table whose existence says who writes."""

SETTLED = Table(
    "settled_runs", "One row per run that can no longer be undone.", ("run_id",),
    tuple(columns_of("run_id text the run\nsettled_by text the later run")),
)  # fmt: skip

# Every list of texts that is unknown is kept as a list of one unknown text: ClickHouse has no unknown lists.
LISTS = frozenset(c.name for t in TABLES.values() for c in t.columns if c.kind == "texts")


@cache
def stored() -> dict[str, tuple[Column, ...]]:
    """Return the columns of every table by its name in ClickHouse."""
    found = {name: table.columns for name, table in (*TABLES.items(), (SETTLED.name, SETTLED))}
    return found | {PREVIOUS + name: (*table.columns, REPLACED_BY) for name, table in ENTITIES.items()}


def create_statements(database: str, *, is_durable: bool) -> list[str]:
    """Return the statements that make an empty warehouse; each may run again."""
    own = [
        f"CREATE TABLE IF NOT EXISTS {database}.{COMMITS} (version UInt64, committed_at DateTime64(6, 'UTC'))"
        " ENGINE = MergeTree ORDER BY version",
        f"CREATE TABLE IF NOT EXISTS {database}.{META} (name String, value Int64, changed_at DateTime64(6, 'UTC'))"
        " ENGINE = MergeTree ORDER BY name",
        f"CREATE TABLE IF NOT EXISTS {database}.{DEAD}"
        " (table_name LowCardinality(String), row_number UInt64, died UInt64)"
        " ENGINE = MergeTree ORDER BY (table_name, row_number)",
    ]
    synced = _synced(is_durable)
    own = [f"{statement} SETTINGS index_granularity = 8192{synced}" for statement in own]
    return own + [s + synced for name in stored() for s in _create(database, name, stored()[name])]


def _synced(is_durable: bool) -> str:
    return ", fsync_after_insert = 1, fsync_part_directory = 1" if is_durable else ""


def _create(database: str, name: str, columns: Sequence[Column]) -> Iterator[str]:
    table = TABLES.get(name.removeprefix(PREVIOUS), SETTLED)
    key = table.key[0]
    time = table.time if table.time and not name.startswith(PREVIOUS) else None
    listed = [_column(column, table) for column in columns]
    # Rows are numbered by time and machine: numbers grow, never repeat, and take almost no room.
    listed += ["_row UInt64 DEFAULT generateSnowflakeID()", "_born UInt64", "INDEX born _born TYPE minmax"]
    listed += [f"INDEX by_{c} {c} TYPE bloom_filter" for c in dict.fromkeys((key, "ticket_id")) if c in _names(columns)]
    months = f"PARTITION BY toYYYYMM(ifNull({time}, toDateTime64(0, 6, 'UTC'))) " if time else ""
    yield (
        f"CREATE TABLE IF NOT EXISTS {database}.{name} ({', '.join(listed)}) ENGINE = MergeTree {months}"
        f"ORDER BY ({f'{time}, ' if time else ''}{key})"
        " SETTINGS allow_nullable_key = 1"
    )


def _names(columns: Sequence[Column]) -> set[str]:
    return {column.name for column in columns}


def _column(column: Column, table: Table | None) -> str:
    if table is not None and column.name in table.key:
        return f"{column.name} String"
    kind = CLICKHOUSE_TYPES[column.kind]
    if column.kind == "text" and column.name in FEW_VALUES:
        kind = f"LowCardinality({kind})"
    return f"{column.name} {kind}" + (" DEFAULT [NULL]" if column.kind == "texts" else "")


def migrate_statements(database: str, step: Step, *, is_durable: bool) -> list[str]:
    """Return the statements of a migration's step that changes tables; each may run again."""
    if isinstance(step, Sql):
        return []
    if isinstance(step, CreateTable):
        columns = tuple(Column(name, kind, "") for name, kind in step.columns)
        found = list(_create(database, step.table, columns))
        found += _create(database, PREVIOUS + step.table, (*columns, REPLACED_BY)) if step.is_entity else ()
        return [statement + _synced(is_durable) for statement in found]
    assert isinstance(step, AddColumn)  # noqa: S101  there is no fourth kind
    names = (step.table, PREVIOUS + step.table) if step.table in ENTITIES else (step.table,)
    added = _column(Column(step.name, step.kind, ""), None)
    return [f"ALTER TABLE {database}.{name} ADD COLUMN IF NOT EXISTS {added}" for name in names]

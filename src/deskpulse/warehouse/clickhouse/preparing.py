"""Opening a ClickHouse warehouse: making or migrating its tables, and sweeping what a dead writer left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from deskpulse.core.errors import StorageError, VersionError
from deskpulse.warehouse.clickhouse.connection import Statements
from deskpulse.warehouse.clickhouse.lease import Lease
from deskpulse.warehouse.clickhouse.tables import (
    COMMITS,
    DEAD,
    GIVEN,
    LOCK,
    META,
    create_statements,
    migrate_statements,
    stored,
)
from deskpulse.warehouse.migrations import FIRST_VERSION, Migration, latest_version


def prepare(run: Statements, migrations: Sequence[Migration], lease: Lease, *, is_durable: bool) -> int:
    """Make the database ready for its one writer and return the version that is committed.

    BusyError when another process holds it, VersionError when a newer Deskpulse wrote it, StorageError when it is
    somebody else's. Every step may run again: what a process that dies in the middle leaves, the next one ends.
    """
    run.command(f"CREATE DATABASE IF NOT EXISTS {run.database}")
    tables = _tables(run)
    theirs = {t for t in tables if not t.startswith((GIVEN, LOCK))}
    if theirs and not theirs & {META, COMMITS}:
        raise StorageError(
            f"The database {run.database} is not empty, but no Deskpulse warehouse.",
            hint="Name another in DESKPULSE_WAREHOUSE_URL.",
        )
    lease.acquire(run)
    found = _schema_version(run) if META in tables else None
    latest = latest_version(migrations)
    if found is None:
        for statement in create_statements(run.database, is_durable=is_durable):
            run.command(statement)
        _set_schema_version(run, latest)
    elif found != latest:
        _migrate(run, found, migrations, is_durable=is_durable)
    for table in tables:
        if table.startswith(GIVEN):
            run.command(f"DROP TABLE IF EXISTS {run.database}.{table}")
    version = committed_version(run)
    run.version = version
    sweep_uncommitted(run, version, stored())
    return version


def committed_version(run: Statements) -> int:
    """Return the last version that was committed; 0 before the first."""
    return _number(run, f"SELECT max(version) FROM {run.database}.{COMMITS}") or 0


def sweep_uncommitted(run: Statements, version: int, tables: Iterable[str]) -> None:
    """Remove what a write left that was never committed: rows born and deaths listed after `version`."""
    counted = {table: "died" if table == DEAD else "_born" for table in (*tables, DEAD)}
    found = run.native(
        " UNION ALL ".join(
            f"SELECT '{table}' AS t FROM {run.database}.{table} WHERE {column} > {version} GROUP BY t"
            for table, column in counted.items()
        )
    )
    for table in found.column(0).to_pylist():
        run.command(f"DELETE FROM {run.database}.{table} WHERE {counted[table]} > {version}")


def _migrate(run: Statements, found: int, migrations: Sequence[Migration], *, is_durable: bool) -> None:
    latest = latest_version(migrations)
    if found > latest:
        raise VersionError(
            f"The warehouse has version {found}; this Deskpulse knows versions up to {latest}.",
            hint="Use the newer Deskpulse that wrote it.", found=found, known=latest,
        )  # fmt: skip
    if found < FIRST_VERSION:
        raise StorageError(f"The warehouse says it has version {found}, which never was.")
    for migration in migrations:
        for step in migration.steps if migration.version > found else ():
            for statement in migrate_statements(run.database, step, is_durable=is_durable):
                run.command(statement)
    _set_schema_version(run, latest)


def _tables(run: Statements) -> set[str]:
    found = run.native(f"SELECT name FROM system.tables WHERE database = '{run.database}'")
    return set(found.column(0).to_pylist())


def _schema_version(run: Statements) -> int | None:
    return _number(run, f"SELECT argMax(value, changed_at) FROM {run.database}.{META} WHERE name = 'schema_version'")


def _set_schema_version(run: Statements, version: int) -> None:
    run.command(f"INSERT INTO {run.database}.{META} VALUES ('schema_version', {version}, now64(6, 'UTC'))")


def _number(run: Statements, sql: str) -> int | None:
    value = run.native(sql).column(0)[0].as_py()
    return None if value is None else int(value)

"""How a warehouse file of an older version becomes one of this version: an ordered list, as data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from deskpulse.core.errors import StorageError, VersionError
from deskpulse.warehouse.migration_steps import AddColumn, CreateTable, Migration, Sql, Step
from deskpulse.warehouse.schema import DUCKDB_TYPES, ENTITIES, TABLES, Kind, Table
from deskpulse.warehouse.version_2 import VERSION_2
from deskpulse.warehouse.version_3 import VERSION_3
from deskpulse.warehouse.version_4 import VERSION_4
from deskpulse.warehouse.version_5 import VERSION_5
from deskpulse.warehouse.version_6 import VERSION_6
from deskpulse.warehouse.version_7 import VERSION_7
from deskpulse.warehouse.version_8 import VERSION_8
from deskpulse.warehouse.version_9 import VERSION_9

__all__ = [
    "FIRST_VERSION", "MIGRATIONS", "PREVIOUS", "AddColumn", "CreateTable", "Migration", "Sql", "Step",
    "create_statements", "latest_version", "migrate",
]  # fmt: skip

PREVIOUS = "previous"
"""Schema that keeps the replaced rows of entity tables, with the run that replaced them in `replaced_by`."""

FIRST_VERSION = 1


MIGRATIONS: tuple[Migration, ...] = (
    VERSION_2,
    VERSION_3,
    VERSION_4,
    VERSION_5,
    VERSION_6,
    VERSION_7,
    VERSION_8,
    VERSION_9,
)
"""In order. Whoever changes `schema.py` adds one; `tests/warehouse/test_migrations.py` notices when not."""

Run = Callable[[str], Any]


def latest_version(migrations: Sequence[Migration] = MIGRATIONS) -> int:
    """Return the version that files have after all migrations."""
    return migrations[-1].version if migrations else FIRST_VERSION


def create_statements(migrations: Sequence[Migration] = MIGRATIONS) -> list[str]:
    """Return the statements that make an empty warehouse of the latest version."""
    statements = [f"CREATE SCHEMA {PREVIOUS}", "CREATE TABLE meta (name VARCHAR, value BIGINT)",
                  f"INSERT INTO meta VALUES ('schema_version', {latest_version(migrations)}), ('version', 0)",
                  "CREATE TABLE settled_runs (run_id VARCHAR, settled_by VARCHAR)"]  # fmt: skip
    for table in TABLES.values():
        statements += _create(table.name, _kinds(table), table.name in ENTITIES)
    return statements


def migrate(run: Run, found: int, migrations: Sequence[Migration] = MIGRATIONS) -> None:
    """Bring a file of version `found` to the latest, inside the caller's transaction.

    VersionError when the file is newer than this Deskpulse.
    """
    latest = latest_version(migrations)
    if found > latest:
        raise VersionError(
            f"The warehouse has version {found}; this Deskpulse knows versions up to {latest}.",
            hint="Use the newer Deskpulse that wrote it.", found=found, known=latest,
        )  # fmt: skip
    if found < FIRST_VERSION:
        raise StorageError(f"The warehouse says it has version {found}, which never was.")
    for migration in migrations:
        if migration.version <= found:
            continue
        for step in migration.steps:
            for statement in _statements(step):
                run(statement)
    run(f"UPDATE meta SET value = {latest} WHERE name = 'schema_version'")


def _statements(step: Step) -> list[str]:
    if isinstance(step, Sql):
        return [step.statement]
    if isinstance(step, CreateTable):
        return _create(step.table, step.columns, step.is_entity)
    added = f'ADD COLUMN "{step.name}" {DUCKDB_TYPES[step.kind]}'
    statements = [f'ALTER TABLE main."{step.table}" {added}']
    if step.table in ENTITIES:
        statements.append(f'ALTER TABLE {PREVIOUS}."{step.table}" {added}')
    return statements


def _kinds(table: Table) -> tuple[tuple[str, Kind], ...]:
    return tuple((c.name, c.kind) for c in table.columns)


def _create(name: str, columns: Sequence[tuple[str, Kind]], is_entity: bool) -> list[str]:
    listed = ", ".join(f'"{column}" {DUCKDB_TYPES[kind]}' for column, kind in columns)
    statements = [f'CREATE TABLE main."{name}" ({listed})']
    if is_entity:
        statements.append(f'CREATE TABLE {PREVIOUS}."{name}" ({listed}, replaced_by VARCHAR)')
    return statements

"""Files of older versions open as of today; newer ones are refused."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from tests.warehouse.rows import tickets

from deskpulse.core.errors import DeskpulseError, StorageError, VersionError
from deskpulse.core.settings import Settings
from deskpulse.warehouse import open_warehouse
from deskpulse.warehouse.duckdb import DuckWarehouse
from deskpulse.warehouse.migrations import (
    FIRST_VERSION,
    MIGRATIONS,
    AddColumn,
    CreateTable,
    Migration,
    Sql,
    latest_version,
)
from deskpulse.warehouse.schema import DUCKDB_TYPES, ENTITIES, TABLES

OLDER = {version: Path(__file__).with_name(f"version_{version}.sql") for version in (1, 2, 3, 4, 5)}
"""The tables as earlier versions made them. They never change: `schema.py` changes and a migration is added."""

Columns = dict[tuple[str, str], dict[str, str]]


def columns(connection: duckdb.DuckDBPyConnection) -> Columns:
    """Return name and type of the columns by schema and table."""
    found: Columns = {}
    listed = "SELECT schema_name, table_name, column_name, data_type FROM duckdb_columns() WHERE NOT internal"
    for schema, table, column, kind in connection.execute(listed).fetchall():
        found.setdefault((schema, table), {})[column] = kind
    return found


def opened_columns(path: Path, settings: Settings) -> Columns:
    """Open the warehouse (and so migrate it) and return its columns."""
    open_warehouse(path, settings).close()
    with duckdb.connect(str(path), read_only=True) as connection:
        return columns(connection)


def write_file(path: Path, script: str) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute(script)


SMALL = """
CREATE SCHEMA previous;
CREATE TABLE meta (name VARCHAR, value BIGINT);
INSERT INTO meta VALUES ('schema_version', 1), ('version', 41);
CREATE TABLE settled_runs (run_id VARCHAR, settled_by VARCHAR);
CREATE TABLE tickets (ticket_id VARCHAR, state VARCHAR, run_id VARCHAR);
CREATE TABLE previous.tickets (ticket_id VARCHAR, state VARCHAR, run_id VARCHAR, replaced_by VARCHAR);
CREATE TABLE cursors (name VARCHAR, position VARCHAR, updated_at TIMESTAMPTZ);
INSERT INTO tickets VALUES ('1', 'open', 'r1');
INSERT INTO previous.tickets VALUES ('1', 'new', 'r0', 'r1');
"""
STEPS = (
    Migration(2, "urgency of tickets", (AddColumn("tickets", "urgency", "text"),)),
    Migration(
        3,
        "teams; status is the field's word",
        (
            CreateTable("teams", (("team_id", "text"), ("run_id", "text"))),
            CreateTable("notes", (("note_id", "text"), ("written_at", "time")), is_entity=False),
            Sql("ALTER TABLE tickets RENAME COLUMN state TO status"),
            Sql("UPDATE tickets SET status = upper(status)"),
        ),
    ),
)


def test_an_older_file_is_migrated_and_keeps_its_rows(tmp_path: Path, settings: Settings) -> None:
    path = tmp_path / "old.duckdb"
    write_file(path, SMALL)
    warehouse = DuckWarehouse(path, settings, migrations=STEPS)
    assert warehouse.version == 41
    with warehouse.reader() as reader:
        assert reader.rows("SELECT ticket_id, status, urgency, run_id FROM tickets") == [("1", "OPEN", None, "r1")]
        assert reader.rows("SELECT ticket_id, urgency, replaced_by FROM previous.tickets") == [("1", None, "r1")]
        assert reader.one("SELECT value FROM meta WHERE name = 'schema_version'") == (3,)
    warehouse.close()
    with duckdb.connect(str(path)) as connection:
        found = columns(connection)
    assert found["main", "teams"] == {"team_id": "VARCHAR", "run_id": "VARCHAR"}
    assert found["previous", "teams"] == {"team_id": "VARCHAR", "run_id": "VARCHAR", "replaced_by": "VARCHAR"}
    assert found["main", "notes"]["written_at"] == "TIMESTAMP WITH TIME ZONE"
    assert ("previous", "notes") not in found


def test_each_migration_runs_once(tmp_path: Path, settings: Settings) -> None:
    path = tmp_path / "old.duckdb"
    write_file(path, SMALL)
    DuckWarehouse(path, settings, migrations=STEPS[:1]).close()
    DuckWarehouse(path, settings, migrations=STEPS).close()
    warehouse = DuckWarehouse(path, settings, migrations=STEPS)
    with warehouse.reader() as reader:
        assert reader.one("SELECT value FROM meta WHERE name = 'schema_version'") == (3,)
    warehouse.close()


def test_a_migration_that_fails_changes_nothing(tmp_path: Path, settings: Settings) -> None:
    path = tmp_path / "old.duckdb"
    write_file(path, SMALL)
    broken = (STEPS[0], Migration(3, "broken", (Sql("UPDATE tickets SET state = 'x'"), Sql("DROP TABLE nowhere"))))
    with pytest.raises(DeskpulseError, match="nowhere"):
        DuckWarehouse(path, settings, migrations=broken)
    with duckdb.connect(str(path)) as connection:
        assert "urgency" not in columns(connection)["main", "tickets"]
        assert connection.execute("SELECT state FROM tickets").fetchall() == [("open",)]
        assert connection.execute("SELECT value FROM meta WHERE name = 'schema_version'").fetchall() == [(1,)]


def test_a_newer_file_is_refused_with_both_versions(tmp_path: Path, settings: Settings) -> None:
    path = tmp_path / "new.duckdb"
    newer = (*MIGRATIONS, Migration(latest_version() + 6, "of the future", ()))
    DuckWarehouse(path, settings, migrations=newer).close()
    with pytest.raises(VersionError) as caught:
        open_warehouse(path, settings)
    assert f"version {latest_version() + 6}" in str(caught.value)
    assert f"up to {latest_version()}" in str(caught.value)


@pytest.mark.parametrize("change", ["DELETE FROM meta", "UPDATE meta SET value = -3 WHERE name = 'schema_version'"])
def test_a_file_that_has_lost_its_version_is_refused(tmp_path: Path, settings: Settings, change: str) -> None:
    path = tmp_path / "odd.duckdb"
    write_file(path, SMALL + change)
    with pytest.raises(StorageError):
        open_warehouse(path, settings)


@pytest.mark.parametrize("version", OLDER)
def test_an_older_file_becomes_what_the_schema_says(tmp_path: Path, settings: Settings, version: int) -> None:
    write_file(tmp_path / "old.duckdb", OLDER[version].read_text("utf-8"))
    migrated = opened_columns(tmp_path / "old.duckdb", settings)
    assert migrated == opened_columns(tmp_path / "fresh.duckdb", settings), "schema.py changed: add a migration"


@pytest.mark.parametrize("version", OLDER)
def test_an_older_file_takes_rows(tmp_path: Path, settings: Settings, version: int) -> None:
    write_file(tmp_path / "old.duckdb", OLDER[version].read_text("utf-8"))
    warehouse = open_warehouse(tmp_path / "old.duckdb", settings)
    warehouse.write(lambda t: t.upsert("tickets", tickets(["1"], subject="x"), undo_run="r1"))
    assert warehouse.undo_run("r1") == {"tickets": 1}
    warehouse.close()


MERGED = """
INSERT INTO tickets (ticket_id, is_sla_met) VALUES ('a', true), ('b', false), ('c', NULL);
INSERT INTO ticket_basis (ticket_id) VALUES ('a'), ('b'), ('c');
INSERT INTO previous.tickets (ticket_id, is_sla_met, replaced_by) VALUES ('a', false, 'r1'), ('a', true, 'r2');
INSERT INTO previous.ticket_basis (ticket_id, replaced_by) VALUES ('a', 'r1'), ('a', 'r2');
INSERT INTO ticket_links (ticket_id, other_ticket_id, kind) VALUES
    ('a', 'b', 'merged'), ('c', 'a', 'follow_up'), ('b', 'b', 'merged'), ('b', 'c', 'related');
"""


def test_version_3_marks_merged_tickets_and_keeps_verdicts(tmp_path: Path, settings: Settings) -> None:
    write_file(tmp_path / "old.duckdb", OLDER[2].read_text("utf-8") + MERGED)
    warehouse = open_warehouse(tmp_path / "old.duckdb", settings)
    with warehouse.reader() as reader:
        marked = reader.rows("SELECT ticket_id, is_merged, is_follow_up FROM tickets ORDER BY ALL")
        kept = reader.rows("SELECT ticket_id, is_sla_met FROM ticket_basis ORDER BY ALL")
        before = reader.rows("SELECT replaced_by, is_sla_met FROM previous.ticket_basis ORDER BY ALL")
    warehouse.close()
    assert marked == [("a", True, False), ("b", False, False), ("c", False, True)]
    assert kept == [("a", True), ("b", False), ("c", None)]
    assert before == [("r1", False), ("r2", True)]


def test_a_fresh_file_holds_every_table_as_the_schema_says(tmp_path: Path, settings: Settings) -> None:
    found = opened_columns(tmp_path / "fresh.duckdb", settings)
    for name, table in TABLES.items():
        expected = {
            c.name: DUCKDB_TYPES[c.kind].replace("TIMESTAMPTZ", "TIMESTAMP WITH TIME ZONE") for c in table.columns
        }
        assert found["main", name] == expected
        assert (("previous", name) in found) == (name in ENTITIES)
        if name in ENTITIES:
            assert found["previous", name] == expected | {"replaced_by": "VARCHAR"}


def test_migrations_are_in_order_without_gaps() -> None:
    assert [m.version for m in MIGRATIONS] == list(range(FIRST_VERSION + 1, latest_version() + 1))

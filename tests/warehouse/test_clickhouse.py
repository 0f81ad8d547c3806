"""What is ClickHouse's own: names, what a dead writer leaves, rows that went, who may write."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from textwrap import dedent

import pytest
from tests.warehouse.click import CLICKHOUSE, fresh_database
from tests.warehouse.rows import subjects, tickets

from deskpulse.core.errors import BusyError, DeskpulseError, InputError, StorageError, VersionError
from deskpulse.core.settings import Settings
from deskpulse.warehouse import open_workspace
from deskpulse.warehouse.clickhouse import ClickWarehouse, database_of
from deskpulse.warehouse.clickhouse.connection import Connections, Statements
from deskpulse.warehouse.clickhouse.lease import Lease
from deskpulse.warehouse.clickhouse.tables import FEW_VALUES
from deskpulse.warehouse.migrations import MIGRATIONS, Migration
from deskpulse.warehouse.schema import TABLES

pytestmark = CLICKHOUSE


@pytest.fixture
def warehouse(click_url: str, settings: Settings) -> Iterator[ClickWarehouse]:
    opened = ClickWarehouse(click_url, fresh_database(click_url), settings)
    yield opened
    opened.close()


@pytest.fixture
def run(click_url: str, settings: Settings) -> Iterator[Statements]:
    """Statements in ClickHouse's own words."""
    connections = Connections(click_url, settings)
    with connections.borrow() as client:
        yield Statements(client, fresh_database(click_url), 0, frozenset())
    connections.close()


def child(code: str, folder: Path) -> subprocess.Popen[str]:
    """Start a process with an engine of its own on `folder`."""
    head = """
        import sys, time
        from pathlib import Path
        from deskpulse.core.settings import Settings
        from deskpulse.warehouse import open_workspace
        from tests.warehouse.rows import tickets
        settings = Settings(_env_file=None, data_dir=Path(sys.argv[1]), warehouse_url=f"chdb://{sys.argv[1]}/engine")
        w = open_workspace("work", settings)
    """
    root = Path(__file__).resolve().parents[2]
    found = os.pathsep.join([str(root), str(root / "src"), os.environ.get("PYTHONPATH", "")])
    return subprocess.Popen(
        [sys.executable, "-c", dedent(head) + dedent(code), str(folder)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": found},
    )  # fmt: skip


@pytest.mark.skipif(sys.platform == "win32", reason="the embedded engine is not made for Windows")
def test_a_writer_killed_in_the_middle_leaves_whole_writes(tmp_path: Path) -> None:
    """It dies with new rows, replaced rows and a cursor written, but not committed: none of it is there afterwards."""
    process = child(
        """
        def work(t, n):
            t.upsert("tickets", tickets([f"{n}-{i}" for i in range(50)] + ["again"], subject=str(n)), undo_run=str(n))
            t.set_cursor("n", str(n))
            if n == 2:
                print("in", t.one("SELECT count(*) FROM tickets"), flush=True)
                time.sleep(60)
        for n in range(3):
            w.write(lambda t: work(t, n))
        """,
        tmp_path,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    assert (process.stdout.readline() or process.stderr.read()).startswith("in (151,)")
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=30)
    after = child(
        """
        with w.reader() as r:
            again = r.rows("SELECT subject FROM tickets WHERE ticket_id = 'again'")
            print(r.one("SELECT count(*) FROM tickets"), again)
        print(w.version, w.cursor("n"))
        w.write(lambda t: t.upsert("tickets", tickets(["again", "new"], subject="after")))
        w.close()
        w = open_workspace("work", settings)
        with w.reader() as r:
            print(r.one("SELECT count(*), count(DISTINCT ticket_id) FROM tickets"), w.version)
        w.close()
        """,
        tmp_path,
    )
    told, errors = after.communicate(timeout=120)
    assert told.splitlines() == ["(101,) [('1',)]", "2 1", "(102, 102) 3"], errors


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM file('/etc/passwd')",
        "SELECT * FROM url('http://127.0.0.1:1', 'CSV')",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM system.tables",
        "SELECT * FROM other.tickets",
        "SELECT * FROM dead_rows",
        "SELECT 1; DROP TABLE tickets",
        "DROP TABLE tickets",
        "ALTER TABLE tickets DELETE WHERE true",
        "DELETE FROM system.tables",
        "SET max_memory_usage = 0",
    ],
)
def test_sql_reaches_nothing_outside(warehouse: ClickWarehouse, sql: str) -> None:
    with pytest.raises(DeskpulseError):
        warehouse.write(lambda t: t.execute(sql))
    assert warehouse.counts()["tickets"] == 0


@pytest.mark.parametrize("year", [1899, 2299])
def test_times_that_clickhouse_would_change_are_refused(warehouse: ClickWarehouse, year: int) -> None:
    with pytest.raises(InputError, match="created_at of tickets"):
        warehouse.write(lambda t: t.append("tickets", tickets(["1"], created_at=datetime(year, 1, 1, tzinfo=UTC))))


def test_rows_that_went_leave_the_disk_once_no_reader_sees_them(warehouse: ClickWarehouse, run: Statements) -> None:
    def on_disk() -> int:
        return int(run.native(f"SELECT count() FROM {run.database}.tickets").column(0)[0].as_py())

    for subject in "abc":
        warehouse.write(lambda t, subject=subject: t.upsert("tickets", tickets(["1", "2"], subject=subject)))
        if subject == "b":
            with warehouse.reader() as reader:
                warehouse.write(lambda t: t.upsert("tickets", tickets(["1"], subject="B")))
                warehouse.sweep()
                assert dict(reader.rows("SELECT ticket_id, subject FROM tickets")) == {"1": "b", "2": "b"}
                assert on_disk() == 3
    warehouse.sweep()
    assert (on_disk(), subjects(warehouse)) == (2, {"1": "c", "2": "c"})


def test_two_warehouses_of_one_database_are_refused(warehouse: ClickWarehouse, click_url: str) -> None:
    with pytest.raises(BusyError, match="already open"):
        ClickWarehouse(click_url, warehouse._database, warehouse._settings)


def test_one_process_holds_the_lease_until_it_is_not_heard_of(run: Statements, settings: Settings) -> None:
    short = settings.model_copy(update={"lease_seconds": 1e-3})
    first, second, third = (Lease(s, is_needed=True) for s in (settings, settings, short))
    first.acquire(run)
    with pytest.raises(BusyError, match="in use by"):
        second.acquire(run)
    first.check(run)
    first.release(run)
    third.acquire(run)
    second.acquire(run)  # the third's millisecond is over
    with pytest.raises(BusyError, match="taken over"):
        third.check(run)
    second.check(run)
    second.release(run)
    assert timedelta(seconds=second.renew_seconds or 0) == timedelta(seconds=settings.lease_seconds / 4)


def test_an_older_database_is_brought_to_this_version(
    warehouse: ClickWarehouse, click_url: str, run: Statements, settings: Settings
) -> None:
    warehouse.write(lambda t: t.append("tickets", tickets(["1"], subject="kept")))
    warehouse.close()
    database = run.database
    run.command(f"ALTER TABLE {database}.tickets DROP COLUMN handle_seconds")
    run.command(f"DROP TABLE {database}.ticket_stays")
    run.command(f"INSERT INTO {database}.warehouse_meta VALUES ('schema_version', 1, now64(6, 'UTC'))")
    again = ClickWarehouse(click_url, database, settings)
    with again.reader() as reader:
        assert reader.rows("SELECT subject, handle_seconds FROM tickets") == [("kept", None)]
        assert reader.one("SELECT count(*) FROM ticket_stays") == (0,)
    again.close()
    with pytest.raises(VersionError):
        ClickWarehouse(click_url, database, settings, migrations=MIGRATIONS[:-1])
    newer = (*MIGRATIONS, Migration(99, "nothing", ()))
    ClickWarehouse(click_url, database, settings, migrations=newer).close()
    run.command(f"INSERT INTO {database}.warehouse_meta VALUES ('schema_version', 2, now64(6, 'UTC'))")


def test_a_database_of_somebody_else_is_refused(run: Statements, click_url: str, settings: Settings) -> None:
    run.command("CREATE DATABASE IF NOT EXISTS theirs")
    run.command("CREATE TABLE IF NOT EXISTS theirs.things (x UInt8) ENGINE = Memory")
    with pytest.raises(StorageError, match="no Deskpulse warehouse"):
        ClickWarehouse(click_url, "theirs", settings)


@pytest.mark.parametrize(
    ("url", "error"),
    [("mysql://localhost", InputError), ("clickhouse://127.0.0.1:1", StorageError), ("clickhouse://x/a'b", InputError)],
)
def test_a_url_that_leads_nowhere_says_so(url: str, error: type[DeskpulseError], settings: Settings) -> None:
    with pytest.raises(error, match="DESKPULSE_WAREHOUSE_URL"):
        open_workspace("w", settings.model_copy(update={"warehouse_url": url}))


def test_workspaces_have_databases_of_their_own() -> None:
    names = {database_of("clickhouse://h/desk", w) for w in ("a-b", "a_b", "ab", "a_2d_b")}
    assert len(names) == 4
    assert database_of("chdb:///some/folder", "acme") == "deskpulse_acme"


def test_columns_of_few_values_are_texts_of_the_schema() -> None:
    texts = {c.name for t in TABLES.values() for c in t.columns if c.kind == "text"}
    assert texts >= FEW_VALUES

"""What is DuckDB's own: the file, other processes, damage, crashes and full disks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from textwrap import dedent

import duckdb
import pytest
from tests.warehouse.rows import rows, subjects, tickets

from deskpulse.core.errors import BusyError, DeskpulseError, LimitError, StorageError
from deskpulse.core.settings import Settings
from deskpulse.warehouse import Warehouse, open_warehouse

IS_WINDOWS = sys.platform == "win32"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "warehouse.duckdb"


def filled(path: Path, settings: Settings, count: int = 100) -> None:
    warehouse = open_warehouse(path, settings)
    warehouse.write(lambda t: t.append("tickets", tickets([str(i) for i in range(count)], subject="kept")))
    warehouse.close()


def open_and_read(path: Path, settings: Settings) -> None:
    warehouse = open_warehouse(path, settings)
    try:
        subjects(warehouse)
    finally:
        warehouse.close()


def child(code: str, *arguments: object) -> subprocess.Popen[str]:
    """Start a Python process that has `path`, `settings` and `tickets` at hand."""
    head = """
        import sys, time
        from pathlib import Path
        from deskpulse.core.settings import Settings
        from deskpulse.warehouse import open_warehouse
        from tests.warehouse.rows import tickets
        path, settings = Path(sys.argv[1]), Settings(_env_file=None, data_dir=Path(sys.argv[1]).parent)
    """
    root = Path(__file__).resolve().parents[2]
    found = os.pathsep.join([str(root), str(root / "src"), os.environ.get("PYTHONPATH", "")])
    return subprocess.Popen(
        [sys.executable, "-c", dedent(head) + dedent(code), *map(str, arguments)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": found},
    )  # fmt: skip


def said(process: subprocess.Popen[str]) -> str:
    """Return the next line that the child prints; its errors when it prints none."""
    assert process.stdout is not None
    assert process.stderr is not None
    return process.stdout.readline().strip() or process.stderr.read()


def end(process: subprocess.Popen[str], how: Callable[[], None]) -> None:
    how()
    process.communicate(timeout=30)


def test_memory_needs_no_file(settings: Settings, tmp_path: Path) -> None:
    first, second = open_warehouse(None, settings), open_warehouse(None, settings)
    first.write(lambda t: t.append("tickets", tickets(["1"])))
    assert (first.counts()["tickets"], second.counts()["tickets"]) == (1, 0)
    first.close()
    second.close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('pyproject.toml')",
        "COPY tickets TO 'stolen.csv'",
        "ATTACH 'other.duckdb'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET temp_directory = '/tmp'",
    ],
)
def test_sql_reaches_nothing_outside(settings: Settings, sql: str) -> None:
    warehouse = open_warehouse(None, settings)
    with pytest.raises(DeskpulseError):
        warehouse.write(lambda t: t.execute(sql))
    warehouse.close()


@pytest.mark.parametrize("added", [0, 5])
def test_the_same_statement_gives_the_same_values_again(settings: Settings, added: int) -> None:
    sql = "SELECT sum(x), count(*), max(x) FROM (VALUES (9223372036854775802::BIGINT), ($added)) t(x)"
    warehouse = open_warehouse(None, settings)
    with warehouse.reader() as reader:
        first, again, small = (reader.rows(sql, {"added": n}) for n in (added, added, 0))
    warehouse.close()
    assert [*map(repr, first[0])] == [*map(repr, again[0])]
    assert small[0][0] == 9223372036854775802


def test_memory_and_threads_come_from_the_settings(path: Path, settings: Settings) -> None:
    chosen = settings.model_copy(update={"duckdb_memory": "200MB", "duckdb_threads": 1})
    warehouse = open_warehouse(path, chosen)
    with warehouse.reader() as reader:
        names = "SELECT current_setting('memory_limit'), current_setting('threads'), current_setting('TimeZone')"
        assert reader.one(names) == ("190.7 MiB", 1, "UTC")
    warehouse.close()


def test_big_sorts_spill_beside_the_file(path: Path, settings: Settings) -> None:
    warehouse = open_warehouse(path, settings.model_copy(update={"duckdb_memory": "60MB", "duckdb_threads": 1}))
    sql = "SELECT count(*) FROM (SELECT hash(i)::VARCHAR || repeat('x', 90) AS s FROM range(1000000) r(i) ORDER BY s)"
    with warehouse.reader() as reader:
        assert reader.one(f"{sql} WHERE s IS NOT NULL") == (1_000_000,)
    warehouse.close()
    assert {p.name for p in path.parent.iterdir()} <= {path.name, f"{path.name}.tmp"}


def test_a_query_beyond_memory_names_the_setting(settings: Settings) -> None:
    warehouse = open_warehouse(None, settings.model_copy(update={"duckdb_memory": "20MB", "duckdb_threads": 1}))
    with warehouse.reader() as reader, pytest.raises(LimitError, match="DESKPULSE_DUCKDB_MEMORY"):
        reader.one("SELECT list(repeat('x', 1000) || i) FROM range(1000000) r(i)")
    warehouse.close()


def test_a_file_that_another_process_holds_is_busy(path: Path, settings: Settings) -> None:
    process = child("w = open_warehouse(path, settings); print('open', flush=True); time.sleep(60)", path)
    assert said(process) == "open"
    with pytest.raises(BusyError, match="server may be running"):
        open_warehouse(path, settings)
    end(process, process.kill)
    open_warehouse(path, settings).close()


def test_a_file_that_this_process_holds_is_busy(path: Path, settings: Settings) -> None:
    warehouse = open_warehouse(path, settings)
    with pytest.raises(BusyError, match="already open"):
        open_warehouse(path.parent / "." / path.name, settings)
    warehouse.close()
    open_warehouse(path, settings).close()


@pytest.mark.parametrize("kept", [0, 10, 5_000, 20_000])
def test_a_truncated_file_is_damaged(path: Path, settings: Settings, kept: int) -> None:
    filled(path, settings)
    os.truncate(path, kept)
    with pytest.raises(StorageError, match="restore a backup"):
        open_warehouse(path, settings)


def test_a_file_of_something_else_is_damaged(path: Path, settings: Settings) -> None:
    path.write_text("ticket_id,subject\n1,hello\n" * 1000, "utf-8")
    with pytest.raises(StorageError, match="warehouse"):
        open_warehouse(path, settings)
    assert path.read_text("utf-8").startswith("ticket_id")


def test_a_damaged_block_is_told_when_it_is_read(path: Path, settings: Settings) -> None:
    filled(path, settings, 50_000)
    content = bytearray(path.read_bytes())
    content[20_000:-20_000] = bytes(len(content) - 40_000)
    path.write_bytes(content)
    with pytest.raises(StorageError, match="restore a backup"):
        open_and_read(path, settings)


def test_a_database_of_somebody_else_is_refused(path: Path, settings: Settings) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE theirs (x INT)")
    with pytest.raises(StorageError, match="no Deskpulse warehouse"):
        open_warehouse(path, settings)


def test_a_file_in_a_folder_that_cannot_be_made_says_so(path: Path, settings: Settings) -> None:
    path.write_text("a file", "utf-8")
    with pytest.raises(StorageError, match="cannot be opened"):
        open_warehouse(path / "warehouse.duckdb", settings)


def test_what_was_committed_survives_a_kill(path: Path, settings: Settings) -> None:
    """A process is killed in the middle of its writes; of each write all or nothing is there."""
    process = child(
        """
        w = open_warehouse(path, settings)
        def work(t, n):
            t.append("tickets", tickets([f"{n}-{i}" for i in range(100)], subject=str(n)))
            t.set_cursor("n", str(n))
            if n == 30:
                print("in", flush=True)
                time.sleep(60)
        for n in range(31):
            w.write(lambda t: work(t, n))
            print(n, flush=True)
        """,
        path,
    )
    lines = []
    while (line := said(process)) != "in":
        lines.append(line)
    end(process, process.kill if IS_WINDOWS else lambda: process.send_signal(signal.SIGKILL))
    assert lines == [str(n) for n in range(30)]
    warehouse = open_warehouse(path, settings)
    with warehouse.reader() as reader:
        assert reader.one("SELECT count(*), count(DISTINCT subject), max(subject::INT) FROM tickets") == (3000, 30, 29)
    assert (warehouse.cursor("n"), warehouse.version) == ("29", 30)
    warehouse.close()


def test_kills_at_any_moment_leave_whole_writes(path: Path, settings: Settings) -> None:
    code = """
        w = open_warehouse(path, settings)
        first = w.version
        print("go", flush=True)
        for n in range(first, first + 10000):
            ids = [f"{n}-{i}" for i in range(50)]
            w.write(lambda t: (t.append("tickets", tickets(ids)), t.set_cursor("n", str(n))))
            print(n, flush=True)
    """
    acknowledged = -1
    for wait in (0.05, 0.3):
        process = child(code, path)
        assert said(process) == "go"
        time.sleep(wait)
        process.kill()
        printed, _ = process.communicate(timeout=30)
        acknowledged = max([acknowledged, *map(int, filter(str.isdigit, printed.split()))])
        warehouse = open_warehouse(path, settings)
        written = int(warehouse.cursor("n") or -1)
        assert written in (acknowledged, acknowledged + 1)
        assert warehouse.counts()["tickets"] == (written + 1) * 50 == warehouse.version * 50
        warehouse.close()


@pytest.mark.skipif(IS_WINDOWS, reason="no file size limits to stand in for a full disk")
def test_a_full_disk_is_told_and_the_committed_data_stays(path: Path, settings: Settings) -> None:
    """A file size limit stands in for a full disk: writes beyond it fail in the same place."""
    process = child(
        """
        import resource, signal
        from deskpulse.core.errors import StorageError
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        w = open_warehouse(path, settings)
        resource.setrlimit(resource.RLIMIT_FSIZE, (8_000_000, 8_000_000))
        import os
        n = 0
        try:
            while n < 400:
                ids = [f"{n}-{i}" for i in range(500)]
                noise = os.urandom(300).hex()
                w.write(lambda t: (t.append("tickets", tickets(ids, subject=noise)), t.set_cursor("n", str(n))))
                n += 1
        except StorageError as error:
            print("stopped", n, "|", error, flush=True)
        else:
            print("never full", flush=True)
        try:
            w.close()
        except StorageError:
            pass
        print("closed", flush=True)
        """,
        path,
    )
    first = said(process)
    assert first.startswith("stopped"), first
    count = int(first.split()[1])
    assert count > 0
    assert "disk is full" in first
    assert said(process) == "closed"
    end(process, lambda: None)
    warehouse = open_warehouse(path, settings)
    assert warehouse.cursor("n") == str(count - 1)
    assert warehouse.counts()["tickets"] == count * 500
    warehouse.write(lambda t: t.append("tickets", tickets(["after"])))
    warehouse.close()


def test_a_snapshot_knows_its_own_version_while_others_write(settings: Settings) -> None:
    counters = "SELECT name, value FROM main.meta WHERE name IN ('version', 'recounts')"
    with closing(open_warehouse(None, settings)) as warehouse:
        ended = threading.Event()

        def keep_writing() -> None:
            while not ended.is_set():
                warehouse.write(lambda t: t.set_cursor("c", "here"))
                warehouse.recount(lambda t: t.set_cursor("c", "there"))

        writer = threading.Thread(target=keep_writing)
        writer.start()
        seen = set()
        try:
            while len(seen) < 60:
                with warehouse.reader() as reader:
                    shown = dict(reader.rows(counters))
                    assert {"version": reader.version, "recounts": reader.recounts} == shown
                seen.add(reader.version)
        finally:
            ended.set()
            writer.join()


def test_a_million_rows_are_counted_at_once(settings: Settings) -> None:
    warehouse: Warehouse = open_warehouse(None, settings)
    many = "INSERT INTO messages (message_id) SELECT i::VARCHAR FROM range(1000000) r(i)"
    warehouse.write(lambda t: t.execute(many))
    started = time.process_time()
    assert warehouse.counts()["messages"] == 1_000_000
    assert time.process_time() - started < 1
    given = rows("messages", {"message_id": "999999", "body": "x"}, {"message_id": "new", "body": "y"})
    assert warehouse.write(lambda t: t.upsert("messages", given)) == 1
    warehouse.close()

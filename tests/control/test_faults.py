"""A database that is full, locked, away or damaged: the right error, a hint, and nothing half-written."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
import sqlalchemy.exc as sa
from sqlalchemy import event, text

from deskpulse.control import Control
from deskpulse.control.faults import translated
from deskpulse.control.journal import Push
from deskpulse.core.errors import BusyError, DeskpulseError, InputError, StorageError
from deskpulse.core.settings import Settings

NOBODY = 65_534


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "control.sqlite3"


@pytest.fixture
def impatient(settings: Settings) -> Settings:
    return settings.model_copy(update={"control_busy_seconds": 0.3, "control_pool_size": 1})


@pytest.fixture
def local(file: Path, impatient: Settings) -> Iterator[Control]:
    with Control.open(f"sqlite:///{file.as_posix()}", impatient) as control:
        control.workspaces.create("acme", "Acme")
        yield control


def test_a_full_disk_is_told_and_nothing_is_half_written(local: Control) -> None:
    with local._database.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    local.close()  # the limit below holds for connections made from here on

    def limit(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages + 5}")

    event.listen(local._database.engine, "connect", limit)
    pushes = [Push(source="push", shape="tickets", rows=b"x" * 3000) for _ in range(20)]
    with pytest.raises(StorageError, match="disk is full") as caught:
        local.journal.append_many("acme", pushes)
    assert "free some space" in caught.value.hint
    assert local.journal.batch("acme", 0, 100) == ()
    assert local.journal.append("acme", "push", "tickets", b"[]").entry_id > 0


def test_a_lock_held_by_another_process_is_told(local: Control, file: Path) -> None:
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(BusyError, match="locked by another process"):
        local.preferences.set("acme", "k", 1)
    assert local.preferences.get("acme", "k") is None  # reading goes on
    holder.execute("COMMIT")
    holder.close()
    local.preferences.set("acme", "k", 1)


def test_a_write_that_waits_too_long_for_its_turn_is_told(local: Control) -> None:
    entered, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with local._database.write():
            entered.set()
            leave.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    entered.wait(30)
    with pytest.raises(BusyError, match=r"busy with other writes for 0\.3 seconds"):
        local.preferences.set("acme", "k", 1)
    leave.set()
    thread.join()
    local.preferences.set("acme", "k", 1)


@pytest.mark.parametrize("content", [b"not a database, but long enough to look like one" * 50])
def test_a_file_that_is_no_database_is_told(file: Path, settings: Settings, content: bytes) -> None:
    file.write_bytes(content)
    with pytest.raises(StorageError, match="not a database") as caught:
        Control.open(f"sqlite:///{file.as_posix()}", settings)
    assert "restore" in caught.value.hint
    assert file.read_bytes() == content


def test_a_damaged_file_is_told(local: Control, file: Path, settings: Settings) -> None:
    for i in range(200):
        local.preferences.set("acme", f"key {i}", "x" * 500)
    local.close()
    damaged = bytearray(file.read_bytes())
    damaged[8192:] = os.urandom(len(damaged) - 8192)
    file.write_bytes(damaged)
    with pytest.raises(StorageError, match=r"failed: .*") as caught:
        Control.open(f"sqlite:///{file.as_posix()}", settings).preferences.list("acme")
    assert "restore" in caught.value.hint


@contextmanager
def as_anybody(folder: Path) -> Iterator[None]:
    """Act as a user whose rights count, who owns `folder`: those of the administrator do not."""
    if os.geteuid() != 0:
        yield
        return
    os.chown(folder, NOBODY, -1)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="rights of folders are others on Windows")
@pytest.mark.parametrize("name", ["control.sqlite3", "in/control.sqlite3"])
def test_a_folder_without_the_right_to_write_is_told(tmp_path: Path, settings: Settings, name: str) -> None:
    Control.open(f"sqlite:///{(tmp_path / 'open.sqlite3').as_posix()}", settings).close()  # imports all that it needs
    with TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        folder = Path(place) / "closed"
        folder.mkdir()
        folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
        with as_anybody(folder), pytest.raises(StorageError, match=r"cannot be made|unable to open"):
            Control.open(f"sqlite:///{(folder / name).as_posix()}", settings)
        assert list(folder.iterdir()) == []


def test_a_folder_that_is_a_file_is_told(tmp_path: Path, settings: Settings) -> None:
    (tmp_path / "taken").write_text("x")
    with pytest.raises(StorageError, match="cannot be made") as caught:
        Control.open(f"sqlite:///{(tmp_path / 'taken' / 'control.sqlite3').as_posix()}", settings)
    assert "DESKPULSE_DATA_DIR" in caught.value.hint


@pytest.mark.parametrize("url", ["", "nonsense", "mysql://u:hidden@h/d", "sqlite://", "sqlite:///:memory:"])
def test_other_databases_are_refused_without_telling_a_password(url: str, settings: Settings) -> None:
    with pytest.raises(InputError) as caught:
        Control.open(url, settings)
    assert "sqlite:///path" in caught.value.hint
    assert "hidden" not in str(caught.value)


def test_sqlite_is_set_to_keep_what_it_acknowledged(local: Control) -> None:
    with local._database.read() as connection:
        names = ("journal_mode", "synchronous", "fullfsync", "foreign_keys")
        found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]
        assert found == ["wal", 2, 1, 1]


def test_a_server_that_is_away_is_told(settings: Settings) -> None:
    with pytest.raises(StorageError, match="cannot be reached") as caught:
        Control.open("postgresql://kim:hidden@127.0.0.1:1/none", settings)
    assert "DESKPULSE_CONTROL_URL" in caught.value.hint
    assert "hidden" not in str(caught.value)


@pytest.mark.server
def test_connections_that_the_server_closed_are_replaced(postgres_url: str, settings: Settings) -> None:
    with Control.open(postgres_url, settings) as control:
        control.workspaces.create("acme", "Acme")
        with psycopg.connect(postgres_url, autocommit=True) as admin:
            others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            admin.execute(f"{others} AND datname = current_database()")
        assert control.workspaces.get("acme").name == "Acme"


def write_and_lose_the_connection(control: Control, url: str) -> None:
    with control._database.write("acme") as connection:
        connection.execute(text("INSERT INTO preferences VALUES ('acme', 'k', '1', now())"))
        pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute("SELECT pg_terminate_backend(%s)", (pid,))
        connection.execute(text("SELECT 1"))


@pytest.mark.server
def test_a_connection_lost_within_a_write_leaves_nothing(postgres_url: str, settings: Settings) -> None:
    with Control.open(postgres_url, settings) as control:
        control.workspaces.create("acme", "Acme")
        with pytest.raises(StorageError, match="cannot be reached"):
            write_and_lose_the_connection(control, postgres_url)
        assert control.preferences.list("acme") == {}


@pytest.mark.server
def test_a_lock_on_the_server_is_waited_for_only_so_long(postgres_url: str, impatient: Settings) -> None:
    with Control.open(postgres_url, impatient) as control:
        control.workspaces.create("acme", "Acme")
        with control._database.write("acme") as connection:
            control._database.hold(connection, "journal:acme")
            with pytest.raises(BusyError, match="is busy"):
                control.journal.append("acme", "push", "tickets", b"[]")
        assert control.journal.append("acme", "push", "tickets", b"[]").entry_id > 0


@pytest.mark.server
def test_running_out_of_connections_is_told(postgres_url: str, impatient: Settings) -> None:
    with Control.open(postgres_url, impatient) as control:
        control.workspaces.create("acme", "Acme")
        with control._database.read(), control._database.read():  # one that is kept, one more for a rush
            with pytest.raises(BusyError, match="All connections") as caught:
                control.workspaces.get("acme")
            assert "DESKPULSE_CONTROL_POOL_SIZE" in caught.value.hint
        assert control.workspaces.get("acme").name == "Acme"


@pytest.mark.server
def test_a_server_that_need_not_write_to_disk_is_told_to(postgres_url: str, settings: Settings) -> None:
    name = postgres_url.partition("?")[0].rpartition("/")[2]
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        admin.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
    with Control.open(postgres_url, settings) as control, control._database.read() as connection:
        assert connection.execute(text("SHOW synchronous_commit")).scalar() == "on"
        assert connection.execute(text("SHOW TimeZone")).scalar() == "UTC"


@pytest.mark.parametrize(
    ("orig", "expected", "told"),
    [
        (psycopg.errors.DiskFull("could not extend file"), StorageError, "no room left"),
        (psycopg.errors.OutOfMemory("out of memory"), StorageError, "no room left"),
        (psycopg.errors.TooManyConnections("too many"), BusyError, "Try again"),
        (psycopg.errors.DeadlockDetected("deadlock detected"), BusyError, "Try again"),
        (psycopg.errors.SerializationFailure("could not serialize"), BusyError, "Try again"),
        (psycopg.errors.AdminShutdown("terminating connection"), StorageError, "DESKPULSE_CONTROL_URL"),
        (psycopg.errors.CannotConnectNow("starting up"), StorageError, "DESKPULSE_CONTROL_URL"),
        (psycopg.OperationalError(""), StorageError, "DESKPULSE_CONTROL_URL"),
    ],
)
def test_what_the_server_says_is_told_in_our_words(
    orig: psycopg.Error, expected: type[DeskpulseError], told: str
) -> None:
    with pytest.raises(expected) as caught, translated("the database"):
        raise sa.OperationalError("statement", {}, orig)
    assert told in caught.value.hint


def test_mistakes_of_ours_are_not_hidden() -> None:
    """A wrong statement is no fault of the database and stays what it is."""
    with pytest.raises(sa.OperationalError, match="no such table"), translated("the database"):
        raise sa.OperationalError("statement", {}, sqlite3.OperationalError("no such table: x"))
    with pytest.raises(sa.ProgrammingError), translated("the database"):
        raise sa.ProgrammingError("statement", {}, psycopg.errors.UndefinedTable("no such table"))

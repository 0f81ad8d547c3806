"""Old months in Parquet files: the same rows before and after, whatever is written, undone, killed or damaged."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.warehouse.archived import (
    BEFORE,
    BEGIN,
    content,
    fill,
    live,
    messages_of,
    opened,
    tickets_of,
)
from tests.warehouse.rows import rows, tickets

from deskpulse.core.clock import frozen_at
from deskpulse.core.errors import ConflictError, InputError, NotFoundError, StorageError, VersionError
from deskpulse.core.settings import Settings
from deskpulse.warehouse.archive.room import ArchiveRoom, archive_before
from deskpulse.warehouse.archive.tables import MONTHLY
from deskpulse.warehouse.duckdb import DuckWarehouse
from deskpulse.warehouse.migrations import MIGRATIONS, AddColumn, Migration, latest_version
from deskpulse.warehouse.rollups import Watch
from deskpulse.warehouse.schema import ENTITIES, TICKETS


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with 300 tickets of 300 days of 2025, each with a message."""
    folder = tmp_path_factory.mktemp("filled")
    warehouse = opened(folder)
    fill(warehouse)
    warehouse.close()
    return folder / "warehouse.duckdb"


@pytest.fixture
def warehouse(filled: Path, tmp_path: Path) -> Iterator[DuckWarehouse]:
    """That warehouse, to change."""
    shutil.copy(filled, tmp_path)
    with_rows = opened(tmp_path)
    yield with_rows
    with_rows.close()


def archived(warehouse: DuckWarehouse) -> ArchiveRoom:
    """Archive the months before June."""
    room = ArchiveRoom(warehouse)
    assert not room.run(BEFORE)["left"]
    return room


def test_archiving_and_restoring_change_no_row(warehouse: DuckWarehouse, tmp_path: Path) -> None:
    before, version = content(warehouse), warehouse.version
    room = archived(warehouse)
    assert live(warehouse, "tickets") == live(warehouse, "messages") == 300 - 151
    assert content(warehouse) == before
    assert (room.show()["rows"], len(room.show()["files"])) == (302, 10)
    assert warehouse.version == version  # answers that were kept stay true
    warehouse.close()
    again = opened(tmp_path)
    assert content(again) == before
    ArchiveRoom(again).restore(["2025-02"])
    assert content(again) == before
    assert live(again, "tickets") == 300 - 151 + 28
    ArchiveRoom(again).restore()
    assert live(again, "tickets") == 300
    assert content(again) == before
    assert list((tmp_path / "archive").glob("*/*")) == []
    again.close()


def test_only_what_is_done_with_is_archived(warehouse: DuckWarehouse) -> None:
    changes = (
        {"ticket_id": "t1", "status": "open", "updated_at": None},
        {"ticket_id": "t2", "status": "solved", "updated_at": datetime(2025, 9, 1, tzinfo=UTC)},
    )
    warehouse.write(lambda t: t.upsert("tickets", rows("tickets", *changes)))
    warehouse.write(lambda t: t.upsert("messages", messages_of(range(400, 401), sent_at=None, ticket_id=None)))
    warehouse.write(lambda t: t.upsert("messages", messages_of(range(401, 402), sent_at=BEGIN, ticket_id=None)))
    archived(warehouse)
    with warehouse.reader() as reader:
        old = "SELECT ticket_id FROM main.{} WHERE {} < '2025-06-01' ORDER BY 1"
        assert reader.rows(old.format("tickets", "created_at")) == [("t1",), ("t2",)]
        assert reader.rows(old.format("messages", "sent_at")) == [("t1",), ("t2",)]
        assert reader.rows("SELECT message_id FROM main.messages WHERE ticket_id IS NULL") == [("m400",)]


def test_a_dry_run_tells_and_changes_nothing(warehouse: DuckWarehouse) -> None:
    told = ArchiveRoom(warehouse).run(BEFORE, dry_run=True)
    assert {"table": "tickets", "month": "2025-02", "rows": 28} in told["left"]
    assert sum(c["rows"] for c in told["left"]) == 302
    assert live(warehouse, "tickets") == 300


def test_a_change_of_an_archived_row_keeps_what_it_does_not_say_and_can_be_undone(warehouse: DuckWarehouse) -> None:
    before = content(warehouse)
    room = archived(warehouse)
    change = rows("tickets", {"ticket_id": "t5", "subject": "new"}, {"ticket_id": "t200", "subject": "new"})
    assert warehouse.write(lambda t: t.upsert("tickets", change, undo_run="r1")) == 2
    changed = content(warehouse)["tickets"]
    assert len(changed) == 300
    (row,) = (dict(zip(TICKETS.column_names, r, strict=True)) for r in changed if r[0] == "t5")
    assert (row["subject"], row["handle_seconds"], row["tags"], row["run_id"]) == ("new", 5 / 7, ["a", None], "r1")
    assert warehouse.write(lambda t: t.remove("messages", rows("messages", {"message_id": "m7"}), undo_run="r1")) == 1
    assert len(content(warehouse)["messages"]) == 299
    assert room.show()["rows"] == 300
    assert warehouse.undo_run("r1") == {"tickets": 2}
    assert content(warehouse) == before


def test_a_run_whose_rows_are_archived_is_undone(warehouse: DuckWarehouse) -> None:
    archived(warehouse)
    assert warehouse.undo_run("r0") == {"tickets": 300, "messages": 300}
    assert content(warehouse) == {}


def test_an_archived_row_of_a_later_run_forbids_undoing(warehouse: DuckWarehouse) -> None:
    warehouse.write(lambda t: t.upsert("tickets", tickets_of(range(9), run_id="r1"), undo_run="r1"))
    warehouse.write(lambda t: t.upsert("tickets", tickets_of(range(1), run_id="r2")))
    before = content(warehouse)
    archived(warehouse)
    for run, later in (("r0", "r1"), ("r1", "r2")):
        with pytest.raises(ConflictError, match=later):
            warehouse.undo_run(run)
    assert content(warehouse) == before


def test_a_write_that_fails_leaves_the_archive_as_it_was(warehouse: DuckWarehouse) -> None:
    before = content(warehouse)
    archived(warehouse)

    def work(transaction: Any) -> None:
        transaction.upsert("tickets", tickets_of(range(20), subject="lost"))
        transaction.execute("SELECT * FROM nowhere")

    with pytest.raises(Exception, match="nowhere"):
        warehouse.write(work)
    assert content(warehouse) == before
    warehouse.write(lambda t: t.upsert("tickets", tickets_of(range(20))))
    assert content(warehouse, previous=False) == {k: v for k, v in before.items() if not k.startswith("previous")}


def test_a_snapshot_reads_files_that_were_restored_since(warehouse: DuckWarehouse, tmp_path: Path) -> None:
    room = archived(warehouse)
    with warehouse.reader() as reader:
        room.restore()
        assert list((tmp_path / "archive").glob("*/*.parquet"))
        assert reader.one("SELECT count(DISTINCT ticket_id) FROM tickets") == (300,)
    assert not list((tmp_path / "archive").glob("*/*.parquet"))
    warehouse.write(lambda t: t.upsert("tickets", tickets_of(range(1))))


def test_a_month_is_one_file_and_is_written_again_when_enough_is_new_or_gone(warehouse: DuckWarehouse) -> None:
    room = archived(warehouse)
    warehouse.write(lambda t: t.upsert("tickets", tickets_of(range(3), subject="again")))
    before = content(warehouse)
    assert len(room.run(BEFORE)["archived"]) == 1
    assert [f["rows"] for f in room.show()["files"] if (f["table"], f["month"]) == ("tickets", "2025-01")] == [31]
    assert sum(f["taken"] for f in room.show()["files"]) == 0
    late = {"created_at": datetime(2026, 1, 1, tzinfo=UTC), "solved_at": datetime(2026, 1, 1, tzinfo=UTC)}
    warehouse.write(lambda t: t.upsert("tickets", tickets_of(range(20), **late)))
    assert [(c["month"], c["rows"]) for c in room.run(BEFORE)["archived"]] == [("2025-01", 0)]
    assert [f["rows"] for f in room.show()["files"] if (f["table"], f["month"]) == ("tickets", "2025-01")] == [11]
    warehouse.write(lambda t: t.upsert("tickets", tickets_of(range(31), **late)))
    room.run(BEFORE)
    assert not [f for f in room.show()["files"] if (f["table"], f["month"]) == ("tickets", "2025-01")]
    warehouse.write(lambda t: t.upsert("tickets", tickets_of(range(31), subject="again")))
    warehouse.write(lambda t: t.upsert("tickets", tickets_of(range(3, 31))))
    assert content(warehouse) == before


def random_step(dice: random.Random, number: int) -> Any:
    """Return a change of some rows that both warehouses of the next test get."""
    table = dice.choice(["tickets", "messages"])
    begin = dice.randrange(0, 250)
    some = range(begin, begin + dice.randrange(1, 60))
    made = tickets_of(some, subject=f"by {number}") if table == "tickets" else messages_of(some, body=f"by {number}")
    made = made.drop_columns(["run_id"])
    if dice.random() < 0.4:
        made = made.select([ENTITIES[table].key[0], "subject" if table == "tickets" else "body"])
    run = f"r{dice.randrange(1, 5)}" if dice.random() < 0.8 else None
    kind = dice.random()
    if kind < 0.6:
        return lambda w: w.write(lambda t: t.upsert(table, made, undo_run=run))
    if kind < 0.8:
        return lambda w: w.write(lambda t: t.remove(table, made, undo_run=run))

    def both(transaction: Any) -> None:
        transaction.remove(table, made, undo_run=run)
        transaction.upsert(table, made, undo_run=run)
        transaction.upsert(table, made, undo_run=run)

    return lambda w: w.write(both) if kind < 0.9 else w.undo_run(run or "r1")


def told(work: Any) -> Any:
    """Return what `work` gives, or the words of its error."""
    try:
        return work()
    except ConflictError as error:
        return str(error)


@pytest.mark.parametrize("seed", range(2))
def test_any_writes_give_the_same_with_an_archive_as_without(filled: Path, tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    for name in ("plain", "archived"):
        (tmp_path / name).mkdir()
        shutil.copy(filled, tmp_path / name)
    plain, other = opened(tmp_path / "plain"), opened(tmp_path / "archived")
    room = ArchiveRoom(other)
    for number in range(18):
        if dice.random() < 0.4:
            month = dice.randrange(2, 12)
            room.run(datetime(2025, month, 1, tzinfo=UTC))
        elif dice.random() < 0.2:
            with suppress(NotFoundError):
                room.restore([f"2025-0{dice.randrange(1, 9)}"])
        step = random_step(dice, number)
        assert told(lambda s=step: s(other)) == told(lambda s=step: s(plain))
        if number % 7 == 0:
            assert content(other) == content(plain)
    assert content(other) == content(plain)
    assert room.show()["rows"] > 0
    plain.close()
    other.close()


def test_a_kill_at_any_moment_loses_and_doubles_nothing(warehouse: DuckWarehouse, tmp_path: Path) -> None:
    warehouse.write(lambda t: t.upsert("messages", messages_of(range(300))))
    expected = content(warehouse)
    warehouse.close()
    dice = random.Random(7)
    for _ in range(4):
        words = [sys.executable, "-m", "tests.warehouse.archived", str(tmp_path)]
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(dice.uniform(0, 0.8))
            process.kill()
        warehouse = opened(tmp_path)
        assert content(warehouse) == expected
        room = ArchiveRoom(warehouse)
        assert room.damage() == []
        named = {f["name"] for f in room.show()["files"]}
        assert {p.name for p in (tmp_path / "archive").glob("*/*")} == named
        warehouse.close()


def names_file(work: Any, path: Path) -> None:
    with pytest.raises(StorageError) as caught:
        work()
    assert path.name in str(caught.value)
    assert "backup" in caught.value.hint


@pytest.mark.parametrize("harm", ["lost", "cut", "overwritten"])
def test_a_lost_or_damaged_file_is_named(warehouse: DuckWarehouse, tmp_path: Path, harm: str) -> None:
    room = archived(warehouse)
    path = sorted((tmp_path / "archive" / "tickets").glob("*"))[1]
    whole = path.read_bytes()
    warehouse.close()
    if harm == "lost":
        path.unlink()
    else:
        path.write_bytes(whole[: len(whole) // 2] if harm == "cut" else whole[:4] + b"\xff" * 900 + whole[904:])
    again = opened(tmp_path)
    room = ArchiveRoom(again)
    (damage,) = room.damage()
    assert path.name in damage
    with again.reader() as reader:
        assert reader.one("SELECT count(body) FROM messages") == (300,)
        names_file(lambda: reader.rows("SELECT * FROM tickets"), path)
    names_file(lambda: again.write(lambda t: t.upsert("tickets", tickets_of(range(40)))), path)
    names_file(lambda: room.restore(["2025-02"]), path)
    path.write_bytes(whole)
    assert room.damage() == []
    assert again.write(lambda t: t.upsert("tickets", tickets_of(range(40)))) == 40
    again.close()


def test_a_folder_that_was_moved_is_read_where_it_is(warehouse: DuckWarehouse, tmp_path: Path) -> None:
    archived(warehouse)
    before = content(warehouse)
    warehouse.close()
    place = tmp_path / "it's [new]"
    place.mkdir()
    for name in ("warehouse.duckdb", "archive"):
        shutil.move(tmp_path / name, place / name)
    moved = opened(place)
    assert content(moved) == before
    moved.close()
    lost = next((place / "archive" / "messages").glob("*2025-01*"))
    for path in (lost, place / "warehouse.duckdb"):
        shutil.move(path, tmp_path / path.name)
    shutil.move(place / "archive", tmp_path / "archive")
    names_file(lambda: opened(tmp_path), lost)


def test_files_that_no_list_names_are_removed_when_it_is_opened(warehouse: DuckWarehouse, tmp_path: Path) -> None:
    archived(warehouse)
    before = content(warehouse)
    warehouse.close()
    left = tmp_path / "archive" / "tickets" / "tickets-2025-01-000000000000.parquet"
    shutil.copy(next(left.parent.glob("*")), left)
    again = opened(tmp_path)
    assert not left.exists()
    assert content(again) == before
    again.close()


def test_an_older_version_refuses_and_a_newer_one_brings_all_back_first(
    warehouse: DuckWarehouse, tmp_path: Path, settings: Settings
) -> None:
    archived(warehouse)
    before = content(warehouse)
    warehouse.close()
    path = tmp_path / "warehouse.duckdb"
    with pytest.raises(VersionError, match=f"version {latest_version()}"):
        DuckWarehouse(path, settings, migrations=MIGRATIONS[:2])
    newer = (*MIGRATIONS, Migration(latest_version() + 1, "of the future", (AddColumn("tickets", "mood", "text"),)))
    again = DuckWarehouse(path, settings, migrations=newer)
    assert live(again, "tickets") == 300
    assert content(again) == before
    assert list((tmp_path / "archive").glob("*/*")) == []
    again.close()


def test_a_message_of_an_archived_ticket_makes_its_hours_stale(warehouse: DuckWarehouse) -> None:
    archived(warehouse)
    warehouse.staleness.watch([Watch("c", "messages", ("created_at",), source="tickets", key="ticket_id")])
    warehouse.write(lambda t: t.upsert("messages", messages_of(range(1000, 1001), ticket_id="t3")))
    with warehouse.reader() as reader:
        assert reader.rows("SELECT cube, hour FROM rollup.stale") == [("c", int(BEGIN.timestamp() // 3600) + 72)]


def test_every_large_table_with_times_has_months() -> None:
    # Lists of what there is now, links, which have no time, and rates, of which there are few.
    present = {"customers", "companies", "agents", "teams", "brands", "articles", "ticket_links", "exchange_rates"}
    assert set(MONTHLY) == set(ENTITIES) - present
    for name, time_column in MONTHLY.items():
        assert ENTITIES[name].column(time_column).kind == "time"


@pytest.mark.parametrize(("age", "month"), [("18mo", "2025-05"), ("2y", "2024-11"), ("1 month", "2026-10"),
                                            ("2024-03", "2024-03"), ("11mo", "2025-12")])  # fmt: skip
def test_an_age_is_a_month(age: str, month: str) -> None:
    with frozen_at(datetime(2026, 11, 30, 23, tzinfo=UTC)):
        assert archive_before(age) == datetime.fromisoformat(f"{month}-01T00:00:00+00:00")


@pytest.mark.parametrize("age", ["", "0mo", "18", "-2y", "soon", "2024-13", "9999y", "2026-12", "0000-01"])
def test_an_age_that_is_none_is_refused(age: str) -> None:
    with frozen_at(datetime(2026, 11, 30, 23, tzinfo=UTC)), pytest.raises(InputError):
        archive_before(age)


def test_a_month_that_is_not_archived_cannot_be_restored(warehouse: DuckWarehouse) -> None:
    room = archived(warehouse)
    with pytest.raises(NotFoundError, match="2025-09"):
        room.restore(["2025-09"])
    with pytest.raises(InputError):
        room.restore(["September"])


def test_a_warehouse_in_memory_has_no_archive(settings: Settings) -> None:
    memory = DuckWarehouse(None, settings)
    memory.write(lambda t: t.upsert("tickets", tickets(["1"], created_at=BEGIN)))
    with pytest.raises(StorageError, match="memory"):
        ArchiveRoom(memory).run(BEFORE)
    memory.close()

"""What every warehouse engine does."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pyarrow as pa
import pytest
from tests.warehouse.conftest import Open
from tests.warehouse.rows import rows, subjects, tickets

from deskpulse.core.errors import DeskpulseError, InputError, LimitError, StorageError, UnknownNameError
from deskpulse.warehouse import Reader, Transaction, Warehouse

NOON = datetime(2025, 3, 30, 12, tzinfo=UTC)


def test_what_is_written_is_read_after_opening_again(reopen: Open) -> None:
    row = {
        "ticket_id": "s:1", "subject": "Größe 👟", "tags": ["a", "b"], "created_at": NOON, "is_spam": False,
        "reopen_count": 0, "revenue": 1.5, "extra": '{"x": 1}',
    }  # fmt: skip
    reopen().write(lambda t: t.append("tickets", rows("tickets", row)))
    with reopen().reader() as reader:
        table = reader.arrow(f"SELECT {', '.join(row)} FROM tickets")
        (values,) = reader.rows(f"SELECT {', '.join(row)} FROM tickets")
    assert table.to_pylist() == [row]
    assert table.schema.field("created_at").type == pa.timestamp("us", tz="UTC")
    assert list(values) == list(row.values())
    assert values[3].utcoffset() == timedelta(0)


def test_one_gives_the_first_row_or_none(warehouse: Warehouse) -> None:
    with warehouse.reader() as reader:
        assert reader.one("SELECT 1, 'a'") == (1, "a")
        assert reader.one("SELECT 1 WHERE false") is None


def test_sums_come_as_plain_numbers(warehouse: Warehouse) -> None:
    with warehouse.reader() as reader:
        assert reader.one("SELECT sum(x), 1.25 FROM (VALUES (1::BIGINT), (2)) v(x)") == (3, 1.25)
        assert reader.arrow("SELECT sum(1::BIGINT) AS s").schema.field("s").type == pa.int64()


@pytest.mark.parametrize(
    ("sql", "params"),
    [("SELECT ?, ?", ["a'b", 2]), ("SELECT $x, $y", {"x": "a'b", "y": 2})],
)
def test_params_are_bound(warehouse: Warehouse, sql: str, params: Any) -> None:
    with warehouse.reader() as reader:
        assert reader.one(sql, params) == ("a'b", 2)


def test_times_are_bound_in_utc(warehouse: Warehouse) -> None:
    warehouse.write(lambda t: t.append("tickets", tickets(["1"], created_at=NOON)))
    sql = "SELECT count(*) FROM tickets WHERE created_at = $moment"
    with warehouse.reader() as reader:
        assert reader.one(sql, {"moment": NOON}) == (1,)
        assert reader.one(sql, {"moment": NOON.astimezone(timezone(timedelta(hours=5)))}) == (1,)
        with pytest.raises(InputError, match="no time zone"):
            reader.one(sql, {"moment": NOON.replace(tzinfo=None)})


def test_upsert_inserts_and_replaces(warehouse: Warehouse) -> None:
    assert warehouse.write(lambda t: t.upsert("tickets", tickets(["1", "2"], subject="old", status="new"))) == 0
    assert warehouse.write(lambda t: t.upsert("tickets", tickets(["2", "3"], subject="new", status="open"))) == 1
    assert subjects(warehouse) == {"1": "old", "2": "new", "3": "new"}


def test_columns_that_rows_lack_keep_their_old_value(warehouse: Warehouse) -> None:
    warehouse.write(lambda t: t.upsert("tickets", tickets(["1", "2"], subject="old", status="new", tags=["x"])))
    warehouse.write(lambda t: t.upsert("tickets", tickets(["2", "3"], status="open", tags=None)))
    with warehouse.reader() as reader:
        assert reader.rows("SELECT ticket_id, subject, status, tags FROM tickets ORDER BY 1") == [
            ("1", "old", "new", ["x"]),
            ("2", "old", "open", None),
            ("3", None, "open", None),
        ]


def test_a_key_may_be_written_twice_in_one_transaction(warehouse: Warehouse) -> None:
    def work(t: Transaction) -> int:
        t.upsert("tickets", tickets(["1"], subject="a", status="new"))
        return t.upsert("tickets", tickets(["1", "2"], subject="b"))

    assert warehouse.write(work) == 1
    assert subjects(warehouse) == {"1": "b", "2": "b"}


def test_keys_that_repeat_are_refused(warehouse: Warehouse) -> None:
    with pytest.raises(InputError, match=r"repeat 1 keys, such as '7'"):
        warehouse.write(lambda t: t.upsert("tickets", tickets(["7", "8", "7"])))
    assert subjects(warehouse) == {}


def test_no_rows_change_nothing(warehouse: Warehouse) -> None:
    assert warehouse.write(lambda t: t.upsert("tickets", tickets(["1"]).slice(0, 0), undo_run="r")) == 0


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (pa.table({"ticket_id": ["1"], "nonsense": ["x"]}), "no column 'nonsense'"),
        (pa.table({"subject": ["x"]}), "lack their key 'ticket_id'"),
        (pa.table({"ticket_id": pa.array([None], pa.string())}), "have no ticket_id in 1"),
        (
            pa.table({"ticket_id": ["1"], "created_at": [NOON.replace(tzinfo=None)]}),
            "without a time zone",
        ),
        (pa.table({"ticket_id": ["1"], "created_at": ["2025-01-01"]}), "created_at .* holds string, not time"),
        (pa.table({"ticket_id": ["1"], "subject": [1]}), "subject .* holds int64, not text"),
        (pa.table({"ticket_id": ["1"], "reopen_count": [1.5]}), "reopen_count .* holds double, not int"),
        (pa.table({"ticket_id": ["1"], "is_spam": [1]}), "is_spam .* holds int64, not bool"),
        (pa.table({"ticket_id": ["1"], "tags": ["x"]}), "tags .* holds string, not texts"),
        (pa.table({"ticket_id": ["1"], "revenue": [float("inf")]}), "revenue .* infinite"),
        (pa.table({"ticket_id": ["1"], "reopen_count": pa.array([2**63], pa.uint64())}), "cannot be kept as int"),
        (pa.Table.from_arrays([pa.array(["1"]), pa.array(["1"])], names=["ticket_id"] * 2), "a column twice"),
    ],
)
def test_rows_that_do_not_fit_are_refused(warehouse: Warehouse, given: pa.Table, message: str) -> None:
    for write in ("upsert", "append"):
        with pytest.raises(InputError, match=message):
            warehouse.write(lambda t, write=write: getattr(t, write)("tickets", given))
    assert warehouse.counts()["tickets"] == 0


def test_rows_that_fit_after_a_cast_that_loses_nothing(warehouse: Warehouse) -> None:
    given = pa.table(
        {
            "ticket_id": pa.array(["1", "2"], pa.large_string()),
            "subject": pa.array(["x", None]).dictionary_encode(),
            "description": pa.array(["y", "z"], pa.string_view()),
            "tags": pa.array([["x"], None], pa.large_list(pa.large_string())),
            "indicators": pa.array([[], None], pa.list_(pa.null())),
            "reopen_count": pa.array([1, None], pa.int8()),
            "revenue": pa.array([1, 2], pa.int32()),
            "cost": pa.array([float("nan"), 2]),
            "created_at": pa.array([NOON] * 2, pa.timestamp("ns", tz="America/New_York")),
            "closed_at": pa.nulls(2),
        }
    )
    warehouse.write(lambda t: t.append("tickets", given))
    with warehouse.reader() as reader:
        assert reader.arrow(f"SELECT {', '.join(given.column_names)} FROM tickets ORDER BY 1").to_pylist() == [
            {"ticket_id": "1", "subject": "x", "description": "y", "tags": ["x"], "indicators": [],
             "reopen_count": 1, "revenue": 1.0, "cost": None, "created_at": NOON, "closed_at": None},
            {"ticket_id": "2", "subject": None, "description": "z", "tags": None, "indicators": None,
             "reopen_count": None, "revenue": 2.0, "cost": 2.0, "created_at": NOON, "closed_at": None},
        ]  # fmt: skip


def test_dates_are_dates(warehouse: Warehouse) -> None:
    with warehouse.reader() as reader:
        assert reader.one("SELECT DATE '2025-03-30'") == (date(2025, 3, 30),)


def test_an_unknown_table_is_refused_with_a_hint(warehouse: Warehouse) -> None:
    with pytest.raises(UnknownNameError, match="tickets"):
        warehouse.write(lambda t: t.append("tickts", tickets(["1"])))


def test_an_error_in_work_writes_nothing_and_is_raised(warehouse: Warehouse) -> None:
    def work(t: Transaction) -> None:
        t.append("tickets", tickets(["1"]))
        t.set_cursor("journal", "5")
        raise KeyError("mine")

    before = warehouse.version
    with pytest.raises(KeyError, match="mine"):
        warehouse.write(work)
    assert (subjects(warehouse), warehouse.cursor("journal"), warehouse.version) == ({}, None, before)
    warehouse.write(lambda t: t.append("tickets", tickets(["2"])))
    assert list(subjects(warehouse)) == ["2"]


@pytest.mark.parametrize(
    "fail",
    [
        lambda t: t.execute("INSERT INTO tickets (ticket_id) VALUES (1 / 'x'::INT)"),
        lambda t: t.rows("SELECT nothing FROM nowhere"),
        lambda t: t.upsert("tickets", pa.table({"nonsense": [1]})),
    ],
)
def test_a_failed_call_fails_the_transaction_even_when_caught(warehouse: Warehouse, fail: Any) -> None:
    def work(t: Transaction) -> str:
        t.append("tickets", tickets(["1"]))
        with pytest.raises(DeskpulseError):
            fail(t)
        return "went on"

    with pytest.raises(DeskpulseError):
        warehouse.write(work)
    assert subjects(warehouse) == {}


def test_version_grows_with_each_write_and_is_kept(reopen: Open) -> None:
    warehouse = reopen()
    first = warehouse.version
    warehouse.write(lambda t: t.append("tickets", tickets(["1"])))
    with warehouse.reader() as reader:
        warehouse.write(lambda t: t.append("tickets", tickets(["2"])))
        assert reader.version == first + 1
        assert reader.one("SELECT count(*) FROM tickets") == (1,)
    assert warehouse.version == first + 2
    assert reopen().version == first + 2


def test_cursors_are_kept(reopen: Open) -> None:
    warehouse = reopen()
    assert warehouse.cursor("journal") is None
    warehouse.write(lambda t: t.set_cursor("journal", "41"))
    warehouse.write(lambda t: t.set_cursor("journal", "42"))
    assert reopen().cursor("journal") == "42"


def test_a_reader_sees_one_snapshot(warehouse: Warehouse) -> None:
    with warehouse.reader() as reader:
        warehouse.write(lambda t: t.append("tickets", tickets(["1"])))
        assert reader.one("SELECT count(*) FROM tickets") == (0,)
        warehouse.write(lambda t: t.append("tickets", tickets(["2"])))
        assert reader.one("SELECT count(*) FROM tickets") == (0,)
    assert warehouse.counts()["tickets"] == 2


def test_a_reader_cannot_write(warehouse: Warehouse) -> None:
    with warehouse.reader() as reader, pytest.raises(DeskpulseError):
        reader.rows("DELETE FROM tickets")


def test_a_transaction_reads_what_it_wrote(warehouse: Warehouse) -> None:
    def work(t: Transaction) -> Any:
        t.append("tickets", tickets(["1", "2"]))
        return t.one("SELECT count(*) FROM tickets")

    assert warehouse.write(work) == (2,)


def test_writers_queue_and_readers_never_see_half(warehouse: Warehouse) -> None:
    errors: list[str] = []
    done = threading.Event()

    def half_and_half(reader: Reader) -> tuple[int, int]:
        (a,) = reader.one("SELECT count(*) FROM tickets") or (0,)
        (b,) = reader.one("SELECT count(*) FROM messages") or (0,)
        return a, b

    def read() -> None:
        while not done.is_set():
            with warehouse.reader() as reader:
                a, b = half_and_half(reader)
            if a != b:
                errors.append(f"{a} tickets, {b} messages")

    def write(name: str) -> None:
        for i in range(15):
            warehouse.write(
                lambda t, i=i: (
                    t.append("tickets", tickets([f"{name}{i}"])),
                    t.append("messages", rows("messages", {"message_id": f"{name}{i}", "ticket_id": name})),
                )
            )

    readers = [threading.Thread(target=read) for _ in range(2)]
    writers = [threading.Thread(target=write, args=(name,)) for name in "abc"]
    for thread in readers + writers:
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    for thread in readers:
        thread.join()
    assert errors == []
    assert warehouse.counts()["tickets"] == warehouse.counts()["messages"] == 45


SLOW = "SELECT count(*) FROM tickets a, tickets b, tickets c, tickets d WHERE a.subject || d.subject <> b.subject"


def test_a_slow_query_is_stopped_and_the_reader_works_on(warehouse: Warehouse) -> None:
    warehouse.write(lambda t: t.append("tickets", tickets([str(i) for i in range(2_000)], subject="x")))
    with warehouse.reader(timeout_seconds=0.2) as reader:
        with pytest.raises(LimitError) as caught:
            reader.rows(SLOW)
        assert caught.value.details["setting"] == "query_timeout_seconds"
    with warehouse.reader(timeout_seconds=30) as reader:
        assert reader.one("SELECT 1") == (1,)


def test_counts_name_every_table(warehouse: Warehouse) -> None:
    warehouse.write(lambda t: t.append("tickets", tickets(["1", "2"])))
    counts = warehouse.counts()
    assert counts["tickets"] == 2
    assert counts["rejected_rows"] == counts["messages"] == 0


def test_a_closed_warehouse_says_so(warehouse: Warehouse) -> None:
    warehouse.close()
    warehouse.close()
    with pytest.raises(StorageError, match="closed"):
        warehouse.write(lambda t: None)
    with pytest.raises(StorageError, match="closed"), warehouse.reader():
        pass


def test_closing_finishes_the_writes_under_way(reopen: Open) -> None:
    warehouse = reopen()
    started = threading.Event()

    def slow(t: Transaction) -> None:
        started.set()
        t.append("tickets", tickets(["1"]))

    thread = threading.Thread(target=lambda: warehouse.write(slow))
    thread.start()
    started.wait()
    warehouse.close()
    thread.join()
    assert list(subjects(reopen())) == ["1"]


def test_a_write_inside_a_write_is_refused_instead_of_hanging(warehouse: Warehouse) -> None:
    with pytest.raises(RuntimeError, match="inside"):
        warehouse.write(lambda t: warehouse.write(lambda u: None))

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from deskpulse.control import Control
from deskpulse.control.database import Database
from deskpulse.control.journal import Pending, Push
from deskpulse.control.schema import JournalTable
from deskpulse.core.clock import frozen_at
from deskpulse.core.errors import InputError, LimitError, NotFoundError
from deskpulse.core.events import Event, bus
from deskpulse.core.settings import Settings

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def append(control: Control, rows: bytes = b"[{}]", key: str | None = None, workspace: str = "acme") -> int:
    return control.journal.append(workspace, "push", "tickets", rows, idempotency_key=key).entry_id


def ids(control: Control, after_id: int = 0, limit: int = 1000, workspace: str = "acme") -> list[int]:
    return [e.entry_id for e in control.journal.batch(workspace, after_id, limit)]


def test_entries_come_back_in_order_as_they_were(control: Control) -> None:
    heard: list[Event] = []
    stop = bus.listen("journal.appended", heard.append)
    first = control.journal.append("acme", "push", "tickets", b'[{"id": "\xff\x00"}]', idempotency_key="k1")
    second = append(control, workspace="globex")
    third = append(control)
    stop()
    assert first.entry_id < second < third
    assert control.journal.batch("acme", 0, 10)[0] == first
    assert ids(control) == [first.entry_id, third]
    assert ids(control, first.entry_id) == [third]
    assert ids(control, limit=1) == [first.entry_id]
    assert [e.workspace for e in heard] == ["acme", "globex", "acme"]


def test_append_many_is_all_or_nothing(control: Control) -> None:
    pushes = [Push(source="push", shape="tickets", rows=b"[%d]" % i) for i in range(5)]
    entries = control.journal.append_many("acme", pushes)
    assert [e.rows for e in entries] == [p.rows for p in pushes]
    assert ids(control) == [e.entry_id for e in entries] == sorted(e.entry_id for e in entries)
    assert control.journal.append_many("acme", ()) == ()
    bad = Push(source="push", shape="tickets", rows=b"[]", idempotency_key="\x00")
    with pytest.raises(InputError):
        control.journal.append_many("acme", [*pushes, bad])
    with pytest.raises(NotFoundError):
        control.journal.append_many("nobody", pushes)
    assert len(ids(control)) == 5


def test_the_same_key_gives_the_first_entry_again(control: Control) -> None:
    first = control.journal.append("acme", "push", "tickets", b"[1]", idempotency_key="k")
    again = control.journal.append("acme", "push", "tickets", b"[1]", idempotency_key="k")
    assert (again.entry_id, again.rows, again.is_repeat) == (first.entry_id, b"[1]", True)
    assert not first.is_repeat
    other_source = control.journal.append("acme", "zendesk", "tickets", b"[1]", idempotency_key="k")
    other_workspace = control.journal.append("globex", "push", "tickets", b"[1]", idempotency_key="k")
    assert len({first.entry_id, other_source.entry_id, other_workspace.entry_id}) == 3
    within = [Push(source="push", shape="tickets", rows=b"[2]", idempotency_key="same")] * 2
    one, two = control.journal.append_many("acme", within)
    assert (one.entry_id, one.is_repeat, two.is_repeat) == (two.entry_id, False, True)


def test_a_key_is_known_after_its_rows_are_pruned_and_forgotten_later(control: Control, settings: Settings) -> None:
    with frozen_at(NOON):
        keyed, plain = append(control, key="k"), append(control)
        last = append(control, key="later")
        assert control.journal.prune("acme", plain) == 2
        assert control.journal.prune("acme", plain) == 0
        assert ids(control) == [last]
        again = control.journal.append("acme", "push", "tickets", b"[{}]", idempotency_key="k")
        assert (again.entry_id, again.rows, again.is_repeat) == (keyed, None, True)
    with frozen_at(NOON + timedelta(days=settings.journal_keep_keys_days, seconds=1)):
        control.journal.prune("acme", plain)
        assert append(control, key="k") > last


def test_an_id_is_never_given_twice(control: Control) -> None:
    last = append(control)
    control.journal.prune("acme", last)
    assert append(control) > last


def test_pruning_stays_in_its_workspace(control: Control) -> None:
    append(control, workspace="globex")
    last = append(control)
    control.journal.prune("acme", last)
    assert len(ids(control, workspace="globex")) == 1


def test_pending_counts_and_ages(control: Control) -> None:
    assert control.journal.pending("acme") == Pending(entries=0, age_seconds=None)
    with frozen_at(NOON):
        first = append(control)
    with frozen_at(NOON + timedelta(seconds=30)):
        append(control)
        append(control, workspace="globex")
    with frozen_at(NOON + timedelta(seconds=90)):
        assert control.journal.pending("acme") == Pending(entries=2, age_seconds=90)
        assert control.journal.pending("acme", first) == Pending(entries=1, age_seconds=60)
        control.journal.prune("acme", first)
        assert control.journal.pending("acme") == Pending(entries=1, age_seconds=60)


def test_large_pushes_are_refused_and_large_batches_cut(url: str, settings: Settings) -> None:
    small = settings.model_copy(update={"push_max_bytes": 100, "journal_batch_bytes": 150})
    with Control.open(url, small) as control:
        control.workspaces.create("acme", "Acme")
        with pytest.raises(LimitError, match="101 bytes is more than 100"):
            append(control, b"x" * 101)
        made = [append(control, b"x" * 100) for _ in range(3)] + [append(control, b"y" * 40)]
        assert ids(control) == made[:1]
        assert ids(control, made[0]) == made[1:2]
        assert ids(control, made[1]) == made[2:]


def test_many_threads_append_and_a_reader_misses_nothing(control: Control) -> None:
    """A reader that remembers only the last id it saw must get every entry, each once and in order."""
    threads, each = 8, 12
    done = threading.Event()
    seen: list[int] = []

    def read() -> None:
        while True:
            is_last_round = done.is_set()
            batch = ids(control, seen[-1] if seen else 0, 7)
            seen.extend(batch)
            if is_last_round and not batch:
                return

    def write(thread: int) -> list[int]:
        return [append(control, b"%d" % thread) for _ in range(each)]

    with ThreadPoolExecutor(threads + 1) as pool:
        reading = pool.submit(read)
        acknowledged = sorted(i for made in pool.map(write, range(threads)) for i in made)
        done.set()
        reading.result(timeout=60)
    assert seen == acknowledged
    assert len(set(seen)) == threads * each


def _late_committer(url: str, settings: Settings, *, takes_turns: bool) -> tuple[list[int], list[int]]:
    """Let a transaction get an id, then try to append another; return what a reader saw before and after the commit."""
    control = Control.open(url, settings)
    control.workspaces.ensure("acme")
    database: Database = control._database
    row = {"workspace": "acme", "source": "s", "shape": "tickets", "rows": b"[]", "received_at": NOON}
    write = insert(JournalTable).values(**row)
    with ThreadPoolExecutor(1) as pool:
        with database.write("acme") as connection:
            if takes_turns:
                database.hold(connection, "journal:acme")
            connection.execute(write)
            later: Callable[[], int] = lambda: append(control)  # noqa: E731
            appended = pool.submit(later)
            time.sleep(0.5)
            before = ids(control)
        appended.result(timeout=30)
    after = ids(control, before[-1] if before else 0)
    control.close()
    return before, after


@pytest.mark.server
def test_an_id_given_earlier_but_committed_later_is_not_skipped(postgres_url: str, settings: Settings) -> None:
    before, after = _late_committer(postgres_url, settings, takes_turns=True)
    assert (before, after) == ([], [1, 2])


@pytest.mark.server
def test_without_turns_the_reader_would_skip_it(postgres_url: str, settings: Settings) -> None:
    """The trap is real: an appender that takes no turn is passed by a later one, and the reader loses its entry."""
    before, after = _late_committer(postgres_url, settings, takes_turns=False)
    assert (before, after) == ([2], [])


@pytest.mark.server
def test_workspaces_do_not_wait_for_each_other(postgres_url: str, settings: Settings) -> None:
    with Control.open(postgres_url, settings) as control:
        for workspace in ("acme", "globex"):
            control.workspaces.create(workspace, workspace)
        with control._database.write("acme") as connection:
            control._database.hold(connection, "journal:acme")
            assert append(control, workspace="globex") > 0


def test_what_was_acknowledged_survives_a_kill(tmp_path: Path, settings: Settings) -> None:
    """Every id that a killed process printed is there afterwards (SQLite)."""
    import subprocess
    import sys

    url = f"sqlite:///{(tmp_path / 'control.sqlite3').as_posix()}"
    Control.open(url, settings).workspaces.create("acme", "Acme")
    program = (
        "import sys\nfrom deskpulse.control import Control\ncontrol = Control.open(sys.argv[1])\n"
        "while True: print(control.journal.append('acme', 'push', 'tickets', b'[]').entry_id, flush=True)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program, url], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        acknowledged = [int(process.stdout.readline()) for _ in range(20)]
        process.kill()
        acknowledged += [int(line) for line in process.stdout.read().split("\n")[:-1]]
    with Control.open(url, settings) as control:
        kept = ids(control, limit=100_000)
    assert kept[: len(acknowledged)] == acknowledged
    assert len(kept) - len(acknowledged) <= 1  # committed, but killed before it could say so

"""Undoing runs: named cases, then random histories against a model in plain Python."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.warehouse.rows import rows, subjects, tickets

from deskpulse.core.errors import ConflictError, InputError
from deskpulse.core.settings import Settings
from deskpulse.warehouse import Warehouse, open_warehouse


def put(warehouse: Warehouse, run: str, ids: str, **same: Any) -> int:
    return warehouse.write(lambda t: t.upsert("tickets", tickets(ids.split(), run_id=run, **same), undo_run=run))


def test_undo_deletes_new_rows_and_restores_replaced_ones(warehouse: Warehouse) -> None:
    put(warehouse, "r1", "1 2", subject="old", tags=["x"])
    put(warehouse, "r2", "2 3", subject="new")
    assert warehouse.undo_run("r2") == {"tickets": 2}
    assert subjects(warehouse) == {"1": "old", "2": "old"}
    with warehouse.reader() as reader:
        assert reader.rows("SELECT DISTINCT run_id, tags FROM tickets") == [("r1", ["x"])]
        assert reader.one("SELECT count(*) FROM previous.tickets") == (0,)
    assert warehouse.undo_run("r2") == {}


def test_a_run_that_wrote_a_row_twice_restores_what_was_before_the_run(warehouse: Warehouse) -> None:
    put(warehouse, "r1", "1", subject="old")
    put(warehouse, "r2", "1", subject="first")
    put(warehouse, "r2", "1", subject="second")
    warehouse.undo_run("r2")
    assert subjects(warehouse) == {"1": "old"}


def test_a_run_that_a_later_run_changed_cannot_be_undone(warehouse: Warehouse) -> None:
    put(warehouse, "r1", "1 2", subject="old")
    put(warehouse, "r2", "2", subject="new")
    before = warehouse.version
    with pytest.raises(ConflictError, match=r"run r2 changed .* Undo r2 first"):
        warehouse.undo_run("r1")
    assert (subjects(warehouse), warehouse.version) == ({"1": "old", "2": "new"}, before)
    warehouse.undo_run("r2")
    assert warehouse.undo_run("r1") == {"tickets": 2}
    assert subjects(warehouse) == {}


def test_rejected_rows_and_cursors_of_the_run_go_too(warehouse: Warehouse) -> None:
    def work(t: Any) -> None:
        for run in ("r1", "r10"):
            t.append("rejected_rows", rows("rejected_rows", {"rejected_id": run, "run_id": run, "reason": "bad"}))
            t.set_cursor(run, "5")
            t.set_cursor(f"{run}/tickets.csv", "7")

    warehouse.write(work)
    assert warehouse.undo_run("r1") == {"rejected_rows": 1}
    assert [warehouse.cursor(n) for n in ("r1", "r1/tickets.csv", "r10", "r10/tickets.csv")] == [None, None, "5", "7"]
    assert warehouse.counts()["rejected_rows"] == 1


def test_forgetting_gives_back_space_and_ends_undoing(warehouse: Warehouse) -> None:
    put(warehouse, "r1", "1", subject="old")
    put(warehouse, "r2", "1", subject="new")
    warehouse.forget_undo("r2")
    with warehouse.reader() as reader:
        assert reader.one("SELECT count(*) FROM previous.tickets") == (0,)
    with pytest.raises(ConflictError, match="no longer be undone"):
        warehouse.undo_run("r2")
    with pytest.raises(ConflictError, match="run r2 changed"):
        warehouse.undo_run("r1")
    assert subjects(warehouse) == {"1": "new"}


def test_rows_written_over_without_being_kept_are_not_lost_by_undoing(warehouse: Warehouse) -> None:
    put(warehouse, "r1", "1", subject="old")
    put(warehouse, "r2", "1", subject="new")
    warehouse.write(lambda t: t.upsert("tickets", tickets(["1"], subject="pushed", run_id="push")))
    with pytest.raises(ConflictError, match="run push changed"):
        warehouse.undo_run("r2")
    assert subjects(warehouse) == {"1": "pushed"}


def test_a_partial_write_that_names_no_run_stays_the_runs_row(warehouse: Warehouse) -> None:
    put(warehouse, "r1", "1", subject="old")
    warehouse.write(lambda t: t.upsert("tickets", tickets(["1"], urgency="high")))
    assert warehouse.undo_run("r1") == {"tickets": 1}
    assert subjects(warehouse) == {}


def test_rows_must_carry_the_run_that_can_be_undone(warehouse: Warehouse) -> None:
    with pytest.raises(InputError, match="carry the run_id 'r2'"):
        warehouse.write(lambda t: t.upsert("tickets", tickets(["1"], run_id="r2"), undo_run="r1"))
    warehouse.write(lambda t: t.upsert("tickets", tickets(["1"]), undo_run="r1"))
    assert warehouse.undo_run("r1") == {"tickets": 1}
    with pytest.raises(InputError, match="belong to no run"):
        warehouse.write(lambda t: t.upsert("cursors", rows("cursors", {"name": "x"}), undo_run="r1"))


def test_runs_that_took_turns_on_a_row_cannot_be_undone(warehouse: Warehouse) -> None:
    put(warehouse, "r1", "1", subject="a")
    warehouse.write(lambda t: t.remove("tickets", tickets(["1"]), undo_run="r3"))
    put(warehouse, "r2", "1", subject="b")
    put(warehouse, "r3", "1", subject="c")
    with pytest.raises(ConflictError, match="run r2 changed"):
        warehouse.undo_run("r3")
    assert subjects(warehouse) == {"1": "c"}


Row = tuple[str | None, str | None, str | None]
"""Run, subject, status."""


@dataclass
class Model:
    """What the warehouse should hold, one table."""

    current: dict[str, Row] = field(default_factory=dict)
    kept: list[tuple[str, Row, str]] = field(default_factory=list)
    settled: dict[str, str] = field(default_factory=dict)

    def take(self, key: str, run: str | None) -> Row | None:
        old = self.current.pop(key, None)
        if old is not None and run is not None and old[0] != run:
            self.kept.append((key, old, run))
        return old

    def upsert(self, keys: list[str], run: str, subject: str, *, is_partial: bool, is_kept: bool) -> int:
        replaced = 0
        for key in keys:
            old = self.take(key, run if is_kept else None)
            replaced += old is not None
            self.current[key] = (run, subject, old[2] if old and is_partial else None if is_partial else subject)
        return replaced

    def remove(self, keys: list[str], run: str) -> int:
        return sum(self.take(key, run) is not None for key in keys)

    def undo(self, run: str) -> int:
        if run in self.settled or any(old[0] == run for _, old, _ in self.kept):
            raise ConflictError("changed later")
        mine = [(key, old) for key, old, by in self.kept if by == run]
        if len({key for key, _ in mine}) < len(mine):
            raise ConflictError("written between")
        if any(self.current.get(key, (run,))[0] != run for key, _ in mine):
            raise ConflictError("written over")
        taken = [key for key, row in self.current.items() if row[0] == run]
        for key in taken:
            del self.current[key]
        self.current |= dict(mine)
        self.kept = [k for k in self.kept if k[2] != run]
        return len(taken)

    def forget(self, run: str) -> None:
        for owner in {run} | {old[0] for _, old, by in self.kept if by == run and old[0]}:
            self.settled.setdefault(owner, run)
        self.kept = [k for k in self.kept if k[2] != run]


KEYS = st.lists(st.sampled_from("abcdef"), min_size=1, max_size=4, unique=True)
RUNS = st.sampled_from(["r1", "r2", "r3", "r4"])
OPERATIONS = st.one_of(
    st.tuples(st.just("upsert"), RUNS, KEYS, st.booleans(), st.sampled_from([True, True, True, False])),
    st.tuples(st.just("remove"), RUNS, KEYS),
    st.tuples(st.just("undo"), RUNS),
    st.tuples(st.just("undo"), RUNS),
    st.tuples(st.just("forget"), RUNS),
)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    folder: Path = tmp_path_factory.mktemp("scratch")
    warehouse = open_warehouse(None, Settings(_env_file=None, data_dir=folder))
    yield warehouse
    warehouse.close()


def clear(warehouse: Warehouse) -> None:
    names = ("tickets", "previous.tickets", "settled_runs")
    warehouse.write(lambda t: [t.execute(f"DELETE FROM {name}") for name in names])


def apply(model: Model, warehouse: Warehouse, operation: tuple[Any, ...], number: int) -> tuple[Any, Any]:
    """Do `operation` to both; return what each gave, ConflictError as its class."""
    kind, run = operation[:2]
    if kind == "upsert":
        keys, is_partial, is_kept = operation[2:]
        subject = f"s{number}"
        same = {"run_id": run, "subject": subject} | ({} if is_partial else {"status": subject})
        arrow = tickets(keys, **same)
        got = warehouse.write(lambda t: t.upsert("tickets", arrow, undo_run=run if is_kept else None))
        return model.upsert(keys, run, subject, is_partial=is_partial, is_kept=is_kept), got
    if kind == "remove":
        keys = operation[2]
        got = warehouse.write(lambda t: t.remove("tickets", tickets(keys), undo_run=run))
        return model.remove(keys, run), got
    if kind == "forget":
        return model.forget(run), warehouse.forget_undo(run)
    results: list[Any] = []
    for undo in (lambda: model.undo(run), lambda: warehouse.undo_run(run).get("tickets", 0)):
        try:
            results.append(undo())
        except ConflictError:
            results.append(ConflictError)
    return results[0], results[1]


@settings(max_examples=40, deadline=None)
@given(operations=st.lists(OPERATIONS, min_size=1, max_size=12))
def test_random_histories_end_as_the_model_says(scratch: Warehouse, operations: list[tuple[Any, ...]]) -> None:
    clear(scratch)
    model = Model()
    for number, operation in enumerate(operations):
        before = deepcopy(model)
        expected, got = apply(model, scratch, operation, number)
        assert got == expected
        if expected is ConflictError:
            assert model == before
        with scratch.reader() as reader:
            current = reader.rows("SELECT ticket_id, run_id, subject, status FROM tickets ORDER BY 1")
            kept = reader.rows("SELECT ticket_id, run_id, subject, status, replaced_by FROM previous.tickets")
        assert current == sorted((key, *row) for key, row in model.current.items())
        assert sorted(kept, key=str) == sorted(((key, *row, by) for key, row, by in model.kept), key=str)


@settings(max_examples=25, deadline=None)
@given(runs=st.lists(st.tuples(KEYS, st.booleans()), min_size=1, max_size=5))
def test_undoing_all_runs_from_the_last_to_the_first_leaves_nothing(
    scratch: Warehouse, runs: list[tuple[list[str], bool]]
) -> None:
    clear(scratch)
    states = []
    for number, (keys, is_removal) in enumerate(runs):
        states.append(subjects(scratch))
        arrow, run = tickets(keys, subject=f"s{number}"), f"r{number}"
        if is_removal:
            scratch.write(lambda t, arrow=arrow, run=run: t.remove("tickets", arrow, undo_run=run))
        else:
            scratch.write(lambda t, arrow=arrow, run=run: t.upsert("tickets", arrow, undo_run=run))
    for number in reversed(range(len(runs))):
        scratch.undo_run(f"r{number}")
        assert subjects(scratch) == states[number]
    assert subjects(scratch) == {}

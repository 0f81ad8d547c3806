"""Rows that a run takes away come back when it is undone."""

from __future__ import annotations

import pytest
from tests.warehouse.rows import rows, subjects, tickets

from deskpulse.core.errors import ConflictError, InputError
from deskpulse.warehouse import Transaction, Warehouse


def test_removed_rows_are_gone_and_come_back_when_the_run_is_undone(warehouse: Warehouse) -> None:
    given = rows("tickets", {"ticket_id": "1", "subject": "a"}, {"ticket_id": "2", "subject": "b"})
    warehouse.write(lambda t: t.upsert("tickets", given, undo_run="first"))
    assert warehouse.write(lambda t: t.remove("tickets", tickets(["2", "9"]), undo_run="second")) == 1
    assert subjects(warehouse) == {"1": "a"}
    with pytest.raises(ConflictError, match="second"):
        warehouse.undo_run("first")
    warehouse.undo_run("second")
    assert subjects(warehouse) == {"1": "a", "2": "b"}


def test_a_run_may_remove_its_own_rows_and_write_them_anew(warehouse: Warehouse) -> None:
    warehouse.write(lambda t: t.upsert("tickets", rows("tickets", {"ticket_id": "1", "subject": "old"}), undo_run="a"))

    def work(t: Transaction) -> None:
        t.remove("tickets", tickets(["1"]), undo_run="b")
        t.upsert("tickets", rows("tickets", {"ticket_id": "1", "subject": "new"}), undo_run="b")
        t.remove("tickets", tickets(["1"]), undo_run="b")

    warehouse.write(work)
    assert subjects(warehouse) == {}
    warehouse.undo_run("b")
    assert subjects(warehouse) == {"1": "old"}


def test_only_rows_of_runs_can_be_removed(warehouse: Warehouse) -> None:
    with pytest.raises(InputError, match="belong to no run"):
        warehouse.write(lambda t: t.remove("cursors", rows("cursors", {"name": "x"}), undo_run="a"))

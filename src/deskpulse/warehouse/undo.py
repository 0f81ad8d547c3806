"""Takes back what a run wrote, from the versions that were kept when it replaced rows."""

from __future__ import annotations

from deskpulse.core.errors import ConflictError
from deskpulse.warehouse.engine import Transaction
from deskpulse.warehouse.migrations import PREVIOUS
from deskpulse.warehouse.schema import CURSORS, ENTITIES, REJECTED


def undo_run(run: Transaction, run_id: str) -> dict[str, int]:
    """Delete the run's rows, restore what it replaced; return rows taken back by table (none: no entry)."""
    _refuse_settled(run, run_id)
    for name in ENTITIES:
        _refuse_changed(run, name, run_id)
    taken: dict[str, int] = {}
    for name in [*ENTITIES, REJECTED.name]:
        count = _count(run, f"main.{name} WHERE run_id = $run", run_id)
        if count:
            run.execute(f"DELETE FROM main.{name} WHERE run_id = $run", {"run": run_id})
            taken[name] = count
    for name in ENTITIES:
        if _count(run, f"{PREVIOUS}.{name} WHERE replaced_by = $run", run_id):
            run.execute(
                f"INSERT INTO main.{name} BY NAME SELECT * EXCLUDE (replaced_by) FROM {PREVIOUS}.{name}"
                " WHERE replaced_by = $run",
                {"run": run_id},
            )
            run.execute(f"DELETE FROM {PREVIOUS}.{name} WHERE replaced_by = $run", {"run": run_id})
    # A run's cursors are named after it, alone or followed by what they read.
    run.execute(
        f"DELETE FROM main.{CURSORS.name} WHERE name = $run OR starts_with(name, $run || '/')"
        " OR starts_with(name, $run || ':')",
        {"run": run_id},
    )
    return taken


def forget_undo(run: Transaction, run_id: str) -> None:
    """Drop the versions kept for undoing `run_id`; neither it nor the runs it replaced can be undone after."""
    owners = {run_id}
    for name in ENTITIES:
        kept = run.rows(f"SELECT DISTINCT run_id FROM {PREVIOUS}.{name} WHERE replaced_by = $run", {"run": run_id})
        if kept:
            owners |= {owner for (owner,) in kept if owner is not None}
            run.execute(f"DELETE FROM {PREVIOUS}.{name} WHERE replaced_by = $run", {"run": run_id})
    for owner in sorted(owners):
        run.execute("INSERT INTO settled_runs VALUES ($owner, $run)", {"owner": owner, "run": run_id})


def _refuse_settled(run: Transaction, run_id: str) -> None:
    settled = run.one("SELECT settled_by FROM settled_runs WHERE run_id = $run", {"run": run_id})
    if settled is None:
        return
    if settled[0] == run_id:
        raise ConflictError(f"Run {run_id} can no longer be undone: what it replaced was not kept.", run_id=run_id)
    raise _changed(run_id, settled[0], "rows")


def _refuse_changed(run: Transaction, table: str, run_id: str) -> None:
    later = run.one(
        f"SELECT replaced_by FROM {PREVIOUS}.{table} WHERE run_id = $run ORDER BY replaced_by LIMIT 1",
        {"run": run_id},
    )
    if later is None:
        keys = ", ".join(f'"{k}"' for k in ENTITIES[table].key)
        if not _count(run, f"{PREVIOUS}.{table} WHERE replaced_by = $run", run_id):
            return
        # Written over without keeping the run's version: restoring the older one would lose the newest.
        later = run.one(
            f"SELECT t.run_id FROM main.{table} t SEMI JOIN"
            f" (SELECT {keys} FROM {PREVIOUS}.{table} WHERE replaced_by = $run) USING ({keys})"
            " WHERE t.run_id IS DISTINCT FROM $run ORDER BY 1 LIMIT 1",
            {"run": run_id},
        )
    if later is not None:
        raise _changed(run_id, later[0], table)


def _changed(run_id: str, later: str | None, table: str) -> ConflictError:
    return ConflictError(
        f"Run {run_id} cannot be undone: run {later} changed some of its {table} later.",
        hint=f"Undo {later} first." if later else "", run_id=run_id, later_run=later, table=table,
    )  # fmt: skip


def _count(run: Transaction, what: str, run_id: str) -> int:
    row = run.one(f"SELECT count(*) FROM {what}", {"run": run_id})
    return int(row[0]) if row else 0

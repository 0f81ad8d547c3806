"""Takes back what a run wrote, from the versions that were kept when it replaced rows."""

from __future__ import annotations

from dataclasses import dataclass

from deskpulse.core.errors import ConflictError
from deskpulse.warehouse.engine import Transaction
from deskpulse.warehouse.migrations import PREVIOUS
from deskpulse.warehouse.schema import CURSORS, ENTITIES, REJECTED


@dataclass(frozen=True)
class _Trace:
    """What one table holds of a run: its rows, its rows that others replaced, and rows that it replaced."""

    table: str
    rows: int
    replaced: int
    kept: int


def undo_run(run: Transaction, run_id: str) -> dict[str, int]:
    """Delete the run's rows, restore what it replaced; return rows taken back by table (none: no entry)."""
    _refuse_settled(run, run_id)
    traces = _traces(run, run_id)
    for trace in traces:
        _refuse_changed(run, trace, run_id)
    given = {"run": run_id}
    taken = {trace.table: trace.rows for trace in traces if trace.rows}
    if rejected := run.rows(f"SELECT count(*) FROM main.{REJECTED.name} WHERE run_id = $run", given)[0][0]:
        taken[REJECTED.name] = rejected
    for name in taken:
        run.execute(f"DELETE FROM main.{name} WHERE run_id = $run", given)
    for trace in traces:
        if trace.kept:
            kept = f"{PREVIOUS}.{trace.table} WHERE replaced_by = $run"
            run.execute(f"INSERT INTO main.{trace.table} BY NAME SELECT * EXCLUDE (replaced_by) FROM {kept}", given)
            run.execute(f"DELETE FROM {kept}", given)
    # A run's cursors are named after it, alone or followed by what they read.
    run.execute(
        f"DELETE FROM main.{CURSORS.name} WHERE name = $run OR starts_with(name, $run || '/')"
        " OR starts_with(name, $run || ':')",
        given,
    )
    return taken


def _traces(run: Transaction, run_id: str) -> list[_Trace]:
    counts = " UNION ALL ".join(
        f"SELECT '{name}', (SELECT count(*) FROM main.{name} WHERE run_id = $run),"
        f" (SELECT count(*) FROM {PREVIOUS}.{name} WHERE run_id = $run),"
        f" (SELECT count(*) FROM {PREVIOUS}.{name} WHERE replaced_by = $run)"
        for name in ENTITIES
    )
    return [_Trace(*row) for row in run.rows(counts, {"run": run_id}) if any(row[1:])]


def forget_undo(run: Transaction, run_id: str) -> None:
    """Drop the versions kept for undoing `run_id`; neither it nor the runs it replaced can be undone after."""
    owners = {run_id}
    given = {"run": run_id}
    for trace in _traces(run, run_id):
        kept = f"{PREVIOUS}.{trace.table} WHERE replaced_by = $run"
        owners |= {owner for (owner,) in run.rows(f"SELECT DISTINCT run_id FROM {kept}", given) if owner is not None}
        run.execute(f"DELETE FROM {kept}", given)
    for owner in sorted(owners):
        run.execute("INSERT INTO settled_runs VALUES ($owner, $run)", {"owner": owner, "run": run_id})


def _refuse_settled(run: Transaction, run_id: str) -> None:
    settled = run.one("SELECT settled_by FROM settled_runs WHERE run_id = $run", {"run": run_id})
    if settled is None:
        return
    if settled[0] == run_id:
        raise ConflictError(f"Run {run_id} can no longer be undone: what it replaced was not kept.", run_id=run_id)
    raise _changed(run_id, settled[0], "rows")


def _refuse_changed(run: Transaction, trace: _Trace, run_id: str) -> None:
    keys = ", ".join(f'"{k}"' for k in ENTITIES[trace.table].key)
    kept = f"{PREVIOUS}.{trace.table} WHERE replaced_by = $run"
    checks = []
    if trace.replaced:
        checks.append(
            f"SELECT replaced_by FROM {PREVIOUS}.{trace.table} WHERE run_id = $run ORDER BY rowid DESC LIMIT 1"
        )
    if trace.kept:
        # Two versions kept for one key: another run wrote the key between two changes of this one.
        checks.append(
            f"SELECT run_id FROM (SELECT run_id, rowid AS r, count(*) OVER (PARTITION BY {keys}) AS n FROM {kept})"
            " WHERE n > 1 ORDER BY r DESC LIMIT 1"
        )
        # Written over without keeping the run's version: restoring the older one would lose the newest.
        checks.append(
            f"SELECT t.run_id FROM main.{trace.table} t SEMI JOIN (SELECT {keys} FROM {kept}) USING ({keys})"
            " WHERE t.run_id IS DISTINCT FROM $run ORDER BY 1 LIMIT 1"
        )
    for check in checks:
        if (later := run.one(check, {"run": run_id})) is not None:
            raise _changed(run_id, later[0], trace.table)


def _changed(run_id: str, later: str | None, table: str) -> ConflictError:
    return ConflictError(
        f"Run {run_id} cannot be undone: run {later} changed some of its {table} later.",
        hint=f"Undo {later} first." if later else "", run_id=run_id, later_run=later, table=table,
    )  # fmt: skip

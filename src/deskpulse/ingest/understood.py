"""By what the stored texts were understood: versions of steps, of the workspace's own categories, and active models."""

from __future__ import annotations

import logging
from typing import Any

import orjson

from deskpulse.core.clock import now
from deskpulse.enrich.catalog import STEPS
from deskpulse.enrich.labeller import chosen_labeller
from deskpulse.enrich.learned import COLUMNS, READS
from deskpulse.ingest.context import ImportContext
from deskpulse.warehouse import Reader, Transaction, Warehouse

CURSOR = "understood"
"""Cursor that keeps by what all texts of this warehouse were understood, and since when."""
State = dict[str, str]
KIND = "enrich"
"""The kind of the jobs that read texts anew."""
_AWAY = " away "
_LATER_SECONDS, _ATTEMPTS_LATER = 60.0, 50
"""When a server is asked again after it was away, and how often: pauses grow to an hour, so for about two days."""
log = logging.getLogger(__name__)


def state_now(context: ImportContext) -> State:
    """Return, for each step, what decides its values now: "1", "2 model 3", "1 taxonomy 4"."""
    state = {name: str(step.version) for name, step in STEPS.items()}
    own = context.control.taxonomies.current(context.workspace)
    if own is not None and own.wording is not None:
        state["category"] += f" taxonomy {own.version}"
    for model in context.control.models.active(context.workspace):
        if model.task in COLUMNS:
            state[model.task] += f" model {model.version} read {READS}"
    labeller = chosen_labeller(context.settings)
    for task in labelled_tasks(context):
        state[task] += f" labeller {labeller.identity if labeller else ''}"
    return state


def labelled_tasks(context: ImportContext) -> list[str]:
    """Return the tasks that the labeller does: those set, but for those that a learned model is active for."""
    if not context.settings.text_labeller:
        return []
    learned = {model.task for model in context.control.models.active(context.workspace)}
    return [task for task in context.settings.text_labeller_tasks if task not in learned]


def stored_state(warehouse: Warehouse) -> tuple[State | None, str | None]:
    """Return by what all texts were understood, and when that was found; None where it was never noted."""
    stored = warehouse.cursor(CURSOR)
    if stored is None:
        return None, None
    found: dict[str, Any] = orjson.loads(stored)
    return found["state"], found["at"]


def _noted(reader: Reader) -> State | None:
    row = reader.one("SELECT position FROM cursors WHERE name = $name", {"name": CURSOR})
    return None if row is None else dict(orjson.loads(row[0])["state"])


def note_state(transaction: Transaction, state: State) -> None:
    """Keep by what all texts are understood."""
    transaction.set_cursor(CURSOR, orjson.dumps({"state": state, "at": now().isoformat()}).decode())


def due_steps(context: ImportContext) -> list[str]:
    """Return the steps whose values in the warehouse are not what they would be now, and those that read them."""
    stored, _ = stored_state(context.warehouse)
    if stored is None:
        return []
    current = state_now(context)
    changed = {name for name, by in current.items() if stored.get(name) != by}
    for step in STEPS.values():  # in running order, so that what reads a changed column comes later
        writers = {name for name in changed if set(STEPS[name].writes) & set(step.needs)}
        if any(stored.get(name, "").split(" ")[0] != str(STEPS[name].version) for name in writers):
            changed.add(step.name)
    return [name for name in STEPS if name in changed]


def note_away(context: ImportContext, away: dict[str, str]) -> None:
    """Keep that servers (by task: why) did not tell of some texts, say so, and queue their reading anew for later."""
    for task, why in away.items():
        log.warning("%s of new texts of %s is told by the shipped step for now: %s", task, context.workspace, why)
    moment = now().isoformat()

    def mark(transaction: Transaction) -> None:
        state = _noted(transaction) or state_now(context)
        marks = {task: state.get(task, "").split(_AWAY)[0] + _AWAY + moment for task in away}
        note_state(transaction, state | marks)

    context.warehouse.write(mark)
    jobs = context.control.jobs
    if not jobs.list(context.workspace, kind=KIND, status="queued", limit=1).items:
        payload = {"steps": sorted(away), "why": f"a server did not tell {', '.join(sorted(away))}"}
        jobs.create(context.workspace, KIND, payload, max_attempts=_ATTEMPTS_LATER, delay_seconds=_LATER_SECONDS)


def still_away(transaction: Transaction, since: str) -> State:
    """Return the steps of which a server did not tell some texts after `since` (ISO), as they are noted."""
    state = _noted(transaction) or {}
    return {task: by for task, by in state.items() if _AWAY in by and by.split(_AWAY)[1] > since}

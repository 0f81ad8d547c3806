"""By what the stored texts were understood: versions of steps, of the workspace's own categories, and active models."""

from __future__ import annotations

from typing import Any

import orjson

from deskpulse.core.clock import now
from deskpulse.enrich.catalog import STEPS
from deskpulse.enrich.learned import COLUMNS
from deskpulse.ingest.context import ImportContext
from deskpulse.warehouse import Transaction, Warehouse

CURSOR = "understood"
"""Cursor that keeps by what all texts of this warehouse were understood, and since when."""
State = dict[str, str]


def state_now(context: ImportContext) -> State:
    """Return, for each step, what decides its values now: "1", "2 model 3", "1 taxonomy 4"."""
    state = {name: str(step.version) for name, step in STEPS.items()}
    own = context.control.taxonomies.current(context.workspace)
    if own is not None and own.wording is not None:
        state["category"] += f" taxonomy {own.version}"
    for model in context.control.models.active(context.workspace):
        if model.task in COLUMNS:
            state[model.task] += f" model {model.version}"
    return state


def stored_state(warehouse: Warehouse) -> tuple[State | None, str | None]:
    """Return by what all texts were understood, and when that was found; None where it was never noted."""
    stored = warehouse.cursor(CURSOR)
    if stored is None:
        return None, None
    found: dict[str, Any] = orjson.loads(stored)
    return found["state"], found["at"]


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

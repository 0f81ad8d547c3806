"""How far a run is, as kept in the warehouse with its rows: what makes going on exact."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import orjson

from deskpulse.core.errors import ConflictError
from deskpulse.ingest.model import Mapping
from deskpulse.ingest.plan import PlannedPart
from deskpulse.ingest.totals import Totals
from deskpulse.warehouse import Transaction, Warehouse


@dataclass(frozen=True, kw_only=True)
class Mark:
    """Part `part` is written up to `position` (None: from its start); `totals` count everything so far.

    `rows` is the chunk size: going on with another could miss the places where chunks ended. `sizes` are the
    parts' bytes, by which a changed file is noticed.
    """

    rows: int
    part: int = 0
    position: str | None = None
    done: int | None = None
    sizes: list[int | None] = field(default_factory=list)
    totals: Totals = field(default_factory=Totals)

    def store(self, transaction: Transaction, run_id: str) -> None:
        """Keep the mark in the transaction that writes what it tells of."""
        state = {**vars(self), "totals": self.totals.as_dict()}
        transaction.set_cursor(run_id, orjson.dumps(state).decode())

    @classmethod
    def load(cls, warehouse: Warehouse, run_id: str) -> Mark | None:
        """Return the mark that a run left, None when it wrote nothing yet."""
        stored = warehouse.cursor(run_id)
        if stored is None:
            return None
        state = orjson.loads(stored)
        return cls(**{**state, "totals": Totals.from_dict(state["totals"])})

    def refuse_changed(self, names: list[str], sizes: list[int | None]) -> None:
        """Raise ConflictError when the files are not those that the run began with."""
        if self.sizes != sizes:
            raise ConflictError(
                f"{', '.join(names[:3])} changed since the import stopped.",
                hint="Import it anew; rows that are there already change nothing.",
            )


def store_mapping(transaction: Transaction, run_id: str, index: int, planned: PlannedPart) -> None:
    """Keep how a part is read, so that going on reads it the same way."""
    if planned.mapping is not None:
        transaction.set_cursor(f"{run_id}/mapping/{index}", orjson.dumps(planned.mapping.as_dict()).decode())


def with_stored_mapping(warehouse: Warehouse, run_id: str, index: int, planned: PlannedPart) -> PlannedPart:
    """Return the part read as the run began to read it."""
    stored = warehouse.cursor(f"{run_id}/mapping/{index}")
    if stored is None:
        return planned
    return replace(planned, mapping=Mapping.from_dict(orjson.loads(stored)), problem="")

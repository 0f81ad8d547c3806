"""How far a run is, as kept in the warehouse with its rows: what makes going on exact."""

from __future__ import annotations

from dataclasses import dataclass, field

import orjson
import polars as pl

from deskpulse.core.errors import ConflictError
from deskpulse.core.ids import content_hash
from deskpulse.ingest.model import Mapping
from deskpulse.ingest.plan import PlannedPart
from deskpulse.ingest.totals import Totals
from deskpulse.warehouse import Transaction, Warehouse

_FIRST_ROWS = 50


@dataclass(frozen=True, kw_only=True)
class Mark:
    """Part `part` is written up to `position` (None: from its start); `totals` count everything so far.

    `rows` is the chunk size: going on with another could miss the places where chunks ended. By `sizes` (the parts'
    bytes) and `beginnings` a changed file is noticed.
    """

    rows: int
    part: int = 0
    position: str | None = None
    done: int | None = None
    sizes: list[int | None] = field(default_factory=list)
    beginnings: list[str] = field(default_factory=list)
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

    def refuse_changed(self, parts: list[PlannedPart]) -> None:
        """Raise ConflictError when the files are not those that the run began with; they may have grown."""
        now = Mark(rows=self.rows, sizes=[p.part.size for p in parts], beginnings=[beginning(p) for p in parts])
        shrunk = [(was or 0) > (size or 0) for was, size in zip(self.sizes, now.sizes, strict=False)]
        if len(parts) != len(self.sizes) or any(shrunk) or now.beginnings != self.beginnings:
            raise ConflictError(
                f"{', '.join(p.part.name for p in parts[:3])}: changed since the import stopped.",
                hint="Import it anew; rows that are there already change nothing.",
            )


def beginning(planned: PlannedPart) -> str:
    """Return a hash of a part's first rows, by which another file under its name is noticed."""
    frame = planned.sample.frame.head(_FIRST_ROWS) if planned.sample is not None else pl.DataFrame()
    return content_hash([frame.write_ndjson()])


def store_mapping(transaction: Transaction, run_id: str, planned: PlannedPart) -> None:
    """Keep how a part is read, so that going on, and replaying its rejected rows, reads it the same way."""
    if planned.mapping is not None:
        transaction.set_cursor(
            _mapping_cursor(run_id, planned.part.name), orjson.dumps(planned.mapping.as_dict()).decode()
        )


def stored_mapping(warehouse: Warehouse, run_id: str, part: str) -> Mapping | None:
    """Return how a run read a part, None when its rows had our columns already, or none was written."""
    stored = warehouse.cursor(_mapping_cursor(run_id, part))
    return None if stored is None else Mapping.from_dict(orjson.loads(stored))


def _mapping_cursor(run_id: str, part: str) -> str:
    return f"{run_id}/mapping/{part}"

"""What a transformation gives, and what it remembers from chunk to chunk."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from deskpulse.ingest.transform.occurrences import Occurrences
from deskpulse.ingest.transform.snapshots import Snapshots
from deskpulse.ingest.transform.threads import Threads


@dataclass(frozen=True, kw_only=True)
class Mapped:
    """One chunk in our words. No row is lost: each is in a table or in `rejected`.

    tables    by table name: rows as their source states them; columns that a frame has are to win over what is
              stored, nulls included. A key may repeat within a frame (the file had it twice): rows are in the order
              of the file. Every frame has source, external_id, run_id and ingested_at.
    stubs     by table name: what follows from rows about something else (the agent that a ticket names, the ticket
              that a message belongs to). They may add: a key that is not stored is new; a column that is null in
              the store is filled. `tickets.created_at` may only become earlier and `tickets.updated_at` later.
              One row per key. A stub never overwrites what a table row stated.
    rejected  rows in the columns of rejected_rows, those that the format could not give (chunk.bad) included.
    rows      rows read: those of the chunk and its bad ones.
    notes     what a person should know about this chunk's values, each with a count, to be summed by the caller:
              ("unknown status 'Gremlin' left empty", 3).
    """

    tables: dict[str, pl.DataFrame]
    rejected: pl.DataFrame
    rows: int
    stubs: dict[str, pl.DataFrame] = field(default_factory=dict)
    notes: dict[str, int] = field(default_factory=dict)


@dataclass
class TransformState:
    """What the chunks of one part must know of each other; one per part and run, handed to every `apply`.

    It cannot be stored. To resume, make a new one and apply the chunks before the stored position again, dropping
    what they give (needed when `carries_state(mapping)`): the same chunks give the same state, so the ids that
    follow are the same.
    """

    occurrences: Occurrences = field(default_factory=Occurrences)
    snapshots: Snapshots = field(default_factory=Snapshots)
    threads: Threads = field(default_factory=Threads)
    is_newest_first: bool | None = None
    last_rows: pl.DataFrame | None = None

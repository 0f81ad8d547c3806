"""Which tables have months that can be archived, and the archive's own tables in the warehouse."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from deskpulse.warehouse.schema import ENTITIES

ARCHIVE = "archive"
"""Schema of the archive's own tables: the files, and the rows of them that came back."""

HISTORY = "history"
"""Schema of the views that are read in place of the tables: the rows of the warehouse and those of the files."""

READ_ARCHIVED = f"SET search_path = '{HISTORY},main'"
"""Lets a connection read the views: a table without archived months has none, and is read as ever."""

MONTHLY = {
    "tickets": "created_at", "ticket_basis": "created_at", "ticket_gaps": "gap_from_at", "ticket_stays": "started_at",
    "reply_waits": "waited_from_at", "ticket_events": "happened_at", "messages": "sent_at", "calls": "started_at",
    "surveys": "offered_at", "agent_states": "started_at", "roster": "started_at", "money": "booked_at",
    "bot_turns": "asked_at", "reviews": "reviewed_at", "sla_events": "happened_at", "sla_targets": "applied_at",
}  # fmt: skip
"""The tables that grow with time, and the time that says to which month (of UTC) a row belongs."""

_CREATE = (
    f"CREATE SCHEMA IF NOT EXISTS {ARCHIVE}",
    f"CREATE SCHEMA IF NOT EXISTS {HISTORY}",
    f"CREATE TABLE IF NOT EXISTS {ARCHIVE}.files (name VARCHAR, table_name VARCHAR, month DATE, row_count BIGINT,"
    " byte_count BIGINT, sha256 VARCHAR, column_names VARCHAR[], archived_at TIMESTAMPTZ)",
    # A row of a file that was changed or removed since: what stands in the file no longer counts.
    f"CREATE TABLE IF NOT EXISTS {ARCHIVE}.taken (name VARCHAR, row_number BIGINT)",
    # Views name files by their whole path: when the folder was moved, they are made anew.
    f"CREATE TABLE IF NOT EXISTS {ARCHIVE}.place (folder VARCHAR)",
)


def create_statements() -> tuple[str, ...]:
    """Return the statements that make the archive's own tables, where they are missing."""
    return _CREATE


@dataclass(frozen=True)
class ArchivedFile:
    """One file: the rows of one month of one table. `taken` of its rows no longer count."""

    name: str
    table: str
    month: datetime
    rows: int
    bytes: int
    sha256: str
    columns: tuple[str, ...]
    archived_at: datetime
    taken: int = field(default=0, compare=False)


def listed(columns: tuple[str, ...], alias: str = "") -> str:
    """Return the names of columns as SQL lists them."""
    return ", ".join(f'{alias}"{name}"' for name in columns)


def finished(table: str) -> str:
    """Return the condition under which a row of `table` (as `t`) may be archived: its ticket is done with.

    `$before`: the moment since when nothing may have changed on a ticket. A ticket that is archived is done with.
    """
    working = (
        "o.status IN ('new', 'open', 'pending', 'on_hold')"
        " OR greatest(o.created_at, o.updated_at, o.solved_at, o.closed_at) >= $before"
    )
    if table == "tickets":
        return f"NOT coalesce({working.replace('o.', 't.')}, false)"
    if "ticket_id" not in ENTITIES[table].column_names:
        return "true"
    return f"(t.ticket_id IS NULL OR t.ticket_id NOT IN (SELECT o.ticket_id FROM main.tickets o WHERE {working}))"

"""The words of this room: shapes, mappings, options and results of an import."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, kw_only=True)
class ColumnMapping:
    """One of our columns and where its values come from.

    `parse` says how values are read: text, prose (what people wrote), id, list, number, decimal_comma, bool, json,
    iso, dmy, mdy, ymd, epoch_s, epoch_ms, epoch_us, excel, duration_seconds, duration_minutes, duration_hours,
    duration_days, duration_milliseconds, score_of_10, score_of_100 (kept as scores of 5). `values` maps the source's
    words (lower-cased) to ours; "" for none of ours. With an empty `column` every row is `values[""]`. "A + B" joins
    the cells of columns A and B with a space.
    `reason` tells a person why this was suggested; `confidence` is 0 to 1.
    """

    target: str
    column: str
    parse: str = "text"
    values: dict[str, str] = field(default_factory=dict)
    reason: str = ""
    confidence: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Mapping:
    """How one part's rows become rows of our tables.

    `shape` is tickets, event_log, messages, calls, surveys, agent_states, roster, money, customers, companies,
    agents, teams, bot_turns, articles or reviews. A target may be a column of another table that the shape also
    fills, written "table.column" (a message file that carries the ticket's subject: "tickets.subject").
    `timezone` is that of times that carry none. `unmapped` columns go to `extra`.
    """

    shape: str
    columns: tuple[ColumnMapping, ...]
    timezone: str = "UTC"
    unmapped: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    reason: str = ""

    def column_for(self, target: str) -> ColumnMapping | None:
        """Return the mapping of our column `target`, if it has one."""
        return next((c for c in self.columns if c.target == target), None)

    def as_dict(self) -> dict[str, Any]:
        """Return a JSON-able form that `from_dict` reads back."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Mapping:
        """Read back what `as_dict` wrote."""
        columns = tuple(ColumnMapping(**c) for c in data["columns"])
        rest: dict[str, Any] = {k: v for k, v in data.items() if k != "columns"}
        rest |= {k: tuple(rest.get(k, ())) for k in ("unmapped", "notes")}
        return cls(columns=columns, **rest)


@dataclass(frozen=True, kw_only=True)
class ImportOptions:
    """What a person may say about an import.

    `overrides` maps our column names to the file's; `mappings` holds, by part, mappings that a person has
    confirmed, which are taken as they are.
    """

    source: str | None = None
    shape: str | None = None
    overrides: dict[str, str] = field(default_factory=dict)
    timezone: str | None = None
    enrich: bool = True
    save_mapping: bool = True
    mappings: dict[str, Mapping] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return a JSON-able form that `from_dict` reads back."""
        return {**asdict(self), "mappings": {part: m.as_dict() for part, m in self.mappings.items()}}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> ImportOptions:
        """Read back what `as_dict` wrote."""
        mappings = {part: Mapping.from_dict(m) for part, m in data.get("mappings", {}).items()}
        return cls(**{**data, "mappings": mappings})


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far an import is; `fraction` is None while the total is unknown."""

    run_id: str
    rows_read: int
    rejected: int
    fraction: float | None
    rows_per_second: float
    seconds_left: float | None
    part: str


ProgressListener = Callable[[Progress], None]


@dataclass(kw_only=True)
class ImportResult:
    """What an import did. Counts are rows written for the first time or changed; duplicates changed nothing.

    `status` is done, cancelled or failed; `error` then says why, `error_code` of what kind it is. What was committed
    stays and can be resumed.
    """

    run_id: str
    source: str
    status: Literal["done", "cancelled", "failed"] = "done"
    rows_read: int = 0
    written: dict[str, int] = field(default_factory=dict)
    rejected: int = 0
    duplicates: int = 0
    seconds: float = 0.0
    mappings: dict[str, Mapping] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    reasons: dict[str, int] = field(default_factory=dict)
    error: str | None = None
    error_code: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the object that `import --json` ends with."""
        counts = {name: self.written.get(table, 0) for name, table in _COUNTS}
        return {
            "run_id": self.run_id, "source": self.source, "status": self.status, "rows_read": self.rows_read,
            **counts, "written": self.written, "rejected": self.rejected, "duplicates": self.duplicates,
            "seconds": round(self.seconds, 3), "mapping": {p: m.as_dict() for p, m in self.mappings.items()},
            "notes": self.notes, "reasons": self.reasons, "error": self.error,
            "error_code": self.error_code,
        }  # fmt: skip


_COUNTS = (("tickets", "tickets"), ("messages", "messages"), ("events", "ticket_events"), ("calls", "calls"),
           ("surveys", "surveys"))  # fmt: skip

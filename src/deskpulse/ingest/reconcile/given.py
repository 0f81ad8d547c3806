"""The vendor's numbers: read from a file, or as an import kept them, each with the step that it was rounded to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from deskpulse.core.errors import InputError, LimitError
from deskpulse.core.settings import Settings
from deskpulse.ingest.flatten import flatten
from deskpulse.ingest.reconcile.measures import MEASURES, Measure, as_number
from deskpulse.ingest.stored import frame_of
from deskpulse.ingest.values.durations import UNIT_SECONDS
from deskpulse.ingest.values.read import read_column
from deskpulse.ingest.values.text import as_text, clean, clean_ids
from deskpulse.sources.files import open_tables
from deskpulse.sources.flat import flatten as flat_record
from deskpulse.sources.vendor_metrics import Found, recognise
from deskpulse.warehouse import Reader

_ROWS = 20_000
_TIMES = ("iso", "epoch_s", "epoch_ms", "dmy", "mdy", "excel")
_MOST_DECIMALS = 6


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A column as numbers, row by row of the tickets; `step` is what they are rounded to; `told` how they were read."""

    values: pl.Series
    step: float
    told: str = ""
    unreadable: int = 0


@dataclass(frozen=True, kw_only=True)
class GivenColumn:
    """A vendor's number of each ticket: `readings` are the ways to read it, more than one where unit or order of dates
    is not told."""

    measure: Measure
    field: str
    readings: tuple[Reading, ...]


@dataclass(frozen=True, kw_only=True)
class Given:
    """The vendor's numbers of some tickets: row i of `tickets` (`external_id, changed_at`) is row i of each column."""

    label: str
    vendor: str
    tickets: pl.DataFrame
    columns: tuple[GivenColumn, ...]
    is_file: bool
    notes: tuple[str, ...] = ()


@dataclass
class _Table:
    """The rows of one table that hold a vendor's numbers, the last of each ticket, as text."""

    label: str
    fields: dict[str, Found]
    rows: pl.DataFrame
    read: int = 0
    nameless: int = 0
    notes: list[str] = field(default_factory=list)


def from_file(path: Path, settings: Settings, zone: str) -> Given:
    """Read a vendor's numbers from a file, folder or archive; times without a zone are local to `zone`.

    InputError when none of its columns is a number that can be compared; LimitError for more tickets than are taken.
    """
    opened = open_tables(path, settings)
    tables = [table for part in opened.parts if (table := _table(part.chunks(_ROWS), settings)) is not None]
    if not tables:
        raise InputError(
            f"{path.name} has no column that holds a help desk's own number of a ticket beside the ticket's id.",
            hint="Give an export with its metrics (Zendesk's ticket_metrics, Freshdesk's stats, Intercom's statistics),"
            ' or a table with the ticket\'s id and columns such as "First reply time (min)".',
        )
    whole, fields = tables[0].rows, dict(tables[0].fields)
    for table in tables[1:]:
        whole = _joined(whole, table.rows)
        fields = {**table.fields, **fields}
    notes = list(opened.notes)
    if repeated := sum(t.read - t.nameless - t.rows.height for t in tables):
        notes.append(
            f"{repeated:,} rows are about a ticket that has a later row in the same table; the last one counts."
        )
    if nameless := sum(t.nameless for t in tables):
        notes.append(f"{nameless:,} rows have no ticket id and were left out.")
    columns = tuple(_column(MEASURES[name], found, whole[name], settings, zone) for name, found in fields.items())
    tickets = whole.select("external_id", changed_at=_moments(whole["changed_at"], settings, zone))
    return Given(
        label=path.name, vendor=tables[0].label, tickets=tickets, columns=columns, is_file=True, notes=tuple(notes)
    )


def from_store(reader: Reader, source: str, settings: Settings, zone: str) -> Given:
    """Return the vendor's numbers as the import of `source` kept them: in tickets' rows and in what had no place."""
    base = {m.column: m for m in MEASURES.values() if m.name in _KEPT}
    listed = ", ".join(f"b.{name}" for name in base)
    rows = frame_of(
        reader,
        f"SELECT t.external_id, b.updated_at AS changed_at, t.extra, {listed} FROM ticket_basis b"
        " JOIN tickets t USING (ticket_id) WHERE t.source = $source AND t.external_id IS NOT NULL"
        " ORDER BY t.ticket_id LIMIT $most",
        {"source": source, "most": settings.reconcile_max_tickets + 1},
    )
    _within(rows.height, source, settings)
    beside = _beside(rows["extra"])
    known = recognise(["id", *beside.columns]) if beside.width else None
    columns = [
        _column(MEASURES[f.measure], f, beside[f.column], settings, zone)
        for f in (known.fields if known else ())
        if f.column in beside.columns
    ]
    told = {c.measure.name for c in columns}
    for name, measure in base.items():
        if measure.name not in told and rows[name].null_count() < rows.height:
            values = rows.select(as_number(name, measure)).to_series()
            reading = Reading(values=values, step=_step_of_seconds(values, measure))
            columns.append(GivenColumn(measure=measure, field=name, readings=(reading,)))
    if not columns:
        raise InputError(
            f"The import of {source!r} kept no number of the help desk's own.",
            hint="Name the file that holds them instead: deskpulse reconcile FILE.",
        )
    return Given(
        label=source, vendor=known.vendor.label if known else source, is_file=False, columns=tuple(columns),
        tickets=rows.select("external_id", pl.col("changed_at").cast(pl.Datetime("us", "UTC"))),
    )  # fmt: skip


_KEPT = frozenset({
    "first_reply", "first_resolution", "full_resolution", "requester_wait", "agent_wait", "on_hold", "first_replied_at",
    "first_solved_at", "solved_at", "closed_at", "reopened_at", "replies", "reopens", "handoffs", "team_handoffs",
    "one_touch", "sla_met", "first_reply_sla_met", "resolution_sla_met",
})  # fmt: skip
"""Measures whose column an import keeps as the source gave it."""


def _beside(extra: pl.Series) -> pl.DataFrame:
    """Return what imports kept aside, flat, as text; rows as they are."""
    flat: list[Mapping[str, Any]] = []
    for text in extra:
        try:
            found = orjson.loads(text) if text else {}
        except orjson.JSONDecodeError:
            found = {}
        flat.append(flat_record(found) if isinstance(found, dict) else {})
    names = [n for n in dict.fromkeys(name for row in flat for name in row) if n != "id"]
    return pl.DataFrame({name: pl.Series(name, [row.get(name) for row in flat], dtype=pl.String) for name in names})


def _within(tickets: int, where: str, settings: Settings) -> None:
    if tickets > settings.reconcile_max_tickets:
        raise LimitError(
            f"{where} has more than {settings.reconcile_max_tickets:,} tickets to compare.",
            setting="reconcile_max_tickets",
        )


def _table(chunks: Iterator[Any], settings: Settings) -> _Table | None:
    table: _Table | None = None
    for chunk in chunks:
        frame = flatten(chunk.frame)
        known = recognise(frame.columns)
        if known is None:
            if table is None:
                return None
            continue
        found = {f.measure: f for f in known.fields}
        columns = [clean_ids(frame[known.id_column]).alias("external_id")]
        changed = frame[known.changed_column] if known.changed_column else pl.Series([None] * frame.height)
        columns.append(as_text(changed).cast(pl.String).alias("changed_at"))
        columns += [as_text(frame[f.column]).alias(f.measure) for f in known.fields]
        rows = pl.DataFrame(columns).with_columns(pl.all().cast(pl.String))
        if table is None:
            table = _Table(known.vendor.label, found, rows.clear())
        table.fields = {**found, **table.fields}
        table.read += rows.height
        table.nameless += rows["external_id"].null_count()
        kept = pl.concat([table.rows, rows.drop_nulls("external_id")], how="diagonal")
        table.rows = kept.unique("external_id", keep="last", maintain_order=True)
        _within(table.rows.height, "The file", settings)
    return table if table is not None and table.rows.height else None


def _joined(left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    """Return the tickets of both; where both tell, the left one counts."""
    both = left.join(right, on="external_id", how="full", coalesce=True, suffix="_other", maintain_order="left_right")
    shared = [c for c in both.columns if c.endswith("_other")]
    return both.with_columns(
        pl.coalesce(c.removesuffix("_other"), c).alias(c.removesuffix("_other")) for c in shared
    ).drop(shared)


def _moments(texts: pl.Series, settings: Settings, zone: str) -> pl.Series:
    """Return times as written, by the reading that reads most."""
    tried = [read_column(texts, parse, "time", settings=settings, zone=zone).values for parse in _TIMES[:3]]
    return min(tried, key=lambda values: values.null_count())


def _column(measure: Measure, found: Found, texts: pl.Series, settings: Settings, zone: str) -> GivenColumn:
    there = texts.len() - clean(texts, bare_na=True).null_count()

    def reading(parse: str, kind: Any, told: str, step: float | None = None) -> Reading:
        read = read_column(texts, parse, kind, settings=settings, zone=zone).values
        lost = there - (read.len() - read.null_count())
        frame = pl.DataFrame({measure.column: read})
        values = frame.select(as_number(measure.column, measure)).to_series()
        return Reading(
            values=values, step=_step_of_seconds(values, measure) if step is None else step, told=told, unreadable=lost
        )

    if measure.kind == "time":
        tried = [reading(parse, "time", parse) for parse in _TIMES]
        best = min(r.unreadable for r in tried)
        readings = [r for r in tried if r.unreadable == best]
    elif measure.kind == "seconds":
        units = [found.unit] if found.unit else ["minutes", "seconds", "hours", "days"]
        decimals = _decimals(texts)
        readings = [
            reading(f"duration_{u}", "float", str(u), None if decimals is None else UNIT_SECONDS[u] * 10.0**-decimals)
            for u in units
        ]
    elif measure.kind == "yes_no":
        told = reading("bool", "bool", "yes or no", 1.0)
        readings = [replace(told, values=1.0 - told.values) if found.is_opposite else told]
    else:
        counted = reading("number", "float", "count", 1.0)
        less = Reading(values=counted.values - found.more, step=1.0, told="count", unreadable=counted.unreadable)
        readings = [less if found.more else counted]
    return GivenColumn(measure=measure, field=found.column, readings=tuple(readings))


def _decimals(texts: pl.Series) -> int | None:
    """Return how many decimals the numbers have at most, None when some are written in another way ("2h 30m")."""
    cells = clean(texts, bare_na=True).drop_nulls()
    if not cells.len() or not cells.str.contains(r"^[+-]?\d+(?:[.,]\d+)?$").all():
        return None
    longest = cells.str.extract(r"[.,](\d*?)0*$").fill_null("").str.len_chars().max()
    return min(int(longest), _MOST_DECIMALS) if isinstance(longest, int) else 0


def _step_of_seconds(values: pl.Series, measure: Measure) -> float:
    """Return 60 when all seconds are whole minutes, else 1; counts go by 1."""
    if measure.kind not in ("seconds", "time"):
        return 1.0
    there = values.drop_nulls()
    return 60.0 if there.len() and ((there % 60).abs() < 1e-6).all() else 1.0

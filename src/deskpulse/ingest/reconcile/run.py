"""Compares our numbers with a vendor's, out of a file or as an import kept them; reads only."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl

from deskpulse.core.errors import InputError, NotFoundError
from deskpulse.ingest.context import ImportContext
from deskpulse.ingest.reconcile.given import Given, from_file, from_store
from deskpulse.ingest.reconcile.judge import Bar, chosen, judge
from deskpulse.ingest.reconcile.ours import Match, match, our_numbers
from deskpulse.ingest.reconcile.result import Reconciliation
from deskpulse.warehouse import Reader


def reconcile_file(context: ImportContext, path: Path, *, source: str | None = None) -> Reconciliation:
    """Compare with the numbers in a file, folder or archive of tickets that were imported, as `source` if named.

    NotFoundError when none of its tickets is here, InputError when it has no number to compare.
    """
    given = from_file(path, context.settings, _zone(context))
    with context.warehouse.reader() as reader:
        return _compared(context, reader, given, source)


def reconcile_source(context: ImportContext, source: str) -> Reconciliation:
    """Compare with the numbers that the import of `source` kept; NotFoundError when there is no such source."""
    with context.warehouse.reader() as reader:
        names = [n for (n,) in reader.rows("SELECT DISTINCT source FROM tickets WHERE source IS NOT NULL ORDER BY 1")]
        if source not in names:
            raise NotFoundError(
                f"There is no file and no source {source!r}.",
                hint=f"Sources with tickets here: {', '.join(names)}." if names else "Nothing is imported here yet.",
            )
        given = from_store(reader, source, context.settings, _zone(context))
        return _compared(context, reader, given, source)


def _zone(context: ImportContext) -> str:
    return context.control.workspaces.get(context.workspace).timezone


def _compared(context: ImportContext, reader: Reader, given: Given, source: str | None) -> Reconciliation:
    settings = context.settings
    found = match(reader, given, source)
    empty = [c.field for c in given.columns if all(r.values.null_count() == r.values.len() for r in c.readings)]
    given = replace(given, columns=tuple(c for c in given.columns if c.field not in empty))
    if not given.columns:
        raise InputError(
            f"All numbers of {given.label} are empty.", hint="Export them once the help desk has set them."
        )
    rows = given.tickets.with_row_index("row").join(found.both, on="external_id", how="inner", maintain_order="left")
    picked = rows["row"]
    wanted = [column.measure for column in given.columns]
    replies = next((c.readings[0].values.gather(picked) for c in given.columns if c.measure.name == "replies"), None)
    tickets = our_numbers(reader, rows.select("ticket_id", "changed_at"), context.rules, wanted, replies)
    bar = Bar(support=settings.reconcile_least_support, alike=settings.reconcile_least_alike)
    judged = []
    for column in given.columns:
        ours = tickets[f"ours|{column.measure.name}"].cast(pl.Float64).fill_null(np.nan).to_numpy()
        readings = tuple(replace(r, values=r.values.gather(picked)) for r in column.readings)
        own = replace(column, readings=readings)
        judged.append(judge(own, chosen(own, ours), tickets, bar))
    alone, more = _alone(reader, given, found, bar)
    silent = [f"Empty in {given.label}, so not compared: {', '.join(empty)}."] if empty else []
    told = [f"The field {j.field!r} was read as {j.reading.told}, which agrees best: its unit is not told."
            for j, c in zip(judged, given.columns, strict=True)
            if len(c.readings) > 1 and j.measure.kind == "seconds"]  # fmt: skip
    lost = [f"Cells of {j.field!r} that cannot be read and were left out: {j.reading.unreadable:,}."
            for j in judged if j.reading.unreadable]  # fmt: skip
    return Reconciliation(
        given=given, match=found, tickets=rows.select("external_id", "ticket_id"), judged=tuple(judged), alone=alone,
        notes=(*given.notes, *silent, *told, *lost, *more),
    )  # fmt: skip


def _alone(reader: Reader, given: Given, found: Match, bar: Bar) -> tuple[dict[str, list[str]], list[str]]:
    """Return the tickets that only one side has, by cause, and what to say of them.

    Spam and merged tickets are left out by definition when, within the file's period, most of them are.
    """
    alone = {"missing_here": found.only_there}
    if not given.is_file:
        return alone, []
    left = found.only_here
    for cause, mark, sql in _LEFT_OUT:
        out = left.filter(pl.col(mark))
        row = reader.one(sql, {"ids": found.both["ticket_id"].to_list()}) if out.height else None
        kept = int(row[0]) if row else 0
        if out.height and out.height >= bar.support * (out.height + kept):
            alone[cause] = out["ticket_id"].to_list()
            left = left.filter(~pl.col(mark))
    alone["missing_there"] = left["ticket_id"].to_list()
    notes = []
    if left.height > found.both.height:
        notes.append(
            f"{given.label} has {found.both.height:,} of the {found.both.height + left.height:,} tickets that were "
            "created within its period: it seems to be a part of what the help desk has, so tickets that are not "
            "in it may be missing for that reason alone."
        )
    return alone, notes


_LEFT_OUT = (
    ("spam_left_out", "is_spam",
     "SELECT count(*) FROM tickets SEMI JOIN (SELECT unnest($ids) AS ticket_id) USING (ticket_id) WHERE is_spam"),
    ("merged_left_out", "is_merged",
     "SELECT count(DISTINCT ticket_id) FROM ticket_links SEMI JOIN (SELECT unnest($ids) AS ticket_id) USING (ticket_id)"
     " WHERE kind = 'merged'"),
)  # fmt: skip
"""Tickets that others leave out: the cause, our mark, and how many of some tickets have it."""

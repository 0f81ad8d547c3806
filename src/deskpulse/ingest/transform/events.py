"""Event logs: activities, changes of one field, or the whole ticket after each update."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import polars as pl

from deskpulse.ingest.model import Mapping
from deskpulse.ingest.shapes.tickets import TICKETS
from deskpulse.ingest.transform.identity import with_source
from deskpulse.ingest.transform.model import Mapped, TransformState
from deskpulse.ingest.transform.people import identify, stubs
from deskpulse.ingest.transform.rows import Origin, ReadRows
from deskpulse.ingest.transform.tables import provenance, with_time_problem
from deskpulse.ingest.values.words import PRIORITY, STATUS, normal
from deskpulse.warehouse.schema import TICKET_EVENTS
from deskpulse.warehouse.schema import TICKETS as TICKET_TABLE

TRACKED = {
    "status": ("status",), "agent": ("agent", "agent_id"), "team": ("team", "team_id"), "priority": ("priority",),
    "category": ("category",), "escalated": ("is_escalated",),
}  # fmt: skip
"""Fields whose changes are events, and the ticket columns that show them."""

MAY_BE_CLEARED = ("agent", "team")
"""Fields whose becoming empty is a change; for the others it only means that the source does not say."""

TAKES_ON = frozenset({
    "take in charge", "take in charge ticket", "taken in charge", "accept", "accepted", "accept ticket", "claim",
    "claimed", "claim ticket", "pick up", "picked up", "pick up ticket", "self assigned", "assign to self",
})  # fmt: skip
"""Activities by which the one who does them becomes the ticket's agent."""

ESCALATES = frozenset({"escalate", "escalated", "escalate ticket", "ticket escalated", "escalation", "eskaliert"})

_DONE_BY = pl.coalesce("actor_id", "actor")
_ACTOR = ("actor", "actor_id", "actor_kind")


def event_rows(read: ReadRows, mapping: Mapping, origin: Origin, state: TransformState) -> Mapped:
    """Return the events of a log, and the tickets that it is about.

    An activity log gives an event for each activity: of the field "status" when the activity is one of our statuses
    (the activity's own words are then in `extra`), else of the field named like the column. A log of changes gives an
    event for each, with our name for the field where we have one. Full states give an event for each field that
    differs from the state before; the first state of a ticket gives events whose old value is null. Equal rows are
    one event: their ids are made of what they say.
    """
    given = [c for c in read.values.columns if c.startswith("tickets.")]
    values = read.values.rename({c: c.removeprefix("tickets.") for c in given})
    values = values.with_columns(
        external=pl.col("ticket_id"),
        ticket_id=with_source(origin.source, pl.col("ticket_id")),
        row=_in_time_order(read, state),
        extra=read.extra if read.extra is not None else pl.lit(None, dtype=pl.String),
        **{c: pl.lit(None, dtype=pl.String) for c in _ACTOR if c not in values.columns},
    )
    if "new_value" in values.columns and "field" not in values.columns and "agent" not in values.columns:
        taking = [w for w in values["new_value"].unique().drop_nulls() if normal(w) in TAKES_ON]
        values = values.with_columns(agent=pl.when(pl.col("new_value").is_in(taking)).then(_DONE_BY))
    values = identify(values, origin.source)
    if "new_value" not in values.columns:
        return _from_states(read, values, origin, state)
    read_events = _from_changes if "field" in values.columns else _from_activities
    events = read_events(values, mapping)
    carried = provenance(origin)
    columns = [c for c in TICKET_TABLE.column_names if c in values.columns and c not in ("ticket_id", "extra")]
    tickets = values.group_by("ticket_id", maintain_order=True).agg(
        pl.col("external").first().alias("external_id"), *(pl.col(c).drop_nulls().last() for c in columns)
    )
    return Mapped(
        tables={"ticket_events": _finished(events, origin, mapping)} if events.height else {},
        stubs={"tickets": tickets.with_columns(**carried), **stubs(values, carried)} if values.height else {},
        rejected=read.rejected, rows=0, notes=read.notes,
    )  # fmt: skip


_BEYOND_ROWS = 10**12


def _in_time_order(read: ReadRows, state: TransformState) -> pl.Series:
    """Return numbers that grow with time where rows share an instant: row numbers, turned round in a log that has
    the newest first (as its first rows with different times show: those of one ticket, else any).
    """
    if state.is_newest_first is None:
        time = pl.col("happened_at")
        seen = [state.last_rows] if state.last_rows is not None else []
        state.last_rows = pl.concat([*seen, read.values.select("ticket_id", time)])
        steps = state.last_rows.select(of_one=time.diff().over("ticket_id"), of_any=time.diff())
        for kind in ("of_one", "of_any"):
            back, on = int((steps[kind] < timedelta()).sum()), int((steps[kind] > timedelta()).sum())
            if back or on:
                state.is_newest_first, state.last_rows = back > on, None
                break
    return _BEYOND_ROWS - read.row_numbers if state.is_newest_first else read.row_numbers


def _from_states(read: ReadRows, values: pl.DataFrame, origin: Origin, state: TransformState) -> Mapped:
    fields = {
        field: pl.coalesce(pl.col(c).cast(pl.String) for c in columns if c in values.columns)
        for field, columns in TRACKED.items()
        if any(c in values.columns for c in columns)
    }
    place = ["ticket_id", "happened_at", "row", *_ACTOR]
    states = values.select(*place, **fields).with_columns(extra=pl.lit(None, dtype=pl.String))
    rows = state.snapshots.latest(states)
    changes = state.snapshots.changes(states, list(fields))
    if changes.height:
        changes = changes.filter(pl.col("new_value").is_not_null() | pl.col("field").is_in(MAY_BE_CLEARED))
    carried = provenance(origin)
    last = with_time_problem(values.filter(pl.col("row").is_in(rows.implode()))).with_columns(
        updated_at=pl.col("happened_at"), external_id=pl.col("external"), **carried
    )
    kept = [c for c in (*TICKET_TABLE.column_names, "external_id") if c in last.columns]
    tables = {"tickets": last.select(*dict.fromkeys(kept))} if last.height else {}
    if changes.height:
        tables["ticket_events"] = _finished(changes, origin, None)
    return Mapped(tables=tables, stubs=stubs(values, carried), rejected=read.rejected, rows=0, notes=read.notes)


def _from_activities(values: pl.DataFrame, mapping: Mapping) -> pl.DataFrame:
    column = mapping.column_for("new_value")
    own = column.values if column is not None else {}
    name = column.column if column is not None else "activity"
    done = pl.col("new_value")
    words = values["new_value"].unique().drop_nulls().to_list()
    statuses = {w: s for w in words if (s := own.get(w.lower(), STATUS.words.get(normal(w), "")))}
    escalating = [w for w in words if normal(w) in ESCALATES]
    events = values.filter(done.is_not_null()).with_columns(
        status=done.replace_strict(list(statuses), list(statuses.values()), default=None, return_dtype=pl.String)
        if statuses else pl.lit(None, dtype=pl.String),
    )  # fmt: skip
    told = pl.struct(done.alias(name)).struct.json_encode()
    known = pl.col("status").is_not_null()
    escalated = done.is_in(escalating)
    main = events.with_columns(
        field=pl.when(known).then(pl.lit("status")).when(escalated).then(pl.lit("escalated")).otherwise(pl.lit(name)),
        new_value=pl.when(known).then("status").when(escalated).then(pl.lit("true")).otherwise(done),
        extra=pl.when(known & pl.col("extra").is_null()).then(told)
        .when(known).then(told.str.head(-1) + "," + pl.col("extra").str.slice(1))
        .otherwise("extra"),
    )  # fmt: skip
    taking = [w for w in words if normal(w) in TAKES_ON]
    taken = events.filter(done.is_in(taking) & _DONE_BY.is_not_null()).with_columns(
        field=pl.lit("agent"), new_value=_DONE_BY, extra=pl.lit(None, dtype=pl.String)
    )
    return pl.concat([main, taken]).sort("row", maintain_order=True)


def our_field(name: str) -> str | None:
    """Return our name of the field that a log calls `name` ("assignee_id": "agent"), or None when it is another."""
    plain = normal(name)
    for field, columns in (*TRACKED.items(), ("tag", ("tags",))):
        if plain == field or any(plain == normal(c) or plain in TICKETS.by_name[c].synonyms for c in columns):
            return field
    return None


def _from_changes(values: pl.DataFrame, mapping: Mapping) -> pl.DataFrame:
    column = mapping.column_for("field")
    own = column.values if column is not None else {}
    names = values["field"].unique().drop_nulls().to_list()
    ours = {n: own.get(n.lower()) or our_field(n) or n for n in names}
    events = values.filter(pl.col("field").is_not_null()).with_columns(
        field=pl.col("field").replace_strict(list(ours), list(ours.values()), default=None, return_dtype=pl.String)
        if ours else pl.col("field"),
    )  # fmt: skip
    for end in ("old_value", "new_value"):
        if end not in events.columns:
            continue
        translated = pl.col(end)
        for field, vocabulary in (("status", STATUS), ("priority", PRIORITY)):
            words = events.filter(pl.col("field") == field)[end].unique().drop_nulls().to_list()
            known = {w: m for w in words if (m := vocabulary.meaning(w))}
            if known:
                said = pl.col(end).replace(known)
                translated = pl.when(pl.col("field") == field).then(said).otherwise(translated)
        events = events.with_columns(translated.alias(end))
    return events


def _finished(events: pl.DataFrame, origin: Origin, mapping: Mapping | None) -> pl.DataFrame:
    """Give events their ids (the source's, else of their content), order number and provenance."""
    has_ids = mapping is not None and "event_id" in events.columns
    said = [c for c in ("ticket_id", "happened_at", "field", "new_value", *_ACTOR) if c in events.columns]
    if not has_ids:
        said = [c for c in said if c not in _ACTOR] if mapping is None else said
        joined = events.select(
            pl.concat_str([pl.format("\x01{}", pl.col(c).cast(pl.String).fill_null("")) for c in said])
        ).to_series()
        digests = [hashlib.blake2b(text.encode(), digest_size=8).hexdigest() for text in joined]
        events = events.with_columns(event_id=pl.Series(digests, dtype=pl.String), external_id=pl.format("{}", "row"))
    else:
        suffix = pl.when(pl.int_range(pl.len()).over("event_id") == 0).then(pl.lit("")).otherwise(":" + pl.col("field"))
        events = events.with_columns(external_id=pl.col("event_id"), event_id=pl.col("event_id") + suffix)
    events = events.with_columns(
        event_id=with_source(origin.source, pl.col("event_id")),
        actor_id=with_source(origin.source, _DONE_BY), **provenance(origin),
    )  # fmt: skip
    kept = [c for c in TICKET_EVENTS.column_names if c in events.columns]
    return events.select(kept)

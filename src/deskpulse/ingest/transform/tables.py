"""Rows that are rows of one of our tables: tickets, calls, surveys, people and the rest."""

from __future__ import annotations

import polars as pl

from deskpulse.core.clock import now
from deskpulse.ingest.transform.identity import content_ids, with_source
from deskpulse.ingest.transform.model import Mapped, TransformState
from deskpulse.ingest.transform.people import ROLES, identify, stubs
from deskpulse.ingest.transform.rows import Origin, ReadRows
from deskpulse.ingest.values.read import DTYPES
from deskpulse.warehouse.schema import ENTITIES

REFERENCES = (
    "ticket_id", "other_ticket_id", "call_id", "message_id", "in_reply_to", "conversation_id", "author_id",
    "actor_id", "article_id", "turn_id", "survey_id", "review_id",
)  # fmt: skip
"""Columns that hold the source's id of something; those of people are filled by `people.identify`."""

ORDER_PROBLEMS = (
    ("closed_at", "created_at", "closed before created"),
    ("solved_at", "created_at", "solved before created"),
    ("first_solved_at", "created_at", "solved before created"),
    ("first_replied_at", "created_at", "replied before created"),
    ("reopened_at", "created_at", "reopened before created"),
)


def provenance(origin: Origin) -> dict[str, pl.Expr]:
    """Return the columns that every written row carries, but for external_id."""
    return {
        "source": pl.lit(origin.source), "run_id": pl.lit(origin.run_id),
        "ingested_at": pl.lit(now()).cast(DTYPES["time"]),
    }  # fmt: skip


def keyed(read: ReadRows, origin: Origin, state: TransformState, key: str) -> pl.DataFrame:
    """Return the values with `external_id` (the source's, else from the content) and the key made of it.

    A person or group without an id is known by e-mail address, else by name, as in rows that only name it.
    """
    values = read.values
    if key in values.columns:
        values = values.with_columns(external_id=pl.col(key))
    else:
        own = content_ids(read.raw, state.occurrences).alias("external_id")
        is_person = any(role.id == key for role in ROLES)
        known = [c for c in ("email", "name") if c in values.columns] if is_person else []
        named = [pl.col(c).str.to_lowercase() if c == "email" else pl.col(c) for c in known]
        values = values.with_columns(own).with_columns(external_id=pl.coalesce([*named, pl.col("external_id")]))
    return values.with_columns(with_source(origin.source, pl.col("external_id")).alias(key))


def table_rows(read: ReadRows, origin: Origin, state: TransformState) -> Mapped:
    """Return the rows of the shape's table, rows of other tables that they tell of, and stubs."""
    table = ENTITIES[read.shape.table]
    key = table.key[0]
    values = keyed(read, origin, state, key)
    references = [c for c in REFERENCES if c in values.columns and c != key]
    values = values.with_columns(with_source(origin.source, pl.col(c)).alias(c) for c in references)
    values = identify(values, origin.source, besides=table.name)
    if table.name == "tickets":
        values = with_time_problem(values)
    if read.extra is not None:
        values = values.with_columns(read.extra.alias("extra"))
    carried = provenance(origin)
    kept = [c for c in (*table.column_names, "external_id") if c in values.columns]
    rows = values.select(*dict.fromkeys(kept)).with_columns(**carried)
    tables = {table.name: rows} if rows.height else {}
    if "surveys.score" in values.columns and (answers := _answers(values, origin)).height:
        tables["surveys"] = answers.with_columns(**carried)
    if table.name == "tickets" and (links := _links(values, origin)).height:
        tables["ticket_links"] = links.with_columns(**carried)
    return Mapped(
        tables=tables,
        stubs=stubs(values, carried),
        rejected=read.rejected,
        rows=0,
        notes=read.notes,
    )


def _answers(values: pl.DataFrame, origin: Origin) -> pl.DataFrame:
    """Return the satisfaction scores that tickets carry as surveys: one a ticket, so that a later export renews it.

    Where no column says when it was answered, it is the last time that the ticket tells.
    """
    times = [
        c for c in ("surveys.responded_at", "closed_at", "solved_at", "updated_at", "created_at") if c in values.columns
    ]
    external = pl.col("external_id") + ":csat"
    said = {c.removeprefix("surveys."): pl.col(c) for c in values.columns if c.startswith("surveys.")}
    about = [c for c in ("ticket_id", "customer_id", "agent_id", "agent", "team", "channel") if c in values.columns]
    return values.filter(pl.col("surveys.score").is_not_null()).select(
        *about, **said | {
            "survey_id": with_source(origin.source, external), "external_id": external, "kind": pl.lit("csat"),
            "responded_at": pl.coalesce(times) if times else pl.lit(None, dtype=DTYPES["time"]),
        }
    )  # fmt: skip


_LINKS = {"merged_into": "merged", "follow_up_of": "follow_up"}


def _links(values: pl.DataFrame, origin: Origin) -> pl.DataFrame:
    """Return the links that tickets' own rows tell: one a ticket and kind."""
    found = []
    for column, kind in _LINKS.items():
        if column in values.columns:
            external = pl.col("external_id") + f":{kind}"
            found.append(
                values.filter(pl.col(column).is_not_null() & (pl.col(column) != pl.col("external_id"))).select(
                    "ticket_id", external_id=external, link_id=with_source(origin.source, external),
                    other_ticket_id=with_source(origin.source, pl.col(column)), kind=pl.lit(kind),
                )
            )  # fmt: skip
    return pl.concat(found) if found else pl.DataFrame()


def with_time_problem(values: pl.DataFrame) -> pl.DataFrame:
    """Name the first pair of times that are in the wrong order, in `time_problem`."""
    told = [
        pl.when(pl.col(later) < pl.col(earlier)).then(pl.lit(problem))
        for later, earlier, problem in ORDER_PROBLEMS
        if later in values.columns and earlier in values.columns
    ]
    return values.with_columns(time_problem=pl.coalesce(told)) if told else values

"""What was known of tickets at moments of the past, rebuilt from what had happened by then and nothing that came later.

A ticket's row tells how it is now; used for training, forecasts or before-and-after checks it would tell the future.
Here only moments of events, messages, surveys and calls before the cut-off count, and of the row only what
cannot change: when it was created, by which channel, and how its own text reads.
"""

from __future__ import annotations

import polars as pl

from deskpulse.core.errors import InputError
from deskpulse.metrics import known_course as course
from deskpulse.metrics import known_talk as talk
from deskpulse.warehouse import Reader

_BASIS = "created_at channel is_agent_created sentiment urgency category category_by"
_EVENT = "event_id external_id happened_at field old_value new_value actor_kind"
_MESSAGE = "message_id sent_at author_kind author_id is_public channel sentiment"
_SURVEY = "survey_id kind offered_at responded_at score"
MOMENTS = {"ticket_id": pl.String(), "known_at": pl.Datetime("us", "UTC")}
"""Columns of the question: tickets and the moments at which to know them; one ticket may have several."""


def as_known(reader: Reader, moments: pl.DataFrame) -> pl.DataFrame:
    """Return one row per row of `moments` (as `MOMENTS`) whose ticket had begun by then, in order, with its features.

    What happened at or after `known_at` does not count, neither does what has no time. Times are UTC, durations
    seconds; what could not be known yet is null. Waits and ages run on until `known_at`. Raises InputError where
    `moments` lacks a column.
    """
    if missing := [c for c in MOMENTS if c not in moments.columns]:
        raise InputError(f"Moments lack the column {missing[0]}.", hint="Give ticket_id and known_at for each row.")
    asked = moments.select(pl.col(name).cast(kind) for name, kind in MOMENTS.items()).with_row_index("row")
    ids = asked["ticket_id"].unique().drop_nulls().to_list()
    basis = _read(reader, "ticket_basis", _BASIS, ids)
    events = _before(asked, _read(reader, "ticket_events", _EVENT, ids), "happened_at")
    messages = _before(asked, _read(reader, "messages", _MESSAGE, ids), "sent_at")
    surveys = _read(reader, "surveys", _SURVEY, ids)
    answers = _before(asked, surveys, "responded_at")
    agents = _frame(reader, "SELECT agent_id, external_id, name, label, is_bot FROM agents", {})
    contacts = [
        events.select("row", at="happened_at"),
        messages.select("row", at="sent_at"),
        answers.select("row", at="responded_at"),
        _before(asked, surveys, "offered_at").select("row", at="offered_at"),
        _before(asked, _read(reader, "calls", "call_id started_at", ids), "started_at").select("row", at="started_at"),
    ]
    begun = _begun(asked.join(basis, on="ticket_id", how="left", maintain_order="left"), events, contacts)
    messages = talk.prepared(messages, begun, agents)
    events = course.prepared(events, agents)
    for found in (
        course.status(events, begun),
        course.held(events, begun, "agent", agents),
        course.held(events, begun, "team", agents),
        course.latest(events),
        talk.counts(messages),
        talk.waiting(messages),
        _scores(answers),
    ):
        begun = begun.join(found, on="row", how="left", maintain_order="left")
    return _features(begun)


def _frame(reader: Reader, sql: str, params: dict[str, object]) -> pl.DataFrame:
    found = pl.from_arrow(reader.arrow(sql, params))
    assert isinstance(found, pl.DataFrame)  # noqa: S101  narrows the type
    times = [name for name, kind in found.schema.items() if isinstance(kind, pl.Datetime)]
    return found.with_columns(pl.col(times).cast(pl.Datetime("us", "UTC")))


def _read(reader: Reader, table: str, columns: str, ids: list[str]) -> pl.DataFrame:
    listed = ", ".join(f't."{name}"' for name in ("ticket_id", *columns.split()))
    sql = f"SELECT {listed} FROM {table} t SEMI JOIN (SELECT unnest($ids::VARCHAR[]) AS ticket_id) USING (ticket_id)"
    return _frame(reader, sql, {"ids": ids})


def _before(asked: pl.DataFrame, rows: pl.DataFrame, time: str) -> pl.DataFrame:
    """Return the rows that had happened by each moment; what has no time is left out."""
    return asked.join(rows, on="ticket_id", how="inner").filter(pl.col(time) < pl.col("known_at"))


def _begun(asked: pl.DataFrame, events: pl.DataFrame, contacts: list[pl.DataFrame]) -> pl.DataFrame:
    """Add when each ticket began, as far as it was known, and keep those that had."""
    creation = (
        events.filter(pl.col("field") == "created")
        .sort("happened_at", "event_id")
        .group_by("row")
        .agg(creation_at=pl.col("happened_at").first(), creator=pl.col("actor_kind").drop_nulls().first())
    )
    first = pl.concat(contacts).group_by("row").agg(first_at=pl.col("at").min())
    by_agent = pl.when(pl.col("creator").is_not_null()).then(pl.col("creator") == "agent")
    return (
        asked.join(creation, on="row", how="left", maintain_order="left")
        .join(first, on="row", how="left", maintain_order="left")
        .with_columns(
            created_at=pl.coalesce("created_at", "creation_at", "first_at"),
            is_agent_created=pl.coalesce("is_agent_created", by_agent),
        )
        .filter(pl.col("created_at") < pl.col("known_at"))
    )


def _scores(answers: pl.DataFrame) -> pl.DataFrame:
    answered = answers.filter((pl.col("kind") == "csat") & pl.col("score").is_not_null())
    ordered = answered.sort("row", "responded_at", "survey_id")
    return ordered.group_by("row").agg(csat_score=pl.col("score").last(), first_csat_score=pl.col("score").first())


def _features(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the features, in order, without what they were made of."""
    by_text = pl.when(pl.col("category_by") == "taxonomy").then("category")
    contact = pl.max_horizontal("last_customer_message_at", "last_agent_message_at")

    def since(time: str | pl.Expr) -> pl.Expr:
        moment = pl.col(time) if isinstance(time, str) else time
        return (pl.col("known_at") - moment).dt.total_microseconds() / 1e6

    reply = (pl.col("first_replied_at") - pl.col("created_at")).dt.total_microseconds() / 1e6
    return rows.sort("row").select(
        "ticket_id", "known_at", "created_at",
        pl.coalesce("channel", "channel_seen").alias("channel"),
        pl.coalesce("is_agent_created", "agent_created_seen").alias("is_agent_created"),
        since("created_at").alias("age_seconds"),
        *course.FEATURES,
        since("status_at").alias("status_age_seconds"),
        pl.coalesce("category_seen", by_text).alias("category"),
        *talk.COUNTS,
        "first_replied_at", reply.alias("first_reply_seconds"),
        "last_customer_message_at", "last_agent_message_at",
        since(contact).alias("last_contact_age_seconds"),
        since("waiting_since").alias("waiting_seconds"),
        pl.coalesce("sentiment_said", "sentiment").alias("sentiment"),
        *talk.FEELINGS,
        pl.col("urgency").alias("text_urgency"),
        "csat_score", "first_csat_score",
    )  # fmt: skip

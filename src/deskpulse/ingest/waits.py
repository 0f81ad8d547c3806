"""Reply waits of tickets: from a customer's first message without an answer to the public reply of a person."""

from __future__ import annotations

import polars as pl


def reply_waits(talk: pl.DataFrame, facts: pl.DataFrame, stays: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of `reply_waits` (times of work apart) of all tickets that have messages.

    `talk` as `talk` of message_history returns it. Number 1 is the first reply as the ticket's facts have it, from
    its creation; a ticket that an agent created has it only once its customer wrote or an agent wrote again.
    """
    if not talk.height:
        return _finished(_first(facts, talk).clear(), facts, stays, names)
    heads = _heads(talk)
    same = pl.col("ticket_id") == pl.col("ticket_id").shift(-1)
    later = (
        heads.with_columns(
            replied_at=pl.when(same).then(pl.col("sent_at").shift(-1)),
            author_id=pl.when(same).then(pl.col("author_id").shift(-1)),
            author=pl.when(same).then(pl.col("author").shift(-1)),
            is_next=pl.col("ticket_id") == pl.col("ticket_id").shift(1),
        )
        .filter(~pl.col("is_reply") & pl.col("is_next"))
        .with_columns(number=pl.int_range(2, pl.len() + 2).over("ticket_id"))
        .select("ticket_id", "number", "replied_at", "author_id", "author", waited_from_at="sent_at")
    )
    return _finished(pl.concat([_first(facts, heads), later], how="diagonal"), facts, stays, names)


def _heads(talk: pl.DataFrame) -> pl.DataFrame:
    """Return the first message of each run by one side: the customer's and the replies, in turns."""
    said = talk.filter(
        (pl.col("is_reply") | (pl.col("is_customer") & pl.col("is_public"))) & pl.col("sent_at").is_not_null()
    )
    goes_on = (pl.col("ticket_id") == pl.col("ticket_id").shift(1)) & (
        pl.col("is_reply") == pl.col("is_reply").shift(1)
    )
    return said.filter(~goes_on.fill_null(False)).select("ticket_id", "sent_at", "is_reply", "author_id", "author")


def _first(facts: pl.DataFrame, heads: pl.DataFrame) -> pl.DataFrame:
    if not heads.height:
        heads = heads.select("ticket_id", "sent_at", "is_reply", "author_id", "author")
    replies = (
        heads.filter("is_reply")
        .unique("ticket_id", keep="first", maintain_order=True)
        .select("ticket_id", "author_id", "author")
    )
    wrote = heads.filter(~pl.col("is_reply")).select("ticket_id", has_asked=pl.lit(True)).unique("ticket_id")
    waits = (
        facts.filter(pl.col("message_seen").is_not_null() & pl.col("created_at").is_not_null())
        .select("ticket_id", "is_agent_created", waited_from_at="created_at", replied_at="first_replied_at")
        .join(wrote, on="ticket_id", how="left", maintain_order="left")
        .filter(
            pl.col("replied_at").is_not_null()
            | pl.col("has_asked").fill_null(False)
            | ~pl.col("is_agent_created").fill_null(False)
        )
    )
    return waits.join(replies, on="ticket_id", how="left", maintain_order="left").select(
        "ticket_id", "replied_at", "author_id", "author", "waited_from_at", number=pl.lit(1, pl.Int64)
    )


def _finished(waits: pl.DataFrame, facts: pl.DataFrame, stays: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    """Add ids, the agent's label, the team that had the ticket at the reply, and how long it took."""
    held = stays.select("ticket_id", "started_at", team_then="team").sort("started_at")
    labels = names.select(author_id="agent_id", label="label").unique("author_id", keep="first")
    lasted = (pl.col("replied_at") - pl.col("waited_from_at")).dt.total_microseconds() / 1e6
    answered = pl.col("replied_at").is_not_null()
    return (
        waits.join(facts.select("ticket_id", "time_problem", team_now="team"), on="ticket_id", how="left")
        .join(labels, on="author_id", how="left")
        .sort("replied_at")
        .join_asof(held, left_on="replied_at", right_on="started_at", by="ticket_id", check_sortedness=False)
        .sort("ticket_id", "number")
        .select(
            "ticket_id", "number", "waited_from_at", "replied_at",
            wait_id=pl.format("{}#{}", "ticket_id", "number"),
            agent_id=pl.when(answered).then("author_id"),
            agent=pl.when(answered).then(pl.coalesce("label", "author")),
            team=pl.when(answered & pl.col("started_at").is_not_null()).then("team_then").otherwise("team_now"),
            seconds=pl.when(pl.col("time_problem").is_null()).then(lasted),
        )
    )  # fmt: skip

"""What a ticket's messages say: the first reply, counts by kind, and how the customer felt.

Replies are public messages by human agents. Bots, automations and internal notes never count as
one; neither does the opening message of a ticket that an agent created.
"""

from __future__ import annotations

from datetime import timedelta

import polars as pl

OPENING = timedelta(seconds=2)
"""A ticket and its opening message are stored within this of each other."""


def with_bots(messages: pl.DataFrame, agents: pl.DataFrame) -> pl.DataFrame:
    """Return `messages` where those that known bots sent as agents are the bots'."""
    bots = agents.filter(pl.col("is_bot"))["agent_id"]
    by_bot = pl.col("author_kind").eq("agent") & pl.col("author_id").is_in(bots.implode())
    return messages.with_columns(author_kind=pl.when(by_bot).then(pl.lit("bot")).otherwise("author_kind"))


def talk(messages: pl.DataFrame, base: pl.DataFrame) -> pl.DataFrame:
    """Return `messages` in order, saying of each whether it `is_reply` or `is_customer`.

    `messages`: `ticket_id, message_id, sent_at, author_kind, author_id, author, is_public, channel`.
    `base`: `ticket_id, created_at, is_agent_created` as known otherwise; `agent_created_seen` is what messages add.
    """
    kind = pl.col("author_kind")
    ordered = messages.with_columns(is_public=pl.col("is_public").fill_null(True)).sort(
        "ticket_id", "sent_at", "message_id", nulls_last=True
    )
    is_opening = pl.col("message_id").eq_missing(pl.col("agent_opening_id"))
    return (
        ordered.join(_openings(ordered, base), on="ticket_id", how="left", maintain_order="left")
        .with_columns(
            is_reply=(pl.col("is_public") & (kind == "agent") & ~is_opening).fill_null(False),
            is_customer=(kind == "customer").fill_null(False),
        )
        .drop("agent_opening_id")
    )


def message_facts(told: pl.DataFrame) -> pl.DataFrame:
    """Return what messages, as `talk` returns them, say about each ticket that has some.

    Messages without a time count, but never as the first reply.
    """
    at, reply, customer = pl.col("sent_at"), pl.col("is_reply"), pl.col("is_customer")
    public, felt = pl.col("is_public"), pl.col("sentiment").filter(customer & pl.col("is_public")).drop_nulls()
    return told.group_by("ticket_id", maintain_order=True).agg(
        first_replied_seen=at.filter(reply).first(),
        agent_reply_seen=reply.sum().cast(pl.Int64),
        customer_message_seen=customer.sum().cast(pl.Int64),
        message_seen=public.sum().cast(pl.Int64),
        note_seen=(~public).sum().cast(pl.Int64),
        bot_reply_count=(public & (pl.col("author_kind") == "bot")).sum().cast(pl.Int64),
        agent_created_seen=pl.col("agent_created_seen").first(),
        last_message_at=at.max(),
        last_customer_message_at=at.filter(customer).max(),
        last_agent_message_at=at.filter(public & (pl.col("author_kind") == "agent")).max(),
        channel_seen=pl.col("channel").drop_nulls().first(),
        customer_id_seen=pl.col("author_id").filter(customer).drop_nulls().first(),
        customer_seen=pl.col("author").filter(customer).drop_nulls().first(),
        replier_id_seen=pl.col("author_id").filter(reply).last(),
        replier_seen=pl.col("author").filter(reply).last(),
        sentiment_first=felt.first(),
        sentiment_last=felt.last(),
        sentiment_volatility=felt.std(),
    )


def _openings(ordered: pl.DataFrame, base: pl.DataFrame) -> pl.DataFrame:
    """Say of each ticket whether an agent created it, and which message was then its opening."""
    public = ordered.filter(pl.col("is_public") & pl.col("author_kind").is_in(["customer", "agent"]))
    first = public.group_by("ticket_id", maintain_order=True).agg(
        first_id=pl.col("message_id").first(),
        first_kind=pl.col("author_kind").first(),
        first_at=pl.col("sent_at").first(),
    )
    by_agent = pl.col("first_kind") == "agent"
    at_once = (pl.col("first_at") - pl.col("created_at")).abs() <= OPENING
    created_by_agent = pl.coalesce("is_agent_created", by_agent & at_once.fill_null(False))
    return first.join(base, on="ticket_id", how="left", maintain_order="left").select(
        "ticket_id",
        agent_created_seen=created_by_agent,
        agent_opening_id=pl.when(by_agent & created_by_agent).then("first_id"),
    )


def csat_scores(surveys: pl.DataFrame) -> pl.DataFrame:
    """Return `csat_seen` and `first_csat_score`, the latest and earliest satisfaction score of each ticket."""
    answered = surveys.filter((pl.col("kind") == "csat") & pl.col("score").is_not_null())
    return (
        answered.sort("ticket_id", "responded_at", "survey_id", nulls_last=False)
        .group_by("ticket_id", maintain_order=True)
        .agg(csat_seen=pl.col("score").last(), first_csat_score=pl.col("score").first())
    )

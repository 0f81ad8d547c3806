"""What messages told of tickets by some moments: counts, replies, who waits, feelings."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

OPENING = timedelta(seconds=2)
COUNTS = ("message_count", "agent_reply_count", "customer_message_count", "note_count", "bot_reply_count")
FEELINGS = ("sentiment_first", "sentiment_last", "sentiment_volatility")


def prepared(messages: pl.DataFrame, begun: pl.DataFrame, agents: pl.DataFrame) -> pl.DataFrame:
    """Return messages in order, saying of each whether it is a reply, a customer's or a bot's."""
    bots = agents.filter(pl.col("is_bot"))["agent_id"]
    kind = pl.col("author_kind")
    is_bot = (kind == "agent") & pl.col("author_id").is_in(bots.implode()).fill_null(False)
    created = begun.select("row", "created_at", "is_agent_created")
    ordered = (
        messages.join(created, on="row")
        .with_columns(
            kind=pl.when(is_bot).then(pl.lit("bot")).otherwise(kind), is_public=pl.col("is_public").fill_null(True)
        )
        .sort("row", "sent_at", "message_id")
    )
    spoken = ordered.filter(pl.col("is_public") & pl.col("kind").is_in(["customer", "agent"]))
    at_once = (pl.col("sent_at") - pl.col("created_at")).abs() <= OPENING
    is_agents = pl.col("kind") == "agent"
    first = spoken.unique("row", keep="first", maintain_order=True).select(
        "row",
        agent_created_seen=pl.coalesce("is_agent_created", is_agents & at_once),
        opening_id=pl.when(is_agents & pl.coalesce("is_agent_created", at_once)).then("message_id"),
    )
    is_opening = pl.col("message_id").eq_missing(pl.col("opening_id"))
    return ordered.join(first, on="row", how="left", maintain_order="left").with_columns(
        is_reply=(pl.col("is_public") & (pl.col("kind") == "agent") & ~is_opening).fill_null(False),
        is_customer=(pl.col("kind") == "customer").fill_null(False),
    )


def counts(messages: pl.DataFrame) -> pl.DataFrame:
    """Return counts by kind, moments and feelings, per row with messages."""
    at, public, reply, customer = pl.col("sent_at"), pl.col("is_public"), pl.col("is_reply"), pl.col("is_customer")
    felt = pl.col("sentiment").filter(customer & public).drop_nulls()
    return messages.group_by("row", maintain_order=True).agg(
        message_count=public.sum().cast(pl.Int64),
        agent_reply_count=reply.sum().cast(pl.Int64),
        customer_message_count=customer.sum().cast(pl.Int64),
        note_count=(~public).sum().cast(pl.Int64),
        bot_reply_count=(public & (pl.col("kind") == "bot")).sum().cast(pl.Int64),
        first_replied_at=at.filter(reply).first(),
        last_customer_message_at=at.filter(customer).last(),
        last_agent_message_at=at.filter(public & (pl.col("kind") == "agent")).last(),
        channel_seen=pl.col("channel").drop_nulls().first(),
        agent_created_seen=pl.col("agent_created_seen").first(),
        sentiment_said=felt.mean(),
        sentiment_first=felt.first(),
        sentiment_last=felt.last(),
        sentiment_volatility=felt.std(),
    )


def waiting(messages: pl.DataFrame) -> pl.DataFrame:
    """Return `waiting_since`: the customer's first public message without an answer then, per row that has one."""
    said = messages.filter(pl.col("is_reply") | (pl.col("is_customer") & pl.col("is_public")))
    replied = said.with_columns(replies_after=pl.col("is_reply").cum_sum(reverse=True).over("row"))
    open_still = replied.filter(pl.col("replies_after") == 0)
    return open_still.group_by("row").agg(waiting_since=pl.col("sent_at").min())

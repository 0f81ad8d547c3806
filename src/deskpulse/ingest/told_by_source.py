"""What a source tells of a ticket beside its row: that it was merged, follows up another, kept its promises."""

from __future__ import annotations

import polars as pl

VERDICTS = {"first_reply": "is_first_reply_sla_met", "resolution": "is_resolution_sla_met"}


def linked(facts: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """Add `is_merged` and `is_follow_up`; a link of a ticket with itself tells nothing."""
    told = links.filter(pl.col("ticket_id") != pl.col("other_ticket_id"))
    for name, kind in (("is_merged", "merged"), ("is_follow_up", "follow_up")):
        named = told.filter(pl.col("kind") == kind)["ticket_id"]
        facts = facts.with_columns(pl.col("ticket_id").is_in(named.implode()).alias(name))
    return facts


def judged(facts: pl.DataFrame, promises: pl.DataFrame) -> pl.DataFrame:
    """Fill the source's verdicts: as its row says, else by its service-level events; of all, by the two.

    `promises`: `ticket_id, metric, kind` of the source's own service-level events. Of several runs of a target one
    breach is a breach.
    """
    for metric, name in VERDICTS.items():
        seen = promises.filter(pl.col("metric") == metric).group_by("ticket_id").agg(
            breached=(pl.col("kind") == "breached").any(), met=(pl.col("kind") == "met").any()
        )  # fmt: skip
        facts = facts.join(seen, on="ticket_id", how="left", maintain_order="left")
        by_events = pl.when("breached").then(False).when("met").then(True)
        facts = facts.with_columns(pl.coalesce(name, by_events).alias(name)).drop("breached", "met")
    both = [pl.col(name) for name in VERDICTS.values()]
    some_missed, some_met = pl.any_horizontal(~c for c in both), pl.any_horizontal(both)
    by_both = pl.when(some_missed).then(False).when(some_met).then(True)
    return facts.with_columns(is_sla_met=pl.coalesce("is_sla_met", by_both))

"""Service levels of tickets: which policy's targets ran on them, how each ended or stands, and what happened when."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import polars as pl

from deskpulse.core.schedule_book import Book
from deskpulse.core.service_levels import ANY, Policy
from deskpulse.ingest.lifecycle import Facts
from deskpulse.ingest.service_clock import stretches
from deskpulse.ingest.service_due import measured
from deskpulse.ingest.service_parts import PART, RUN, in_parts
from deskpulse.ingest.stored import by_values
from deskpulse.ingest.working_time import spells_of
from deskpulse.warehouse import Reader
from deskpulse.warehouse.schema import REPLY_WAITS, SLA_EVENTS, SLA_TARGETS, TICKET_STAYS

ROW_VALUES = ("brand", "ticket_type", "is_spam", "customer_tier", "company_tier")
"""What policies choose by, or leave out for, that is not among the facts of a ticket."""
SLA_COLUMNS = ("sla_policy", "sla_state", "sla_due_at", "sla_breach_count")
"""Columns of `tickets` that policies decide."""
_WORST = ("breached", "active", "paused", "met", "cancelled")


def chosen_by(reader: Reader, tickets: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Return `ticket_id` and `ROW_VALUES` of tickets (`ticket_id, customer_id`): as being written, else as stored."""
    names = ["ticket_id", "brand", "ticket_type", "is_spam", "company_id"]
    written = [name for name in names if name in rows.columns]
    stored = by_values(reader, "tickets", "ticket_id", tickets["ticket_id"].to_list(), names)
    joined = (
        tickets.select("ticket_id", "customer_id")
        .join(stored, on="ticket_id", how="left", maintain_order="left")
        .join(rows.select(written).with_columns(is_written=pl.lit(True)), on="ticket_id", how="left", suffix="_written")
    )
    is_written = pl.col("is_written").fill_null(False)
    fresh = [pl.when(is_written).then(f"{n}_written").otherwise(n).alias(n) for n in written if n != "ticket_id"]
    joined = joined.with_columns(fresh)
    customers = _tiers(reader, "customers", "customer_id", joined["customer_id"], ["company_id"])
    joined = joined.join(customers, on="customer_id", how="left", suffix="_customer", maintain_order="left")
    joined = joined.with_columns(company_id=pl.coalesce("company_id", "company_id_customer"))
    companies = _tiers(reader, "companies", "company_id", joined["company_id"], [])
    joined = joined.rename({"tier": "customer_tier"}).join(
        companies, on="company_id", how="left", maintain_order="left"
    )
    return joined.rename({"tier": "company_tier"}).select("ticket_id", *ROW_VALUES)


def _tiers(reader: Reader, table: str, key: str, values: pl.Series, more: list[str]) -> pl.DataFrame:
    return by_values(reader, table, key, values.drop_nulls().unique().to_list(), [key, "tier", *more])


def with_service_levels(
    facts: Facts, policies: tuple[Policy, ...], book: Book | None, about: pl.DataFrame, moment: datetime
) -> Facts:
    """Return `facts` with targets, their events and the ticket's own service-level columns, as they stand at `moment`.

    `policies`: all versions, in the order in which tickets try them. `about`: `ticket_id` and `ROW_VALUES`.
    Unchanged where the workspace never had a policy.
    """
    if not policies:
        return facts
    tickets = facts.tickets.join(about, on="ticket_id", how="left", maintain_order="left")
    counted = tickets.filter(
        pl.col("time_problem").is_null() & ~pl.col("is_spam").fill_null(False) & ~pl.col("is_merged")
    )
    stays, waits = facts.derived[TICKET_STAYS.name], facts.derived[REPLY_WAITS.name]
    replies = facts.talk.filter(pl.col("is_reply") & pl.col("sent_at").is_not_null()).select("ticket_id", "sent_at")
    pieces = stretches(counted, stays, waits, replies)
    runs = _runs(pieces, tickets, stays, moment)
    parts = _promised(in_parts(runs, tickets, stays, facts.events), policies)
    asked = pieces.join(
        parts.select(*PART, "target_seconds", "is_business", "decided"), on=RUN, maintain_order="left_right"
    )
    spells = None
    if book is not None:
        brands = tickets.select("ticket_id", "brand") if book.brands else None
        spells = spells_of(tickets, stays, brands, book)
    parts = parts.drop("is_business").join(measured(asked, spells, book, moment), on=PART, maintain_order="left")
    ended = _ended(parts, moment)
    derived = facts.derived | {
        SLA_TARGETS.name: ended.select(c.name for c in SLA_TARGETS.columns if c.name in ended.columns),
        SLA_EVENTS.name: _events(ended, parts, pieces),
    }
    return replace(facts, tickets=_worst(facts.tickets, ended), derived=derived)


def _runs(pieces: pl.DataFrame, tickets: pl.DataFrame, stays: pl.DataFrame, moment: datetime) -> pl.DataFrame:
    """Return one row per run with who had the ticket when it ended, or has it now, and what policies choose by."""
    present = pl.lit(moment).cast(pl.Datetime("us", "UTC"))
    runs = pieces.group_by(RUN, maintain_order=True).agg(
        applied_at=pl.col("low").min(), ended_at=pl.col("ended_at").first(), is_kept=pl.col("is_kept").first()
    )
    runs = runs.with_columns(decided=pl.coalesce("ended_at", present)).sort("decided", maintain_order=True)
    held = stays.select("ticket_id", "started_at", "agent_id", "agent", "team").sort("started_at")
    runs = runs.join_asof(held, left_on="decided", right_on="started_at", by="ticket_id", check_sortedness=False)
    values = tickets.select(
        "ticket_id", "channel", "category", *(c for c in ROW_VALUES if c != "is_spam"), now_team="team",
        now_agent_id="agent_id", now_agent="agent",
    )  # fmt: skip
    joined = runs.join(values, on="ticket_id", how="left", maintain_order="left")
    was_held = pl.col("started_at").is_not_null()
    now = {name: pl.when(was_held).then(name).otherwise(f"now_{name}") for name in ("team", "agent_id", "agent")}
    return joined.with_columns(**now).drop("started_at").sort(*RUN)


def _promised(parts: pl.DataFrame, policies: tuple[Policy, ...]) -> pl.DataFrame:
    """Keep the parts that the first policy a ticket then meets promises something for, and say what."""
    chosen = pl.coalesce(
        *(pl.when(_meets(policy)).then(pl.lit(number, pl.Int64)) for number, policy in enumerate(policies)),
        pl.lit(None, pl.Int64),
    )
    listed = [
        (number, target, priority, seconds, promise.is_business)
        for number, policy in enumerate(policies)
        for target, promise in policy.targets.items()
        for priority, seconds in promise.seconds.items()
    ]
    schema = {
        "chosen": pl.Int64,
        "metric": pl.String,
        "priority": pl.String,
        "seconds": pl.Float64,
        "hours": pl.Boolean,
    }
    rules = pl.DataFrame(listed, schema=schema, orient="row")
    own = rules.rename({"seconds": "own_seconds", "hours": "own_hours"})
    any_ = rules.filter(pl.col("priority") == ANY).drop("priority")
    parts = parts.with_columns(chosen=chosen)
    parts = parts.join(own, on=["chosen", "metric", "priority"], how="left", maintain_order="left")
    parts = parts.join(any_, on=["chosen", "metric"], how="left", maintain_order="left").with_columns(
        target_seconds=pl.coalesce("own_seconds", "seconds"), is_business=pl.coalesce("own_hours", "hours")
    )
    names = pl.DataFrame(
        [(number, p.name, p.version) for number, p in enumerate(policies)],
        schema={"chosen": pl.Int64, "policy": pl.String, "policy_version": pl.Int64},
        orient="row",
    )
    return parts.filter(pl.col("target_seconds").is_not_null()).join(names, on="chosen", maintain_order="left")


def _meets(policy: Policy) -> pl.Expr:
    applied = pl.col("applied_at")
    met = pl.lit(True)
    if policy.valid_from is not None:
        met &= applied >= pl.lit(policy.valid_from)
    if policy.valid_until is not None:
        met &= applied < pl.lit(policy.valid_until)
    for name, values in policy.conditions.items():
        met &= (
            pl.col("team_then" if name == "team" else name)
            .str.to_lowercase()
            .is_in([value.lower() for value in values])
            .fill_null(False)
        )
    return met


def _ended(parts: pl.DataFrame, moment: datetime) -> pl.DataFrame:
    """Return how each run ended or stands: by its first part that was breached, else by its last one.

    A run whose last part is promised nothing, and that was not breached before, is left out.
    """
    present = pl.lit(moment).cast(pl.Datetime("us", "UTC"))
    has_ended = pl.col("ended_at").is_not_null()
    is_over = (pl.col("elapsed_seconds") > pl.col("target_seconds")) | (~has_ended & (pl.col("due_at") < present))
    was_over = pl.col("due_at") < pl.col("until")
    state = (
        pl.when(pl.when("is_last").then(is_over).otherwise(was_over).fill_null(False))
        .then(pl.lit("breached"))
        .when(has_ended & pl.col("is_kept"))
        .then(pl.lit("met"))
        .when(has_ended)
        .then(pl.lit("cancelled"))
        .when("is_running")
        .then(pl.lit("active"))
        .otherwise(pl.lit("paused"))
    )
    is_breached = pl.col("state") == "breached"
    runs = parts.with_columns(state=state).filter(is_breached | pl.col("is_last"))
    return runs.unique(RUN, keep="first", maintain_order=True).with_columns(
        sla_target_id=pl.format("{}#{}#{}", "ticket_id", "metric", "number"),
        fulfilled_at="ended_at",
        # Where a shorter target came when its time was over already, it was breached by coming.
        breached_at=pl.when(is_breached).then(pl.max_horizontal("due_at", "since")),
        elapsed_seconds=pl.when(has_ended).then("elapsed_seconds"),
    )


def _events(runs: pl.DataFrame, parts: pl.DataFrame, pieces: pl.DataFrame) -> pl.DataFrame:
    """Return what happened to each run: applied (anew, when its target changed), paused, resumed, breached, and met or
    cancelled; each with the target as it was then.
    """
    same = pl.struct(*RUN) == pl.struct(*RUN).shift(-1)
    breaks = pieces.with_columns(next_low=pl.when(same).then(pl.col("low").shift(-1)))
    breaks = breaks.join(runs.select(RUN), on=RUN, how="semi", maintain_order="left")
    still = breaks.filter(pl.col("high").is_not_null())
    goes_on = pl.col("next_low").is_not_null() & (pl.col("next_low") > pl.col("high"))
    stands = pl.col("next_low").is_null() & pl.col("ended_at").is_null()
    promise = pl.struct("policy", "policy_version", "target_seconds", "is_business")
    anew = parts.join(runs.select(RUN), on=RUN, how="semi", maintain_order="left").filter(
        promise.ne_missing(promise.shift(1).over(RUN)) | (pl.col("part") != pl.col("part").shift(1).over(RUN) + 1)
    )
    told = [
        anew.select(*RUN, happened_at="since", kind=pl.lit("applied")),
        still.filter(goes_on | stands).select(*RUN, happened_at="high", kind=pl.lit("paused")),
        still.filter(goes_on).select(*RUN, happened_at="next_low", kind=pl.lit("resumed")),
        runs.filter(pl.col("breached_at").is_not_null()).select(
            *RUN, happened_at="breached_at", kind=pl.lit("breached")
        ),
        runs.filter(pl.col("state").is_in(["met", "cancelled"])).select(
            *RUN, happened_at="ended_at", kind=pl.col("state")
        ),
    ]
    order = ("happened_at", *RUN, "kind")
    then = parts.select(*RUN, "since", "policy", "target_seconds", "is_business").sort("since")
    events = pl.concat(told).sort(order).join_asof(
        then, left_on="happened_at", right_on="since", by=list(RUN), check_sortedness=False
    )  # fmt: skip
    numbered = events.with_columns(time=pl.int_range(1, pl.len() + 1).over(*RUN, "kind"))
    return numbered.select(
        "ticket_id", "happened_at", "metric", "kind", "policy", "target_seconds", "is_business",
        sla_event_id=pl.format("{}#{}#{}#{}#{}", "ticket_id", "metric", "number", "kind", "time"),
        decided_by=pl.lit("policy"),
    )  # fmt: skip


def _worst(tickets: pl.DataFrame, runs: pl.DataFrame) -> pl.DataFrame:
    """Put the worst state of a ticket's targets, its next due moment and its breaches into the ticket's columns."""
    rank = pl.col("state").replace_strict({state: i for i, state in enumerate(_WORST)}, return_dtype=pl.Int64)
    sums = runs.group_by("ticket_id").agg(
        sla_policy=pl.col("policy").sort_by("applied_at").last(),
        sla_state=pl.col("state").sort_by(rank).first(),
        sla_due_at=pl.col("due_at").filter(pl.col("state") == "active").min(),
        sla_breach_count=(pl.col("state") == "breached").sum().cast(pl.Int64),
    )
    bare = tickets.drop(SLA_COLUMNS, strict=False)
    return bare.join(sums, on="ticket_id", how="left", maintain_order="left")

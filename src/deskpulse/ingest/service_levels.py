"""Service levels of tickets: which policy's targets ran on them, how each ended or stands, and what happened when."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import polars as pl

from deskpulse.core.schedule_book import Book
from deskpulse.core.service_levels import ANY, Policy
from deskpulse.ingest.lifecycle import Facts
from deskpulse.ingest.service_clock import stretches
from deskpulse.ingest.service_due import measured
from deskpulse.ingest.stored import by_values
from deskpulse.ingest.working_time import spells_of
from deskpulse.warehouse import Reader
from deskpulse.warehouse.schema import REPLY_WAITS, SLA_EVENTS, SLA_TARGETS, TICKET_STAYS

ROW_VALUES = ("brand", "ticket_type", "is_spam", "customer_tier", "company_tier")
"""What policies choose by, or leave out for, that is not among the facts of a ticket."""
SLA_COLUMNS = ("sla_policy", "sla_state", "sla_due_at", "sla_breach_count")
"""Columns of `tickets` that policies decide."""
_RUN = ("ticket_id", "metric", "number")
_LONG_AGO = datetime(1900, 1, 1, tzinfo=UTC)
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
    runs = _promised(_runs(pieces, tickets, stays, _priorities(facts.events), moment), policies)
    pieces = pieces.join(runs.select(*_RUN, "target_seconds", "is_business", "decided"), on=_RUN, maintain_order="left")
    spells = None
    if book is not None:
        brands = tickets.select("ticket_id", "brand") if book.brands else None
        spells = spells_of(tickets, stays, brands, book)
    ended = _ended(runs.drop("is_business").join(measured(pieces, spells, book, moment), on=_RUN), moment)
    derived = facts.derived | {
        SLA_TARGETS.name: ended.select(c.name for c in SLA_TARGETS.columns if c.name in ended.columns),
        SLA_EVENTS.name: _events(ended, pieces),
    }
    return replace(facts, tickets=_worst(facts.tickets, ended), derived=derived)


def _runs(
    pieces: pl.DataFrame, tickets: pl.DataFrame, stays: pl.DataFrame, priorities: pl.DataFrame, moment: datetime
) -> pl.DataFrame:
    """Return one row per run with the ticket as it was when the run ended, or is now."""
    present = pl.lit(moment).cast(pl.Datetime("us", "UTC"))
    runs = pieces.group_by(_RUN, maintain_order=True).agg(
        applied_at=pl.col("low").min(), ended_at=pl.col("ended_at").first(), is_kept=pl.col("is_kept").first()
    )
    runs = runs.with_columns(decided=pl.coalesce("ended_at", present))
    held = stays.select("ticket_id", "started_at", "agent_id", "agent", team="team").sort("started_at")
    since = priorities.select("ticket_id", "since", then="priority").sort("since", nulls_last=False)
    values = tickets.select(
        "ticket_id", "channel", "category", *(c for c in ROW_VALUES if c != "is_spam"), now_priority="priority",
        now_team="team", now_agent_id="agent_id", now_agent="agent",
    )  # fmt: skip
    runs = runs.sort("decided", maintain_order=True)
    runs = runs.join_asof(
        held, left_on="decided", right_on="started_at", by="ticket_id", check_sortedness=False
    ).join_asof(since, left_on="decided", right_on="since", by="ticket_id", check_sortedness=False)
    joined = runs.join(values, on="ticket_id", how="left", maintain_order="left")
    was_held = pl.col("started_at").is_not_null()
    return joined.with_columns(
        priority=pl.coalesce("then", "now_priority"),
        team=pl.when(was_held).then("team").otherwise("now_team"),
        agent_id=pl.when(was_held).then("agent_id").otherwise("now_agent_id"),
        agent=pl.when(was_held).then("agent").otherwise("now_agent"),
    ).sort(*_RUN)


def _priorities(events: pl.DataFrame) -> pl.DataFrame:
    """Return `ticket_id, since, priority` of tickets whose priority changed, from before the first change on."""
    changed = events.filter((pl.col("field") == "priority") & pl.col("happened_at").is_not_null())
    first = changed.unique("ticket_id", keep="first", maintain_order=True)
    before = first.select("ticket_id", since=pl.lit(_LONG_AGO), priority="old_value")
    after = changed.select("ticket_id", since="happened_at", priority="new_value")
    return pl.concat([before, after])


def _promised(runs: pl.DataFrame, policies: tuple[Policy, ...]) -> pl.DataFrame:
    """Keep the runs that the first policy a ticket meets promises something for, and say what."""
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
    runs = runs.with_columns(chosen=chosen)
    runs = runs.join(own, on=["chosen", "metric", "priority"], how="left", maintain_order="left")
    runs = runs.join(any_, on=["chosen", "metric"], how="left", maintain_order="left").with_columns(
        target_seconds=pl.coalesce("own_seconds", "seconds"), is_business=pl.coalesce("own_hours", "hours")
    )
    names = pl.DataFrame(
        [(number, p.name, p.version) for number, p in enumerate(policies)],
        schema={"chosen": pl.Int64, "policy": pl.String, "policy_version": pl.Int64},
        orient="row",
    )
    return runs.filter(pl.col("target_seconds").is_not_null()).join(names, on="chosen", maintain_order="left")


def _meets(policy: Policy) -> pl.Expr:
    applied = pl.col("applied_at")
    met = pl.lit(True)
    if policy.valid_from is not None:
        met &= applied >= pl.lit(policy.valid_from)
    if policy.valid_until is not None:
        met &= applied < pl.lit(policy.valid_until)
    for name, values in policy.conditions.items():
        met &= pl.col(name).str.to_lowercase().is_in([value.lower() for value in values]).fill_null(False)
    return met


def _ended(runs: pl.DataFrame, moment: datetime) -> pl.DataFrame:
    """Add how each run ended or stands."""
    present = pl.lit(moment).cast(pl.Datetime("us", "UTC"))
    has_ended = pl.col("ended_at").is_not_null()
    is_over = (pl.col("elapsed_seconds") > pl.col("target_seconds")) | (~has_ended & (pl.col("due_at") < present))
    state = (
        pl.when(is_over.fill_null(False))
        .then(pl.lit("breached"))
        .when(has_ended & pl.col("is_kept"))
        .then(pl.lit("met"))
        .when(has_ended)
        .then(pl.lit("cancelled"))
        .when("is_running")
        .then(pl.lit("active"))
        .otherwise(pl.lit("paused"))
    )
    return runs.with_columns(state=state).with_columns(
        sla_target_id=pl.format("{}#{}#{}", "ticket_id", "metric", "number"),
        fulfilled_at="ended_at",
        breached_at=pl.when(pl.col("state") == "breached").then("due_at"),
        elapsed_seconds=pl.when(has_ended).then("elapsed_seconds"),
    )


def _events(runs: pl.DataFrame, pieces: pl.DataFrame) -> pl.DataFrame:
    """Return what happened to each run: applied, paused, resumed, breached, and met or cancelled."""
    same = pl.struct(*_RUN) == pl.struct(*_RUN).shift(-1)
    breaks = pieces.with_columns(next_low=pl.when(same).then(pl.col("low").shift(-1)))
    still = breaks.filter(pl.col("high").is_not_null())
    goes_on = pl.col("next_low").is_not_null() & (pl.col("next_low") > pl.col("high"))
    stands = pl.col("next_low").is_null() & pl.col("ended_at").is_null()
    told = [
        runs.select(*_RUN, happened_at="applied_at", kind=pl.lit("applied")),
        still.filter(goes_on | stands).select(*_RUN, happened_at="high", kind=pl.lit("paused")),
        still.filter(goes_on).select(*_RUN, happened_at="next_low", kind=pl.lit("resumed")),
        runs.filter(pl.col("breached_at").is_not_null()).select(
            *_RUN, happened_at="breached_at", kind=pl.lit("breached")
        ),
        runs.filter(pl.col("state").is_in(["met", "cancelled"])).select(
            *_RUN, happened_at="ended_at", kind=pl.col("state")
        ),
    ]
    events = pl.concat(told).join(
        runs.select(*_RUN, "policy", "target_seconds", "is_business"), on=_RUN, maintain_order="left"
    )
    numbered = events.with_columns(time=pl.int_range(1, pl.len() + 1).over(*_RUN, "kind"))
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

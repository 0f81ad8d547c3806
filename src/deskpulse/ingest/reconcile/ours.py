"""Our numbers of the vendor's tickets, their numbers under other definitions, and what their histories lack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from deskpulse.core.errors import InputError, NotFoundError
from deskpulse.ingest.event_history import in_order
from deskpulse.ingest.lifecycle import History
from deskpulse.ingest.reconcile.candidates import candidates, column_of
from deskpulse.ingest.reconcile.given import Given
from deskpulse.ingest.reconcile.measures import MEASURES, Measure, as_number
from deskpulse.ingest.rules import Rules
from deskpulse.ingest.stored import by_values, frame_of, history
from deskpulse.ingest.told_by_source import VERDICTS
from deskpulse.ingest.working_time import brands_of
from deskpulse.warehouse import Reader

_BATCH = 20_000


@dataclass(frozen=True, kw_only=True)
class Match:
    """Which tickets here are which of the vendor's: `both` (`external_id, ticket_id`) of `source`, and who is alone.

    `only_there`: vendor's ids; `only_here`: `ticket_id, external_id, is_spam, is_merged` of tickets created within the
    file's period, which is all of the source when the numbers are not from a file.
    """

    source: str
    both: pl.DataFrame
    only_there: list[str]
    only_here: pl.DataFrame


def match(reader: Reader, given: Given, source: str | None) -> Match:
    """Find the vendor's tickets; the source is that of most of them unless it is named.

    NotFoundError when none is here, InputError when two sources have as many of them.
    """
    wanted = given.tickets["external_id"].to_list()
    here = by_values(reader, "tickets", "external_id", wanted, ["external_id", "ticket_id", "source"])
    if source is None:
        counts = here.drop_nulls("source").group_by("source").len().sort("len", "source", descending=[True, False])
        if counts.height > 1 and counts["len"][0] == counts["len"][1]:
            names = " or ".join(repr(s) for s in counts["source"].head(2))
            raise InputError(f"The ids of {given.label} are tickets of {names}.", hint="Say which one: --source.")
        source = counts["source"][0] if counts.height else None
    both = here.filter(pl.col("source") == source) if source else here.clear()
    if source is None or not both.height:
        raise NotFoundError(
            f"None of the {len(wanted):,} tickets of {given.label} is in this workspace"
            f"{f' under the source {source!r}' if source else ''}.",
            hint="Import the help desk's export first (deskpulse import FILE), with its comments and audits, or its "
            "numbers have nothing to be held to; then reconcile again.",
        )
    known = set(both["external_id"].to_list())
    return Match(
        source=source, both=both.select("external_id", "ticket_id").unique("external_id", keep="first"),
        only_there=[name for name in wanted if name not in known], only_here=_only_here(reader, source, both),
    )  # fmt: skip


def _only_here(reader: Reader, source: str, both: pl.DataFrame) -> pl.DataFrame:
    return frame_of(
        reader,
        """WITH known AS (SELECT unnest($ids) AS ticket_id),
        span AS (SELECT min(created_at) AS low, max(created_at) AS high FROM tickets SEMI JOIN known USING (ticket_id))
        SELECT t.ticket_id, t.external_id, coalesce(t.is_spam, false) AS is_spam, EXISTS (
            SELECT 1 FROM ticket_links l WHERE l.ticket_id = t.ticket_id AND l.kind = 'merged') AS is_merged
        FROM tickets t ANTI JOIN known USING (ticket_id), span
        WHERE t.source = $source AND t.created_at BETWEEN span.low AND span.high ORDER BY t.ticket_id""",
        {"ids": both["ticket_id"].to_list(), "source": source},
    )


def our_numbers(
    reader: Reader, tickets: pl.DataFrame, rules: Rules, wanted: Sequence[Measure], replies: pl.Series | None
) -> pl.DataFrame:
    """Return a row for each of `tickets` (`ticket_id, changed_at`), in their order, with all that `judge` reads.

    `replies`: the vendor's count of each ticket's replies, if it gives one.
    """
    asked = tickets.with_columns(replies=replies if replies is not None else pl.lit(None, pl.Float64))
    batches = [_batch(reader, asked[first : first + _BATCH], rules, wanted) for first in range(0, asked.height, _BATCH)]
    return pl.concat(batches, how="diagonal")


def _batch(reader: Reader, tickets: pl.DataFrame, rules: Rules, wanted: Sequence[Measure]) -> pl.DataFrame:
    ids = tickets["ticket_id"]
    columns = {c for m in wanted for c in (m.column,)}
    stored = by_values(
        reader, "tickets", "ticket_id", ids.to_list(),
        sorted({"ticket_id", "time_problem", "updated_at", "sla_state", "is_sla_met", *columns}),
    )  # fmt: skip
    promise = pl.when(pl.col("sla_state") == "met").then(True).when(pl.col("sla_state") == "breached").then(False)
    stored = stored.with_columns(is_sla_met=pl.coalesce(promise, "is_sla_met"), promised=promise)
    numbers = [as_number(m.column, m).alias(f"ours|{m.name}") for m in wanted]
    told = [pl.col("promised").cast(pl.Float64).alias(column_of(MEASURES["sla_met"], ()))]
    for metric, name in VERDICTS.items():
        kept = f"promised_{metric}"
        stored = stored.join(_kept(reader, ids, metric, kept), on="ticket_id", how="left", maintain_order="left")
        told.append(pl.col(kept).cast(pl.Float64).alias(column_of(MEASURES[f"{metric}_sla_met"], ())))
        if name in stored.columns:
            stored = stored.with_columns(pl.coalesce(kept, name).alias(name))
    ours = tickets.join(
        stored.select("ticket_id", "time_problem", "updated_at", *numbers, *told),
        on="ticket_id", how="left", maintain_order="left",
    )  # fmt: skip
    # A second is the step of every vendor's own clock.
    later = pl.col("updated_at") > pl.col("changed_at") + pl.duration(seconds=1)
    cuts = ours.filter(later).select("ticket_id", cut="changed_at")
    past = history(reader, ids)
    brands = brands_of(reader, ids, pl.DataFrame({"ticket_id": []}), rules.book)
    found = ours.join(
        candidates(past, rules, brands, wanted, cuts), on="ticket_id", how="left", maintain_order="left"
    ).join(_flags(past), on="ticket_id", how="left", maintain_order="left")
    return found.with_columns(
        is_cut=later.fill_null(False), is_short=(pl.col("replies") > pl.col("may_reply").fill_null(0)).fill_null(False)
    )


def _kept(reader: Reader, ids: pl.Series, metric: str, name: str) -> pl.DataFrame:
    """Return whether each ticket kept what a policy of ours promised of `metric`, as column `name`."""
    targets = by_values(reader, "sla_targets", "ticket_id", ids.to_list(), ["ticket_id", "metric", "state"])
    seen = targets.filter(pl.col("metric") == metric).group_by("ticket_id").agg(
        breached=(pl.col("state") == "breached").any(), met=(pl.col("state") == "met").any()
    )  # fmt: skip
    kept = pl.when("breached").then(pl.lit(value=False)).when("met").then(pl.lit(value=True))
    return seen.select("ticket_id", kept.alias(name))


def _flags(past: History) -> pl.DataFrame:
    """Say of each ticket what its history has, and whether its changes of status hang together."""
    events = past.events.filter(pl.col("happened_at").is_not_null())
    kinds = events.group_by("ticket_id").agg(
        has_statuses=(pl.col("field") == "status").any(), has_holders=pl.col("field").is_in(["agent", "team"]).any()
    )
    may = pl.col("author_kind").is_in(["agent", "bot"])
    talk = past.messages.group_by("ticket_id").agg(has_messages=pl.lit(True), may_reply=may.sum())
    statuses = in_order(events.filter(pl.col("field") == "status"))
    before = pl.col("new_value").shift(1).over("ticket_id")
    torn = (before.is_not_null() & pl.col("old_value").is_not_null() & (before != pl.col("old_value"))).fill_null(False)
    chain = statuses.with_columns(torn=torn).group_by("ticket_id", maintain_order=True).agg(
        pl.col("torn").any(), last=pl.col("new_value").last()
    )  # fmt: skip
    row = past.base.select("ticket_id", "status")
    flags = row.join(kinds, on="ticket_id", how="left").join(talk, on="ticket_id", how="left")
    flags = flags.join(chain, on="ticket_id", how="left")
    otherwise = (pl.col("status") != pl.col("last")).fill_null(False)
    return flags.select(
        "ticket_id", "has_statuses", "has_holders", "has_messages", "may_reply",
        is_broken=pl.col("torn").fill_null(False) | otherwise,
    )  # fmt: skip

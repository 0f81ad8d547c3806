"""Outreach: customers who wrote again and again and are not content, and customers who are likely to leave."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import sqrt
from statistics import fmean, variance
from typing import Any

from deskpulse.insights.recommend.evidence import Evidence
from deskpulse.insights.recommend.model import Gain, Recommendation, Rule
from deskpulse.metrics.filters import filter_text
from deskpulse.metrics.model import Filter
from deskpulse.metrics.statistics import deviate

LEAST_TICKETS, LEAST_A_MONTH, SHOWN = 4, 2.0, 10
"""Tickets in the period and a month of a customer who repeats, and how many are listed."""
UNHAPPY = -0.1
RISKY, REASONS = 2.0, 3
"""A risk of so many times the usual one is told, with so many reasons."""
KEPT = 0.2
"""The share of those who would leave that a talk keeps: assumed, as no past tells it, and said to be."""
LEAST_EACH = 5
"""Fewest customers, content and not, that tell how much less content ones write later."""


def _find(evidence: Evidence) -> Iterator[Recommendation]:
    if not evidence.principal.sees_personal_data:
        return
    yield from _unhappy(evidence)
    yield from _leaving(evidence)


def _unhappy(evidence: Evidence) -> Iterator[Recommendation]:
    least = max(LEAST_TICKETS, LEAST_A_MONTH * evidence.months)
    counts = evidence.count("tickets_created", ("customer",))
    again = {key[0]: n for key, n in counts.items() if key[0] is not None and n >= least}
    if not again:
        return
    mood = {key[0]: part for key, part in evidence.parts("sentiment_mean", ("customer",)).items()}
    unhappy = {
        name: n for name, n in again.items()
        if name in mood and mood[name].value is not None and (mood[name].value or 0.0) <= UNHAPPY
    }  # fmt: skip
    if not unhappy:
        return
    first = sorted(unhappy, key=lambda name: (-unhappy[name], name))[:SHOWN]
    where = (filter_text(Filter(dimension="customer", values=tuple(map(str, first)), operator="in")),)
    yield Recommendation(
        rule="outreach",
        title=f"Call the {len(first)} customers who write most and are not content" if len(first) > 1
        else "Call the customer who writes most and is not content",
        text=(
            f"{len(unhappy):,} customers wrote at least {least:.0f} times in the period with a sentiment of {UNHAPPY}"
            f" or less; together {sum(unhappy.values()):,} tickets."
        ),
        metric="tickets_created",
        where=where,
        evidence={"customers": len(unhappy), "n": sum(unhappy.values()), "least_tickets": least},
        gain=(gain := _fewer(evidence, len(first))),
        effort="low",
        owner="who looks after customers",
        touched=sum(unhappy.values()) / evidence.months,
        link=evidence.rows("tickets_created", where),
        notes=(_CANNOT_TELL if gain is None else _ASSUMED + (_MAYBE_NONE if gain.low <= 0 else ""),),
        lists=tuple({"customer": name, "tickets": unhappy[name], "sentiment": mood[name].value} for name in first),
    )  # fmt: skip


def _leaving(evidence: Evidence) -> Iterator[Recommendation]:
    """Recommend talking to the customers whose risk is a multiple of the usual one."""
    found = evidence.at_risk()
    if found is None or not evidence.has("sentiment_mean", "customer"):
        return
    risky = [
        row for row in found["rows"]
        if row["customer"] and row["prediction"]["value"] >= RISKY * row["prediction"]["baseline"]
    ]  # fmt: skip
    if not risky:
        return
    first, days = risky[:SHOWN], found["horizon_days"]
    counts = evidence.count("sentiment_mean", ("customer",))
    rows = sum(counts.get((str(row["customer"]),), 0) for row in first)
    usual = first[0]["prediction"]["baseline"]
    leave = sum(row["prediction"]["value"] for row in first)
    stake = sum(row["at_stake"] or 0.0 for row in first)
    where = (filter_text(Filter(dimension="customer", values=tuple(str(r["customer"]) for r in first), operator="in")),)
    many = len(first) > 1
    yield Recommendation(
        rule="outreach",
        title=f"Talk to the {len(first)} customers most likely to leave" if many
        else f"Talk to {first[0]['customer']}, who is likely to leave",
        text=(
            f"{'Each is' if many else 'This customer is'} at least {RISKY:g} times as likely as usual to leave within"
            f" {days:.0f} days; {leave:.1f} of {'them are' if many else 'one is'} expected to."
        ) + (f" Of their yearly revenue {stake:,.0f} are at stake." if stake else ""),
        metric="sentiment_mean",
        where=where,
        evidence={"customers": len(first), "n": rows, "asked": found["asked"], "usual_risk": usual,
                  "expected_to_leave": round(leave, 2),
                  "at_stake": round(stake, 2), "version": first[0]["prediction"]["version"]},
        gain=_kept(first, days),
        effort="low",
        owner="who looks after customers",
        touched=sum(row["tickets_90"] for row in first) / 3,
        link=evidence.rows("tickets_created", where),
        notes=(f"The gain assumes that a talk keeps {KEPT:.0%} of those who would leave: no past tells that, and the"
               " risk says who is likely to leave, not why.",),
        lists=tuple({"customer": row["customer"], "risk": row["prediction"]["value"], "at_stake": row["at_stake"],
                     "why": "; ".join(reason["label"] for reason in row["prediction"]["reasons"][:REASONS]
                                      if reason["weight"] > 0)} for row in first),
    )  # fmt: skip


_ASSUMED = (
    "The gain assumes that a call makes them as content as the others; whether it does is measured once you say that it"
    " is done."
)
_MAYBE_NONE = " By these figures it may bring nothing."
_CANNOT_TELL = (
    "What a call brings cannot be told from the past: too few customers to compare with. It is measured once you say"
    " that it is done."
)


def _fewer(evidence: Evidence, called: int) -> Gain | None:
    """Return how many tickets fewer `called` customers would write, if they wrote as repeaters who are content did.

    Who repeats and how content they are is taken from the earlier half of the period, what they write from the later.
    """
    query = evidence.query
    line = query.start + (query.end - query.start) / 2
    earlier = replace(evidence, query=replace(query, end=line))
    later = replace(evidence, query=replace(query, start=line))
    least = max(LEAST_TICKETS / 2, LEAST_A_MONTH * earlier.months)
    again = {key[0] for key, n in earlier.count("tickets_created", ("customer",)).items() if key[0] and n >= least}
    mood = {key[0]: part.value for key, part in earlier.parts("sentiment_mean", ("customer",)).items()}
    then = {key[0]: n for key, n in later.count("tickets_created", ("customer",)).items()}
    sides: tuple[list[int], list[int]] = ([], [])
    for name in sorted(again):
        if (value := mood.get(name)) is not None:
            sides[value <= UNHAPPY].append(then.get(name, 0))
    if min(len(side) for side in sides) < LEAST_EACH:
        return None
    content, unhappy = (fmean(side) for side in sides)
    error = sqrt(sum(variance(side) / len(side) for side in sides))
    each, wide = (unhappy - content) / later.months, deviate(0.95) * error / later.months
    return Gain(value=each * called, low=(each - wide) * called, high=(each + wide) * called, unit="tickets",
                about="fewer a month, if they wrote as repeating customers who are content went on to")  # fmt: skip


def _kept(rows: Sequence[Mapping[str, Any]], days: float) -> Gain:
    """Return what is kept a month where `KEPT` of those who would leave stay: yearly revenue, else customers."""
    shares = [KEPT * row["prediction"]["value"] for row in rows]
    stakes = [(row["at_stake"] or 0.0) / row["prediction"]["value"] for row in rows]
    has_money = any(stakes)
    sizes = stakes if has_money else [1.0] * len(rows)
    months = days / 30
    value = sum(p * size for p, size in zip(shares, sizes, strict=True)) / months
    wide = deviate(0.95) * sqrt(sum(p * (1 - p) * size**2 for p, size in zip(shares, sizes, strict=True))) / months
    return Gain(value=value, low=max(0.0, value - wide), high=value + wide,
                unit="of yearly revenue" if has_money else "customers",
                about=f"kept a month, assuming that a talk keeps {KEPT:.0%} of those who would leave")  # fmt: skip


OUTREACH = Rule(
    name="outreach",
    label="Outreach",
    about="Customers who write again and again in a bad mood, and those who are likely to leave.",
    find=_find,
)

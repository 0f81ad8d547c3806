"""Outreach: customers who wrote again and again and are not content, and customers who are likely to leave."""

from __future__ import annotations

from collections.abc import Iterator

from deskpulse.insights.recommend.evidence import Evidence
from deskpulse.insights.recommend.model import Recommendation, Rule
from deskpulse.metrics.filters import filter_text
from deskpulse.metrics.model import Filter

LEAST_TICKETS, LEAST_A_MONTH, SHOWN = 4, 2.0, 10
"""Tickets in the period and a month of a customer who repeats, and how many are listed."""
UNHAPPY = -0.1
RISKY, REASONS = 2.0, 3
"""A risk of so many times the usual one is told, with so many reasons."""


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
        gain=None,
        effort="low",
        owner="who looks after customers",
        touched=sum(unhappy.values()) / evidence.months,
        link=evidence.rows("tickets_created", where),
        notes=("What a call brings cannot be told from the past; it is measured once you say that it is done.",),
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
        gain=None,
        effort="low",
        owner="who looks after customers",
        touched=sum(row["tickets_90"] for row in first) / 3,
        link=evidence.rows("tickets_created", where),
        notes=("Whether a talk keeps a customer cannot be told from the past: the risk says who is likely to leave, not"
               " why.",),
        lists=tuple({"customer": row["customer"], "risk": row["prediction"]["value"], "at_stake": row["at_stake"],
                     "why": "; ".join(reason["label"] for reason in row["prediction"]["reasons"][:REASONS]
                                      if reason["weight"] > 0)} for row in first),
    )  # fmt: skip


OUTREACH = Rule(
    name="outreach",
    label="Outreach",
    about="Customers who write again and again in a bad mood, and those who are likely to leave.",
    find=_find,
)

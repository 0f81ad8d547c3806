"""Outreach: customers who wrote again and again, and are not content."""

from __future__ import annotations

from collections.abc import Iterator

from deskpulse.insights.recommend.evidence import Evidence
from deskpulse.insights.recommend.model import Recommendation, Rule
from deskpulse.metrics.filters import filter_text
from deskpulse.metrics.model import Filter

LEAST_TICKETS, LEAST_A_MONTH, SHOWN = 4, 2.0, 10
"""Tickets in the period and a month of a customer who repeats, and how many are listed."""
UNHAPPY = -0.1


def _find(evidence: Evidence) -> Iterator[Recommendation]:
    if not evidence.principal.sees_personal_data:
        return
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


OUTREACH = Rule(
    name="outreach",
    label="Outreach",
    about="Customers who write again and again in a bad mood.",
    find=_find,
)

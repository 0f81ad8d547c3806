"""What to talk about with a unit: the criterion that costs most, the kind that makes most of it, tickets to read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from deskpulse.charts.formats import value_text
from deskpulse.insights.recommend.evidence import Evidence
from deskpulse.insights.scorecards.measure import Measured, Table
from deskpulse.metrics.lookup import find_metric
from deskpulse.metrics.tickets import TicketQuery

Json = dict[str, Any]
EXAMPLES, LEAST_KIND, LEAST_POINTS = 3, 5, 1.0
"""Tickets to read; the fewest rows of a kind that is named; and points below the target that are worth a word."""


def coaching(
    evidence: Evidence, by: str, unit: str, found: Mapping[str, tuple[Table, Measured]], weights: Mapping[str, float]
) -> Json | None:
    """Return the note for one unit; None where no criterion stands below its target."""
    short = {name: weights[name] * (50 - table.points(one)[0]) for name, (table, one) in found.items()}
    worst = max(short, key=lambda name: (short[name], name))
    if short[worst] < LEAST_POINTS * weights[worst]:
        return None
    table, one = found[worst]
    criterion, metric = table.criterion, find_metric(table.criterion.metric)
    is_sure = table.points(one)[2] < 50
    many = [kind for kind in one.compared.kinds if kind.n >= LEAST_KIND] if table.by else []
    kind = max(many, key=lambda kind: -criterion.sign * kind.shortfall, default=None)
    where, of = list(evidence.filters((by,), (unit,))), {}
    text = (
        f"{criterion.label}: {value_text(one.adjusted, metric.unit)} on the same kinds of tickets, the target is"
        f" {value_text(table.target, metric.unit)}{'' if is_sure else ', which may be chance'}."
    )
    if kind is not None and criterion.sign * kind.shortfall < 0:
        of = dict(zip(table.by, table.key(kind), strict=True))
        where += evidence.filters(table.by, table.key(kind))
        named = " and ".join(value or f"no {name}" for name, value in of.items())
        text += (
            f" Most of it lies in {named}: {value_text(kind.value, metric.unit)} over {kind.n:,} rows, where others"
            f" have {value_text(kind.others, metric.unit)}."
        )
    return {
        "criterion": worst, "metric": criterion.metric, "is_sure": is_sure, "text": text, "where": where, "kind": of,
        "link": evidence.rows(criterion.metric, where), "tickets": _tickets(evidence, table, where),
    }  # fmt: skip


def _tickets(evidence: Evidence, table: Table, where: list[str]) -> list[Json]:
    """Return the worst rows of the slice."""
    criterion, query = table.criterion, evidence.query
    columns = dict.fromkeys(("ticket_id", "subject", criterion.column))
    page = evidence.engine.tickets(
        evidence.principal,
        TicketQuery(start=query.start, end=query.end, timezone=query.timezone, where=(*query.where, *where),
                    metric=criterion.metric, sort=criterion.column, descending=criterion.is_time, limit=EXAMPLES,
                    columns=tuple(columns)),
    )  # fmt: skip
    return [
        {"ticket_id": row.get("ticket_id"), "subject": row.get("subject"), "value": row.get(criterion.column)}
        for row in page.as_dict()["rows"]
    ]

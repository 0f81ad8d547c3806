"""Scorecards as people ask for them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from math import sqrt
from typing import Any

from deskpulse.access.principals import require
from deskpulse.core.errors import InputError
from deskpulse.core.principal import Principal
from deskpulse.insights.recommend.evidence import ALPHA, Evidence, gather
from deskpulse.insights.scorecards.coaching import coaching
from deskpulse.insights.scorecards.criteria import CRITERIA, read_pairs, weights
from deskpulse.insights.scorecards.measure import CONFIDENCE, LEAST, Measured, Table, measure
from deskpulse.metrics.host import Host
from deskpulse.metrics.lookup import find_metric
from deskpulse.metrics.plan import refuse_unseen
from deskpulse.metrics.statistics import deviate

Json = dict[str, Any]
UNITS, LIMIT, MOST = ("agent", "team"), 50, 500
LEAST_WEIGHT = 0.5
"""Share of the weight of what the desk measures that a unit needs rows of, to have a score at all."""


class ScorecardRoom:
    """Tells one principal how agents or teams stand against their targets."""

    def __init__(self, host: Host, principal: Principal) -> None:
        self._engine, self._targets = host.numbers(principal), host.control.targets
        self._principal = principal
        self._workspace = host.describe_workspace(principal)

    def scorecards(self, spec: Json | None = None) -> Json:
        """Return a scorecard of each agent (or team), the best score first, and of whom there is too little to say.

        `spec` has by (agent or team), period (90d) or from and to, where, timezone, `weight` and `target` (texts like
        "satisfaction=0.9", by criterion) and limit (cards told, 50). A score is the weighted mean of points, 50 on the
        target. ForbiddenError where the principal may not see who it is about.
        """
        require(self._principal, "viewer")
        began, given = time.perf_counter(), spec or {}
        by, limit = _by(given.get("by")), _limit(given.get("limit"))
        refuse_unseen(self._principal, by)
        wanted, targets = weights(given.get("weight") or ()), read_pairs(given.get("target") or (), "target")
        if self._workspace.get("last_at") is None:
            return _head(by, None) | {"unknown": ["There is no data yet."], "seconds": 0.0}
        evidence = gather(self._engine, self._principal, self._workspace, given)
        if evidence.query.end <= evidence.query.start:
            return _head(by, evidence) | {"unknown": ["The period has no whole day."], "seconds": 0.0}
        kept = self._targets.list(self._principal.workspace)
        tables = {
            name: table for name, one in CRITERIA.items()
            if wanted[name] and (table := measure(evidence, one, by, targets, kept)) is not None
        }  # fmt: skip
        cards, few = _cards(tables, wanted)
        shown = [one | {"coaching": self._coaching(evidence, by, one["unit"], tables, wanted)} for one in cards[:limit]]
        return _head(by, evidence) | {
            "criteria": [_criterion(table, wanted) for table in tables.values()], "scorecards": shown,
            "scored": len(cards), "too_few": few[:limit], "unscored": len(few),
            "unknown": [f"{CRITERIA[name].label}: no rows by {by} in this period."
                        for name in CRITERIA if wanted[name] and name not in tables],
            "notes": [*dict.fromkeys(evidence.notes), *_NOTES], "seconds": round(time.perf_counter() - began, 3),
        }  # fmt: skip

    def _coaching(
        self, evidence: Evidence, by: str, unit: str, tables: Mapping[str, Table], wanted: Mapping[str, float]
    ) -> Json | None:
        found = {name: (table, table.units[unit]) for name, table in tables.items() if unit in table.units}
        return coaching(evidence, by, unit, found, wanted)


_NOTES = (
    "Compared on the rows of kinds (category and priority, where a metric has them) that others have too: how many"
    " of a unit's rows these are is told with each. Within a kind, specialists get the harder tickets and what was"
    " passed on: that is not taken out, so they look slower than they are. Compare specialists with each other.",
)


def _head(by: str, evidence: Evidence | None) -> Json:
    query = evidence.query if evidence else None
    return {
        "by": by, "from": query.start.isoformat() if query else None, "to": query.end.isoformat() if query else None,
        "confidence": CONFIDENCE, "least": LEAST, "criteria": [], "scorecards": [], "scored": 0, "too_few": [],
        "unscored": 0, "notes": [], "unknown": [],
    }  # fmt: skip


def _cards(tables: Mapping[str, Table], wanted: Mapping[str, float]) -> tuple[list[Json], list[Json]]:
    """Return the scored, the best first, and those with too few rows, most rows first."""
    names = sorted({name for table in tables.values() for name in (*table.units, *table.few)})
    measured = {name for name, table in tables.items() if table.units}
    whole = sum(wanted[name] for name in measured)
    cards, few = [], []
    for unit in names:
        own = {name: table.units[unit] for name, table in tables.items() if unit in table.units}
        rows = {name: (own[name].rows if name in own else table.few.get(unit, 0)) for name, table in tables.items()}
        weight = sum(wanted[name] for name in own)
        if not own or weight < LEAST_WEIGHT * whole:
            few.append({"unit": unit, "rows": rows, "text": f"{unit}: too few rows of kinds that others have too."})
        else:
            cards.append(_card(unit, own, tables, wanted, rows))
    return sorted(cards, key=lambda one: (-one["score"], one["unit"])), sorted(
        few, key=lambda one: (-max(one["rows"].values()), one["unit"])
    )


def _card(
    unit: str, own: Mapping[str, Measured], tables: Mapping[str, Table], wanted: Mapping[str, float],
    rows: Mapping[str, int],
) -> Json:  # fmt: skip
    """Return one scorecard; the criteria's errors are taken as independent of each other."""
    weight, wide = sum(wanted[name] for name in own), deviate(CONFIDENCE)
    points = {name: tables[name].points(one) for name, one in own.items()}
    score = sum(wanted[name] * points[name][0] for name in own) / weight
    spread = sqrt(sum((wanted[n] * (high - low) / (2 * wide)) ** 2 for n, (_, low, high) in points.items())) / weight
    low, high = max(0.0, score - wide * spread), min(100.0, score + wide * spread)
    verdict = "above target" if low > 50 else "below target" if high < 50 else "about on target"
    told = []
    for name, one in own.items():
        table, compared = tables[name], one.compared
        told.append({
            "criterion": name, "value": compared.value, "expected": compared.expected, "n": compared.n,
            "rows": one.rows, "adjusted": one.adjusted, "low": one.low, "high": one.high, "target": table.target,
            "points": round(points[name][0], 2), "low_points": round(points[name][1], 2),
            "high_points": round(points[name][2], 2), "p": compared.p, "is_unlike_colleagues": compared.p < ALPHA,
        })  # fmt: skip
    return {
        "unit": unit, "score": round(score, 2), "low": round(low, 2), "high": round(high, 2), "verdict": verdict,
        "criteria": told, "compared": _compared(tuple(own.values())),
        "too_few": {name: n for name, n in rows.items() if name not in own},
    }  # fmt: skip


def _compared(own: tuple[Measured, ...]) -> Json:
    """Return on how many of a unit's rows, over its criteria, the comparison rests: those of kinds that others have."""
    n, rows = sum(one.compared.n for one in own), sum(one.rows for one in own)
    return {"n": n, "rows": rows, "share": round(n / rows, 4)}


def _criterion(table: Table, wanted: Mapping[str, float]) -> Json:
    one, metric = table.criterion, find_metric(table.criterion.metric)
    return {
        "name": one.name, "label": one.label, "metric": metric.name, "unit": metric.unit, "better": metric.better,
        "weight": wanted[one.name], "target": table.target, "target_from": table.target_from,
        "value": table.whole.value, "n": table.whole.n, "kinds": list(table.by),
    }  # fmt: skip


def _by(given: Any) -> str:
    by = str(given or "agent")
    if by not in UNITS:
        raise InputError(f"There are no scorecards by {by[:50]!r}.", hint="Write by=agent or by=team.")
    return by


def _limit(given: Any) -> int:
    try:
        limit = LIMIT if given in (None, "") else int(given)
    except (TypeError, ValueError):
        limit = 0
    if not 1 <= limit <= MOST:
        raise InputError(f"The limit of scorecards is 1 to {MOST}, not {given!r}.", hint=f"Write {LIMIT}.")
    return limit

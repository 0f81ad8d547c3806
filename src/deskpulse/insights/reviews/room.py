"""Samples of what to review, as people ask for them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from deskpulse.access.principals import require
from deskpulse.core.errors import InputError, LimitError
from deskpulse.core.principal import Principal
from deskpulse.insights.predictions.room import PredictionRoom
from deskpulse.insights.reviews.draw import draw
from deskpulse.insights.reviews.reasons import COLUMNS, Candidate, reasons_of
from deskpulse.metrics.host import Host
from deskpulse.metrics.model import MetricQuery
from deskpulse.metrics.plan import refuse_unseen
from deskpulse.metrics.request import metric_query
from deskpulse.metrics.tickets import LATEST, TicketQuery

Json = dict[str, Any]
UNITS, PERIOD = ("agent", "team"), "30d"
PER, MOST_PER, LIMIT, MOST = 5, 50, 50, 500


class SampleRoom:
    """Offers one principal solved tickets to review."""

    def __init__(self, host: Host, principal: Principal) -> None:
        self._host, self._principal, self._settings = host, principal, host.settings
        self._engine = host.numbers(principal)
        self._workspace = host.describe_workspace(principal)

    def sample(self, spec: Json | None = None) -> Json:
        """Return tickets to review by agent (or team), units with the fewest reviews of the period first.

        `spec` has by, per (5), random (of these at random; half when left out), period (30d) or from and to, where,
        seed, limit (units, 50) and timezone. Offered are tickets solved in the period that an agent answered and nobody
        has reviewed. The same seed and data give the same sample. LimitError where the period has too many tickets.
        """
        require(self._principal, "viewer")
        began, given = time.perf_counter(), spec or {}
        by = str(given.get("by") or "agent")
        if by not in UNITS:
            raise InputError(f"There are no samples by {by[:50]!r}.", hint="Write by=agent or by=team.")
        refuse_unseen(self._principal, by)
        per = _whole("number of tickets each", given.get("per"), PER, 1, MOST_PER)
        at_random = _whole("number at random", given.get("random"), (per + 1) // 2, 0, per)
        limit, seed = _whole("limit", given.get("limit"), LIMIT, 1, MOST), str(given.get("seed") or "")[:200]
        head = {"by": by, "per": per, "random": at_random, "seed": seed, "units": [], "of": 0, "notes": []}
        if self._workspace.get("last_at") is None:
            return head | {"from": None, "to": None, "seconds": 0.0, "notes": ["There is no data yet."]}
        query = self._query(given)
        rows, notes = self._tickets(query), []
        reviewed = self._reviewed(query)
        made = Counter(row[by] for row in reviewed if row[by])
        done, ratings = {str(row["ticket_id"]) for row in reviewed}, self._ratings(query)
        by_unit: dict[str, list[str]] = {}
        for name, row in rows.items():
            if row[by]:
                by_unit.setdefault(str(row[by]), []).append(name)
        ordered = sorted(by_unit, key=lambda unit: (made[unit], unit))[:limit]
        free = {unit: [name for name in by_unit[unit] if name not in done] for unit in ordered}
        predicted, said = self._predicted([name for names in free.values() for name in names])
        notes += said

        def why(names: Sequence[str]) -> Mapping[str, list[Json]]:
            found = {n: Candidate(row=rows[n], rating=ratings.get(n), predicted=predicted.get(n)) for n in names}
            return {name: reasons_of(one, self._settings) for name, one in found.items()}

        units = []
        for unit in ordered:
            picks = draw(free[unit], seed=f"{self._principal.workspace}\x1f{seed}", at_random=at_random,
                         for_reason=per - at_random, reasons_of=why)  # fmt: skip
            units.append({"unit": unit, "tickets": len(by_unit[unit]), "free": len(free[unit]), "reviews": made[unit],
                          "rows": [_row(pick, rows[pick["ticket_id"]]) for pick in picks]})  # fmt: skip
        return head | {
            "from": query.start.isoformat(), "to": query.end.isoformat(), "units": units, "of": len(by_unit),
            "notes": [*notes, _NOTE], "seconds": round(time.perf_counter() - began, 3),
        }  # fmt: skip

    def _query(self, given: Json) -> MetricQuery:
        asked = {key: given.get(key) for key in ("from", "to", "where", "timezone")}
        asked["period"] = given.get("period") or (None if asked["from"] or asked["to"] else PERIOD)
        query = metric_query({**asked, "metrics": ["tickets_solved"]}, self._workspace)
        self._engine.check(self._principal, query)
        return query

    def _tickets(self, query: MetricQuery) -> dict[str, Mapping[str, Any]]:
        """Return the tickets solved in the period, by id; those that no agent answered left out."""
        listed = TicketQuery(metric="tickets_solved", start=query.start, end=query.end, timezone=query.timezone,
                             where=query.where, columns=COLUMNS, limit=1)  # fmt: skip
        total, most = self._engine.tickets(self._principal, listed).total, self._settings.review_max_tickets
        if total > most:
            raise LimitError(f"{total:,} tickets were solved in the period: a sample is drawn from {most:,} at most.",
                             setting="review_max_tickets", hint="Ask for a shorter period, or filter, such as by team."
                             )  # fmt: skip
        return {str(row["ticket_id"]): row for row in self._rows(listed) if row["agent_reply_count"] != 0}

    def _reviewed(self, query: MetricQuery) -> list[Mapping[str, Any]]:
        """Return the reviews made since the period began, imported ones too."""
        listed = TicketQuery(metric="reviews_made", start=query.start, end=LATEST - timedelta(days=1),
                             timezone=query.timezone, columns=("ticket_id", "agent", "team"))  # fmt: skip
        return self._rows(listed)

    def _ratings(self, query: MetricQuery) -> dict[str, float]:
        """Return the share of its scale that a ticket's latest rating has."""
        listed = TicketQuery(metric="csat", start=query.start, end=LATEST - timedelta(days=1), descending=False,
                             timezone=query.timezone, columns=("ticket_id", "score", "scale_max"))  # fmt: skip
        return {str(row["ticket_id"]): row["score"] / (row["scale_max"] or 5.0) for row in self._rows(listed)}

    def _rows(self, query: TicketQuery) -> list[Mapping[str, Any]]:
        _, pages = self._engine.every_row(self._principal, query)
        return [row for page in pages for row in page]

    def _predicted(self, names: list[str]) -> tuple[dict[str, dict[str, Json]], list[str]]:
        """Return what is predicted of tickets, and a note where that is not of all."""
        most = self._settings.predict_max_open
        if len(names) > most:
            return {}, [f"Risks were not looked at: {len(names):,} tickets are more than {most:,} (predict_max_open)."]
        return PredictionRoom(self._host, self._principal).of_tickets(names), []


_NOTE = "Those at random are drawn first, from all that nobody has reviewed; the fair quality score counts them alone."


def _row(pick: Json, row: Mapping[str, Any]) -> Json:
    told = {name: row[name] for name in ("ticket_id", "subject", "agent", "team", "category", "priority")}
    reasons = [{"name": one["name"], "label": one["label"], "text": one["text"]} for one in pick["reasons"]]
    solved = row["solved_at"]
    return {**told, "solved_at": solved.isoformat() if solved else None, "chosen": pick["chosen"], "reasons": reasons}


def _whole(what: str, given: Any, usual: int, least: int, most: int) -> int:
    try:
        number = usual if given in (None, "") else int(given)
    except (TypeError, ValueError):
        number = least - 1
    if not least <= number <= most:
        raise InputError(f"The {what} is a whole number from {least} to {most}, not {str(given)[:50]!r}.",
                         hint=f"Write {usual}.")  # fmt: skip
    return number

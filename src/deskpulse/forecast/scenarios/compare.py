"""A scenario beside its base: the same figures of both, as a whole and by day. Nothing is fitted here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from deskpulse.forecast.scenarios.asked import Scenario
from deskpulse.forecast.scenarios.kinds import apply_changes
from deskpulse.forecast.scenarios.model import Base, Change
from deskpulse.forecast.scenarios.outcome import Outcome, by_day, outcome, totals
from deskpulse.forecast.staffing.asked import model_name

Json = dict[str, Any]


class Comparison:
    """A base with its figures, which scenarios are put beside, one after another."""

    def __init__(self, base: Base, scenario: Scenario) -> None:
        self.base, self.scenario = base, scenario
        self.expected: Outcome = outcome(base, base.hours, scenario)
        # Without a plan, the people that the base needs are the plan which a change puts to the test.
        self._plan = self.base.hours if base.has_plan else self.expected.hours

    def beside(self, changes: Sequence[Change]) -> Json:
        """Return base and scenario as plain values; InputError for a change that cannot be."""
        hours, notes = apply_changes(self.base, _planned(self.base, self._plan), tuple(changes))
        found = outcome(self.base, hours, self.scenario, plan=hours.people)
        before, after = totals(self.expected, self.scenario), totals(found, self.scenario)
        return {
            "base": before, "scenario": after, "change": {name: _change(before[name], after[name]) for name in before},
            "days": [
                {"day": day.isoformat(), "low_80": self.base.low[n], "high_80": self.base.high[n],
                 "base": by_day(self.expected, n), "scenario": by_day(found, n)}
                for n, day in enumerate(self.base.days)
            ],
            "notes": notes,
        }  # fmt: skip

    def answer(self) -> Json:
        """Return the scenario's own comparison, with what it rests on."""
        base, scenario = self.base, self.scenario
        told = self.beside(scenario.changes)
        notes = [*base.notes, *told.pop("notes")]
        if not base.has_plan:
            notes.append("No plan is known: the people that the base needs are taken for one.")
        if scenario.hourly_cost is None:
            notes.append("Give hourly_cost to see what it costs.")
        return {
            "name": scenario.name, "about": scenario.about, "metric": scenario.metric,
            "queues": list(scenario.queues), "team": scenario.team, "where": list(scenario.where),
            "from": base.days[0].isoformat(), "until": base.days[-1].isoformat(), "timezone": base.timezone,
            "method": base.method, "label": base.label,
            "model": "backlog" if scenario.is_deferred else model_name(base.patience_seconds),
            "patience_seconds": base.patience_seconds, "target": scenario.spec.get("target"),
            "changes": scenario.spec["changes"], **told, "notes": notes,
        }  # fmt: skip


def _planned(base: Base, plan: Any) -> Any:
    hours = base.hours.copy()
    hours.people[:] = plan.people
    return hours


def _change(before: float | None, after: float | None) -> Json:
    if before is None or after is None:
        return {"absolute": None, "percent": None}
    return {"absolute": after - before, "percent": 100 * (after - before) / before if before else None}

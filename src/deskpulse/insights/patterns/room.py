"""Patterns as people ask for them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from deskpulse.access.principals import require
from deskpulse.core.errors import ForbiddenError, InputError, LimitError, UnknownNameError
from deskpulse.core.principal import Principal
from deskpulse.forecast.known_days import days_off
from deskpulse.insights.patterns.asking import Asked, Json, asked_of
from deskpulse.insights.patterns.effects import corrected
from deskpulse.insights.patterns.growth import growth
from deskpulse.insights.patterns.journeys import escalations, losses, repeats
from deskpulse.insights.patterns.past import own_past
from deskpulse.insights.patterns.seasons import Season, courses, heatmap, seasons_of, told
from deskpulse.metrics.host import Host

PARTS = ("seasons", "past", "growth", "repeats", "escalations", "losses")
_OTHERS: dict[str, Callable[[Asked], Json]] = {
    "past": own_past, "growth": growth, "repeats": repeats, "escalations": escalations, "losses": losses,
}  # fmt: skip


class PatternRoom:
    """Tells one principal what comes again in a workspace."""

    def __init__(self, host: Host, principal: Principal) -> None:
        self._host, self._principal = host, principal
        self._workspace = host.describe_workspace(principal)

    def patterns(self, spec: Json | None = None) -> Json:
        """Return the seasons of a metric, its own past, what grows, who comes back, and what goes before escalations
        and losses.

        `spec` has metric (tickets_created), by (a dimension: seasons of its largest slices, growth of its values),
        where, period or from and to (the last 24 months), timezone, and parts (all). Every difference has its rows, a
        95 % interval and a p value corrected for all that its part tests; what cannot be told yet says why.
        """
        require(self._principal, "viewer")
        began, given = time.perf_counter(), spec or {}
        parts = _parts(given.get("parts"))
        if self._workspace.get("last_at") is None:
            return {"metric": given.get("metric") or "tickets_created", "from": None, "to": None,
                    "unknown": ["There is no data yet."], "notes": [], "seconds": 0.0}  # fmt: skip
        off = frozenset(days_off(self._host.control, self._principal.workspace, None))
        engine = self._host.numbers(self._principal)
        asked = asked_of(engine, self._principal, dict(self._workspace), given, off)
        head: Json = {
            "metric": asked.metric.name, "label": asked.metric.label, "unit": asked.metric.unit,
            "better": asked.metric.better, "by": asked.by, "from": asked.first_day.isoformat(),
            "to": asked.end_day.isoformat(), "timezone": asked.query.timezone, "days": asked.days,
            "days_off": sum(asked.first_day <= day < asked.end_day for day in off), "unknown": [], "notes": [],
        }  # fmt: skip
        if asked.days < 1:
            return head | {"unknown": ["The period has no whole day."], "seconds": 0.0}
        for name in parts:
            head |= self._part(asked, name, head["notes"])
        return head | {"seconds": round(time.perf_counter() - began, 3)}

    def _part(self, asked: Asked, name: str, notes: list[str]) -> Json:
        try:
            return _seasons(asked) if name == "seasons" else {name: _OTHERS[name](asked)}
        except (ForbiddenError, InputError, LimitError) as error:
            if name == "seasons":
                raise
            notes.append(f"{name.capitalize()} cannot be told: {error.message}")
            return {name: None}


def _seasons(asked: Asked) -> Json:
    found = courses(asked)
    seasons = [season for course in found for season in seasons_of(asked, course)]
    effects = corrected([effect for season in seasons for effect in season.effects])
    done: list[Season] = []
    for season in seasons:
        own, effects = effects[: len(season.effects)], effects[len(season.effects) :]
        done.append(replace(season, effects=tuple(own)))
    tested = sum(len(season.effects) for season in done)
    return {
        "seasons": [told(asked, season) for season in done], "tested": tested,
        "heatmap": heatmap(asked, found[0]) if asked.by is None and found else None,
    }  # fmt: skip


def _parts(given: str | Sequence[str] | None) -> Sequence[str]:
    if not given:
        return PARTS
    names = given.split(",") if isinstance(given, str) else [one for text in given for one in text.split(",")]
    for name in names:
        if name not in PARTS:
            raise UnknownNameError("part of the patterns", name, PARTS)
    return names

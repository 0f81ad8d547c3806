"""One look at a workspace: reads what is watched, judges it, and puts together what belongs together."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from deskpulse.charts.formats import day_text
from deskpulse.core.principal import Principal
from deskpulse.core.settings import Settings
from deskpulse.insights.watch import together, volatility
from deskpulse.insights.watch.choices import Choices
from deskpulse.insights.watch.incidents import Incident, incidents
from deskpulse.insights.watch.judging import Judged, judge_panel
from deskpulse.insights.watch.model import Family, Json, Odd, Panel
from deskpulse.insights.watch.rare import needed, questions_a_week
from deskpulse.insights.watch.reading import Reading
from deskpulse.insights.watch.stretches import stretches, was_so_last_year
from deskpulse.insights.watch.telling import Scale, body_of
from deskpulse.metrics.model import MetricQuery
from deskpulse.metrics.query import QueryEngine

SOURCE_QUIET_DAYS = 14
NEAR_SOURCE = timedelta(days=3)
COST_DAYS = 91


@dataclass(frozen=True, kw_only=True)
class Look:
    """What one look found, and what it looked at."""

    incidents: tuple[Incident, ...]
    bodies: tuple[Json, ...]
    summary: Json


def questions(panels: Sequence[Panel]) -> float:
    """Return how many separate questions a week are asked of all panels: of levels, of swings, of several together."""
    levels = sum(questions_a_week(panel.family, len(panel.keys)) for panel in panels)
    return levels + volatility.questions(panels) + together.questions(panels)


def find_odd(panels: Sequence[Panel], per_week: float) -> tuple[list[Odd], dict[Family, Judged], float, int]:
    """Return the odd stretches of panels, what was judged, how rare they had to be, and how many were the season's."""
    limit = needed(per_week, questions(panels))
    judged = {panel.family: judge_panel(panel, limit) for panel in panels}
    found = [(one, odd) for one in judged.values() for odd in stretches(one)]
    seasonal = [odd for one, odd in found if was_so_last_year(one, odd)]
    odds = [odd for _, odd in found if odd not in seasonal]
    for one in judged.values():
        odds += volatility.swings(one, limit) if volatility.is_watched(one.panel) else []
    odds += together.odd_together(judged, limit)
    return odds, judged, limit, len(seasonal)


def look(
    engine: QueryEngine, principal: Principal, settings: Settings, *, timezone: str, first_at: datetime | None,
    last_at: datetime | None, off: Collection[date], choices: Choices | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Look:  # fmt: skip
    """Look at everything that is watched in a workspace: as shipped, but for its `choices`."""
    reading = Reading(engine, principal, settings, timezone=timezone, first_at=first_at, last_at=last_at, off=off,
                      choices=choices)  # fmt: skip
    panels = reading.panels()
    say(f"{reading.coverage.watched} series read")
    per_week = settings.anomaly_false_alarms_per_week
    odds, judged, limit, seasonal = find_odd(panels, per_week)
    if seasonal:
        reading.coverage.notes.append(
            f"{seasonal} stretches were as far off a year before: that is the season, and not told."
        )
    if panels:
        odds = _without_sources(engine, principal, reading, odds, timezone)
    found = incidents(odds)
    scale = _scale(engine, principal, reading, timezone, limit) if panels else Scale(daily=1.0, cost=None, limit=limit)
    bodies = tuple(body_of(incident, scale, judged) for incident in found)
    summary = {
        **reading.coverage.as_dict(), "families": len(panels), "false_alarms_per_week": per_week,
        "tests_per_week": round(questions(panels)),
        "chance": 10.0**-limit if panels else None, "from": min((panel.starts[0] for panel in panels), default=None),
        "until": reading.end if panels else None, "hours_until": reading.hours_end if panels else None,
        "data_until": last_at,
    }  # fmt: skip
    return Look(incidents=tuple(found), bodies=bodies, summary=summary)


def _scale(engine: QueryEngine, principal: Principal, reading: Reading, timezone: str, limit: float) -> Scale:
    """Return what a usual day of the latest months has, and what a contact costs."""
    start = max(reading.start, reading.end - timedelta(days=COST_DAYS))
    days = max((reading.end - start).days, 1)
    asked = MetricQuery(metrics=("tickets_created", "cost_per_contact"), start=start, end=reading.end,
                        timezone=timezone)  # fmt: skip
    totals = engine.query(principal, asked).totals
    daily = (totals["tickets_created"].value or 0.0) / days
    booked = MetricQuery(metrics=("money_entries",), start=reading.start, end=reading.end, timezone=timezone,
                         by=("currency",))  # fmt: skip
    currencies = [row.by[0] for row in engine.query(principal, booked).rows if row.by[0] is not None]
    return Scale(daily=max(daily, 1.0), cost=totals["cost_per_contact"].value, limit=limit,
                 currency=currencies[0] if len(currencies) == 1 else "")  # fmt: skip


def _without_sources(
    engine: QueryEngine, principal: Principal, reading: Reading, odds: list[Odd], timezone: str
) -> list[Odd]:
    """Leave out what begins where a source of data begins or ends: that changes what is known, not what happens."""
    asked = MetricQuery(metrics=("tickets_created",), start=reading.start, end=reading.end, timezone=timezone,
                        by=("source",), grain="day")  # fmt: skip
    counts: dict[str | None, list[float]] = {}
    days: dict[str, datetime] = {}
    for row in engine.query(principal, asked).rows:
        counts.setdefault(row.by[0], []).append(row.values["tickets_created"].value or 0.0)
        days[row.period or ""] = reading.moment(row.period or "")
    moments, notes = list(days.values()), reading.coverage.notes
    edges = []
    for name, course in counts.items():
        seen = np.flatnonzero(np.asarray(course))
        if not seen.size or len(counts) < 2:
            continue
        if seen[0] > SOURCE_QUIET_DAYS:
            edges.append(moments[seen[0]])
            notes.append(f"The source {name} begins on {day_text(moments[seen[0]])}: what changes there is not told.")
        if seen[-1] < len(course) - SOURCE_QUIET_DAYS:
            edges.append(moments[seen[-1]])
            notes.append(f"The source {name} ends on {day_text(moments[seen[-1]])}: what changes there is not told.")
    return [odd for odd in odds if not any(abs(odd.starts_at - edge) <= NEAR_SOURCE for edge in edges)]

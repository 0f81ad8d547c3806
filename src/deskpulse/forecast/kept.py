"""What is expected of a metric's coming periods: as a kept forecast says, or as one that is made now does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np

from deskpulse.control import Control
from deskpulse.control.forecasts import KeptForecast
from deskpulse.core.principal import Principal
from deskpulse.core.settings import Settings
from deskpulse.forecast.known_days import known_stamps
from deskpulse.forecast.model import Floats
from deskpulse.forecast.results import Expected
from deskpulse.forecast.series import Ask, Read, read_ask
from deskpulse.metrics.filters import Bounds, filter_text, parse_where

Json = dict[str, Any]
LEVEL = 0.8


@dataclass(frozen=True, kw_only=True, eq=False)
class Course:
    """What is expected of each coming period: `points` and the ends of the 80 % interval, of shape (periods,).

    NaN where nothing is known. `forecast_id` names the kept forecast that says so, `made_at` when it was made.
    """

    points: Floats
    low: Floats
    high: Floats
    method: str
    label: str
    notes: tuple[str, ...] = ()
    forecast_id: str | None = None
    made_at: datetime | None = None


FindKept = Callable[[Read], Course | None]


def course_of(found: Expected, read: Read) -> Course:
    """Return a forecast that was made now, by the periods to come."""
    steps = [c.step for c in read.coming]
    none = np.full(len(found.points), np.nan)
    low, high = found.bands[LEVEL] if found.bands else (none, none)
    return Course(points=found.points[steps], low=low[steps], high=high[steps], method=found.method,
                  label=found.label, notes=found.notes)  # fmt: skip


def finder(control: Control, principal: Principal, settings: Settings, timezone: str) -> FindKept:
    """Return what looks for a kept forecast of a question; kept ones are of all rows, so who sees some finds none."""

    def find(read: Read) -> Course | None:
        if principal.row_filters:
            return None
        stamps = known_stamps(control, principal.workspace)
        asked = _sameness(replace(read.ask, timezone=read.timezone), settings, timezone)
        for kept in control.forecasts.list(principal.workspace, newest=True):
            if _sameness(read_ask(kept.question), settings, timezone) != asked:
                continue
            answer = control.jobs.get(principal.workspace, kept.forecast_id).result
            if is_current(kept, answer, stamps) and (course := _course(kept, answer, read)) is not None:
                return course
        return None

    return find


def is_current(kept: KeptForecast, answer: Mapping[str, Any], stamps: Mapping[str, datetime]) -> bool:
    """Whether a kept forecast knew of all events that are known now, and of no other (`known_days.known_stamps`)."""
    used = {event["event_id"] for one in answer["forecasts"] for event in one.get("events", ())}
    return used <= set(stamps) and all(written_at <= kept.made_at for written_at in stamps.values())


def _sameness(ask: Ask, settings: Settings, timezone: str) -> Ask:
    """Return a question as it is compared: however it was written, and however far ahead it asks."""
    where = tuple(sorted(map(filter_text, parse_where(ask.where, Bounds.of(settings)))))
    return replace(ask, where=where, horizon=1, timezone=ask.timezone or timezone)


def _course(kept: KeptForecast, answer: Mapping[str, Any], read: Read) -> Course | None:
    """Return what a kept forecast says of the periods to come; None where it does not say it of all."""
    one = answer["forecasts"][0]
    by_start = {datetime.fromisoformat(point["from"]): point for point in one["points"]}
    points = [by_start.get(c.start) for c in read.coming]
    if any(point is None or datetime.fromisoformat(point["to"]) != c.end
           for point, c in zip(points, read.coming, strict=True)):  # fmt: skip
        return None

    def column(name: str) -> Floats:
        return np.array([point[name] for point in points if point is not None], dtype=np.float64)

    return Course(points=column("value"), low=column("low_80"), high=column("high_80"), method=one["method"],
                  label=one["label"], notes=tuple(one["notes"]), forecast_id=kept.forecast_id,
                  made_at=kept.made_at)  # fmt: skip

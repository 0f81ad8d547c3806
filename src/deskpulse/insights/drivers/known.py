"""Known events beside a change: those of the two periods, and what begins shortly before, in the slices at hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from deskpulse.charts import formats
from deskpulse.charts.formats import day_text
from deskpulse.control import Control
from deskpulse.core.periods import zone
from deskpulse.core.settings import Settings
from deskpulse.metrics.filters import Bounds, parse_where
from deskpulse.metrics.happenings import DAY_CHARS, Happening, known_happenings, touches
from deskpulse.metrics.model import MetricQuery, Where

Json = dict[str, Any]
LEAD = timedelta(days=3)
"""What begins so long before a period may show in it."""


def known_beside(
    control: Control, settings: Settings, workspace: str, asked: MetricQuery, slices: Sequence[Sequence[Where]] = ((),)
) -> list[Json]:
    """Return `{kind, about, at, event_id, name, when}` of known events, those of the period itself first.

    `asked` names both periods (`compare` is "slice"); an event of which all lies in none of `slices` (conditions
    beside those of `asked`) is left out, and so is one that lasts over both periods: it changed nothing between them.
    """
    assert asked.against is not None  # noqa: S101  drivers.asking gives it
    now, then = (asked.start, asked.end), (asked.against.start, asked.against.end)
    timezone = control.workspaces.get(workspace).timezone
    first, last = min(now[0], then[0]) - LEAD, max(now[1], then[1])
    own = parse_where(asked.where, Bounds.of(settings))
    found = [
        (when, one)
        for one in known_happenings(control, workspace, first, last, timezone=timezone, settings=settings)
        if (when := _when(one, now, then)) and any(touches(one.where, (*own, *part)) for part in slices)
    ]
    found.sort(key=lambda pair: (_ORDER.index(pair[0]), pair[1].start))
    return [_told(one, when, zone(timezone)) for when, one in found]


_ORDER = ("in the period", "shortly before the period", "in the period before")


def _when(one: Happening, now: tuple[datetime, datetime], then: tuple[datetime, datetime]) -> str:
    """Return where an event lies, or nothing when it says nothing of a change between the periods."""
    is_now, was_then = one.overlaps(*now), one.overlaps(*then)
    if is_now and was_then and one.start <= then[0] and one.end >= now[1]:
        return ""
    if is_now:
        return _ORDER[0]
    if now[0] - LEAD <= one.start < now[0]:
        return _ORDER[1]
    return _ORDER[2] if was_then else ""


def _told(one: Happening, when: str, local: ZoneInfo) -> Json:
    event, kind = one.event, one.event.kind.replace("_", " ")
    where = f", {event.where}" if event.where else ""
    return {
        "kind": event.kind, "about": f"Known: {event.name} ({kind}, {span_text(one, local)}{where}), {when}.",
        "at": one.start.astimezone(local).isoformat(), "event_id": event.event_id, "name": event.name, "when": when,
    }  # fmt: skip


def span_text(one: Happening, local: ZoneInfo) -> str:
    """Return the local days, or the moments, of an event."""
    begin, end = one.start.astimezone(local), one.end.astimezone(local)
    if len(one.event.start) > DAY_CHARS:
        same = end.date() == begin.date()
        until = f"{end:%H:%M}" if same else f"{day_text(end.date())}, {end:%H:%M}"
        return f"{day_text(begin.date())}, {begin:%H:%M}{'' if one.end == one.start else f' to {until}'}"
    return formats.span_text(begin.date(), (end - timedelta(seconds=1)).date())

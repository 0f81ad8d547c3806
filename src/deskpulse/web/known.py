"""Known events on charts over time: which periods of a picture they are on."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from deskpulse.charts.model import Mark
from deskpulse.core.periods import midnight, zone
from deskpulse.core.principal import Principal
from deskpulse.metrics.happenings import DAY_CHARS, known_happenings, touches
from deskpulse.metrics.model import Where

if TYPE_CHECKING:
    from deskpulse.desk import Desk

MOST = 12
"""More events than these would hide the numbers: the latest are shown."""


def marks_of(
    desk: Desk, principal: Principal, categories: Sequence[str], timezone: str, where: Sequence[Where] = ()
) -> tuple[Mark, ...]:
    """Return the known events that may touch `where`, on the `categories` (starts of periods) of a chart over time."""
    if len(categories) < 2:
        return ()
    starts = _starts(categories, timezone)
    own = desk.control.workspaces.get(principal.workspace).timezone
    found = known_happenings(desk.control, principal.workspace, starts[0], starts[-1] + (starts[-1] - starts[-2]),
                             timezone=own, settings=desk.settings)  # fmt: skip
    return placed([(one.event.name, one.start, one.end) for one in found if touches(one.where, where)], categories,
                  timezone)  # fmt: skip


def placed(
    events: Sequence[tuple[str, datetime, datetime]], categories: Sequence[str], timezone: str
) -> tuple[Mark, ...]:
    """Return events (name, start and end) on the places of `categories`; what lies outside is left out."""
    if len(categories) < 2:
        return ()
    starts = _starts(categories, timezone)
    over = starts[-1] + (starts[-1] - starts[-2])
    found = []
    for name, start, end in events:
        if start < over and end >= starts[0]:
            first = max(bisect_right(starts, start) - 1, 0)
            last = max(bisect_right(starts, max(end - timedelta(microseconds=1), start)) - 1, first)
            found.append(Mark(name=name, first=first, last=last))
    return tuple(found[-MOST:])


def _starts(categories: Sequence[str], timezone: str) -> list[datetime]:
    local = zone(timezone)
    return [midnight(date.fromisoformat(text), local) if len(text) <= DAY_CHARS else datetime.fromisoformat(text)
            for text in categories]  # fmt: skip

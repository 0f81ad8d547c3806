"""The days on which a team does not work, known from its working hours."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from deskpulse.control import Control

WHOLE_DAY = 1440


def days_off(control: Control, workspace: str, team: str | None) -> Collection[date]:
    """Return the whole days off in the working hours that a team goes by; those of everybody when it is None."""
    book = control.schedules.book(workspace)
    name = book.schedule_of(team, None) if book is not None else None
    if book is None or name is None or not book.schedules[name].versions:
        return ()
    hours = book.schedules[name].versions[-1]
    return {h.day for h in hours.holidays if h.start == 0 and h.end == WHOLE_DAY}

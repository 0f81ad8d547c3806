"""The kinds of changes: what each takes, and what it does to the hours to come."""

from __future__ import annotations

from datetime import date

import numpy as np

from deskpulse.core.errors import InputError
from deskpulse.forecast.scenarios.model import Base, Change, Hours, Kind

MOST_PERCENT = 1_000.0
MOST_CONTACTS, MOST_PEOPLE = 1e6, 1e5


def _volume(change: Change, base: Base, hours: Hours, days: list[int]) -> str:
    hours.contacts[days] *= 1 + (change.percent or 0.0) / 100
    return ""


def _handle_time(change: Change, base: Base, hours: Hours, days: list[int]) -> str:
    hours.handle_seconds[days] *= 1 + (change.percent or 0.0) / 100
    return ""


def _deflection(change: Change, base: Base, hours: Hours, days: list[int]) -> str:
    hours.contacts[days] *= 1 - (change.percent or 0.0) / 100
    return ""


def _campaign(change: Change, base: Base, hours: Hours, days: list[int]) -> str:
    if change.percent is not None:
        hours.contacts[days] *= 1 + change.percent / 100
    if change.contacts is not None:
        for place in days:
            hours.contacts[place] += change.contacts * base.profile[base.days[place].weekday()]
    return ""


def _agents_out(change: Change, base: Base, hours: Hours, days: list[int]) -> str:
    people = change.people or 0.0
    planned = hours.people[days]
    fewer = int(((planned > 0) & (planned < people)).sum())
    hours.people[days] = np.maximum(planned - people, 0.0)
    return f"In {fewer:,} hours fewer than {people:g} people are planned: nobody is left there." if fewer else ""


def _holiday(change: Change, base: Base, hours: Hours, days: list[int]) -> str:
    day, level, said = change.day, change.percent, ""
    assert day is not None  # noqa: S101  reading has seen to it
    if day in base.off:
        raise InputError(f"{day} is a day off already.", hint="Choose another day for the holiday.")
    if change.moved_from is not None and change.moved_from not in base.off:
        known = ", ".join(str(d) for d in sorted(base.off) if d in base.days) or "none within the horizon"
        raise InputError(f"{change.moved_from} is no day off that could be moved.", hint=f"Days off: {known}.")
    if level is None:
        if base.holiday_level is None:
            raise InputError(
                "No day off of the past tells what a holiday brings.",
                hint="Say it: percent: 20 for a fifth of a usual day's contacts.",
            )
        level = 100 * base.holiday_level
        said = f"A day off is taken to bring {level:.0f}% of a usual day, as {base.holidays_seen:,} of the past did."
    for place, share in ((_place(base, day), level / 100), (_place(base, change.moved_from), 1.0)):
        if place is not None:
            weekday = base.days[place].weekday()
            hours.contacts[place] = base.usual[weekday] * share * base.profile[weekday]
    return said


def _place(base: Base, day: date | None) -> int | None:
    return base.days.index(day) if day is not None and day in base.days else None


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(name="holiday", about="A day off more, or moved: `day`, `moved_from`; `percent` of a usual day.",
             apply=_holiday, numbers={"percent": (0.0, MOST_PERCENT)}, is_day=True),
        Kind(name="volume", about="So many `percent` more or less contacts.", apply=_volume,
             numbers={"percent": (-100.0, MOST_PERCENT)}, needs=("percent",)),
        Kind(name="campaign", about="`percent` or `contacts` a day more, between `from` and `to`.", apply=_campaign,
             numbers={"percent": (0.0, MOST_PERCENT), "contacts": (0.0, MOST_CONTACTS)},
             needs=("percent", "contacts"), needs_window=True),
        Kind(name="deflection", about="Self-service takes `percent` of the contacts.", apply=_deflection,
             numbers={"percent": (0.0, 100.0)}, needs=("percent",)),
        Kind(name="handle_time", about="Handling takes `percent` more or less time.", apply=_handle_time,
             numbers={"percent": (-99.0, MOST_PERCENT)}, needs=("percent",)),
        Kind(name="agents_out", about="So many `people` are not there.", apply=_agents_out,
             numbers={"people": (0.0, MOST_PEOPLE)}, needs=("people",)),
    )
}  # fmt: skip
"""By name, in the order in which they are put on the hours: a holiday sets a day, the others change what is there."""


def apply_changes(base: Base, hours: Hours, changes: tuple[Change, ...]) -> tuple[Hours, list[str]]:
    """Return `hours` with the changes put on them, and what is to be said; InputError for one that cannot be."""
    found, notes = hours.copy(), []
    order = list(KINDS)
    for change in sorted(changes, key=lambda c: order.index(c.kind)):
        days, said = _window(base, change)
        notes += [said] if said else []
        note = KINDS[change.kind].apply(change, base, found, days)
        notes += [note] if note else []
    return found, notes


def _window(base: Base, change: Change) -> tuple[list[int], str]:
    """Return the places of the change's days, and a note where some of them lie outside of the horizon."""
    first, last = base.days[0], base.days[-1]
    span = f"the forecast reaches from {first} to {last}"
    if KINDS[change.kind].is_day:
        for day in (change.day, change.moved_from):
            if day is not None and not first <= day <= last:
                raise InputError(f"{day} lies outside: {span}.", hint="Choose a day in it, or a longer horizon.")
        return [], ""
    found = [n for n, day in enumerate(base.days)
             if (change.start is None or day >= change.start) and (change.end is None or day < change.end)]  # fmt: skip
    if not found:
        raise InputError(
            f"The {change.kind.replace('_', ' ')} from {change.start or first} to {change.end or 'the end'} lies "
            f"outside: {span}.", hint="Choose days in it, or a longer horizon.",
        )  # fmt: skip
    is_cut = (change.start is not None and change.start < first) or (
        change.end is not None and change.end.toordinal() > last.toordinal() + 1
    )
    return found, f"Of the {change.kind.replace('_', ' ')} only what lies within the horizon counts." if is_cut else ""

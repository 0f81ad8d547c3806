"""What is known of days besides the numbers: the days off of working hours, and the events that a workspace keeps."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from deskpulse.control import Control
from deskpulse.control.known_events import KnownEvent
from deskpulse.core.errors import InputError
from deskpulse.core.periods import midnight, parse_moment
from deskpulse.core.settings import Settings
from deskpulse.metrics.happenings import Happening, known_happenings, slice_filters, touches
from deskpulse.metrics.lookup import METRICS
from deskpulse.metrics.model import Where

Json = dict[str, Any]
Bools = NDArray[np.bool_]
Span = tuple[datetime, datetime]
WHOLE_DAY = 1440
MARKED = "known-event"
"""What people say of an anomaly that an event brought which they know of."""
ANOMALY = "anomaly"
"""The kind of event that such a mark is."""
LEARNED = ("campaign", "launch", "price_change")
"""Kinds of events that do the same again; holidays count as days off."""
LEAST_SHARE = 1 / 7
"""Of a week or a longer step, what a known outage must cover for the step to be left out."""


def _no_days(_: str | None) -> Collection[date]:
    return ()


def _no_events(*_: datetime) -> Sequence[Happening]:
    return ()


@dataclass(frozen=True, kw_only=True)
class KnownDays:
    """What is known ahead: `off` tells a team's days off (of None: everybody's), `events` what touches a time."""

    off: Callable[[str | None], Collection[date]] = _no_days
    events: Callable[[datetime, datetime], Sequence[Happening]] = _no_events


def known_days(control: Control, workspace: str, settings: Settings) -> KnownDays:
    """Return what a workspace knows: days off from its working hours, events from its list and from anomalies that
    people said were known events.
    """
    timezone = control.workspaces.get(workspace).timezone

    def events(start: datetime, end: datetime) -> Sequence[Happening]:
        listed = known_happenings(control, workspace, start, end, timezone=timezone, settings=settings)
        marked = (one for one in marked_happenings(control, workspace) if one.overlaps(start, end))
        return sorted((*listed, *marked), key=lambda one: (one.start, one.event.name))

    return KnownDays(off=lambda team: days_off(control, workspace, team), events=events)


def marked_happenings(control: Control, workspace: str) -> Iterator[Happening]:
    """Yield the times of anomalies that were marked as known events, in the slice that they were found in."""
    for mark in control.anomalies.marks(workspace):
        if mark.verdict != MARKED:
            continue
        shape = mark.shape
        by, value = shape["by"], shape["value"]
        where = slice_filters((by,), (value,)) if by else ()
        label = METRICS[shape["metric"]].label if shape["metric"] in METRICS else shape["metric"]
        event = KnownEvent(
            event_id=mark.anomaly_id, name=mark.note or f"{label}, marked as known",
            kind=ANOMALY, start=shape["from"], end=shape["to"], where="", note="", repeats_yearly=False, ignore=True,
            written_by=mark.marked_by, written_at=mark.marked_at,
        )  # fmt: skip
        yield Happening(event=event, start=datetime.fromisoformat(shape["from"]),
                        end=datetime.fromisoformat(shape["to"]), where=where)  # fmt: skip


def known_stamps(control: Control, workspace: str) -> dict[str, datetime]:
    """Return what is known besides the numbers, listed and marked, by id, with when it was written."""
    marked = {one.event.event_id: one.event.written_at for one in marked_happenings(control, workspace)}
    return {one.event_id: one.written_at for one in control.known_events.list(workspace)} | marked


def of_team(known: KnownDays, team: str | None) -> KnownDays:
    """Return the same, with the days off of `team` whoever is asked for."""
    return replace(known, off=lambda _: known.off(team))


def days_off(control: Control, workspace: str, team: str | None) -> Collection[date]:
    """Return the whole days off in the working hours that a team goes by; those of everybody when it is None."""
    book = control.schedules.book(workspace)
    name = book.schedule_of(team, None) if book is not None else None
    if book is None or name is None or not book.schedules[name].versions:
        return ()
    hours = book.schedules[name].versions[-1]
    return {h.day for h in hours.holidays if h.start == 0 and h.end == WHOLE_DAY}


def ignored_span(text: str, local: ZoneInfo) -> Span:
    """Return the span that `text` names: a local day, or two days or moments with a slash between (the end is out)."""
    first, slash, last = (part.strip() for part in text.partition("/"))
    start = parse_moment(first, local)
    end = parse_moment(last, local) if slash else midnight(date.fromisoformat(first[:10]) + timedelta(days=1), local)
    if end <= start:
        raise InputError(f"{text!r} ends before it begins.", hint="Write 2026-11-04, or 2026-11-04/2026-11-06.")
    return start, end


def left_out_days(
    known: KnownDays, ignore: Iterable[str], start: datetime, end: datetime, *, conditions: Sequence[Where],
    local: ZoneInfo,
) -> frozenset[date]:  # fmt: skip
    """Return the local days of [start, end) that teach nothing: those named, and those of events that say so."""
    spans = [ignored_span(text, local) for text in ignore]
    spans += [
        (one.start, one.end) for one in known.events(start, end) if one.event.ignore and touches(one.where, conditions)
    ]
    days: set[date] = set()
    for first, last in spans:
        day = max(first, start).astimezone(local).date()
        over = max(last - timedelta(microseconds=1), first)
        while day <= min(over, end - timedelta(microseconds=1)).astimezone(local).date():
            days.add(day)
            day += timedelta(days=1)
    return frozenset(days)


def left_out_notes(days: Collection[date]) -> list[str]:
    """Return what is to be said of days that were left out."""
    if not days:
        return []
    first, last = min(days), max(days)
    when = f"{first}" if first == last else f"{first} to {last}"
    said = "1 day was" if len(days) == 1 else f"{len(days):,} days were"
    return [f"{said} left out ({when}), as nothing is to be learned from {'it' if len(days) == 1 else 'them'}."]


class Clock:
    """The steps of a series in time: those known, and behind them those to come."""

    def __init__(self, spans: Sequence[Span], steps: Sequence[int], known: int) -> None:
        """`spans` are periods in order, `steps` the step that each is; `known` steps have passed."""
        self._starts = np.array([start.timestamp() for start, _ in spans])
        self._ends = np.array([end.timestamp() for _, end in spans])
        self._steps = np.array(steps, dtype=np.int64)
        self.known, self.size = known, int(self._steps.max()) + 1

    def on(self, start: datetime, end: datetime, *, least: float = 0.0) -> Bools:
        """Return which steps [start, end) touches, of shape (size,), each by `least` of its length or more.

        A moment touches the step that it is in.
        """
        begin, over = start.timestamp(), end.timestamp()
        first = int(np.searchsorted(self._ends, begin, side="right"))
        last = int(np.searchsorted(self._starts, over, side="right" if over == begin else "left"))
        found = np.zeros(self.size, dtype=bool)
        places = np.arange(first, max(first, last))
        if least > 0:
            covered = np.minimum(self._ends[places], over) - np.maximum(self._starts[places], begin)
            places = places[covered >= least * (self._ends[places] - self._starts[places]) * (1 - 1e-9)]
        found[self._steps[places]] = True
        return found


@dataclass(frozen=True, kw_only=True, eq=False)
class Touched:
    """What events do to the steps of one slice: which are `ignored`, of each kind which it is on, which are days off.

    `told` names each event used: `use` is "left out", "learned" (of the past) or "ahead".
    """

    ignored: Bools
    kinds: dict[str, Bools]
    off: frozenset[date]
    told: tuple[Json, ...] = ()

    def joined(self, other: Touched) -> Touched:
        """Return what both do."""
        kinds = dict(self.kinds)
        for kind, on in other.kinds.items():
            kinds[kind] = kinds[kind] | on if kind in kinds else on
        return Touched(ignored=self.ignored | other.ignored, kinds=kinds, off=self.off | other.off,
                       told=(*self.told, *other.told))  # fmt: skip


def touched(
    events: Sequence[Happening], conditions: Sequence[Where], clock: Clock, *, local: ZoneInfo, is_fine: bool
) -> Touched:
    """Return what `events` do to a slice that `conditions` keep; of steps longer than a day (not `is_fine`) few do."""
    ignored, kinds = np.zeros(clock.size, dtype=bool), dict[str, Bools]()
    off: set[date] = set()
    told = []
    for one in events:
        event = one.event
        if not touches(one.where, conditions):
            continue
        on = clock.on(one.start, one.end, least=0.0 if is_fine else LEAST_SHARE)
        if event.ignore:
            on[clock.known :] = False
            ignored |= on
        elif event.kind == "holiday" and is_fine:
            off.update(one.days(local))
        elif event.kind in LEARNED and is_fine:
            name = event.kind.replace("_", " ")
            kinds[name] = kinds[name] | on if name in kinds else on
        else:
            continue
        if on.any():
            use = "left out" if event.ignore else "learned" if on[: clock.known].any() else "ahead"
            told.append({"event_id": event.event_id, "name": event.name, "kind": event.kind, "use": use,
                         "from": one.start.isoformat(), "to": one.end.isoformat()})  # fmt: skip
    return Touched(ignored=ignored, kinds=kinds, off=frozenset(off), told=tuple(told))


def events_notes(told: Sequence[Json], local: ZoneInfo) -> list[str]:
    """Return what is to be said of the events that a forecast rests on."""
    said = {"left out": "Left out, as known events", "ahead": "Known to come"}
    notes = []
    for use, words in said.items():
        names = [f"{one['name']} ({datetime.fromisoformat(one['from']).astimezone(local):%Y-%m-%d})" for one in told
                 if one["use"] == use]  # fmt: skip
        if names:
            more = f" and {len(names) - MOST_NAMED:,} more" if len(names) > MOST_NAMED else ""
            notes.append(f"{words}: {', '.join(names[:MOST_NAMED])}{more}.")
    return notes


MOST_NAMED = 5

"""Staffing: hours of the week in which clearly more callers give up, and what more people at work would make of it.

How many were as good as at work is what Erlang A makes of the calls, their handle time and who gave up; the needed
number brings the share that gives up to that of other hours (`forecast.staffing.erlang`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from deskpulse.forecast.staffing.erlang import Work, figures, patience_from
from deskpulse.insights.recommend.evidence import ALPHA, LEAST, Evidence
from deskpulse.insights.recommend.fair import Compared, compare, pooled
from deskpulse.insights.recommend.model import Gain, Recommendation, Rule
from deskpulse.metrics.filters import filter_text
from deskpulse.metrics.model import Filter
from deskpulse.metrics.statistics import deviate

METRIC = "call_abandonment_rate"
LEAST_DIFFERENCE = 0.03
MOST_PEOPLE = 500
WITHIN_SECONDS = 20.0
"""The wait within which a call counts as answered in time, for the service levels that are told."""


@dataclass(frozen=True, kw_only=True)
class Queue:
    """What Erlang A says of hours: people as good as at work and their service level, and those needed and theirs."""

    people: int
    level: float
    needed: int
    needed_level: float


def _find(evidence: Evidence) -> Iterator[Recommendation]:
    cells = evidence.parts(METRIC, ("weekday", "hour"))
    slots = {(f"{day} {hour}", None): part for (day, hour), part in cells.items()}
    names = {f"{day} {hour}": (str(day), str(hour)) for day, hour in cells}
    over = [
        one for one in compare(slots, is_share=True, least=LEAST)
        if one.p < ALPHA and one.difference >= LEAST_DIFFERENCE
    ]  # fmt: skip
    if over:
        yield _told(evidence, over, names)


def _told(evidence: Evidence, over: list[Compared], names: dict[str, tuple[str, str]]) -> Recommendation:
    days: dict[str, list[str]] = {}
    for one in over:
        day, hour = names[one.unit]
        days.setdefault(day, []).append(hour)
    told = "; ".join(f"{day} {_ranges(hours)}" for day, hours in days.items())
    calls = sum(one.n for one in over)
    lost, lost_error = sum(one.n * one.difference for one in over), sum((one.n * one.error) ** 2 for one in over) ** 0.5
    wide = deviate(0.95) * lost_error
    where = (" or ".join(f"({_filter('weekday', [day])} and {_filter('hour', hours)})" for day, hours in days.items()),)
    worst = over[0]
    queue = _queue(evidence, over, names)
    people = "" if queue is None else (
        f" They run like {queue.people} at work, who answer {queue.level:.0%} within {WITHIN_SECONDS:.0f} seconds;"
        f" {queue.needed} would answer {queue.needed_level:.0%}, and as few would give up as at other times."
    )  # fmt: skip
    return Recommendation(
        rule="staffing",
        title=f"Staff the phones better at {told}",
        text=(
            f"Of {calls:,} calls in these hours {sum(o.n * o.value for o in over) / calls:.1%} were given up, against"
            f" {worst.expected:.1%} at other times; most clearly on {worst.unit} ({worst.value:.1%} of {worst.n:,})."
            f"{people}"
        ),
        metric=METRIC,
        where=where,
        evidence={"hours": told, "n": calls, "value": sum(o.n * o.value for o in over) / calls,
                  "expected": worst.expected, "p": worst.p,
                  **({} if queue is None else {"people": queue.people, "people_needed": queue.needed,
                                               "service_level": queue.level,
                                               "service_level_needed": queue.needed_level})},
        gain=Gain(value=lost / evidence.months, low=(lost - wide) / evidence.months,
                  high=(lost + wide) / evidence.months, unit="calls",
                  about="given up fewer a month, at the share of other hours"),
        effort="medium",
        owner="who plans shifts",
        touched=calls / evidence.months,
        z=worst.z,
        link=evidence.rows(METRIC, where),
        notes=(_NOTE if queue else _UNKNOWN, "`deskpulse staffing` plans people for the weeks to come."),
    )  # fmt: skip


_NOTE = "People and service levels are Erlang A's for the mean of these hours: random arrivals, callers who give up."
_UNKNOWN = "How many people more it takes cannot be told: waits and handle times of these calls are not known."


def _queue(evidence: Evidence, over: list[Compared], names: dict[str, tuple[str, str]]) -> Queue | None:
    """Return what Erlang A says of these hours; None where waits or handle times are not known."""
    slots = {names[one.unit] for one in over}
    wait, handle = (
        pooled([part for key, part in evidence.parts(metric, ("weekday", "hour")).items() if key in slots])
        for metric in ("call_wait_seconds_mean", "call_handle_time_seconds_mean")
    )
    calls = sum(one.n for one in over)
    lost = sum(one.n * one.value for one in over) / calls
    usual = sum(one.n * one.expected for one in over) / calls
    if not wait.value or not handle.value or not 0 < lost < 1:
        return None
    weeks = (evidence.query.end - evidence.query.start).days / 7
    work = Work(rate=calls / (len(slots) * weeks * 3_600), handle_seconds=handle.value,
                patience_seconds=patience_from(wait.value, lost))  # fmt: skip
    told = [figures(work, people, within_seconds=WITHIN_SECONDS) for people in range(1, MOST_PEOPLE)]
    now = min(range(len(told)), key=lambda place: abs(told[place].abandonment - lost))
    needed = next((place for place, one in enumerate(told) if place > now and one.abandonment <= usual), None)
    if needed is None:
        return None
    return Queue(people=now + 1, level=told[now].service_level, needed=needed + 1,
                 needed_level=told[needed].service_level)  # fmt: skip


def _filter(name: str, values: list[str]) -> str:
    return filter_text(Filter(dimension=name, values=tuple(values), operator="in"))


def _ranges(hours: list[str]) -> str:
    """Return hours as stretches: 09-11, 14."""
    numbers = sorted(int(hour[:2]) for hour in hours)
    parts: list[list[int]] = []
    for hour in numbers:
        if parts and parts[-1][-1] == hour - 1:
            parts[-1].append(hour)
        else:
            parts.append([hour])
    return ", ".join(f"{part[0]:02d}–{part[-1] + 1:02d}" for part in parts)


STAFFING = Rule(
    name="staffing",
    label="Staffing",
    about="Hours of the week in which clearly more callers give up than in the others.",
    find=_find,
)

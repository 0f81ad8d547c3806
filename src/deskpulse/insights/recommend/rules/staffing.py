"""Staffing: hours of the week in which clearly more callers give up than at other times."""

from __future__ import annotations

from collections.abc import Iterator

from deskpulse.insights.recommend.evidence import ALPHA, LEAST, Evidence
from deskpulse.insights.recommend.fair import Compared, compare
from deskpulse.insights.recommend.model import Gain, Recommendation, Rule
from deskpulse.metrics.filters import filter_text
from deskpulse.metrics.model import Filter
from deskpulse.metrics.statistics import deviate

METRIC = "call_abandonment_rate"
LEAST_DIFFERENCE = 0.03


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
    return Recommendation(
        rule="staffing",
        title=f"Staff the phones better at {told}",
        text=(
            f"Of {calls:,} calls in these hours {sum(o.n * o.value for o in over) / calls:.1%} were given up, against"
            f" {worst.expected:.1%} at other times; most clearly on {worst.unit} ({worst.value:.1%} of {worst.n:,})."
        ),
        metric=METRIC,
        where=where,
        evidence={"hours": told, "n": calls, "value": sum(o.n * o.value for o in over) / calls,
                  "expected": worst.expected, "p": worst.p},
        gain=Gain(value=lost / evidence.months, low=(lost - wide) / evidence.months,
                  high=(lost + wide) / evidence.months, unit="calls",
                  about="given up fewer a month, at the share of other hours"),
        effort="medium",
        owner="who plans shifts",
        touched=calls / evidence.months,
        z=worst.z,
        link=evidence.rows(METRIC, where),
        notes=("`deskpulse staffing` says how many people these hours need.",),
    )  # fmt: skip


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

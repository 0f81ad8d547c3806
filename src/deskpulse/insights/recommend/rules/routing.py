"""Routing: one team solves a category faster than another that gets it too, and no worse."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import erfc, sqrt

from deskpulse.charts.formats import duration
from deskpulse.insights.recommend.evidence import ALPHA, LEAST, OWN, Evidence
from deskpulse.insights.recommend.fair import LEAST_OTHERS, variance
from deskpulse.insights.recommend.model import Gain, Recommendation, Rule
from deskpulse.metrics.cuts import Part
from deskpulse.metrics.statistics import deviate, holm

METRIC = "full_resolution_time_seconds_mean"
LEAST_SHARE = 0.15
"""A team is slower when it takes so much longer than the fastest."""
By = dict[tuple[str | None, str], dict[str | None, Part]]


def _find(evidence: Evidence) -> Iterator[Recommendation]:
    cells = _by_category(evidence.parts(METRIC, ("category", "team", "priority"), (OWN,)))
    content = evidence.parts("csat", ("category", "team"), (OWN,))
    offers = []
    for category in sorted({category for category, _ in cells if category is not None}):
        teams = {team: parts for (one, team), parts in cells.items() if one == category and _rows(parts) >= LEAST}
        if len(teams) < 2:
            continue
        for slow, own in teams.items():
            best = min((t for t in teams if t != slow), key=lambda t: _saved(own, teams[t])[1] * -1)
            rows, saved, error = _saved(own, teams[best])
            if rows >= LEAST and error > 0 and not _is_worse(content, category, best, slow):
                offers.append((category, slow, best, rows, saved, error, _mean(own)))
    corrected = holm([erfc(abs(saved / error) / sqrt(2)) for *_, saved, error, _ in offers])
    for (category, slow, best, rows, saved, error, mean), p in zip(offers, corrected, strict=True):
        if p < ALPHA and saved >= LEAST_SHARE * mean * rows:
            yield _told(evidence, (category, slow, best), (rows, saved, error, mean), p)


def _by_category(parts: Mapping[tuple[str | None, ...], Part]) -> By:
    found: By = {}
    for (category, team, priority), part in parts.items():
        if team is not None:
            found.setdefault((category, team), {})[priority] = part
    return found


def _rows(parts: Mapping[str | None, Part]) -> int:
    return sum(part.n for part in parts.values())


def _mean(parts: Mapping[str | None, Part]) -> float:
    return sum(part.n * (part.value or 0.0) for part in parts.values()) / max(1, _rows(parts))


def _saved(own: Mapping[str | None, Part], other: Mapping[str | None, Part]) -> tuple[int, float, float]:
    """Return the rows of priorities that both have, the seconds saved at the other team's means, and its error."""
    rows, saved, spread = 0, 0.0, 0.0
    for priority, part in own.items():
        beside = other.get(priority)
        if beside is None or beside.n < LEAST_OTHERS or part.value is None or beside.value is None:
            continue
        rows += part.n
        saved += part.n * (part.value - beside.value)
        spread += part.n * variance(part, False) + part.n**2 * variance(beside, False) / beside.n
    return rows, saved, sqrt(spread)


def _is_worse(content: Mapping[tuple[str | None, ...], Part], category: str, best: str, slow: str) -> bool:
    """Return whether customers of the faster team are clearly less content."""
    one, other = content.get((category, best)), content.get((category, slow))
    if one is None or other is None or one.value is None or other.value is None:
        return False
    error = sqrt(variance(one, True) / one.n + variance(other, True) / other.n)
    return one.value - other.value < -deviate(0.95) * error


def _told(
    evidence: Evidence, who: tuple[str, str, str], found: tuple[int, float, float, float], p: float
) -> Recommendation:
    (category, slow, best), (rows, saved, error, mean) = who, found
    a_month = rows / evidence.months
    hours, wide = (seconds / 3600 / evidence.months for seconds in (saved, deviate(0.95) * error))
    where = (*evidence.filters(("category", "team"), (category, slow)), OWN)
    return Recommendation(
        rule="routing",
        title=f"Route {category} from {slow} to {best}",
        text=(
            f"{slow} solved {rows:,} tickets about {category} in {duration(mean)} on average; at the times that {best}"
            f" takes for the same priorities it had been {duration(mean - saved / rows)}."
        ),
        metric=METRIC,
        where=where,
        evidence={"category": category, "from": slow, "to": best, "n": rows, "mean_seconds": mean,
                  "mean_seconds_elsewhere": mean - saved / rows, "p": p},
        gain=Gain(value=hours, low=hours - wide, high=hours + wide, unit="hours",
                  about="of customers' waiting fewer a month, had the past been routed so"),
        effort="low",
        owner="who sets up routing",
        touched=a_month,
        z=saved / error,
        link=evidence.rows(METRIC, where),
        notes=(f"{best} would get {a_month:,.0f} tickets more a month; see its staffing first.",
               "Passed-on tickets are left out and priority is taken out; what else makes some harder is not."),
    )  # fmt: skip


ROUTING = Rule(
    name="routing",
    label="Routing",
    about="Categories that one team solves clearly faster than another that gets them too, with customers no less"
    " content; the gain is what the past would have been.",
    find=_find,
)

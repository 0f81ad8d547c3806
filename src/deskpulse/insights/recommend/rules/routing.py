"""Routing: who solves a category faster than others that get it too, and no worse, held out on a later time.

Who is fast is chosen on the earlier part of the period; the gain is the later part replayed at the faster ones' times
there, so that whoever was only lucky brings none (Efron, Hastie, Computer Age Statistical Inference, chapter 12).
Agents differ by chance the more the fewer their tickets: their differences are drawn toward none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import erfc, sqrt

from deskpulse.charts.formats import duration
from deskpulse.insights.recommend.evidence import ALPHA, LEAST, OWN, Evidence
from deskpulse.insights.recommend.fair import LEAST_OTHERS, pooled, variance
from deskpulse.insights.recommend.model import Gain, Recommendation, Rule
from deskpulse.insights.scorecards.shrink import shrunk, true_variances
from deskpulse.metrics.cuts import Part
from deskpulse.metrics.statistics import deviate, holm

METRIC = "full_resolution_time_seconds_mean"
EARLIER = 0.6
"""Share of the period that is chosen on; the rest tells what the choice brings."""
LEAST_SHARE = 0.15
"""Who is slower takes so much longer than the others, after differences are drawn toward none."""
MOST_AGENTS = 3
"""Agents that are told, those with the largest gain: the others come when these are decided about."""
Parts = Mapping[str | None, Part]
By = dict[tuple[str, str], dict[str | None, Part]]


@dataclass(frozen=True, kw_only=True)
class Offer:
    """Tickets of `category` that `slow` had, and would have had shorter at the times of `best`."""

    category: str
    slow: str
    best: str
    early: tuple[int, float, float]
    late: tuple[int, float, float]
    mean: float
    p: float = 1.0

    @property
    def each(self) -> float:
        """Return the seconds saved a ticket, by the earlier part."""
        return self.early[1] / self.early[0]

    @property
    def rows(self) -> int:
        """Return the tickets that it rests on."""
        return self.early[0] + self.late[0]


def _find(evidence: Evidence) -> Iterator[Recommendation]:
    earlier, later = _halves(evidence)
    teams = _offers(evidence, earlier, later, "team")
    yield from (_told(evidence, later, one, "team") for one in teams)
    # An agent of a team that is told is told by it.
    told = {(one.category, one.slow) for one in teams}
    members = evidence.parts(METRIC, ("category", "team", "agent"), (OWN,)) if told else {}
    meant = {(category, agent) for category, team, agent in members if (category, team) in told}
    alone = [one for one in _offers(evidence, earlier, later, "agent") if (one.category, one.slow) not in meant]
    agents = sorted(alone, key=lambda one: (-one.late[1], one.category, one.slow))
    yield from (_told(evidence, later, one, "agent") for one in agents[:MOST_AGENTS])


def _halves(evidence: Evidence) -> tuple[Evidence, Evidence]:
    query = evidence.query
    line = query.start + (query.end - query.start) * EARLIER
    return (replace(evidence, query=replace(query, end=line)), replace(evidence, query=replace(query, start=line)))


def _offers(evidence: Evidence, earlier: Evidence, later: Evidence, unit: str) -> list[Offer]:
    """Return who is clearly slower in the earlier part, and is so in the later."""
    first, second = (_by_category(part.parts(METRIC, ("category", unit, "priority"), (OWN,)))
                     for part in (earlier, later))  # fmt: skip
    content = evidence.parts("csat", ("category", unit), (OWN,))
    found = []
    for category in sorted({category for category, _ in first}):
        units = {name: parts for (one, name), parts in first.items() if one == category and _rows(parts) >= LEAST}
        for slow, own in units.items():
            best, others = _rival(units, slow, own, by_team=unit == "team")
            if best is None or (category, slow) not in second:
                continue
            early = _saved(own, others)
            if early[0] < LEAST or early[2] <= 0 or _is_worse(content, category, best, slow):
                continue
            then = {name: parts for (one, name), parts in second.items() if one == category and name in units}
            beside = then.get(best, {}) if unit == "team" else _pool([p for n, p in then.items() if n != slow])
            late = _saved(second[category, slow], beside)
            found.append(Offer(category=category, slow=slow, best=best, early=early, late=late, mean=_mean(own)))
    return _sure(found, draws=unit == "agent")


def _sure(found: list[Offer], *, draws: bool) -> list[Offer]:
    """Return the offers that are more than chance and large enough; agents' after their differences are drawn in."""
    corrected = holm([erfc(abs(one.early[1] / one.early[2]) / sqrt(2)) for one in found])
    errors = [one.early[2] / one.early[0] for one in found]
    spread = true_variances([one.each for one in found], errors) if draws and found else None
    kept = []
    for one, error, p in zip(found, errors, corrected, strict=True):
        each = shrunk(one.each, error, spread)[0] if spread else one.each
        # What the later part does not bear out was luck: one in twenty of those would pass.
        is_borne_out = one.late[0] > 0 and one.late[1] > deviate(1 - 2 * ALPHA) * one.late[2]
        if p < ALPHA and each >= LEAST_SHARE * one.mean and is_borne_out:
            kept.append(replace(one, p=p))
    return kept


def _by_category(parts: Mapping[tuple[str | None, ...], Part]) -> By:
    found: By = {}
    for (category, name, priority), part in parts.items():
        if name is not None and category is not None:
            found.setdefault((category, name), {})[priority] = part
    return found


def _rival(units: Mapping[str, Parts], slow: str, own: Parts, *, by_team: bool) -> tuple[str | None, Parts]:
    """Return at whose times tickets are replayed: the fastest other team, or all other agents together."""
    others = {name: parts for name, parts in units.items() if name != slow}
    if not others:
        return None, {}
    if by_team:
        best = min(others, key=lambda name: -_saved(own, others[name])[1])
        return best, others[best]
    return "colleagues", _pool(list(others.values()))


def _pool(several: list[Parts]) -> dict[str | None, Part]:
    by: dict[str | None, list[Part]] = {}
    for parts in several:
        for priority, part in parts.items():
            by.setdefault(priority, []).append(part)
    return {priority: pooled(parts) for priority, parts in by.items()}


def _rows(parts: Parts) -> int:
    return sum(part.n for part in parts.values())


def _mean(parts: Parts) -> float:
    return sum(part.n * (part.value or 0.0) for part in parts.values()) / max(1, _rows(parts))


def _saved(own: Parts, other: Parts) -> tuple[int, float, float]:
    """Return the rows of priorities that both have, the seconds saved at the others' means, and its error."""
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
    """Return whether customers of the faster ones are clearly less content."""
    of = {name: part for (one, name), part in content.items() if one == category and part.value is not None}
    rest = (
        [part for name, part in of.items() if name != slow]
        if best == "colleagues"
        else [of[best]]
        if best in of
        else []
    )
    one, other = pooled(rest), of.get(slow)
    if one.value is None or other is None or other.value is None:
        return False
    error = sqrt(variance(one, True) / one.n + variance(other, True) / other.n)
    return one.value - other.value < -deviate(0.95) * error


def _told(evidence: Evidence, later: Evidence, one: Offer, unit: str) -> Recommendation:
    a_month = one.rows / evidence.months
    rows, saved, error = one.late
    hours, wide = (seconds / 3600 / later.months for seconds in (saved, deviate(0.95) * error))
    where = (*evidence.filters(("category", unit), (one.category, one.slow)), OWN)
    to = one.best if unit == "team" else "others who get it"
    more = f"{to} would get {a_month:,.0f} tickets more a month; see its staffing first." if unit == "team" else (
        f"Others would get {a_month:,.0f} tickets more a month between them. Who is slower may need training instead."
    )  # fmt: skip
    return Recommendation(
        rule="routing",
        title=f"Route {one.category} from {one.slow} to {to}",
        text=(
            f"{one.slow} solved {one.early[0]:,} tickets about {one.category} in {duration(one.mean)} on average; at"
            f" the times that {one.best} {'takes' if unit == 'team' else 'take'} for the same priorities it had been"
            f" {duration(one.mean - one.each)}. In the later part of the period, which this was not chosen on,"
            f" {rows:,} tickets would have been {duration(saved / rows)} shorter each."
        ),
        metric=METRIC,
        where=where,
        evidence={"category": one.category, "from": one.slow, "to": one.best, "n": one.rows, "unit": unit,
                  "mean_seconds": one.mean, "mean_seconds_elsewhere": one.mean - one.each, "p": one.p,
                  "held_out_n": rows, "held_out_saved_seconds": saved / rows},
        gain=Gain(value=hours, low=hours - wide, high=hours + wide, unit="hours",
                  about="of customers' waiting fewer a month, had the later part of the period been routed so"),
        effort="low",
        owner="who sets up routing",
        touched=a_month,
        z=one.early[1] / one.early[2],
        link=evidence.rows(METRIC, where),
        notes=(more, "Passed-on tickets are left out and priority is taken out; what else makes some harder is not."),
    )  # fmt: skip


ROUTING = Rule(
    name="routing",
    label="Routing",
    about="Categories that one team, or most agents, solve clearly faster than another that gets them too, with"
    " customers no less content; the gain is what a later part of the past would have been.",
    find=_find,
)

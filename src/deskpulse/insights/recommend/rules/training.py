"""Training: an agent or team does worse than colleagues on the same kinds of tickets."""

from __future__ import annotations

from collections.abc import Iterator

from deskpulse.insights.recommend.evidence import ALPHA, LEAST, OWN, Evidence
from deskpulse.insights.recommend.fair import Compared, compare
from deskpulse.insights.recommend.model import Gain, Recommendation, Rule
from deskpulse.metrics.lookup import find_metric
from deskpulse.metrics.statistics import deviate

METRICS = ("csat", "reopen_rate", "one_touch_rate")
LEAST_DIFFERENCE = 0.03
_GAINS = {
    "csat": ("answers", "that are good ones more a month"),
    "reopen_rate": ("tickets", "reopened fewer a month"),
    "one_touch_rate": ("tickets", "more solved with one reply a month"),
}


def _find(evidence: Evidence) -> Iterator[Recommendation]:
    for metric in METRICS:
        agents, teams = (_worse(evidence, metric, unit) for unit in ("agent", "team"))
        alone = {one.unit for one in agents}
        yield from (_told(evidence, metric, "agent", one) for one in agents)
        # A team that is worse for one of its agents is told by that agent.
        members = evidence.parts(metric, ("team", "agent"), (OWN,)) if teams and alone else {}
        explained = {team for team, agent in members if agent in alone}
        yield from (_told(evidence, metric, "team", one) for one in teams if one.unit not in explained)


def _worse(evidence: Evidence, metric: str, unit: str) -> list[Compared]:
    if not evidence.has(metric, unit, "category"):
        return []
    cells = evidence.parts(metric, (unit, "category"), (OWN,))
    named = {(name, kind): part for (name, kind), part in cells.items() if name is not None}
    return [one for one in compare(named, is_share=True, least=LEAST) if _is_worse(metric, one)]


def _is_worse(metric: str, one: Compared) -> bool:
    is_wrong_way = (one.difference < 0) == (find_metric(metric).better == "up")
    return one.p < ALPHA and abs(one.difference) >= LEAST_DIFFERENCE and is_wrong_way


def _told(evidence: Evidence, metric: str, unit: str, one: Compared) -> Recommendation:
    label, sign = find_metric(metric).label, 1 if find_metric(metric).better == "up" else -1
    worst = max(one.kinds, key=lambda kind: -sign * kind.shortfall)
    a_month = one.n / evidence.months
    wide = deviate(0.95) * one.error
    gap = -sign * one.difference
    where = (*evidence.filters((unit,), (one.unit,)), OWN)
    skill = f", most of it in {worst.name}" if worst.name else ""
    return Recommendation(
        rule="training",
        title=f"Train {one.unit}{f' on {worst.name}' if worst.name else ''}",
        text=(
            f"{label} is {one.value:.1%} over {one.n:,} rows; colleagues have {one.expected:.1%} on the same kinds of"
            f" tickets{skill} ({worst.value:.1%} against {worst.others:.1%} over {worst.n:,})."
        ),
        metric=metric,
        where=where,
        evidence={"value": one.value, "expected": one.expected, "n": one.n, "p": one.p, "category": worst.name,
                  "category_value": worst.value, "category_others": worst.others, "category_n": worst.n},
        gain=Gain(value=gap * a_month, low=(gap - wide) * a_month, high=(gap + wide) * a_month, unit=_GAINS[metric][0],
                  about=f"{_GAINS[metric][1]}, at colleagues' level"),
        effort="medium",
        owner=f"who leads {one.unit}" if unit == "team" else f"the lead of {one.unit}",
        touched=a_month,
        z=abs(one.z),
        link=evidence.rows(metric, (*where, *evidence.filters(("category",), (worst.name,)))),
        notes=("The same kinds: the same category, and never passed on. What else differs is not taken out.",),
    )  # fmt: skip


TRAINING = Rule(
    name="training",
    label="Training",
    about="Agents and teams whose satisfaction, reopenings or one-touch share are worse than colleagues' on the same"
    " categories, and the category that makes most of it.",
    find=_find,
)

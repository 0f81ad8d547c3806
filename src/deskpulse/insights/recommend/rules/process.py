"""Processes: a category whose tickets change hands far more often than the others'."""

from __future__ import annotations

from collections.abc import Iterator

from deskpulse.insights.recommend.evidence import ALPHA, LEAST, Evidence
from deskpulse.insights.recommend.fair import compare
from deskpulse.insights.recommend.model import Gain, Recommendation, Rule
from deskpulse.metrics.lookup import find_metric
from deskpulse.metrics.statistics import deviate

METRICS = ("team_transfer_rate", "escalation_rate", "reopen_rate")
LEAST_DIFFERENCE = 0.05


def _find(evidence: Evidence) -> Iterator[Recommendation]:
    for metric in METRICS:
        cells = {(name, None): p for (name,), p in evidence.parts(metric, ("category",)).items() if name is not None}
        label = find_metric(metric).label if cells else ""
        for one in compare(cells, is_share=True, least=LEAST):
            if one.p >= ALPHA or one.difference < LEAST_DIFFERENCE:
                continue
            a_month, wide = one.n / evidence.months, deviate(0.95) * one.error
            where = evidence.filters(("category",), (one.unit,))
            yield Recommendation(
                rule="process",
                title=f"Look into how {one.unit} is handled",
                text=(
                    f"{label} of {one.unit} is {one.value:.1%} over {one.n:,} tickets, against {one.expected:.1%} of"
                    " the other categories."
                ),
                metric=metric,
                where=where,
                evidence={"category": one.unit, "n": one.n, "value": one.value, "expected": one.expected, "p": one.p},
                gain=Gain(value=one.difference * a_month, low=(one.difference - wide) * a_month,
                          high=(one.difference + wide) * a_month, unit="tickets",
                          about=f"a month that would be spared it, at the others' {label.lower()}"),
                effort="high",
                owner="who owns the process",
                touched=a_month,
                z=one.z,
                link=evidence.rows(metric, where),
            )  # fmt: skip


PROCESS = Rule(
    name="process",
    label="Processes",
    about="Categories whose tickets change teams, are escalated or reopened clearly more often than others.",
    find=_find,
)

"""Articles: a category that is asked often and answered with one reply can be answered before it is asked."""

from __future__ import annotations

from collections.abc import Iterator

from deskpulse.insights.recommend.evidence import ALPHA, LEAST, Evidence
from deskpulse.insights.recommend.fair import Compared, compare
from deskpulse.insights.recommend.model import Gain, Recommendation, Rule
from deskpulse.metrics.statistics import Sample, interval

METRIC = "one_touch_rate"
LEAST_SHARE, LEAST_ONE_TOUCH = 0.03, 0.5
"""Of all solved tickets; and of the category's, those solved with one reply."""


def _find(evidence: Evidence) -> Iterator[Recommendation]:
    by = "subcategory" if evidence.has(METRIC, "subcategory") else "category"
    cells = {(name, None): part for (name,), part in evidence.parts(METRIC, (by,)).items() if name is not None}
    whole = sum(part.n for part in cells.values())
    served = evidence.total("self_service_rate") if evidence.has("self_service_rate") else None
    sure = None
    if served is not None and served.value is not None and served.n >= LEAST:
        low, high = interval(Sample(kind="share", value=served.value, n=served.n), 0.95) or (0.0, 1.0)
        sure = (served.value, low, high)
    for one in compare(cells, is_share=True, least=LEAST):
        is_often = one.n >= LEAST_SHARE * whole
        if one.p < ALPHA and one.difference > 0 and one.value >= LEAST_ONE_TOUCH and is_often:
            yield _told(evidence, by, one, sure)


def _told(evidence: Evidence, by: str, one: Compared, sure: tuple[float, float, float] | None) -> Recommendation:
    a_month = one.n / evidence.months
    where = evidence.filters((by,), (one.unit,))
    simple = a_month * one.value
    gain = None
    notes: tuple[str, ...] = ("How many would help themselves cannot be told: there is no data on self-service.",)
    if sure is not None:
        share, low, high = sure
        gain = Gain(value=simple * share, low=simple * low, high=simple * high, unit="tickets",
                    about="fewer a month, if as many help themselves as do elsewhere")  # fmt: skip
        notes = (f"The share that helps itself is your own: {share:.1%} of conversations.",)
    return Recommendation(
        rule="article",
        title=f"Write an article about {one.unit}",
        text=(
            f"{one.unit} makes {a_month:,.0f} tickets a month; {one.value:.0%} of them are solved with a single reply,"
            f" against {one.expected:.0%} of the others: the same answer is given again and again."
        ),
        metric="tickets_created",
        where=where,
        evidence={by: one.unit, "n": one.n, "one_touch": one.value, "others": one.expected, "p": one.p},
        gain=gain,
        effort="low",
        owner="who keeps the help center",
        touched=simple,
        z=one.z,
        link=evidence.rows(METRIC, where),
        notes=notes,
    )


ARTICLE = Rule(
    name="article",
    label="Articles",
    about="Questions that come often and are mostly solved with a single reply.",
    find=_find,
)

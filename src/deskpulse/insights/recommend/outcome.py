"""What a recommendation really brought: before and after, beside the rest of the desk over the same days.

The difference of differences (Angrist, Pischke, Mostly Harmless Econometrics, chapter 5): what changed everywhere is
no merit of the measure. The four sides are independent; the interval is the normal one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from math import exp, sqrt
from typing import Any

from deskpulse.insights.recommend.evidence import LEAST, Evidence
from deskpulse.insights.recommend.fair import variance
from deskpulse.metrics.lookup import find_metric
from deskpulse.metrics.model import MetricQuery
from deskpulse.metrics.spread import kind_of_metric
from deskpulse.metrics.statistics import deviate

LEAST_DAYS, MOST_DAYS = 14, 90
Json = dict[str, Any]


def outcome(evidence: Evidence, metric: str, where: Sequence[str], at: datetime) -> Json:
    """Return what became of `metric` in the slice since `at`, against the rest; `why` says why it cannot be told yet.

    A count is told as a day's, its change in shares of what it was.
    """
    last = evidence.query.end
    days = min(MOST_DAYS, (last - at) // timedelta(days=1))
    if days < LEAST_DAYS:
        return {"why": f"Too early: {LEAST_DAYS} days after it are needed, there are {max(0, days)}."}
    span = timedelta(days=days)
    kept, rest = tuple(where), (f"not ({' and '.join(f'({w})' for w in where)})",)
    sides = [
        evidence.whole(metric, _over(evidence.query, start, start + span, slice_))
        for slice_ in (kept, rest)
        for start in (at - span, at)
    ]
    kind = kind_of_metric(find_metric(metric))
    if kind == "count":
        return _of_counts([side.n for side in sides], days)
    if any(side.value is None or side.n < LEAST for side in sides):
        return {"why": f"Too few rows: {LEAST} are needed before and after, in the slice and in the rest."}
    before, after, rest_before, rest_after = (side.value or 0.0 for side in sides)
    better, change = find_metric(metric).better, (after - before) - (rest_after - rest_before)
    wide = deviate(0.95) * sqrt(sum(variance(side, kind == "share") / side.n for side in sides))
    is_sure = abs(change) > wide
    return {
        "days": days, "before": before, "after": after, "rest_before": rest_before, "rest_after": rest_after,
        "n": [side.n for side in sides], "change": change, "low": change - wide, "high": change + wide,
        "unit": find_metric(metric).unit, "is_sure": is_sure,
        "is_better": (change > 0) == (better == "up") if is_sure and better != "none" else None,
    }  # fmt: skip


def _over(query: MetricQuery, start: datetime, end: datetime, where: tuple[str, ...]) -> MetricQuery:
    return replace(query, start=start, end=end, where=(*query.where, *where))


def _of_counts(counts: list[int], days: int) -> Json:
    """Return the ratio of ratios of four Poisson counts, less one; its logarithm is about normal."""
    if min(counts) < LEAST:
        return {"why": f"Too few rows: {LEAST} are needed before and after, in the slice and in the rest."}
    before, after, rest_before, rest_after = counts
    ratio = (after / before) / (rest_after / rest_before)
    error = sqrt(sum(1 / count for count in counts))
    factor = exp(deviate(0.95) * error)
    return {
        "days": days, "before": before / days, "after": after / days, "rest_before": rest_before / days,
        "rest_after": rest_after / days, "change": ratio - 1, "low": ratio / factor - 1, "high": ratio * factor - 1,
        "unit": "share of what it was", "is_sure": not ratio / factor <= 1 <= ratio * factor, "is_better": None,
    }  # fmt: skip

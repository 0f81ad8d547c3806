"""How far a metric's rows spread: what an interval or a test needs, measured the way the metric is."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import sqrt
from typing import Any

from deskpulse.metrics.compile import Shape, fact_rows
from deskpulse.metrics.model import Metric
from deskpulse.metrics.statistics import Kind, deviate

SQUARES, LOW, HIGH = " squares", " low", " high"  # no metric's name has a space


@lru_cache(maxsize=1024)
def kind_of_metric(metric: Metric) -> Kind:
    """Return how the metric's value varies by chance; "none" for levels and what is made of several sums."""
    import ibis.expr.operations as ops

    if metric.is_level or (metric.value is None and metric.numerator is None):
        return "none"
    rows = fact_rows(Shape(metric.fact, metric.moment, (metric,)))
    if metric.value is not None:
        found = metric.value(rows).op()
        if isinstance(found, ops.Count | ops.CountStar):
            return "count"
        if isinstance(found, ops.Sum):
            return "sum"
        return "quantile" if isinstance(found, ops.Median | ops.Quantile) else "none"
    assert metric.numerator is not None  # noqa: S101  held by Metric.__post_init__
    assert metric.denominator is not None  # noqa: S101
    above, below = metric.numerator(rows).op(), metric.denominator(rows).op()
    if not isinstance(above, ops.Sum) or not isinstance(below, ops.Count | ops.CountStar):
        return "none"
    return "share" if above.arg.dtype.is_boolean() else "mean"


@lru_cache(maxsize=1024)
def spread_metrics(metric: Metric, confidence: float) -> tuple[Metric, ...]:
    """Return the metrics to measure beside `metric`: its sum of squares, or the interval of its quantile."""
    kind = kind_of_metric(metric)
    if kind in ("mean", "sum"):
        return (_beside(metric, SQUARES, lambda rows: (_inner(metric, rows) * _inner(metric, rows)).sum()),)
    if kind == "quantile":
        z = deviate(confidence)
        return (_beside(metric, LOW, _ranked(metric, -z)), _beside(metric, HIGH, _ranked(metric, z)))
    return ()


def _beside(metric: Metric, suffix: str, value: Callable[[Any], Any]) -> Metric:
    return Metric(
        name=metric.name + suffix, label="", about="", fact=metric.fact, unit="count", better="none", check_sql="",
        value=value, where=metric.where, time=metric.time,
    )  # fmt: skip


def _inner(metric: Metric, rows: Any) -> Any:
    """Return the value of one row that the metric sums."""
    whole = metric.value or metric.numerator
    assert whole is not None  # noqa: S101  sums and means have one
    return whole(rows).op().arg.to_expr()


def _ranked(metric: Metric, z: float) -> Callable[[Any], Any]:
    """Return the value whose rank lies z standard deviations of the binomial from the quantile's; null when outside."""

    def value(rows: Any) -> Any:
        import ibis
        import ibis.expr.operations as ops

        assert metric.value is not None  # noqa: S101  a quantile has one
        quantile = metric.value(rows).op()
        column = quantile.arg.to_expr()
        share = 0.5 if isinstance(quantile, ops.Median) else float(quantile.quantile.value)
        count = column.count()
        rank = (count * share + z * sqrt(share * (1 - share)) * count.cast("float64").sqrt()).ceil().cast("int64")
        rank = rank if z < 0 else rank + 1
        values = column.collect(where=column.notnull(), order_by=column)
        is_inside = (rank >= 1) & (rank <= count)
        return ibis.ifelse(is_inside, values[ibis.greatest(rank - 1, 0)], ibis.null("float64"))

    return value

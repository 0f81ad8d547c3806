"""How wrong kept forecasts were, of the periods that have come since."""

from __future__ import annotations

from deskpulse.metrics.forecast_facts import SETTLED
from deskpulse.metrics.model import Direction, Expr, Metric

_WHEN = "from_at >= $start AND from_at < $end"


def _of_what_came(
    name: str, label: str, about: str, *, part: Expr, sql: str, better: Direction, formula: str
) -> Metric:  # fmt: skip
    """Return a sum over periods as a share of what came in them; n is the periods."""
    return Metric(
        name=name, label=label, fact=SETTLED, unit="ratio", better=better, formula=formula, tags=("forecast",),
        about=about + " Ask it by forecast_metric, or of one: of several, that of the larger numbers decides.",
        where=lambda r: r.expected.notnull() & r.actual.notnull(),
        value=lambda r: part(r).sum() / r.actual.abs().sum().nullif(0.0),
        check_sql=f"SELECT sum({sql}) / nullif(sum(abs(actual)), 0), count(*) FROM forecast_points WHERE {_WHEN} "
        "AND expected IS NOT NULL AND actual IS NOT NULL",
    )  # fmt: skip


def _coverage(level: int) -> Metric:
    low, high = f"low_{level}", f"high_{level}"
    return Metric(
        name=f"forecast_coverage_{level}",
        label=f"Within the {level} % interval",
        about=f"Share of the periods of kept forecasts that came to lie within the {level} % interval.",
        formula=f"periods whose value lies within the {level} % interval ÷ periods that had one",
        fact=SETTLED,
        unit="ratio",
        better="none",
        where=lambda r: r.actual.notnull() & r[low].notnull() & r[high].notnull(),
        numerator=lambda r: ((r.actual >= r[low]) & (r.actual <= r[high])).sum(),
        denominator=lambda r: r.count(),
        tags=("forecast",),
        check_sql=f"SELECT avg((actual BETWEEN {low} AND {high})::INT), count(*) FROM forecast_points "
        f"WHERE {_WHEN} AND actual IS NOT NULL AND {low} IS NOT NULL AND {high} IS NOT NULL",
    )


FORECAST_WAPE = _of_what_came(
    "forecast_wape", "Forecast error (WAPE)", "How wrong kept forecasts were, as a share of what came.",
    part=lambda r: (r.expected - r.actual).abs(), sql="abs(actual - expected)", better="down",
    formula="sum of |forecast - value| ÷ sum of |value|",
)  # fmt: skip

FORECAST_BIAS = _of_what_came(
    "forecast_bias", "Forecast bias", "How much more kept forecasts expected than came, as a share of what came; "
    "below 0 they expected less.", part=lambda r: r.expected - r.actual, sql="expected - actual", better="none",
    formula="sum of (forecast - value) ÷ sum of |value|",
)  # fmt: skip

FORECAST_COVERAGE_80 = _coverage(80)
FORECAST_COVERAGE_95 = _coverage(95)

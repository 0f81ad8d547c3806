"""What comes next: the forecast of a metric, and how far such forecasts have been off."""

from __future__ import annotations

from deskpulse.analytics.model import Composition, Option
from deskpulse.analytics.sections.expected import Expected

PREDICTIONS = Composition(
    name="predictions",
    label="Predictions",
    about="What to expect of a metric, with intervals, and how wrong such forecasts have been beside the naive.",
    sections=(
        Expected(name="expected", label="Expected", about="The coming periods with their 80 and 95 % intervals."),
        Expected(name="accuracy", label="Accuracy", about="Method, trend, error and coverage on the past, by slice.",
                 tells="accuracy"),
    ),
    by=("team",),
    options=(
        Option(name="metric", about="Metric to forecast.", default="tickets_created", example="tickets_created"),
        Option(name="horizon", about="How far ahead: 28d, 4w, 48h, or a number of periods.", default="28d",
               example="14d"),
        Option(name="grain", about="Periods of the forecast.", default="day",
               choices=("15min", "30min", "hour", "day", "week", "month", "quarter")),
        Option(name="method", about="Try only this method (and the naive); all that fit when left out."),
    ),
    example=(("metric", "tickets_created"), ("horizon", "7d"), ("method", "linear_trend")),
)  # fmt: skip

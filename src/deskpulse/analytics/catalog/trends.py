"""When it happens: the patterns of hours, weekdays, days and weeks."""

from __future__ import annotations

from deskpulse.analytics.model import Composition, Option
from deskpulse.analytics.sections.pattern import Pattern

TRENDS = Composition(
    name="trends",
    label="Trends",
    about="When a metric is high and low: by hour of the day, weekday, day and week, with the busiest times named.",
    sections=(
        Pattern(name="hourly", label="By hour", about="Local hour of the day.", by=("hour",)),
        Pattern(name="weekdays", label="By weekday", about="Local weekday.", by=("weekday",)),
        Pattern(name="week", label="By weekday and hour", about="The hours of a week.", by=("weekday", "hour")),
        Pattern(name="daily", label="Day by day", about="Days along the period.", grain="day"),
        Pattern(name="weekly", label="Week by week", about="Weeks along the period.", grain="week"),
    ),
    options=(
        Option(name="metric", about="Metric to look at.", default="tickets_created", example="tickets_created"),
    ),
    example=(("metric", "tickets_created"), ("period", "90d")),
)  # fmt: skip

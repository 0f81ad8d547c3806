"""Who leads by a metric, among agents, teams or any other dimension."""

from __future__ import annotations

from deskpulse.analytics.model import Composition, Option
from deskpulse.analytics.sections.ranking import Ranking

LEADERBOARDS = Composition(
    name="leaderboards",
    label="Leaderboards",
    about="Agents or teams ranked by a metric, best first by its own direction; too few rows do not lead, and equals "
    "share a rank.",
    by=("agent",),
    sections=(
        Ranking(name="board", label="Leaderboard", about="Ranked values with n and the interval that each lies in."),
    ),
    options=(
        Option(name="metric", about="Metric to rank by.", default="csat", example="csat"),
        Option(name="least_n", about="Fewest rows behind a value that is ranked.", kind="whole",
               setting="analytics_least_n", example=5),
        Option(name="order", about="For metrics of which neither way is better: up puts the most first, down the "
               "least.", choices=("up", "down")),
        Option(name="limit", about="Most ranked values told.", kind="whole", setting="analytics_list_rows"),
    ),
    example=(("metric", "first_reply_time_seconds_median"), ("by", "agent"), ("least_n", "5")),
)  # fmt: skip

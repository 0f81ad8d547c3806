"""How agents and teams do: volume, times, quality of the work, and how busy they are."""

from __future__ import annotations

from deskpulse.analytics.model import ASKED, Composition
from deskpulse.analytics.sections.cut import Cut

_VOLUME = ("tickets_created", "tickets_solved", "messages_sent", "backlog")
_TIMES = ("first_reply_time_seconds_median", "first_reply_time_seconds_p90", "full_resolution_time_seconds_median",
          "full_resolution_time_seconds_p90", "handle_time_seconds_mean")  # fmt: skip
_QUALITY = ("csat", "first_contact_resolution_rate", "one_touch_rate", "reopen_rate", "transfer_rate",
            "escalation_rate", "sla_met_rate")  # fmt: skip
_STAFF = ("occupancy", "utilization", "availability", "adherence", "tickets_per_agent_hour")

PERFORMANCE = Composition(
    name="performance",
    label="Performance",
    about="How agents and teams do: volume, times, quality of the work and how busy they are.",
    by=("team",),
    sections=(
        Cut(name="work", label="Volume and times", about="What each did, and how long it took.", by=ASKED,
            metrics=(*_VOLUME, *_TIMES)),
        Cut(name="quality", label="Quality of the work", about="How well it was done.", by=ASKED, metrics=_QUALITY),
        Cut(name="staffing", label="Working time", about="How busy they were, and how well the plan was kept.",
            by=ASKED, metrics=_STAFF),
        Cut(name="over_time", label="Over time", about="The main numbers along the period.", grain="auto",
            metrics=("tickets_created", "tickets_solved", "first_reply_time_seconds_median", "csat")),
    ),
    example=(("by", "agent"), ("period", "30d"), ("compare", "previous")),
)  # fmt: skip

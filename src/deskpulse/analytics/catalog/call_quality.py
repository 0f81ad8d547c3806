"""How calls go: who is answered and how fast, how calls end, how long they take, how good they are."""

from __future__ import annotations

from deskpulse.analytics.model import ASKED, Composition
from deskpulse.analytics.sections.cut import Cut

_ANSWERED = ("calls_offered", "calls_answered", "call_answer_rate", "call_abandonment_rate", "service_level",
             "speed_of_answer_seconds_mean", "call_wait_seconds_p90")  # fmt: skip
_COURSE = ("call_handle_time_seconds_mean", "talk_time_seconds_median", "talk_time_seconds_p90",
           "hold_time_seconds_mean", "wrap_up_time_seconds_mean", "call_transfer_rate", "call_completion_rate",
           "voicemail_rate")  # fmt: skip
_GOOD = ("call_quality_score_mean", "call_sentiment_mean", "quality_score_mean", "csat")

CALL_QUALITY = Composition(
    name="calls/quality",
    label="Quality of calls",
    about="How calls go: who is answered and how fast, how calls end, how long they take, how good they are.",
    by=("team",),
    sections=(
        Cut(name="reached", label="Answered", about="Who got through, and how fast.", by=ASKED, metrics=_ANSWERED),
        Cut(name="course", label="Course", about="How long the parts of a call take, and how it ends.", by=ASKED,
            metrics=_COURSE),
        Cut(name="quality", label="Quality", about="Scores of calls and reviews, and what callers said.", by=ASKED,
            metrics=_GOOD),
        Cut(name="outcomes", label="Outcomes", about="How calls end.", by=("outcome",), metrics=("calls_offered",),
            show=("percent_of_total",)),
        Cut(name="durations", label="Length of talks", about="How long talks last.", by=("call_talk_bucket",),
            metrics=("calls_answered",), show=("percent_of_total",)),
        Cut(name="hours", label="By hour", about="When callers wait.", by=("hour",),
            metrics=("calls_offered", "call_abandonment_rate", "service_level")),
        Cut(name="over_time", label="Over time", about="Along the period.", grain="auto",
            metrics=("calls_offered", "call_answer_rate", "service_level", "call_quality_score_mean")),
    ),
    example=(("by", "queue"), ("period", "90d")),
)  # fmt: skip

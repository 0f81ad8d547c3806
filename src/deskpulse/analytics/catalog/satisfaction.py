"""How content customers are: scores of surveys, who answers them, and the tone of what customers write."""

from __future__ import annotations

from deskpulse.analytics.model import ASKED, Composition
from deskpulse.analytics.sections.cut import Cut

_SCORES = ("csat", "csat_score_mean", "nps", "ces_score_mean", "survey_response_rate", "surveys_answered")
_TONE = ("sentiment_mean", "negative_sentiment_rate", "sentiment_change_mean", "sentiment_volatility_mean")

SATISFACTION = Composition(
    name="satisfaction",
    label="Satisfaction",
    about="How content customers are: scores of surveys, who answers them, and the tone of what customers write.",
    by=("team",),
    sections=(
        Cut(name="whole", label="All together", about="Scores with the interval that they lie in.",
            metrics=(*_SCORES, "nps_margin", "good_to_bad_rate", "bad_to_good_rate", *_TONE), show=("interval",)),
        Cut(name="scores", label="Scores", about="What surveys say.", by=ASKED, metrics=_SCORES),
        Cut(name="tone", label="Tone", about="What the customers' own words say.", by=ASKED, metrics=_TONE),
        Cut(name="categories", label="By category", about="What customers are content with, and what not.",
            by=("category",), metrics=("csat", "negative_sentiment_rate", "tickets_created")),
        Cut(name="speed", label="By first reply", about="Satisfaction by how long the first reply took.",
            by=("first_reply_bucket",), metrics=("csat",), show=("interval",)),
        Cut(name="over_time", label="Over time", about="Along the period.", grain="auto",
            metrics=("csat", "nps", "sentiment_mean", "surveys_answered")),
    ),
    example=(("by", "channel"), ("where", "priority >= high")),
)  # fmt: skip

"""Any two slices side by side."""

from __future__ import annotations

from deskpulse.analytics.model import Composition, Option
from deskpulse.analytics.sections.contrast import Contrast


def _side(side: str) -> tuple[Option, ...]:
    other = "right" if side == "left" else "left"
    return (
        Option(name=side, about=f"Filter of the {side} side; left out, it is what the {other} one leaves over.",
               example='team = "Tier 1"' if side == "left" else 'team = "Tier 2"'),
        Option(name=f"{side}_period", about=f"Period of the {side} side; the request's when left out."),
        Option(name=f"{side}_from", about=f"First moment of the {side} side, ISO."),
        Option(name=f"{side}_to", about=f"End of the {side} side, ISO, not included."),
    )  # fmt: skip


COMPARISONS = Composition(
    name="comparisons",
    label="Comparisons",
    about="Two teams, periods or any two slices side by side, with whether the difference is more than chance.",
    sections=(
        Contrast(
            name="sides", label="Side by side", about="Each metric on the left and on the right.",
            metrics=("tickets_created", "tickets_solved", "first_reply_time_seconds_median",
                     "full_resolution_time_seconds_median", "csat", "first_contact_resolution_rate", "reopen_rate",
                     "escalation_rate", "negative_sentiment_rate"),
        ),
    ),
    options=(
        *_side("left"), *_side("right"),
        Option(name="metrics", about="Metrics to compare, with commas between; the main ones when left out.",
               example="csat,reopen_rate"),
    ),
    example=(("left", 'channel = chat'), ("right", 'channel = email')),
)  # fmt: skip

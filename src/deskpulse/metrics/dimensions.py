"""What metrics can be cut and filtered by."""

from __future__ import annotations

from deskpulse.metrics.model import Dimension

HOUR_SECONDS = 3600.0
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _column(
    name: str, about: str, *, column: str = "", order: tuple[str, ...] = (), personal: bool = False
) -> Dimension:
    label = name.replace("_", " ").capitalize()
    return Dimension(name=name, label=label, about=about, column=column or name, order=order, is_personal=personal)


_ALL = (
    _column("channel", "The channel the ticket came by."),
    _column("priority", "The ticket's priority now.", order=("urgent", "high", "normal", "low")),
    _column("status", "The ticket's status now.",
            order=("new", "open", "pending", "on_hold", "solved", "closed")),
    _column("category", "What the ticket is about."),
    _column("subcategory", "What the ticket is about, finer than the category."),
    _column("team", "The team; for surveys, the team at the time of rating."),
    _column("agent", "The agent; for surveys, the agent at the time of rating."),
    _column("customer", "The customer.", personal=True),
    _column("company", "The customer's company."),
    _column("brand", "The brand."),
    _column("language", "The language the customer wrote in (ISO 639-1)."),
    _column("sentiment_label", "Whether the customer's words were negative, neutral or positive.",
            order=("negative", "neutral", "positive")),
    _column("urgency", "How urgent the words are.", order=("critical", "high", "medium", "low")),
    _column("emotion", "The emotion in the customer's words."),
    _column("source", "The source the ticket was read from."),
    _column("ticket_type", "The source's own type, such as incident or question."),
    Dimension(name="tag", label="Tag", column="tags", kind="list",
              about="Each tag of the ticket. A ticket with several tags counts under each of them."),
    Dimension(name="is_escalated", label="Escalated", column="is_escalated", kind="flag", order=("true", "false"),
              about="Whether the ticket was escalated."),
    Dimension(name="weekday", label="Weekday", column="weekday", kind="clock", order=WEEKDAYS,
              about="Local weekday of the moment that the metric counts by."),
    Dimension(name="hour", label="Hour", column="hour", kind="clock", order=tuple(f"{h:02d}" for h in range(24)),
              about="Local hour of the day of the moment that the metric counts by."),
    Dimension(name="first_reply_bucket", label="First reply within", column="first_reply_seconds", kind="bucket",
              edges=tuple(h * HOUR_SECONDS for h in (0.25, 1, 4, 8, 24)),
              order=("<15m", "15m-1h", "1-4h", "4-8h", "8-24h", "24h+"),
              about="How long the first reply took. Tickets without one, or with impossible times, have no value."),
    Dimension(name="full_resolution_bucket", label="Resolved within", column="full_resolution_seconds", kind="bucket",
              edges=tuple(h * HOUR_SECONDS for h in (1, 2, 4, 8, 24, 72, 168)),
              order=("<1h", "1-2h", "2-4h", "4-8h", "8-24h", "1-3d", "3-7d", "7d+"),
              about="How long the full resolution took. Unsolved tickets, or with impossible times, have no value."),
)  # fmt: skip

DIMENSIONS: dict[str, Dimension] = {d.name: d for d in _ALL}

"""What metrics can be cut and filtered by."""

from __future__ import annotations

from deskpulse.metrics.model import Dimension

_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


STATUSES = ("new", "open", "pending", "on_hold", "solved", "closed")
SLA_STATES = ("met", "breached", "active", "paused", "cancelled")


def _column(
    name: str,
    about: str,
    *,
    column: str = "",
    order: tuple[str, ...] = (),
    personal: bool = False,
    most: bool = False,
    label: str = "",
) -> Dimension:
    label = label or name.replace("_", " ").capitalize()
    return Dimension(name=name, label=label, about=about, column=column or name, order=order, is_personal=personal,
                     is_descending=most)  # fmt: skip


def _flag(name: str, label: str, about: str) -> Dimension:
    return Dimension(name=name, label=label, about=about, column=name, kind="flag", order=("true", "false"))


def _bucket(name: str, label: str, about: str, column: str, *, edges: str, order: tuple[str, ...]) -> Dimension:
    seconds = tuple(float(edge[:-1]) * _SECONDS[edge[-1]] for edge in edges.split())
    return Dimension(name=name, label=label, about=about, column=column, kind="bucket", edges=seconds, order=order)


def _looked_up(name: str, about: str, table: str, via: str, field: str) -> Dimension:
    label = name.replace("_", " ").capitalize()
    return Dimension(name=name, label=label, about=about, column=name, table=table, via=via, field=field)


_ALL = (
    _column("channel", "The channel the ticket came by."),
    _column("priority", "The ticket's priority now; for service-level targets, the one that chose the target.",
            order=("urgent", "high", "normal", "low"), most=True),
    _column("status", "The ticket's status now; for stays, the status then.", order=STATUSES),
    _column("category", "What the ticket is about."),
    _column("subcategory", "What the ticket is about, finer than the category."),
    _column("team", "The team now; for what has a moment of its own (a call, a rating, a stay …), the team then."),
    _column("agent", "The agent now; for what has a moment of its own (a call, a rating, a stay …), the agent then."),
    _column("customer", "The customer.", personal=True),
    _column("company", "The customer's company."),
    _column("brand", "The brand."),
    _column("language", "The language the customer wrote in (ISO 639-1)."),
    _column("sentiment_label", "Whether the customer's words were negative, neutral or positive.",
            order=("negative", "neutral", "positive")),
    _column("urgency", "How urgent the words are.", order=("critical", "high", "medium", "low"), most=True),
    _column("emotion", "The emotion in the customer's words."),
    _column("source", "The source the ticket was read from."),
    _column("ticket_type", "The source's own type, such as incident or question."),
    Dimension(name="tag", label="Tag", column="tags", kind="list",
              about="Each tag of the ticket. A ticket with several tags counts under each of them."),
    _flag("is_escalated", "Escalated", "Whether the ticket was escalated."),
    _flag("is_first_contact_resolved", "Solved at first contact", "Whether one contact solved the ticket for good."),
    _flag("is_bot_resolved", "Solved by a bot", "Whether a bot's answer solved the ticket, without a person's."),
    Dimension(name="weekday", label="Weekday", column="weekday", kind="clock", order=WEEKDAYS,
              about="Local weekday of the moment that the metric counts by."),
    Dimension(name="hour", label="Hour", column="hour", kind="clock", order=tuple(f"{h:02d}" for h in range(24)),
              about="Local hour of the day of the moment that the metric counts by."),
    _bucket("first_reply_bucket", "First reply within",
            "How long the first reply took. Tickets without one, or with impossible times, have no value.",
            "first_reply_seconds", edges="15m 1h 4h 8h 1d",
            order=("<15m", "15m-1h", "1-4h", "4-8h", "8-24h", "24h+")),
    _bucket("full_resolution_bucket", "Resolved within",
            "How long the full resolution took. Unsolved tickets, or with impossible times, have no value.",
            "full_resolution_seconds", edges="1h 2h 4h 8h 1d 3d 7d",
            order=("<1h", "1-2h", "2-4h", "4-8h", "8-24h", "1-3d", "3-7d", "7d+")),
    _bucket("backlog_age", "Open for", "How long the ticket had been there at the end of the period.",
            "age_seconds", edges="1d 3d 7d 30d", order=("<1d", "1-3d", "3-7d", "7-30d", "30d+")),
    _column("sla_state", "The worst state of the ticket's service-level targets.", order=SLA_STATES,
            label="SLA state"),
    _column("sla_policy", "The service-level policy that the ticket falls under.", label="SLA policy"),
    _column("schedule", "The working hours that the ticket's business times are counted by."),
    _looked_up("customer_tier", "The customer's tier now.", "customers", "customer_id", "tier"),
    _looked_up("customer_plan", "The customer's plan now.", "customers", "customer_id", "plan"),
    _looked_up("company_tier", "The tier, now, of the customer's company.", "companies", "company_id", "tier"),
    _looked_up("company_industry", "The industry of the customer's company.", "companies", "company_id", "industry"),
    _column("survey_kind", "The kind of survey.", column="kind", order=("csat", "nps", "ces")),
    Dimension(name="survey_scale", label="Survey scale", column="scale_max", kind="whole",
              about="The top of the survey's scale, such as 5 or 10."),
    _column("author_kind", "Who wrote the message.", order=("customer", "agent", "bot", "system")),
    _column("author", "Who wrote the message, as shown.", personal=True),
    _flag("is_public", "Public", "Whether the message is public; false: an internal note."),
    Dimension(name="escalation_kind", label="Escalation language", column="escalation", kind="list",
              about="Each wish or threat to go further in the customer's words: manager, legal, cancel, chargeback, "
              "regulator, publicity. A ticket with several counts under each of them."),
    Dimension(name="indicator", label="Sign in the text", column="indicators", kind="list",
              about="Each sign found in the customer's words, such as error_text, screenshot, order_number, thanks. A "
              "ticket with several counts under each of them."),
    Dimension(name="hashtag", label="Hashtag", column="hashtags", kind="list",
              about="Each hashtag of the post. A post with several counts under each of them."),
    _column("place", "The place that the post names.", personal=True),
    _column("queue", "The queue that the call came through."),
    _column("direction", "Which way the call went.", order=("inbound", "outbound")),
    _column("outcome", "How the call ended.",
            order=("completed", "transferred", "abandoned", "voicemail", "callback", "missed")),
    _bucket("call_wait_bucket", "Waited", "How long the caller waited for an answer.", "wait_seconds",
            edges="10s 20s 30s 1m 2m 5m", order=("<10s", "10-20s", "20-30s", "30-60s", "1-2m", "2-5m", "5m+")),
    _bucket("call_talk_bucket", "Talked", "How long the call's talk lasted.", "talk_seconds",
            edges="1m 3m 5m 10m 20m 40m", order=("<1m", "1-3m", "3-5m", "5-10m", "10-20m", "20-40m", "40m+")),
    _column("reviewer", "Who made the quality review."),
    _column("review_choice", "How the ticket of the quality review was chosen: random, own, or the reason; none: "
            "nobody said.", column="chosen"),
    _bucket("reply_wait_bucket", "Answered within", "How long the customer waited for this answer.", "seconds",
            edges="15m 1h 4h 8h 1d",
            order=("<15m", "15m-1h", "1-4h", "4-8h", "8-24h", "24h+")),
    _column("sla_target", "What the service-level target is about.", column="metric", label="SLA target",
            order=("first_reply", "next_reply", "periodic_update", "requester_wait", "agent_work", "resolution")),
    _column("policy", "The policy that set the target, as it was then."),
    _column("target_state", "The state of the service-level target.", column="state", order=SLA_STATES),
    _flag("is_business", "In working time", "Whether the target counts working time only."),
    _column("model", "The assistant's model."),
    _flag("is_error", "Failed", "Whether the assistant's turn failed."),
    _flag("is_handed_over", "Handed over", "Whether the assistant passed the talk on to a person."),
    _bucket("response_bucket", "Assistant answered within", "How long the assistant took to answer.",
            "response_seconds", edges="1s 2s 5s 10s 30s",
            order=("<1s", "1-2s", "2-5s", "5-10s", "10-30s", "30s+")),
    _column("money_kind", "Whether the entry is revenue or a cost.", column="kind", order=("revenue", "cost")),
    _column("currency", "The entry's currency (ISO 4217)."),
    _column("reason", "What the entry is for, such as subscription, refund or salary."),
    _column("agent_state", "What the agent was doing.", column="state",
            order=("available", "busy", "training", "away", "offline")),
    _column("activity", "What the roster plans.", order=("work", "meeting", "training", "break", "leave")),
    _column("forecast_metric", "The metric that was forecast."),
    _column("forecast_slice", "The slice that was forecast, such as team = Billing; all without one, none when it "
            "names people."),
    _column("forecast_grain", "How long a period of the forecast is.",
            order=("15min", "30min", "hour", "day", "week", "month", "quarter")),
    _column("forecast_method", "The method that made the forecast."),
    Dimension(name="steps_ahead", label="Steps ahead", column="steps_ahead", kind="whole",
              about="Which period of the forecast it is: 1 is the first after the data it was made of."),
)  # fmt: skip

DIMENSIONS: dict[str, Dimension] = {d.name: d for d in _ALL}

"""What needs a look: lists of tickets and customers, each with its count and the way to all of them."""

from __future__ import annotations

from datetime import timedelta

from deskpulse.analytics.asking import TICK, Asking
from deskpulse.analytics.model import Composition, Option
from deskpulse.analytics.sections.listing import Listing
from deskpulse.analytics.sections.repeaters import Repeaters
from deskpulse.core.periods import Period

_TICKET = ("ticket_id", "subject", "status", "priority", "channel", "category", "team", "agent", "created_at")
_CRITICAL = "priority = urgent or urgency = critical"


def _at_the_moment(asking: Asking) -> Period:
    """Return the time up to and with the latest moment, for what stands then; the end of a period is not in it."""
    moment = asking.moment or asking.period.end
    return Period(start=min(asking.period.start, moment), end=min(moment + TICK, asking.period.end))


def _soon(asking: Asking) -> Period:
    """Return the time from the latest moment on in which a target is at risk."""
    moment = asking.moment or asking.period.end
    return Period(start=moment, end=moment + timedelta(seconds=asking.settings.analytics_risk_seconds))


PROBLEM_AREAS = Composition(
    name="problem-areas",
    label="Problem areas",
    about="What needs a look: very negative words, late solutions, escalations, customers who write again and again, "
    "critical tickets unsolved, tickets stuck or passed to and fro, service-level targets at risk.",
    sections=(
        Listing(
            name="very_negative", label="Very negative", about="Tickets of the period with very negative words.",
            where=lambda settings, _: (f"sentiment <= {settings.analytics_negative_sentiment}",), sort="sentiment",
            descending=False, thresholds=("analytics_negative_sentiment",), columns=(*_TICKET, "sentiment"),
        ),
        Listing(
            name="long_resolution", label="Solved late", about="Tickets solved in the period that took long.",
            metric="tickets_solved", sort="full_resolution_seconds", columns=(*_TICKET, "full_resolution_seconds"),
            where=lambda settings, _: (f"full_resolution_seconds > {settings.analytics_long_resolution_seconds:.0f}",),
            thresholds=("analytics_long_resolution_seconds",),
        ),
        Listing(
            name="escalated", label="Escalated", about="Tickets of the period that were escalated.",
            where=lambda _settings, _moment: ("is_escalated = true",), columns=_TICKET, age_of="created_at",
        ),
        Repeaters(
            name="repeat_customers", label="Repeat customers",
            about="Customers with several tickets about the same topic in the period, most first.",
        ),
        Listing(
            name="unresolved_critical", label="Critical and unsolved",
            about="Urgent tickets, or with critical words, unsolved at the latest moment; the oldest first.",
            metric="backlog", where=lambda _settings, _moment: (_CRITICAL,), sort="created_at", descending=False,
            age_of="created_at", columns=(*_TICKET, "urgency"), over=_at_the_moment,
        ),
        Listing(
            name="stuck", label="Stuck",
            about="Tickets unsolved at the latest moment that nothing changed on for long.",
            metric="backlog", sort="updated_at", descending=False, age_of="updated_at",
            where=lambda settings, moment: (
                f'updated_at < "{(moment - timedelta(seconds=settings.analytics_stuck_seconds)).isoformat()}"',
            ),
            thresholds=("analytics_stuck_seconds",), columns=(*_TICKET, "updated_at"), over=_at_the_moment,
        ),
        Listing(
            name="passed_around", label="Passed to and fro",
            about="Tickets of the period that passed from agent to agent again and again, most often first.",
            where=lambda settings, _: (f"handoff_count >= {settings.analytics_pingpong_handoffs}",),
            sort="handoff_count", thresholds=("analytics_pingpong_handoffs",), columns=(*_TICKET, "handoff_count"),
        ),
        Listing(
            name="sla_at_risk", label="Service level at risk",
            about="Running service-level targets that are due soon after the latest moment; the first due first.",
            metric="sla_targets_due", where=lambda _settings, _moment: (), sort="due_at", descending=False,
            thresholds=("analytics_risk_seconds",), over=_soon,
        ),
    ),
    options=(
        Option(name="limit", about="Most rows told of each list.", kind="whole", setting="analytics_list_rows",
               example=5),
    ),
    example=(("period", "30d"), ("limit", "5")),
)  # fmt: skip

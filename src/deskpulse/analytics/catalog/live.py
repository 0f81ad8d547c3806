"""What is going on at the latest moment of the data, cheap enough to be asked every second."""

from __future__ import annotations

from deskpulse.analytics.asking import TICK, Asking
from deskpulse.analytics.model import Composition, Option
from deskpulse.analytics.sections.cut import Cut
from deskpulse.analytics.sections.listing import Listing
from deskpulse.core.periods import Period


def _up_to_the_moment(asking: Asking) -> Period:
    """Return the time up to the latest moment: states that have no end yet last until then."""
    return Period(start=asking.period.start, end=asking.period.end - TICK)


LIVE = Composition(
    name="live",
    label="Live",
    about="What is going on at the latest moment of the data: contacts, agents, queue, newest and critical tickets.",
    is_now=True,
    sections=(
        Cut(name="active_contacts", label="Active contacts", about="Calls under way now.",
            metrics=("calls_in_progress",)),
        Cut(name="open_chats", label="Open chats", about="Chats that are unsolved now.", metrics=("backlog",),
            where=("channel = chat", "status in [new, open]")),
        Cut(name="agents", label="Agents", about="What agents are doing now.", by=("agent_state",),
            metrics=("agents_in_state",), over=_up_to_the_moment),
        Cut(name="queue", label="Queue", about="Who waits: callers, and tickets without an agent or an answer.",
            metrics=("calls_waiting", "unassigned_tickets", "untouched_tickets")),
        Cut(name="open", label="Open", about="Unsolved tickets by priority.", by=("priority",), metrics=("backlog",)),
        Cut(name="teams", label="Teams", about="Unsolved tickets by team.", by=("team",), metrics=("backlog",)),
        Cut(name="day", label="Last 24 hours", about="The 24 hours up to now.",
            metrics=("tickets_created", "tickets_solved", "calls_offered", "messages_received")),
        Listing(
            name="critical", label="Critical and unsolved", metric="backlog", sort="created_at", age_of="created_at",
            about="Urgent tickets, or with critical words, that are unsolved; the newest first.",
            where=lambda _settings, _moment: ("priority = urgent or urgency = critical",),
        ),
        Listing(
            name="newest", label="Newest tickets", about="The tickets that came in last, within 24 hours.",
            where=lambda _settings, _moment: (), sort="created_at", age_of="created_at",
        ),
    ),
    options=(
        Option(name="limit", about="Most tickets told.", kind="whole", default=10, example=5),
    ),
    example=(("limit", "5"),),
)  # fmt: skip

"""The component of the Events page."""

from __future__ import annotations

from deskpulse.web.components.card import CardElement


class EventsDesk(CardElement, component="events_desk.js"):
    """The known events and a form; events `save` (id, or none for a new one, and the form) and `remove` (id)."""

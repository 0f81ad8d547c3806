"""The components of the Anomalies page."""

from __future__ import annotations

from deskpulse.web.components.card import CardElement


class IncidentList(CardElement, component="incident_list.js"):
    """Incidents one below the other; event `choose` (id)."""


class IncidentCard(CardElement, component="incident_card.js"):
    """One incident in words; event `mark` (verdict, note)."""

"""The components of the Insights page."""

from __future__ import annotations

from deskpulse.web.components.card import CardElement


class NewsCard(CardElement, component="news_card.js"):
    """News one below the other; events `act` (key, act) and `learn` (names: what the button is to learn)."""

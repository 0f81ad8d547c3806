"""The components of the Scorecards page."""

from __future__ import annotations

from deskpulse.web.components.card import CardElement


class ScoreList(CardElement, component="score_list.js"):
    """Units with score, interval and criteria as bars; event `choose` (unit)."""


class ScoreCard(CardElement, component="score_card.js"):
    """One unit's scorecard: criteria beside colleagues and target, and what to talk about."""


class ReviewForm(CardElement, component="review_form.js"):
    """Reviews of one ticket and the form of another; events `review` (ticket, answers, comment) and `unreview`."""


class ReviewList(CardElement, component="review_list.js"):
    """Tickets to review by unit, each with why it is offered."""

"""The components of the Forecast page."""

from __future__ import annotations

from deskpulse.web.components.card import CardElement


class ChoicesBar(CardElement, component="choices_bar.js"):
    """Selects in a row; events `choose` (name, value), `act` (the button), `leave` (first, last: days to leave
    out, name: of the event to remember them as, or empty) and `take` (value: days to take in again)."""


class FactsCard(CardElement, component="facts_card.js"):
    """Facts by name, with sentences below; event `learn` (names: what the button is to learn)."""


class TableCard(CardElement, component="table_card.js"):
    """A table of texts."""


class Sliders(CardElement, component="sliders.js"):
    """Sliders of a scenario with the figures that they lead to; events `slide` (values), `choose`,
    `save` (name, values) and `open` (name)."""

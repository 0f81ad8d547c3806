"""The component of the Labels page."""

from __future__ import annotations

from deskpulse.web.components.card import CardElement


class LabelsDesk(CardElement, component="labels_desk.js"):
    """Categories and models; events `add`, `try`, `remove`, `reset`, `preview`, `save`, `train` and `retire`."""

"""Predictions: a card for each, how right it has been beside simple answers, and customers at risk with the reasons."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from deskpulse.core.errors import ConflictError, DeskpulseError
from deskpulse.web.components.forecast_elements import FactsCard, TableCard
from deskpulse.web.components.insights_elements import NewsCard
from deskpulse.web.empty import of_data
from deskpulse.web.model import Page
from deskpulse.web.predictions import cards, model_cards
from deskpulse.web.predictions.learning import Learning
from deskpulse.web.visit import Visit

Json = dict[str, Any]
CUSTOMERS = 12


class Board:
    """The cards of one visit."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        self.known: Json | None = None
        self.learning = Learning(visit, self._show_known, self.refresh)
        with ui.element("div").classes("board"):
            self.table = TableCard(_TABLE | {"state": "loading"}).classes("s12")
            self.right = FactsCard(_RIGHT | {"state": "loading"}).classes("s6")
            self.says = FactsCard(_SAYS | {"state": "loading"}).classes("s6")
            self.customers = NewsCard(_CUSTOMERS | {"state": "loading"}).classes("s12")
        for card in (self.right, self.customers):
            card.listen("learn", self.learning.begin)

    async def refresh(self) -> None:
        """Show the cards, then customers at risk, as far as the visitor may see them."""
        visit = self.visit
        room = visit.desk.predictions(visit.principal)
        self.known = await visit.ask(room.cards)
        await self.learning.follow()
        self._show_known()
        try:
            found = await visit.ask(room.customers, {"limit": CUSTOMERS})
        except ConflictError as error:
            self.customers.show(_CUSTOMERS | self.learning.offer() | {"state": "empty", "message": error.message})
        except DeskpulseError as error:
            self.customers.show(_CUSTOMERS | {"state": "empty", "message": error.message})
        else:
            self.customers.show(cards.customers(found, _CUSTOMERS, visit.workspace))

    def _show_known(self) -> None:
        if self.known is not None:
            self.table.show(model_cards.table(self.known, _TABLE))
            self.right.show(cards.rightness(self.known, _RIGHT, self.learning.offer("Learn anew")))
            self.says.show(model_cards.says(self.known, _SAYS))


_TABLE: Json = {"title": "How right each prediction is", "columns": [], "rows": [], "note": "", "links": [],
                "about": "On cases that began after all that it learned from, beside simple answers",
                "message": ""}  # fmt: skip
_RIGHT: Json = {"title": "Learned when, and since then", "about": "What is in use, and how it has done on what came"
                " after", "message": "", "names": []}  # fmt: skip
_SAYS: Json = {"title": "What each says", "about": "And what it rests on and looks at", "message": ""}
_CUSTOMERS: Json = {"title": "Customers at risk", "about": "How probable it is that they leave, and why", "items": [],
                    "names": ["customer_churn"], "message": ""}  # fmt: skip

PREDICTIONS = Page(
    name="predictions",
    label="Predictions",
    path="/predictions",
    icon="predictions",
    order=15,
    build=of_data(Board),
    skeleton=(((12, 420),), ((6, 360), (6, 360)), ((12, 360),)),
)

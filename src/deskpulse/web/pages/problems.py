"""Problems: lists ranked by impact, row by row; open tickets and customers by risk, and how right that is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from nicegui import ui

from deskpulse.core.errors import ConflictError, DeskpulseError
from deskpulse.insights.problems.room import ProblemRoom
from deskpulse.metrics.filters import filter_text
from deskpulse.web.components.anomaly_elements import IncidentList
from deskpulse.web.components.forecast_elements import ChoicesBar, FactsCard, TableCard
from deskpulse.web.components.insights_elements import NewsCard
from deskpulse.web.empty import of_data
from deskpulse.web.model import Page
from deskpulse.web.predictions import cards as predicted
from deskpulse.web.predictions.learning import Learning
from deskpulse.web.problems import cards
from deskpulse.web.view import View, local_zone
from deskpulse.web.visit import Visit

Json = dict[str, Any]
SHOWN, RISKS, CUSTOMERS = 25, 12, 8


class Board:
    """The cards of one visit."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        self.found: Json | None = None
        self.shown: View | None = None
        self.known: Json | None = None
        self.learning = Learning(visit, self._show_known, self._learned)
        with ui.element("div").classes("board anomalies"):
            with ui.element("div").classes("s4 column"):
                self.lists = IncidentList(_LISTS | {"state": "loading"})
                self.rest = FactsCard(_REST | {"state": "loading"})
                self.right = FactsCard(_RIGHT | {"state": "loading"})
            with ui.element("div").classes("s8 column"):
                self.rows = TableCard(_ROWS | {"state": "loading"})
                self.bar = ChoicesBar(self._bar([], ""))
                self.risks = NewsCard(_RISKS | {"state": "loading"})
                self.customers = NewsCard(_CUSTOMERS | {"state": "loading"})
        self.lists.listen("choose", self._pick)
        self.bar.listen("choose", self._rank)
        for card in (self.risks, self.customers, self.right):
            card.listen("learn", self.learning.begin)

    async def refresh(self) -> None:
        """Show the lists of the view; another list that is chosen asks for nothing anew."""
        view, visit = self.visit.view, self.visit
        asked = replace(view, own={"by": view.own.get("by", "")})
        if self.found is not None and asked == self.shown:
            self._show(view)
            return
        self.found = None
        try:
            found = await visit.ask(_problems, visit, view)
        except DeskpulseError as error:
            for card, base in ((self.lists, _LISTS), (self.rows, _ROWS), (self.rest, _REST)):
                card.show(base | {"state": "empty", "message": str(error)})
        else:
            if not visit.is_current(view):
                return
            self.found, self.shown = found, asked
            self._show(view)
        await self._show_risks(view)

    def _show(self, view: View) -> None:
        assert self.found is not None  # noqa: S101  shown after it was found
        first = next((one["name"] for one in self.found["problems"]), "")
        chosen = view.own.get("list") or first
        self.lists.show(cards.lists(self.found, _LISTS, chosen))
        self.rows.show(cards.rows(self.found, _ROWS, chosen, view, self.visit.workspace))
        self.rest.show(cards.rest(self.found, _REST))

    async def _show_risks(self, view: View) -> None:
        visit = self.visit
        room = visit.desk.predictions(visit.principal)
        self.known = await visit.ask(room.cards)
        await self.learning.follow()
        if not visit.is_current(view):
            return
        self._show_known()
        spec = {"by": view.own.get("by") or None, "limit": RISKS, "reasons": True, "where": _where(view)}
        try:
            found = await visit.ask(room.open_tickets, spec)
        except DeskpulseError as error:
            self.risks.show(_RISKS | self.learning.offer() | {"state": "empty", "message": error.message})
        else:
            if visit.is_current(view):
                learned = [c for c in self.known["predictions"] if c["asked"] == "open" and c["state"] == "active"]
                self.bar.show(self._bar(learned, found["by"]))
                self.risks.show(cards.risks(found, _RISKS, visit.workspace))
        await self._show_customers(view)

    async def _show_customers(self, view: View) -> None:
        visit = self.visit
        try:
            found = await visit.ask(visit.desk.predictions(visit.principal).customers, {"limit": CUSTOMERS})
        except ConflictError as error:
            self.customers.show(_CUSTOMERS | self.learning.offer() | {"state": "empty", "message": error.message})
        except DeskpulseError as error:
            self.customers.show(_CUSTOMERS | {"state": "empty", "message": str(error)})
        else:
            if visit.is_current(view):
                self.customers.show(predicted.customers(found, _CUSTOMERS, visit.workspace))

    def _show_known(self) -> None:
        """Show how right predictions are, and on the cards without one how far the learning is."""
        if self.known is not None:
            self.right.show(predicted.rightness(self.known, _RIGHT, self.learning.offer("Learn anew")))
        for card in (self.risks, self.customers):
            if card.content["state"] == "empty" and "progress" in card.content:
                card.show(card.content | self.learning.offer())

    async def _learned(self) -> None:
        await self._show_risks(self.visit.view)

    def _bar(self, learned: list[Json], by: str) -> Json:
        options = [{"value": c["name"], "label": c["label"]} for c in learned] or [{"value": "", "label": "–"}]
        field = {"name": "by", "label": "Open tickets by", "value": by, "groups": [{"label": "", "options": options}]}
        return {"title": "What open tickets are ranked by", "fields": [field], "isBusy": False, "action": ""}

    async def _pick(self, given: Json) -> None:
        own = {**self.visit.view.own, "list": str(given.get("id"))[:60]}
        await self.visit.change(replace(self.visit.view, own=own))

    async def _rank(self, given: Json) -> None:
        if given.get("name") == "by":
            own = {**self.visit.view.own, "by": str(given.get("value"))[:60]}
            await self.visit.change(replace(self.visit.view, own=own))


def _where(view: View) -> list[str]:
    return [filter_text(condition) for condition in view.filters]


def _problems(visit: Visit, view: View) -> Json:
    window, zone = view.window(visit.workspace), local_zone(visit.workspace)
    spec = {"from": window.start.isoformat(), "to": window.end.isoformat(), "where": _where(view), "limit": SHOWN}
    found = ProblemRoom(visit.desk, visit.principal).problems(spec)
    return found | {
        f"{side}_day": moment.astimezone(zone).date().isoformat()
        for side, moment in (("from", window.start), ("to", window.end))
    }


_LISTS: Json = {"title": "What needs a look", "about": "The largest impact first: rows times weight", "items": [],
                "message": ""}  # fmt: skip
_ROWS: Json = {"title": "The rows", "about": "", "columns": [], "rows": [], "note": "", "links": [], "message": ""}
_REST: Json = {"title": "Nothing here", "about": "Lists without rows, and what cannot be told", "message": ""}
_RISKS: Json = {"title": "Open tickets by risk", "about": "What is predicted of each, with its reasons", "items": [],
                "message": ""}  # fmt: skip
_CUSTOMERS: Json = {"title": "Customers at risk", "about": "How probable it is that they leave, and why", "items": [],
                    "names": ["customer_churn"], "message": ""}  # fmt: skip
_RIGHT: Json = {"title": "How right predictions are", "about": "On what came after all that was learned from",
                "message": "", "names": []}  # fmt: skip

PROBLEMS = Page(
    name="problems",
    label="Problems",
    path="/problems",
    icon="problems",
    order=14,
    build=of_data(Board),
    skeleton=(((4, 620), (8, 620)),),
)

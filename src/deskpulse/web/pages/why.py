"""Why: what changed a number between two periods, part by part, and what stands beside it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from nicegui import ui

from deskpulse.core.errors import DeskpulseError
from deskpulse.insights.drivers.room import DriverRoom
from deskpulse.metrics.filters import filter_text
from deskpulse.web.components.elements import ChartCard
from deskpulse.web.components.forecast_elements import ChoicesBar, FactsCard, TableCard
from deskpulse.web.components.insights_elements import NewsCard
from deskpulse.web.empty import of_data
from deskpulse.web.model import Page
from deskpulse.web.view import View, local_days, local_zone
from deskpulse.web.visit import Visit
from deskpulse.web.why import cards
from deskpulse.web.why.address import COMPARED, may_explain

Json = dict[str, Any]
OWN_BEFORE = ("before_from", "before_to")


class Board:
    """The cards of one visit."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        self.found: Json | None = None
        self.bar = ChoicesBar(self._bar())
        with ui.element("div").classes("board why"):
            with ui.element("div").classes("s8 column"):
                self.steps = ChartCard(_STEPS | {"state": "loading"})
                self.slices = TableCard(_SLICES | {"state": "loading"})
                self.said = NewsCard(_SAID | {"state": "loading"})
                self.similar = NewsCard(_SIMILAR | {"state": "loading"})
            with ui.element("div").classes("s4 column"):
                self.headline = FactsCard(_HEADLINE | {"state": "loading"}).classes("first")
                self.causes = NewsCard(_CAUSES | {"state": "loading"})
                self.beside = FactsCard(_BESIDE | {"state": "loading"})
                self.tickets = TableCard(_TICKETS | {"state": "loading"})
        self.bar.listen("choose", self._choose)
        self.steps.listen("choose", self._cut)

    async def refresh(self) -> None:
        """Explain the metric that is chosen, over the view's period and filters."""
        view, visit = self.visit.view, self.visit
        self.bar.show(self._bar())
        try:
            found = await visit.ask(_why, visit, view)
        except DeskpulseError as error:
            self._tell(str(error))
            return
        if not visit.is_current(view):
            return
        self.found = found
        slug = visit.slug
        self.headline.show(cards.headline(found, _HEADLINE, visit.workspace))
        self._show_cut(found)
        self.causes.show(cards.causes(found, _CAUSES, view, slug))
        self.said.show(cards.said(found, _SAID, view, slug))
        self.similar.show(cards.similar(found, _SIMILAR, view, visit.workspace))
        self.beside.show(cards.beside(found, _BESIDE))
        self.tickets.show(cards.tickets(found, _TICKETS, view, slug))

    def _tell(self, message: str) -> None:
        for card, base in ((self.headline, _HEADLINE), (self.steps, _STEPS), (self.slices, _SLICES),
                           (self.causes, _CAUSES), (self.said, _SAID), (self.similar, _SIMILAR),
                           (self.beside, _BESIDE), (self.tickets, _TICKETS)):  # fmt: skip
            card.show(base | {"state": "empty", "message": message if card is self.headline else ""})

    def _show_cut(self, found: Json) -> None:
        known = cards.cuts(found)
        chosen = self.visit.view.own.get("by", "")
        by = chosen if chosen in known else next(iter(known), "")
        self.steps.show(cards.steps(found, _STEPS, by))
        self.slices.show(cards.slices(found, _SLICES, by, self.visit.view, self.visit.slug))

    def _bar(self) -> Json:
        return {"title": "Which number", "fields": cards.fields(_metric(self.visit.view)), "isBusy": False,
                "action": ""}  # fmt: skip

    async def _choose(self, given: Json) -> None:
        value = str(given.get("value"))
        if given.get("name") == "metric" and may_explain(value):
            await self.visit.change(replace(self.visit.view, own={**self.visit.view.own, "metric": value}))

    async def _cut(self, given: Json) -> None:
        chosen = str(given.get("choice"))
        if self.found is not None and chosen in cards.cuts(self.found):
            await self.visit.change(replace(self.visit.view, own={**self.visit.view.own, "by": chosen}))


def _metric(view: View) -> str:
    chosen = view.own.get("metric", "")
    return chosen if may_explain(chosen) else cards.OFTEN[0]


def _why(visit: Visit, view: View) -> Json:
    """Return the answer for what the view asks; the period before is the address's own, where it names one."""
    window = view.window(visit.workspace)
    spec: Json = {
        "metric": _metric(view), "from": window.start.isoformat(), "to": window.end.isoformat(), "similar": True,
        "where": [filter_text(one) for one in view.filters], "timezone": visit.workspace["timezone"],
        "compare": view.compare if view.compare in COMPARED else "previous",
    }  # fmt: skip
    own = {name: _day(view.own.get(name, "")) for name in OWN_BEFORE}
    first, _ = local_days(window, local_zone(visit.workspace))
    if all(own.values()) and own["before_from"] < own["before_to"] <= first.isoformat():
        spec |= own
    return DriverRoom(visit.desk, visit.principal).why(spec)


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return ""


_HEADLINE: Json = {"title": "The change", "about": "What changed, and how surely", "badge": "", "tone": "even",
                   "lead": "", "facts": [], "notes": [], "message": ""}  # fmt: skip
_STEPS: Json = {"title": "Step by step", "about": "What each part added or took", "height": 300, "option": None,
                "legend": None, "message": "", "table": None, "summary": ""}  # fmt: skip
_SLICES: Json = {"title": "Slices", "about": "The largest effects, each with its rows", "columns": [{"label": ""}],
                 "rows": [], "message": ""}  # fmt: skip
_CAUSES: Json = {"title": "The cause", "about": "The fewest slices that explain most", "items": [], "message": ""}
_SAID: Json = {"title": "What customers bring up more", "about": "In the cause's tickets, against the period before",
               "items": [], "message": "", "first": 4}  # fmt: skip
_SIMILAR: Json = {"title": "Similar past periods", "about": "The same slices changed as much, and what was told then",
                  "items": [], "message": ""}  # fmt: skip
_BESIDE: Json = {"title": "What else happened", "about": "Beside the change; whether it is the reason, people say",
                 "message": ""}  # fmt: skip
_TICKETS: Json = {"title": "Tickets to read", "about": "The newest of the cause", "columns": [{"label": "Ticket"}],
                  "rows": [], "message": ""}  # fmt: skip

WHY = Page(
    name="why",
    label="Why",
    path="/why",
    icon="why",
    order=14,
    build=of_data(Board),
    has_comparison=True,
    skeleton=(((12, 58),), ((8, 620), (4, 620))),
)

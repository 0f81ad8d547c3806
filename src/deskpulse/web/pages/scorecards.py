"""Scorecards: agents or teams against targets on the same kinds of tickets, and which tickets to review."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from nicegui import ui

from deskpulse.core.errors import ConflictError, DeskpulseError
from deskpulse.insights.scorecards.room import ScorecardRoom
from deskpulse.metrics.filters import filter_text
from deskpulse.web.components.forecast_elements import ChoicesBar, FactsCard, TableCard
from deskpulse.web.components.scorecard_elements import ReviewList, ScoreCard, ScoreList
from deskpulse.web.empty import of_data
from deskpulse.web.model import Page
from deskpulse.web.predictions import cards as predicted
from deskpulse.web.predictions.learning import Learning
from deskpulse.web.reviews.cards import last_made, offered
from deskpulse.web.scorecards import cards
from deskpulse.web.view import View
from deskpulse.web.visit import Visit

Json = dict[str, Any]
UNITS = {"agent": "Agents", "team": "Teams"}
LAST, OFFERED_UNITS = 12, 12


class Board:
    """The cards of one visit."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        self.found: Json | None = None
        self.shown: View | None = None
        self.agents: Json | None = None
        self.learning = Learning(visit, self._show_offer, self._learned)
        self.bar = ChoicesBar(self._bar())
        with ui.element("div").classes("board scorecards"):
            with ui.element("div").classes("s8 column"):
                self.list = ScoreList(_LIST | {"state": "loading"})
                self.offered = ReviewList(_OFFERED | {"state": "loading"})
            with ui.element("div").classes("s4 column"):
                self.detail = ScoreCard(_DETAIL | {"state": "loading"})
                self.next = FactsCard(_NEXT | {"state": "loading"})
                self.last = TableCard(_LAST | {"state": "loading"})
        self.bar.listen("choose", self._choose)
        self.list.listen("choose", self._pick)
        self.next.listen("learn", self.learning.begin)

    async def refresh(self) -> None:
        """Show the scorecards of the view; another unit that is chosen asks for nothing anew."""
        view, visit = self.visit.view, self.visit
        self.bar.show(self._bar())
        asked = replace(view, own={"by": self._by()})
        if self.found is not None and asked == self.shown:
            self._show(view)
            return
        self.found = None
        try:
            found = await visit.ask(_scorecards, visit, view, self._by())
        except DeskpulseError as error:
            for card, base in (
                (self.list, _LIST),
                (self.detail, _DETAIL),
                (self.next, _NEXT),
                (self.offered, _OFFERED),
                (self.last, _LAST),
            ):
                card.show(base | {"state": "empty", "message": str(error)})
            return
        if not visit.is_current(view):
            return
        self.found, self.shown = found, asked
        self._show(view)
        await self._show_next()
        await self._show_reviews(view)

    def _show(self, view: View) -> None:
        assert self.found is not None  # noqa: S101  shown after it was found
        first = next((card["unit"] for card in self.found["scorecards"]), "")
        chosen = view.own.get("unit") or first
        if self.agents is not None:
            self.next.show(predicted.expected(self.agents, _NEXT, chosen))
        self.list.show(cards.listed(self.found, _LIST, chosen))
        self.detail.show(cards.detail(self.found, _DETAIL, chosen, view, self.visit.workspace))

    async def _show_next(self) -> None:
        """Show what to expect of the chosen agent; of teams nothing is."""
        self.agents = None
        if self._by() != "agent":
            self.next.show(_NEXT | {"state": "empty", "message": "Choose agents to see what to expect of one."})
            return
        await self.learning.follow()
        room = self.visit.desk.predictions(self.visit.principal)
        try:
            self.agents = await self.visit.ask(room.agents)
        except ConflictError as error:
            self.next.show(_NEXT | self.learning.offer() | {"state": "empty", "message": error.message})
        except DeskpulseError as error:
            self.next.show(_NEXT | {"state": "empty", "message": str(error)})
        else:
            self._show(self.visit.view)

    def _show_offer(self) -> None:
        if self.next.content["state"] == "empty" and "progress" in self.next.content:
            self.next.show(self.next.content | self.learning.offer())

    async def _learned(self) -> None:
        await self._show_next()

    async def _show_reviews(self, view: View) -> None:
        visit = self.visit
        reviews = visit.desk.reviews(visit.principal)
        for card, base, shown, ask in (
            (self.last, _LAST, last_made, lambda: reviews.list(limit=LAST)),
            (self.offered, _OFFERED, offered, lambda: reviews.sample({**_spec(visit, view), "by": self._by(),
                                                                      "limit": OFFERED_UNITS})),
        ):  # fmt: skip
            try:
                found = await visit.ask(ask)
            except DeskpulseError as error:
                card.show(base | {"state": "empty", "message": str(error)})
                continue
            if visit.is_current(view):
                card.show(shown(found, base, view, visit.workspace))

    def _by(self) -> str:
        chosen = self.visit.view.own.get("by", "agent")
        return chosen if chosen in UNITS else "agent"

    def _bar(self) -> Json:
        options = [{"value": value, "label": label} for value, label in UNITS.items()]
        field = {
            "name": "by",
            "label": "Scorecards of",
            "value": self._by(),
            "groups": [{"label": "", "options": options}],
        }
        return {"title": "Whose scorecards", "fields": [field], "isBusy": False, "action": ""}

    async def _choose(self, given: Json) -> None:
        value = str(given.get("value"))
        if given.get("name") == "by" and value in UNITS:
            for card, base in ((self.list, _LIST), (self.detail, _DETAIL), (self.offered, _OFFERED)):
                card.show(base | {"state": "loading"})
            await self.visit.change(replace(self.visit.view, own={"by": value}))

    async def _pick(self, given: Json) -> None:
        own = {**self.visit.view.own, "unit": str(given.get("unit"))[:200]}
        await self.visit.change(replace(self.visit.view, own=own))


def _spec(visit: Visit, view: View) -> Json:
    window = view.window(visit.workspace)
    return {"from": window.start.isoformat(), "to": window.end.isoformat(),
            "where": [filter_text(condition) for condition in view.filters]}  # fmt: skip


def _scorecards(visit: Visit, view: View, by: str) -> Json:
    return ScorecardRoom(visit.desk, visit.principal).scorecards({**_spec(visit, view), "by": by})


_LIST: Json = {"title": "Against targets", "about": "On the same kinds of tickets", "criteria": [], "items": [],
               "fewText": "", "notes": [], "message": ""}  # fmt: skip
_DETAIL: Json = {"title": "One scorecard", "about": "", "badge": "", "tone": "even", "criteria": [], "lines": [],
                 "note": "", "tickets": [], "href": "", "score": "", "interval": "", "message": ""}  # fmt: skip
_NEXT: Json = {"title": "The next 30 days", "about": "What to expect, and where four of five months fall",
               "names": ["agent_resolution", "agent_solved", "agent_csat", "agent_quality"], "message": ""}  # fmt: skip
_OFFERED: Json = {"title": "To review", "about": "Solved and not reviewed yet; the fewest reviews first", "units": [],
                  "notes": [], "message": ""}  # fmt: skip
_LAST: Json = {
    "title": "Last reviews",
    "about": "Made here",
    "message": "",
    "rows": [],
    "columns": [{"label": "Agent"}, {"label": "Score"}, {"label": "By"}, {"label": "When", "isMinor": True}],
}

SCORECARDS = Page(
    name="scorecards",
    label="Scorecards",
    path="/scorecards",
    icon="scorecards",
    order=16,
    build=of_data(Board),
    skeleton=(((12, 58),), ((8, 620), (4, 620))),
)

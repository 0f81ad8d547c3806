"""Insights: the morning brief. What is not as usual, what drove it, and what needs a look."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, tzinfo
from typing import Any

from nicegui import ui

from deskpulse.core.errors import DeskpulseError
from deskpulse.insights.brief.room import BriefRoom
from deskpulse.insights.phrases.room import PhraseRoom
from deskpulse.insights.recommend.room import RecommendationRoom
from deskpulse.metrics.filters import filter_text
from deskpulse.web.components.anomaly_elements import IncidentList
from deskpulse.web.components.forecast_elements import ChoicesBar, FactsCard, TableCard
from deskpulse.web.components.insights_elements import NewsCard
from deskpulse.web.empty import of_data
from deskpulse.web.insights import advice, cards
from deskpulse.web.model import Page
from deskpulse.web.view import View, local_zone
from deskpulse.web.visit import Visit

Json = dict[str, Any]
DAYS = {"1": "Last day", "7": "Last 7 days", "30": "Last 30 days"}
GROWING = [{"label": "Category"}, {"label": "A month"}, {"label": "Share"}]
PROBLEMS = [{"label": "List"}, {"label": "Rows"}]


class Board:
    """The cards of one visit."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        self.bar = ChoicesBar(self._bar())
        with ui.element("div").classes("board"):
            with ui.element("div").classes("s8 column"):
                self.news = NewsCard(_NEWS | {"state": "loading"})
                self.said = NewsCard(_SAID | {"state": "loading"})
                self.advice = NewsCard(_ADVICE | {"state": "loading"})
            with ui.element("div").classes("s4 column"):
                self.odd = IncidentList(_ODD | {"state": "loading"})
                self.problems = TableCard(_PROBLEMS | {"state": "loading"})
                self.growth = TableCard(_GROWTH | {"state": "loading"})
                self.usual = FactsCard(_USUAL | {"state": "loading"})
        self.bar.listen("choose", self._choose)
        self.odd.listen("choose", self._open)
        self.advice.listen("act", self._act)

    async def refresh(self) -> None:
        """Show the news of the days that are chosen."""
        view, visit = self.visit.view, self.visit
        self.bar.show(self._bar())
        try:
            found = await visit.ask(_brief, visit, view)
        except DeskpulseError as error:
            for card, base in (*self._beside(), (self.said, _SAID), (self.advice, _ADVICE)):
                card.show(base | {"state": "empty", "message": str(error)})
            return
        if visit.is_current(view):
            self.news.show(cards.news(found, _NEWS, view, visit.workspace))
            self.odd.show(cards.odd(found, _ODD, visit.workspace))
            self.problems.show(cards.problems(found, _PROBLEMS, view, visit.workspace))
            self.growth.show(cards.growth(found, _GROWTH, view, visit.slug))
            self.usual.show(cards.watched(found, _USUAL))
            said = await visit.ask(_phrases, visit, view, found)
            if visit.is_current(view):
                self.said.show(cards.topics(said, found, _SAID, view, visit.workspace))
            await self._show_advice(view)

    async def _show_advice(self, view: View) -> None:
        found = await self.visit.ask(_recommended, self.visit, view)
        if self.visit.is_current(view):
            self.advice.show(
                advice.card(found, _ADVICE, view, self.visit.workspace, may_decide=self.visit.principal.may("manager"))
            )

    async def _act(self, given: Json) -> None:
        """Keep what the person decided about a recommendation; what the browser sends is checked by the room."""
        room, spec = RecommendationRoom(self.visit.desk, self.visit.principal), _asked(self.visit.view)
        try:
            await self.visit.ask(room.decide, str(given.get("key")), str(given.get("act")), "", spec)
        except DeskpulseError as error:
            self.visit.tell(str(error))
        await self._show_advice(self.visit.view)

    def _beside(self) -> tuple[tuple[Any, Json], ...]:
        return (self.news, _NEWS), (self.odd, _ODD), (self.problems, _PROBLEMS), (self.growth, _GROWTH), (
            self.usual, _USUAL)  # fmt: skip

    def _days(self) -> str:
        chosen = self.visit.view.own.get("days", "7")
        return chosen if chosen in DAYS else "7"

    def _bar(self) -> Json:
        options = [{"value": value, "label": label} for value, label in DAYS.items()]
        field = {
            "name": "days",
            "label": "News of",
            "value": self._days(),
            "groups": [{"label": "", "options": options}],
        }
        return {"title": "What the news are about", "fields": [field], "isBusy": False, "action": ""}

    def _open(self, given: Json) -> None:
        """Lead to the anomaly's own page."""
        view = replace(self.visit.view, own={"id": str(given.get("id"))[:80], "span": "all"})
        ui.navigate.to(f"/anomalies?{view.query(self.visit.slug)}")

    async def _choose(self, given: Json) -> None:
        value = str(given.get("value"))
        if given.get("name") == "days" and value in DAYS:
            own = {**self.visit.view.own, "days": value}
            self.news.show(_NEWS | {"state": "loading"})
            self.said.show(_SAID | {"state": "loading"})
            await self.visit.change(replace(self.visit.view, own=own))


def _brief(visit: Visit, view: View) -> Json:
    """Return the brief with the local days it is about."""
    days = view.own.get("days", "7")
    spec = {"days": days if days in DAYS else "7", "where": [filter_text(f) for f in view.filters]}
    found = BriefRoom(visit.desk, visit.principal).brief(spec)
    local = local_zone(visit.workspace)
    return found | {"from_day": _day(found["from"], local), "to_day": _day(found["to"], local)}


def _recommended(visit: Visit, view: View) -> Json:
    """Return what to do about the rows that are filtered for."""
    return RecommendationRoom(visit.desk, visit.principal).all(_asked(view))


def _asked(view: View) -> Json:
    return {"where": [filter_text(f) for f in view.filters]}


def _phrases(visit: Visit, view: View, found: Json) -> Json:
    """Return what was said more than before in the days that the brief is about."""
    if found["from"] is None:
        return {"topics": [], "notes": ["There is no data yet."]}
    spec = {"from": found["from"], "to": found["to"], "where": [filter_text(f) for f in view.filters]}
    return PhraseRoom(visit.desk, visit.principal).phrases(spec)


def _day(moment: str | None, local: tzinfo) -> str:
    return datetime.fromisoformat(moment).astimezone(local).date().isoformat() if moment else ""


_NEWS: Json = {"title": "What is not as usual", "about": "The latest days against the eight windows before",
               "items": [], "message": ""}  # fmt: skip
_SAID: Json = {"title": "What customers say now more than before",
               "about": "Phrases of the same tickets, the surest first", "items": [], "message": ""}  # fmt: skip
_ODD: Json = {"title": "Anomalies", "about": "Of these days; choose one to see why", "items": [], "message": ""}
_PROBLEMS: Json = {"title": "Needs a look", "about": "Lists that are not empty, the largest impact first",
                   "columns": PROBLEMS, "rows": [], "message": ""}  # fmt: skip
_GROWTH: Json = {"title": "Growing and shrinking", "about": "Categories beside the rest, a month", "columns": GROWING,
                 "rows": [], "message": ""}  # fmt: skip
_USUAL: Json = {"title": "As usual", "about": "Also watched", "message": ""}

_ADVICE: Json = {"title": "What to do", "about": "From the evidence of the last 90 days, what touches most first",
                 "first": 6, "items": [], "message": ""}  # fmt: skip

INSIGHTS = Page(
    name="insights",
    label="Insights",
    path="/insights",
    icon="insights",
    order=12,
    build=of_data(Board),
    has_period=False,
    has_filters=True,
    skeleton=(((12, 58),), ((8, 620), (4, 620))),
)

"""Patterns: what comes again by hour, weekday and month, what grows, who comes back, and what goes before what."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from nicegui import ui

from deskpulse.core.errors import DeskpulseError
from deskpulse.insights.patterns.room import PatternRoom
from deskpulse.metrics.filters import filter_text
from deskpulse.metrics.lookup import METRICS, find_dimension
from deskpulse.web.components.elements import ChartCard
from deskpulse.web.components.forecast_elements import ChoicesBar, FactsCard, TableCard
from deskpulse.web.empty import of_data
from deskpulse.web.model import Page
from deskpulse.web.patterns import cards
from deskpulse.web.view import View
from deskpulse.web.visit import Visit

Json = dict[str, Any]
OFTEN = ("tickets_created", "csat", "first_reply_time_seconds_mean", "full_resolution_time_seconds_mean",
         "sentiment_mean", "escalation_rate", "calls_offered")  # fmt: skip
CUTS = ("category", "subcategory", "channel", "team", "language", "brand")
PLOT = 260


class Board:
    """The cards of one visit."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        self.found: Json | None = None
        self.bar = ChoicesBar(self._bar())
        with ui.element("div").classes("board"):
            self.week = ChartCard(_WEEK | {"state": "loading"}).classes("s8")
            self.out = FactsCard(_OUT | {"state": "loading"}).classes("s4")
            self.months = ChartCard(_MONTHS | {"state": "loading"}).classes("s8")
            self.weekdays = ChartCard(_WEEKDAYS | {"state": "loading"}).classes("s4")
            self.growing = TableCard(_GROWING | {"state": "loading"}).classes("s6")
            self.back = TableCard(_BACK | {"state": "loading"}).classes("s6")
            self.past = TableCard(_PAST | {"state": "loading"}).classes("s12")
            self.rises = TableCard(_RISES | {"state": "loading"}).classes("s6")
            self.losses = TableCard(_LOSSES | {"state": "loading"}).classes("s6")
        self.bar.listen("choose", self._choose)
        self.week.listen("pick", self._pick_cell)
        self.months.listen("pick", self._pick_month)
        self.weekdays.listen("pick", self._pick_weekday)

    async def refresh(self) -> None:
        """Show the patterns of the metric that is chosen: the seasons first, then what takes longer."""
        view, visit = self.visit.view, self.visit
        self.bar.show(self._bar())
        try:
            found = await visit.ask(_patterns, visit, view, None, "seasons")
        except DeskpulseError as error:
            for card, base in ((self.week, _WEEK), (self.out, _OUT), (self.months, _MONTHS),
                               (self.weekdays, _WEEKDAYS)):  # fmt: skip
                card.show(base | {"state": "empty", "message": str(error)})
            found = None
        if not visit.is_current(view):
            return
        self.found = found
        if found is not None:
            self._show_seasons(found)
        await self._show_tables(view)

    def _show_seasons(self, found: Json) -> None:
        if "seasons" not in found:
            for card, base in ((self.week, _WEEK), (self.out, _OUT), (self.months, _MONTHS),
                               (self.weekdays, _WEEKDAYS)):  # fmt: skip
                card.show(base | {"state": "empty", "message": " ".join(found["unknown"])})
            return
        self.week.show(cards.week(found, _WEEK))
        self.out.show(cards.standing_out(found, _OUT))
        self.months.show(cards.bars(found, "month", _MONTHS))
        self.weekdays.show(cards.bars(found, "weekday", _WEEKDAYS))

    async def _show_tables(self, view: View) -> None:
        visit, slug = self.visit, self.visit.slug
        for by, parts in ((None, "past"), (self._by(), "growth"), (None, "repeats,escalations,losses")):
            try:
                found = await visit.ask(_patterns, visit, view, by, parts)
            except DeskpulseError as error:
                for card, base in self._tables(parts):
                    card.show(base | {"state": "empty", "message": str(error)})
                continue
            if not visit.is_current(view):
                return
            if parts.split(",")[0] not in found:
                for card, base in self._tables(parts):
                    card.show(base | {"state": "empty", "message": " ".join(found["unknown"])})
            elif parts == "past":
                self.past.show(cards.past(found, _PAST, view, slug))
            elif parts == "growth":
                self.growing.show(cards.growing(found, _GROWING, view, slug))
            else:
                self.back.show(cards.returning(found, _BACK, view, slug))
                self.rises.show(cards.before(found["escalations"], found, _RISES, view, slug))
                self.losses.show(cards.before(found["losses"], found, _LOSSES, view, slug))

    def _tables(self, parts: str) -> list[tuple[TableCard, Json]]:
        if parts == "past":
            return [(self.past, _PAST)]
        if parts == "growth":
            return [(self.growing, _GROWING)]
        return [(self.back, _BACK), (self.rises, _RISES), (self.losses, _LOSSES)]

    def _by(self) -> str:
        chosen = self.visit.view.own.get("by", CUTS[0])
        return chosen if chosen in CUTS else CUTS[0]

    def _bar(self) -> Json:
        metrics = {name: metric.label for name, metric in METRICS.items()}
        cuts = {name: find_dimension(name).label for name in CUTS}
        return {"title": "Which patterns", "fields": cards.choices(self.visit.view, metrics, OFTEN, cuts),
                "isBusy": False, "action": ""}  # fmt: skip

    async def _choose(self, given: Json) -> None:
        name, value = str(given.get("name")), str(given.get("value"))
        if (name == "metric" and value in METRICS) or (name == "by" and value in CUTS):
            await self.visit.change(replace(self.visit.view, own={**self.visit.view.own, name: value}))

    def _pick_cell(self, given: Json) -> None:
        if self.found is not None:
            self._open(cards.cell_address(self.found, self.visit.view, self.visit.slug, _whole(given, "row"),
                                          _whole(given, "column")))  # fmt: skip

    def _pick_month(self, given: Json) -> None:
        self._pick_bar("month", given)

    def _pick_weekday(self, given: Json) -> None:
        self._pick_bar("weekday", given)

    def _pick_bar(self, season: str, given: Json) -> None:
        if self.found is not None:
            place = _whole(given, "index")
            self._open(cards.bar_address(self.found, self.visit.view, self.visit.slug, season, place))

    def _open(self, address: str | None) -> None:
        if address is not None:
            ui.navigate.to(address)


def _whole(given: Json, name: str) -> int:
    value = given.get(name)
    return value if isinstance(value, int) else -1


def _patterns(visit: Visit, view: View, by: str | None, parts: str) -> Json:
    chosen = view.own.get("metric", OFTEN[0])
    spec = {"metric": chosen if chosen in METRICS and by is None else OFTEN[0], "by": by, "parts": parts,
            "where": [filter_text(condition) for condition in view.filters]}  # fmt: skip
    return PatternRoom(visit.desk, visit.principal).patterns(spec)


_CHART: Json = {"option": None, "legend": None, "message": "", "table": None, "summary": ""}
_WEEK: Json = _CHART | {"title": "The week", "about": "By weekday and hour", "height": PLOT}
_MONTHS: Json = _CHART | {"title": "Months", "about": "Above or below the usual, growth apart", "height": PLOT}
_WEEKDAYS: Json = _CHART | {"title": "Weekdays", "about": "Above or below the usual", "height": PLOT}
_OUT: Json = {"title": "What stands out", "about": "How much each season explains", "message": ""}
_GROWING: Json = {"title": "Growing and shrinking", "about": "Share of all tickets, beside the rest", "columns": [],
                  "rows": [], "message": ""}  # fmt: skip
_PAST: Json = {"title": "Beside its own past", "about": "This month, a year before, and the last 12", "columns": [],
               "rows": [], "message": ""}  # fmt: skip
_BACK: Json = {"title": "Who comes back", "about": "About the same topic", "columns": [], "rows": [], "message": ""}
_RISES: Json = {"title": "Before escalations", "about": "What is escalated more often than the rest", "columns": [],
                "rows": [], "message": ""}  # fmt: skip
_LOSSES: Json = {"title": "Before customers leave", "about": "Experiences in the 60 days before", "columns": [],
                 "rows": [], "message": ""}  # fmt: skip

PATTERNS = Page(
    name="patterns",
    label="Patterns",
    path="/patterns",
    icon="patterns",
    order=18,
    build=of_data(Board),
    has_period=False,
    has_filters=True,
    tells_data=True,
    skeleton=(((12, 58),), ((8, 350), (4, 350)), ((8, 350), (4, 350))),
)

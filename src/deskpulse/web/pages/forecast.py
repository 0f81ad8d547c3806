"""Forecast: what comes next, how wrong such forecasts have been, what if, and how many people it takes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace
from typing import Any

from nicegui import ui

from deskpulse.core.errors import DeskpulseError
from deskpulse.forecast.room import ForecastRoom
from deskpulse.forecast.scenarios.asked import CALLS, TICKETS, Scenario
from deskpulse.forecast.scenarios.compare import Comparison
from deskpulse.metrics.lookup import METRICS
from deskpulse.web.components.elements import ChartCard
from deskpulse.web.components.forecast_elements import ChoicesBar, FactsCard, Sliders, TableCard
from deskpulse.web.empty import of_data
from deskpulse.web.forecast import cards
from deskpulse.web.forecast.answers import (
    base_of,
    forecast_of,
    known_stamp,
    opened_of,
    remember,
    save_scenario,
    saved_of,
    staffed,
)
from deskpulse.web.forecast.questions import (
    STAFFING_DAYS,
    changes_of,
    fields,
    left_out,
    left_out_words,
    metric_of,
    opened_card,
    question,
    spec_of,
    staffing_of,
    with_left_out,
    with_taken_in,
)
from deskpulse.web.model import Page
from deskpulse.web.view import View
from deskpulse.web.visit import Visit

Json = dict[str, Any]
PLOT, GRID = 320, 250
TRIED = [{"label": "Method"}, {"label": "WAPE", "about": "Sum of absolute errors ÷ sum of values"},
         {"label": "MASE", "about": "Mean error ÷ mean difference from one season to the next"},
         {"label": "Bias", "about": "Sum of (forecast − actual) ÷ sum of values", "isMinor": True}]  # fmt: skip
KEPT = [{"label": "Forecast"}, {"label": "Made", "isMinor": True}, {"label": "Periods", "isMinor": True},
        {"label": "Error so far"}, {"label": "Expected"}]  # fmt: skip


class Board:
    """The cards of one visit. Fitting runs in other processes; what waits for it, in threads."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        self.shown: dict[str, Any] = {}
        self.comparison: Comparison | None = None
        self.told: Json | None = None
        self.saved: list[str] = []
        self.opened: Scenario | None = None
        self.week: Json | None = None
        self.events: str = ""
        self.known: list[Json] = []
        self.bar = ChoicesBar(self._bar())
        with ui.element("div").classes("board"):
            self.course = ChartCard(self._pending(self._course(), legend=3)).classes("s8")
            self.facts = FactsCard(self._facts() | {"state": "loading"}).classes("s4")
            self.tried = TableCard(self._tried() | {"state": "loading"}).classes("s6")
            self.kept = TableCard(self._kept() | {"state": "loading"}).classes("s6")
            self.sliders = Sliders(self._sliders() | {"state": "loading"}).classes("s4 stack")
            self.scenario = ChartCard(self._pending(self._scenario(), legend=2)).classes("s8")
            self.grid = ChartCard(self._pending(self._grid())).classes("s12")
        self.bar.listen("choose", self._choose)
        self.bar.listen("act", self._keep)
        self.bar.listen("leave", self._leave)
        self.bar.listen("take", self._take)
        self.sliders.listen("slide", self._slide)
        self.sliders.listen("choose", self._own("of", {CALLS, TICKETS}))
        self.sliders.listen("save", self._save)
        self.sliders.listen("open", self._open)
        self.scenario.listen("choose", self._own("course", set(cards.COURSES)))
        self.grid.listen("choose", self._own("grid", set(cards.GRIDS), "staff", set(cards.BASES)))
        self.grid.listen("act", self._plan)

    async def refresh(self) -> None:
        """Show what the view asks for; what is the same as before is not asked again."""
        view = self.visit.view
        self.events = await self.visit.ask(known_stamp, self.visit.desk, self.visit.principal)
        self.bar.show(self._bar())
        await asyncio.gather(self._refresh_forecast(view), self._refresh_scenario(view), self._refresh_week(view))

    async def renew(self) -> None:
        """The data changed: what is kept is listed anew; a forecast on the page stays until it is asked for again."""
        await self._refresh_kept()

    async def _refresh_forecast(self, view: View) -> None:
        asked = question(view)
        if self.shown.get("forecast") == (asked, self.events):
            return
        self.shown["forecast"] = shown = (asked, self.events)
        self.course.show(self._pending(self._course(), legend=3))
        self.facts.show(self._facts() | {"state": "loading"})
        self.tried.show(self._tried() | {"state": "loading"})
        try:
            found = await self.visit.ask(forecast_of, self.visit.desk, self.visit.principal, asked)
        except DeskpulseError as error:
            if self.shown["forecast"] == shown:
                self.course.show(self._course() | {"state": "empty", "message": str(error), "legend": None})
                for card, base in ((self.facts, self._facts()), (self.tried, self._tried())):
                    card.show(base | {"state": "empty", "message": "There is nothing to tell."})
                await self._refresh_kept()
            return
        if self.shown["forecast"] != shown:
            return
        self.course.show(cards.course(found, self._course()))
        self.known = cards.known_out(found, self.visit.slug)
        self.bar.show(self._bar())
        self.facts.show(cards.rests_on(found, self._facts()))
        self.tried.show(cards.backtest(found, self._tried()))
        await self._refresh_kept()

    async def _refresh_kept(self) -> None:
        room = await self.visit.ask(ForecastRoom, self.visit.desk, self.visit.principal)
        try:
            found = await self.visit.ask(room.list, newest=True)
        except DeskpulseError as error:
            self.kept.show(self._kept() | {"state": "empty", "message": str(error)})
            return
        self.kept.show(cards.kept(found, self._kept()))

    async def _refresh_scenario(self, view: View) -> None:
        kind = self._kind(view)
        asked = (kind, tuple(map(str, view.filters)), tuple(left_out(view)), self.events)
        if self.shown.get("scenario") != asked:
            self.shown["scenario"] = asked
            self.comparison = self.told = self.opened = None
            self.sliders.show(self._sliders() | {"state": "loading"})
            self.scenario.show(self._pending(self._scenario(), legend=2))
            try:
                made = await self.visit.ask(base_of, self.visit.desk, self.visit.principal, view, kind)
                told = await self.visit.ask(made.beside, ())
                self.saved = await self.visit.ask(saved_of, self.visit.desk, self.visit.principal)
            except DeskpulseError as error:
                if self.shown["scenario"] == asked:
                    self.sliders.show(self._sliders() | {"state": "empty", "message": str(error)})
                    self.scenario.show(self._scenario() | {"state": "empty", "message": "There is nothing to change.",
                                                           "legend": None})  # fmt: skip
                return
            if self.shown["scenario"] != asked:
                return
            self.comparison, self.told = made, told
        self._show_scenario()

    async def _refresh_week(self, view: View) -> None:
        asked = (staffing_of(view), self.events)
        if self.shown.get("week") != asked:
            self.shown["week"], self.week = asked, None
            self.grid.show(self._pending(self._grid()))
            try:
                found = await self.visit.ask(staffed, self.visit.desk, self.visit.principal, asked[0])
            except DeskpulseError as error:
                if self.shown["week"] == asked:
                    self.grid.show(self._grid() | {"state": "empty", "message": str(error), "action": ""})
                return
            if self.shown["week"] != asked:
                return
            self.week = found
        if self.week is not None:
            self.grid.show(cards.grid(self.week, self._which("grid", cards.GRIDS), self._grid()))

    def _show_scenario(self) -> None:
        if self.told is not None:
            self.sliders.show(cards.sliders(self.told, self._sliders()))
            which = self._which("course", cards.COURSES)
            self.scenario.show(cards.scenario_course(self.told, which, self._scenario()))

    async def _slide(self, event: Json) -> None:
        """Put the sliders' changes on the base, without fitting anything."""
        if (made := self.comparison) is None:
            return
        try:
            told = await self.visit.ask(made.beside, changes_of(event.get("values")))
        except DeskpulseError as error:
            self.visit.tell(str(error))
            return
        if made is self.comparison:
            self.told = told
            self._show_scenario()

    async def _save(self, event: Json) -> None:
        """Keep the sliders' setting as a scenario of the workspace."""
        if (made := self.comparison) is None:
            return
        name, spec = str(event.get("name", ""))[:80], spec_of(made.scenario, event.get("values"))
        try:
            await self.visit.ask(save_scenario, self.visit.desk, self.visit.principal, name, spec)
            self.saved = await self.visit.ask(saved_of, self.visit.desk, self.visit.principal)
        except DeskpulseError as error:
            self.visit.tell(str(error))
            return
        self.visit.tell(f"The scenario {name} is saved.")
        self._show_scenario()

    async def _open(self, event: Json) -> None:
        """Show a saved scenario beside its own base; without a name, the page's own base again."""
        name = str(event.get("name", ""))
        if not name:
            self.shown.pop("scenario", None)
            await self._refresh_scenario(self.visit.view)
            return
        try:
            made = await self.visit.ask(opened_of, self.visit.desk, self.visit.principal, name)
            told = await self.visit.ask(made.beside, made.scenario.changes)
        except DeskpulseError as error:
            self.visit.tell(str(error))
            return
        self.comparison, self.told, self.opened = made, told, made.scenario
        self._show_scenario()

    async def _keep(self, event: Json) -> None:
        """Store the forecast, to compare it with what comes."""
        asked = {**question(self.visit.view), "keep": True}
        self.bar.show(self._bar() | {"isBusy": True})
        try:
            room = await self.visit.ask(ForecastRoom, self.visit.desk, self.visit.principal, apart=True)
            await self.visit.ask(room.make, asked)
        except DeskpulseError as error:
            self.visit.tell(str(error))
        self.bar.show(self._bar())
        await self._refresh_kept()

    async def _plan(self, event: Json) -> None:
        """Send a plan of shifts as a file."""
        try:
            asked = {**staffing_of(self.visit.view), "plan": True}
            week = await self.visit.ask(staffed, self.visit.desk, self.visit.principal, asked)
        except DeskpulseError as error:
            self.visit.tell(str(error))
            return
        ui.download.content(cards.plan_csv(week), "shifts.csv", "text/csv")

    async def _choose(self, event: Json) -> None:
        name, value = str(event.get("name", "")), str(event.get("value", ""))
        known = {o["value"] for f in fields(self.visit.view) if f["name"] == name for g in f["groups"]
                 for o in g["options"]}  # fmt: skip
        if value in known:
            await self._change(name, value)

    async def _leave(self, event: Json) -> None:
        """Leave days of the past out of this view's forecast; with a name, as a known event, out of all forecasts."""
        first, last, name = (str(event.get(key, ""))[:300] for key in ("first", "last", "name"))
        try:
            view = with_left_out(self.visit.view, first, last)
            if name:
                await self.visit.ask(remember, self.visit.desk, self.visit.principal, name, first, last)
                await self.refresh()
                return
        except DeskpulseError as error:
            self.visit.tell(str(error))
            return
        await self.visit.change(view)

    async def _take(self, event: Json) -> None:
        """Take days in again that were left out."""
        await self.visit.change(with_taken_in(self.visit.view, str(event.get("value", ""))))

    def _own(
        self, name: str, known: set[str], basis: str = "", bases: Collection[str] = ()
    ) -> Callable[[Json], Awaitable[None]]:
        async def choose(event: Json) -> None:
            if (chosen := str(event.get("choice", ""))) in known:
                await self._change(name, chosen)
            elif (chosen := str(event.get("basis", ""))) in bases:
                await self._change(basis, chosen)

        return choose

    async def _change(self, name: str, value: str) -> None:
        view = self.visit.view
        await self.visit.change(replace(view, own={**view.own, name: value}))

    def _which(self, name: str, known: Json) -> str:
        chosen = self.visit.view.own.get(name, "")
        return chosen if chosen in known else next(iter(known))

    @staticmethod
    def _kind(view: View) -> str:
        chosen = view.own.get("of", "")
        return chosen if chosen in (CALLS, TICKETS) else CALLS if metric_of(view).startswith("call") else TICKETS

    @staticmethod
    def _pending(base: Json, legend: int = 0) -> Json:
        places = [{"name": "\u00a0" * (n + 1), "token": "grid", "value": None} for n in range(legend)] or None
        return base | {"state": "loading", "legend": places}

    def _bar(self) -> Json:
        view, last = self.visit.view, self.visit.workspace["last_at"]
        return {"title": "What to forecast", "fields": fields(view), "isBusy": False,
                "action": "Keep and check it" if self.visit.has_data else "",
                "known": self.known, "mayRemember": self.visit.principal.may("analyst"),
                "leftOut": [{"value": text, "label": left_out_words(text)} for text in left_out(view)],
                "lastDay": self.visit.local(last).date().isoformat()}  # fmt: skip

    def _course(self) -> Json:
        metric = METRICS[metric_of(self.visit.view)]
        return {"title": metric.label, "about": "So far, expected with 80% and 95% bands, and the same as last season",
                "height": PLOT}  # fmt: skip

    @staticmethod
    def _facts() -> Json:
        return {"title": "What it rests on", "about": "Error of what would have been forecast at the time",
                "message": ""}  # fmt: skip

    @staticmethod
    def _tried() -> Json:
        return {"title": "Methods tried", "about": "Best first, on the latest windows of the past", "columns": TRIED,
                "rows": [], "message": ""}  # fmt: skip

    @staticmethod
    def _kept() -> Json:
        return {"title": "Kept forecasts", "about": "Compared with what came; drifted: far more wrong than was told",
                "columns": KEPT, "rows": [], "message": ""}  # fmt: skip

    def _sliders(self) -> Json:
        has_plan = self.comparison is None or self.comparison.base.has_plan
        people = "the people on the roster" if has_plan else "the people that it needs without any change"
        about = f"The next 28 days, with {people}"
        if self.comparison is not None and self._kind(self.visit.view) == TICKETS:
            is_known = self.comparison.scenario.handle_seconds is None
            about += "" if is_known else "; how long a ticket takes is not known: 10 minutes are taken"
        return {"title": "What if", "about": about, "choice":
                self._kind(self.visit.view), "choices": [{"value": TICKETS, "label": "Tickets"},
                {"value": CALLS, "label": "Calls"}], "sliders": [], "figures": [], "message": "", "saved": self.saved,
                "maySave": self.visit.principal.role != "viewer", **opened_card(self.opened)}  # fmt: skip

    def _scenario(self) -> Json:
        kind, which = self._kind(self.visit.view), self._which("course", cards.COURSES)
        target = "calls within 20 s" if kind == CALLS else "tickets within 8 working hours"
        return {"title": "Scenario beside what is expected", "about": f"By day; in time means {target}",
                "height": PLOT, "choice": which, "choiceLabel": "show",
                "choices": [{"value": key, "label": label} for key, (label, _) in cards.COURSES.items()]}  # fmt: skip

    def _grid(self) -> Json:
        which = self._which("grid", cards.GRIDS)
        basis, ahead = self._which("staff", cards.BASES), STAFFING_DAYS
        what = "Calls of a usual week" if basis == "past" else f"Calls expected in the next {ahead} days"
        return {"title": "Staffing", "about": f"{what}, 80% within 20 s", "height": GRID if basis == "past" else PLOT,
                "choice": which, "choiceLabel": "show", "action": "Shift plan (CSV)",
                "basis": basis, "basisLabel": "by", "bases": [{"value": key, "label": label}
                                                              for key, label in cards.BASES.items()],
                "choices": [{"value": key, "label": label} for key, label in cards.GRIDS.items()]}  # fmt: skip


FORECAST = Page(
    name="forecast",
    label="Forecast",
    path="/forecast",
    icon="forecast",
    order=15,
    build=of_data(Board, renew=Board.renew),
    has_period=False,
    has_filters=True,
    is_warmed=False,  # a forecast is fitted for who asks for it, not whenever a server starts
    skeleton=(((12, 58),), ((8, 428), (4, 428)), ((6, 330), (6, 330)), ((4, 428), (8, 428)), ((12, 330),)),
)

"""Anomalies: what is odd, since when, how surely, why; and what people say it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from nicegui import ui

from deskpulse.core.errors import DeskpulseError
from deskpulse.insights.watch.room import AnomalyRoom
from deskpulse.metrics.filters import parse_filter
from deskpulse.web.anomalies import cards
from deskpulse.web.components.anomaly_elements import IncidentCard, IncidentList
from deskpulse.web.components.elements import ChartCard
from deskpulse.web.components.forecast_elements import ChoicesBar, FactsCard
from deskpulse.web.empty import of_data
from deskpulse.web.known import marks_of
from deskpulse.web.model import Page
from deskpulse.web.visit import Visit

Json = dict[str, Any]
PERIODS = {"30d": "Last 30 days", "90d": "Last 90 days", "12m": "Last 12 months", "all": "All that is known"}
SEVERITIES = {"low": "All", "medium": "Medium and high", "high": "High"}
STATES = {"open": "Told", "all": "Also suppressed"}


class Board:
    """The cards of one visit."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        self.is_busy = False
        self.found: Json | None = None
        self.place = 0
        self.bar = ChoicesBar(self._bar())
        with ui.element("div").classes("board anomalies"):
            with ui.element("div").classes("s4 column"):
                self.list = IncidentList(_LIST | {"state": "loading"})
                self.watched = FactsCard(_WATCHED | {"state": "loading"})
            with ui.element("div").classes("s8 column"):
                self.course = ChartCard(_COURSE | {"state": "loading"})
                self.incident = IncidentCard(_INCIDENT | {"state": "loading"})
        self.bar.listen("choose", self._choose)
        self.bar.listen("act", self._look)
        self.list.listen("choose", self._pick)
        self.course.listen("choose", self._series)
        self.incident.listen("mark", self._mark)

    async def refresh(self) -> None:
        """List what the view asks for and show the chosen one."""
        view, visit = self.visit.view, self.visit
        self.bar.show(self._bar())
        own = view.own
        spec = {"period": None if self._own("span", PERIODS, "90d") == "all" else self._own("span", PERIODS, "90d"),
                "severity": self._own("severity", SEVERITIES, "low"),
                "all": self._own("state", STATES, "open") == "all"}  # fmt: skip
        try:
            found = await visit.ask(self._room().listed, spec)
        except DeskpulseError as error:
            for card, base in ((self.list, _LIST), (self.watched, _WATCHED), (self.incident, _INCIDENT)):
                card.show(base | {"state": "empty", "message": str(error)})
            self.course.show(_COURSE | {"state": "empty", "message": ""})
            return
        if not visit.is_current(view):
            return
        ids = [one["anomaly_id"] for one in found["anomalies"]]
        grave = sorted(
            found["anomalies"],
            key=lambda one: (one["known"] is not None, -_GRAVITY.index(one["severity"]), ids.index(one["anomaly_id"])),
        )
        chosen = own.get("id") or (grave[0]["anomaly_id"] if grave else "")
        self.list.show(cards.listed(found, _LIST, chosen, visit.workspace))
        self.watched.show(cards.watched(found, _WATCHED, self.visit.workspace))
        if not chosen:
            self.course.show(_COURSE | {"state": "empty", "message": cards.empty_text(found)})
            self.incident.show(_INCIDENT | {"state": "empty", "message": "There is nothing to tell."})
            return
        await self._show(chosen)

    async def _show(self, chosen: str) -> None:
        view, visit = self.visit.view, self.visit
        if self.found is None or self.found["anomaly_id"] != chosen:
            self.place = 0
            self.incident.show(_INCIDENT | {"state": "loading"})
        try:
            found = await visit.ask(self._room().show, chosen)
        except DeskpulseError as error:
            self.course.show(_COURSE | {"state": "empty", "message": str(error)})
            self.incident.show(_INCIDENT | {"state": "empty", "message": str(error)})
            return
        if visit.is_current(view):
            self.found = found
            await self._show_course(found)
            self.incident.show(cards.incident(found, _INCIDENT, view, visit.workspace))

    async def _show_course(self, found: Json) -> None:
        visit, place = self.visit, self.place
        where = [parse_filter(text) for text in found["where"]]
        marks = await visit.ask(marks_of, visit.desk, visit.principal, cards.course_periods(found, place),
                                visit.workspace["timezone"], where)  # fmt: skip
        self.course.show(cards.course(found, _COURSE, place, marks))

    def _room(self) -> AnomalyRoom:
        return AnomalyRoom(self.visit.desk, self.visit.principal)

    def _own(self, name: str, known: Json, default: str) -> str:
        chosen = self.visit.view.own.get(name, default)
        return chosen if chosen in known else default

    def _bar(self) -> Json:
        fields = [
            {"name": name, "label": label, "value": self._own(name, known, default),
             "groups": [{"label": "", "options": [{"value": v, "label": text} for v, text in known.items()]}]}
            for name, label, known, default in _FIELDS
        ]  # fmt: skip
        return {"title": "Which anomalies", "fields": fields, "isBusy": self.is_busy,
                "action": "Looking …" if self.is_busy else "Look now"}  # fmt: skip

    async def _choose(self, given: Json) -> None:
        name, value = str(given.get("name")), str(given.get("value"))
        known = {"span": PERIODS, "severity": SEVERITIES, "state": STATES}.get(name, {})
        if value in known:
            own = {k: v for k, v in self.visit.view.own.items() if k != "id"} | {name: value}
            await self.visit.change(replace(self.visit.view, own=own))

    async def _pick(self, given: Json) -> None:
        own = {**self.visit.view.own, "id": str(given.get("id"))[:80]}
        await self.visit.change(replace(self.visit.view, own=own))

    async def _series(self, given: Json) -> None:
        chosen = str(given.get("choice"))
        if self.found is not None and chosen.isdigit() and int(chosen) < len(self.found["courses"]):
            self.place = int(chosen)
            await self._show_course(self.found)

    async def _mark(self, given: Json) -> None:
        if self.found is None:
            return
        try:
            await self.visit.ask(self._room().mark, self.found["anomaly_id"], str(given.get("verdict")),
                                 str(given.get("note") or ""))  # fmt: skip
        except DeskpulseError as error:
            self.visit.tell(str(error))
            return
        chosen = {**self.visit.view.own, "id": self.found["anomaly_id"]}
        if chosen == self.visit.view.own:
            await self.refresh()
        else:
            await self.visit.change(replace(self.visit.view, own=chosen))

    async def _look(self, given: Json) -> None:
        if self.is_busy:
            return
        self.is_busy = True
        self.bar.show(self._bar())
        try:
            await self.visit.ask(self._room().look)
        except DeskpulseError as error:
            self.visit.tell(str(error))
        finally:
            self.is_busy = False
        await self.refresh()


_FIELDS = (("span", "When", PERIODS, "90d"), ("severity", "Severity", SEVERITIES, "low"),
           ("state", "Which", STATES, "open"))  # fmt: skip
_GRAVITY = ("low", "medium", "high")
_LIST: Json = {"title": "What is odd", "about": "Grouped: one incident, not forty alarms", "items": [], "message": ""}
_WATCHED: Json = {"title": "What is watched", "about": "And how far it can be trusted", "message": ""}
_COURSE: Json = {"title": "The series", "about": "", "height": 320, "option": None, "legend": None, "message": "",
                 "table": None, "summary": ""}  # fmt: skip
_INCIDENT: Json = {"title": "The incident", "about": "", "badge": "", "tone": "even", "lead": "", "facts": [],
                   "lines": [], "phrases": [], "tickets": [], "members": [], "membersText": "", "said": "",
                   "verdicts": [], "href": "", "why": "", "message": ""}  # fmt: skip

ANOMALIES = Page(
    name="anomalies",
    label="Anomalies",
    path="/anomalies",
    icon="anomalies",
    order=13,
    build=of_data(Board),
    has_period=False,
    has_filters=False,
    tells_data=True,
    skeleton=(((12, 58),), ((4, 700), (8, 700))),
)

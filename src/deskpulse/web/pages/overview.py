"""Overview: how support is doing at a glance, and where to look closer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from nicegui import ui

from deskpulse.charts.catalog import chart
from deskpulse.core.errors import DeskpulseError
from deskpulse.metrics.dimensions import DIMENSIONS, WEEKDAYS
from deskpulse.web.components.elements import ChartCard, Kpi, Ranking
from deskpulse.web.empty import of_data
from deskpulse.web.known import marks_of
from deskpulse.web.model import Page
from deskpulse.web.overview import cards
from deskpulse.web.overview.questions import (
    KPIS,
    PEOPLE_CUTS,
    PEOPLE_METRICS,
    VOLUME_CUTS,
    Answers,
    people_cut,
    questions,
    volume_cut,
)
from deskpulse.web.view import grain_of, tickets_address
from deskpulse.web.visit import Visit

PLOT = chart("area").height
LINE_PLOT = 190
# The lines over time: the card, its metric, its color.
COURSES = (("sentiment", "sentiment_mean", 1), ("csat", "csat", 4), ("backlog", "backlog", 0))
# The metric whose tickets a card's link lists.
METRICS = {"volume": "tickets_created", "channels": "tickets_created", "hours": "tickets_created",
           "resolution": "tickets_solved", **{name: metric for name, metric, _ in COURSES}}  # fmt: skip
_GRAINS = {"hour": "hour", "day": "day", "week": "week", "month": "month"}


class Board:
    """The cards of one visit."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        self.slots = cards.Slots()
        self.kpis: dict[str, Kpi] = {}
        self.charts: dict[str, ChartCard] = {}
        self.values: dict[str, dict[str, str]] = {}
        with ui.element("div").classes("kpis"):
            for metric in KPIS:
                self.kpis[metric] = Kpi(cards.kpi_pending(metric))
        with ui.element("div").classes("board"):
            self._chart("volume", 8, has_legend=True, on_pick=self._pick_volume)
            self._chart("channels", 4, has_legend=True, on_pick=self._picker("channel"))
            self._chart("hours", 6, on_pick=self._pick_hour)
            self._chart("resolution", 6, on_pick=self._picker("full_resolution_bucket"))
            for name, _, _ in COURSES:
                self._chart(name, 4, has_legend=True)
            self.people = Ranking(self._people_base() | {"rows": [], "state": "loading"}).classes("s12")
        self.charts["volume"].listen("choose", self._chooser("by", VOLUME_CUTS))
        self.people.listen("choose", self._chooser("rows", PEOPLE_CUTS))
        self.people.listen("pick", self._pick_person)

    def _chart(
        self, name: str, width: int, *, has_legend: bool = False,
        on_pick: Callable[[dict[str, Any]], Awaitable[None]] | None = None,
    ) -> None:  # fmt: skip
        base = self._base(name)
        content = cards.pending(base["title"], base["about"], height=base["height"], has_legend=has_legend)
        card = ChartCard(base | content).classes(f"s{width}")
        if on_pick is not None:
            card.listen("pick", on_pick)
        self.charts[name] = card

    async def refresh(self) -> None:
        """Ask for the numbers of the view and show them, unless another view was chosen meanwhile."""
        visit, view = self.visit, self.visit.view
        asked = questions(view, visit.workspace)
        try:
            results = await asyncio.gather(*(visit.ask(visit.desk.query, visit.principal, q) for q in asked))
        except DeskpulseError as error:
            self._fail(str(error))
            raise
        if not visit.is_current(view):
            return
        answers = Answers.of(results)
        marks = await visit.ask(marks_of, visit.desk, visit.principal, cards.periods_of(answers.volume),
                                visit.workspace["timezone"], view.filters)  # fmt: skip
        if not visit.is_current(view):
            return
        for cut, answer in (
            (volume_cut(view), answers.volume), ("channel", answers.channels), (people_cut(view), answers.people),
        ):  # fmt: skip
            self.values.setdefault(cut, {}).update(cards.values_by_name(cut, answer))
        for metric, element in self.kpis.items():
            element.show(cards.kpi(answers.pulse, metric, view, visit.slug))
        volume = cards.volume(
            answers.volume, volume_cut(view), view, self.slots, base=self._base("volume"), marks=marks
        )
        self.charts["volume"].show(volume)
        self._show("channels", cards.share, answers.channels, "channel", view, self.slots)
        self._show("hours", cards.hours, answers.hours, view)
        self._show("resolution", cards.buckets, answers.resolution, "full_resolution_bucket", "tickets_solved", view)
        for name, metric, slot in COURSES:
            self.charts[name].show(cards.line(answers.pulse, metric, view, self._base(name), slot=slot, marks=marks))
        self.people.show(cards.ranking(answers.people, people_cut(view), view, visit.slug, self._people_base()))

    def _fail(self, message: str) -> None:
        """Tell in every card that is still waiting that its numbers will not come."""
        for card in self.charts.values():
            if card.content["state"] == "loading":
                card.show(card.content | {"state": "error", "message": message})

    def _show(self, name: str, make: Callable[..., dict[str, Any]], *given: Any) -> None:
        self.charts[name].show(make(*given, base=self._base(name)))

    def _base(self, name: str) -> dict[str, Any]:
        """Return title, subtitle and size of a chart's card for the view."""
        view = self.visit.view
        grain = _GRAINS[grain_of(self.visit.window())]
        cut = volume_cut(view)
        texts = {
            "volume": ("Ticket volume", f"Tickets created per {grain}, by {DIMENSIONS[cut].label.lower()}", PLOT),
            "channels": ("Channels", "Share of tickets created", PLOT),
            "hours": ("Busiest hours", "Tickets created by weekday and hour", PLOT),
            "resolution": ("Time to resolution", "Tickets solved, by time from creation to solution", PLOT),
            "sentiment": ("Sentiment", "Mean of customers' words, −1 to 1", LINE_PLOT),
            "csat": ("CSAT", "Share of good answers", LINE_PLOT),
            "backlog": ("Backlog", f"Unsolved tickets at the end of each {grain}", LINE_PLOT),
        }
        title, about, height = texts[name]
        metric = METRICS[name]
        href = tickets_address(view, self.visit.slug, metric=metric) if self.visit.has_data else ""
        base: dict[str, Any] = {"title": title, "about": about, "height": height, "href": href}
        if name == "volume":
            base |= {"choices": _choices(VOLUME_CUTS), "choice": cut, "choiceLabel": "cut by"}
        return base

    def _people_base(self) -> dict[str, Any]:
        cut = people_cut(self.visit.view)
        return {
            "title": "Agents" if cut == "agent" else "Teams",
            "about": "Tickets solved in the period. Click a name to filter by it, a number for its tickets.",
            "columns": cards.ranking_columns(cut, PEOPLE_METRICS),
            "choices": [{"value": "agent", "label": "Agents"}, {"value": "team", "label": "Teams"}],
            "choice": cut,
        }

    def _chooser(self, own: str, known: tuple[str, ...]) -> Callable[[dict[str, Any]], Awaitable[None]]:
        async def choose(event: dict[str, Any]) -> None:
            chosen = str(event.get("choice", ""))
            if chosen in known:
                view = self.visit.view
                await self.visit.change(replace(view, own={**view.own, own: chosen}))

        return choose

    def _picker(self, dimension: str) -> Callable[[dict[str, Any]], Awaitable[None]]:
        async def pick(event: dict[str, Any]) -> None:
            await self._toggle(dimension, picked(event))

        return pick

    async def _pick_volume(self, event: dict[str, Any]) -> None:
        await self._toggle(volume_cut(self.visit.view), str(event.get("value") or event.get("series") or ""))

    async def _pick_person(self, event: dict[str, Any]) -> None:
        await self._toggle(people_cut(self.visit.view), str(event.get("value") or ""))

    async def _pick_hour(self, event: dict[str, Any]) -> None:
        """A click on a cell filters by its weekday and hour; on the same cell again, by neither."""
        row, column = event.get("row"), event.get("column")
        hours = DIMENSIONS["hour"].order
        if not isinstance(row, int) or not isinstance(column, int) or not (0 <= row < 7 and 0 <= column < 24):
            return
        view, day, hour = self.visit.view, WEEKDAYS[row], hours[column]
        is_again = view.selected("weekday") == {day} and view.selected("hour") == {hour}
        values: tuple[tuple[str, ...], tuple[str, ...]] = ((), ()) if is_again else ((day,), (hour,))
        await self.visit.change(view.with_values("weekday", values[0]).with_values("hour", values[1]))

    async def _toggle(self, dimension: str, name: str) -> None:
        """Filter by what is shown under `name`, or no longer; only what was shown can be picked."""
        known = self.values.get(dimension) or {name: name for name in DIMENSIONS[dimension].order}
        if name in known:
            await self.visit.toggle(dimension, known[name])


def picked(event: dict[str, Any]) -> str:
    """Return the value that was picked: in the legend by `value`, in the picture by `name`."""
    return str(event.get("value") or event.get("name") or "")


def _choices(names: tuple[str, ...]) -> list[dict[str, str]]:
    return [{"value": name, "label": f"by {DIMENSIONS[name].label.lower()}"} for name in names]


OVERVIEW = Page(
    name="overview",
    label="Overview",
    path="/",
    icon="overview",
    order=10,
    build=of_data(Board),
    has_comparison=True,
    skeleton=(
        ((2, 118),) * 6,
        ((8, 358), (4, 358)),
        ((6, 330), (6, 330)),
        ((4, 298), (4, 298), (4, 298)),
    ),
)

"""Events: what the workspace knows to have happened or to come, to see, add, change and remove."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from deskpulse.core.clock import now
from deskpulse.core.errors import DeskpulseError
from deskpulse.metrics.known_event_room import KnownEventRoom
from deskpulse.web.components.events_elements import EventsDesk
from deskpulse.web.events import cards
from deskpulse.web.model import Page
from deskpulse.web.visit import Visit

Json = dict[str, Any]


async def build(visit: Visit) -> None:
    """Lay out the card and fill it."""
    board = Board(visit)
    await visit.load(board.refresh)


class Board:
    """The card of one visit."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        self.desk = EventsDesk({
            "canEdit": visit.principal.may("analyst"), "isBusy": False, "isLoading": True, "kinds": [], "years": [],
            "about": "", "problem": "", "saved": 0,
        })  # fmt: skip
        self.desk.listen("save", self._save)
        self.desk.listen("remove", self._remove)

    async def refresh(self) -> None:
        """Show the events as they are now."""
        found = await self.visit.ask(self.visit.desk.events(self.visit.principal).list)
        self._show(isLoading=False, **cards.listed(found, self.visit.local(now()).date()))

    def _show(self, **changes: Any) -> None:
        self.desk.show(self.desk.content | changes)

    async def _do(self, work: Callable[[KnownEventRoom], Json]) -> bool:
        """Do what somebody asked for; what is wrong is told beside the form."""
        self._show(isBusy=True, problem="")
        try:
            await self.visit.ask(lambda: work(self.visit.desk.events(self.visit.principal)))
        except DeskpulseError as error:
            self._show(isBusy=False, problem=str(error))
            return False
        await self.refresh()
        self._show(isBusy=False)
        return True

    async def _save(self, event: Json) -> None:
        given = event.get("form")
        form: Json = given if isinstance(given, dict) else {}
        event_id = str(event.get("id") or "")

        def work(room: KnownEventRoom) -> Json:
            spec = cards.spec_of(form)
            return room.change(event_id, spec) if event_id else room.add(spec)

        if await self._do(work):
            self._show(saved=self.desk.content["saved"] + 1)

    async def _remove(self, event: Json) -> None:
        await self._do(lambda room: room.remove(str(event.get("id") or "")))


EVENTS = Page(
    name="events",
    label="Events",
    path="/events",
    icon="events",
    order=17,
    build=build,
    has_period=False,
    skeleton=(((5, 520), (7, 520)),),
)

"""One visit to one page: who came, to which workspace, what they chose to see, and what happens when that changes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

from nicegui import app as pages_app
from nicegui import background_tasks, run

from deskpulse.charts.formats import NUMBERS
from deskpulse.core.clock import now
from deskpulse.core.errors import DeskpulseError, InputError
from deskpulse.core.periods import Period
from deskpulse.core.principal import Principal
from deskpulse.metrics.dimensions import DIMENSIONS
from deskpulse.web.components.shell import Shell
from deskpulse.web.first import FirstNumbers
from deskpulse.web.frame import frame
from deskpulse.web.model import Page
from deskpulse.web.view import NOTHING, View, local_zone, shown_value

if TYPE_CHECKING:
    from deskpulse.desk import Desk

log = logging.getLogger(__name__)
P = ParamSpec("P")
T = TypeVar("T")
_FIRST = FirstNumbers(wait=0.25, paint=0.2)
MAX_VALUES = 500
FAILED = "Something went wrong here. The server's log says what."


class Visit:
    """What a page is built with. `workspace` describes the workspace (name, timezone, first_at, last_at, tickets)."""

    def __init__(self, desk: Desk, page: Page, principal: Principal, workspace: dict[str, Any], view: View) -> None:
        self.desk = desk
        self.page = page
        self.principal = principal
        self.workspace = workspace
        self.view = view
        self.notice = ""
        self.seen_at = now()
        self.shell = Shell(frame(self))
        self._refreshers: list[Callable[[], Awaitable[None]]] = []
        self._renewers: list[Callable[[], Awaitable[None]]] = []
        self._generation = 0
        self.shell.listen("period", self._on_period)
        self.shell.listen("filter", self._on_filter)
        self.shell.listen("values", self._on_values)

    @property
    def has_data(self) -> bool:
        """Whether the workspace has any ticket."""
        return bool(self.workspace["tickets"])

    @property
    def slug(self) -> str:
        """The workspace's short name."""
        return self.principal.workspace

    def local(self, moment: datetime) -> datetime:
        """Return an aware moment as the workspace's clocks show it."""
        return moment.astimezone(local_zone(self.workspace))

    async def ask(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run something that waits (a query) in a thread, so that other visitors are not held up."""
        found = await run.io_bound(function, *args, **kwargs)
        if pages_app.is_stopping:  # nothing was asked then, and nobody waits for the answer
            raise asyncio.CancelledError
        return cast(T, found)

    async def load(
        self, refresh: Callable[[], Awaitable[None]], *, renew: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        """Call `refresh` now and whenever the view changes; when the data change, `renew` (or else `refresh`).

        The page waits for it a moment, so that quick numbers come with the page itself, and is sent without them when
        they take longer, at once when they took longer the last time; they are pushed when they are there.
        """
        self._refreshers.append(refresh)
        self._renewers.append(renew or refresh)
        asked = (self.page.name, self.view.query(self.slug))
        begin = partial(background_tasks.create, name="first numbers")
        await _FIRST.begin(asked, partial(self._guarded, refresh), begin)

    async def change(self, view: View) -> None:
        """Take over another view: in the address, in the frame and in all numbers."""
        if view == self.view:
            return
        self.view = view
        self.notice = ""
        self.seen_at = now()
        self._generation += 1
        mine = self._generation
        self.shell.run_method("address", f"{self.page.path}?{view.query(self.slug)}")
        self.shell.show(**{**frame(self), "isBusy": True})
        for refresh in self._refreshers:
            await self._guarded(refresh)
        if mine == self._generation:
            self.shell.show(isBusy=False, notice=self.notice)

    async def renew(self) -> None:
        """Show what has changed meanwhile: the same view on newer data. What is the same is not drawn again."""
        had_data = self.has_data
        try:
            self.workspace = await self.ask(self.desk.describe_workspace, self.principal)
        except DeskpulseError as error:
            self.tell(str(error))
            return
        if self.has_data != had_data and self.page.shows_data:
            self.shell.run_method("reload")  # an empty page and one with numbers are built differently
            return
        self.seen_at = now()
        for refresh in self._renewers:
            await self._guarded(refresh)
        shown = frame(self)
        self.shell.show(**{name: shown[name] for name in ("asOf", "seen", "period", "workspaces", "notice")})

    async def look_again(self) -> None:
        """Take in what changed about the workspace: from when to when its data reaches."""
        self.workspace = await self.ask(self.desk.describe_workspace, self.principal)
        self.shell.show(**frame(self))

    def is_current(self, view: View) -> bool:
        """Return whether `view` is still the one to be shown: numbers of an older one come too late."""
        return view is self.view

    async def toggle(self, dimension: str, value: str) -> None:
        """Add a value to the filters, or take it out."""
        await self.change(self.view.toggled(dimension, value))

    async def _guarded(self, refresh: Callable[[], Awaitable[None]]) -> None:
        """Refresh; what goes wrong is told on the page."""
        try:
            with self.shell:
                await refresh()
        except DeskpulseError as error:
            self.tell(str(error))
        except Exception:
            log.exception("page %s failed", self.page.name)
            self.tell(FAILED)

    def tell(self, notice: str) -> None:
        """Show a sentence above the page's content."""
        self.notice = notice
        self.shell.show(notice=notice)

    async def _on_period(self, event: dict[str, Any]) -> None:
        try:
            if "compare" in event:
                compare = {"previous": "previous", "year": "year"}.get(str(event["compare"]))
                await self.change(replace(self.view, compare=compare))  # type: ignore[arg-type]
            elif "period" in event:
                await self._checked(replace(self.view, period=str(event["period"])[:20], start="", end=""))
            else:
                last = datetime.fromisoformat(str(event.get("until"))).date() + timedelta(days=1)
                first = datetime.fromisoformat(str(event.get("from"))).date()
                await self._checked(replace(self.view, period="", start=first.isoformat(), end=last.isoformat()))
        except InputError as error:
            self.tell(str(error))
        except (ValueError, OverflowError):
            self.tell("That is no date. Choose a first and a last day.")

    async def _checked(self, view: View) -> None:
        view.window(self.workspace)
        await self.change(view)

    async def _on_filter(self, event: dict[str, Any]) -> None:
        name, values = str(event.get("dimension", "")), event.get("values", [])
        if not name:
            await self.change(replace(self.view, filters=()))
        elif name in DIMENSIONS and isinstance(values, list):
            await self.change(self.view.with_values(name, [str(value) for value in values]))

    async def _on_values(self, event: dict[str, Any]) -> None:
        name = str(event.get("dimension", ""))
        if name not in DIMENSIONS:
            return
        found = await self.ask(self.desk.dimension_values, self.principal, name, MAX_VALUES)
        values = [
            {
                "value": NOTHING if item["value"] is None else str(item["value"]),
                "name": shown_value(name, item["value"]),
                "count": NUMBERS["int"](item["tickets"]),
            }
            for item in found
        ]
        self.shell.run_method("setValues", name, values)

    def window(self) -> Period:
        """Return the chosen period as moments."""
        return self.view.window(self.workspace)

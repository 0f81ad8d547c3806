"""Labels: what tickets are sorted into, what is learned from the data's own labels, and how right all that was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nicegui import ui

from deskpulse.core.errors import DeskpulseError
from deskpulse.enrich.taxonomy import DESCRIPTION
from deskpulse.ingest.taxonomy_room import read_toml, to_toml
from deskpulse.web.components.forecast_elements import TableCard
from deskpulse.web.components.labels_elements import LabelsDesk
from deskpulse.web.labels import cards
from deskpulse.web.model import Page
from deskpulse.web.visit import Visit

Json = dict[str, Any]
LOOK_SECONDS = 0.7
_RIGHT: Json = {"title": "How right labels were", "about": "By the word of those who looked at them",
                "columns": cards.RIGHT_COLUMNS, "rows": [], "message": "", "note": ""}  # fmt: skip


async def build(visit: Visit) -> None:
    """Lay out the cards and fill them."""
    board = Board(visit)
    await visit.load(board.refresh)


class Board:
    """The cards of one visit."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        may = visit.principal.may("manager")
        self.desk = LabelsDesk({
            "canEdit": may, "isBusy": False, "categories": [], "tasks": [], "about": "", "learnedAbout": "", "toml": "",
            "isOwn": False, "preview": None, "job": None, "problem": "", "told": "",
        })  # fmt: skip
        self.right = TableCard(_RIGHT | {"state": "loading"})
        self.job: str | None = None
        for event, handler in (
            ("add", self._add), ("try", self._try), ("remove", self._remove), ("reset", self._reset),
            ("preview", self._preview), ("save", self._save), ("train", self._train), ("retire", self._retire),
        ):  # fmt: skip
            self.desk.listen(event, handler)
        self.timer = ui.timer(LOOK_SECONDS, self._look, active=False, immediate=False)

    async def refresh(self) -> None:
        """Show everything as it is now."""
        desk, principal = self.visit.desk, self.visit.principal
        models = await self.visit.ask(desk.models(principal).list)
        self._show(**cards.categories(await self.visit.ask(desk.taxonomy(principal).show)), **cards.models(models))
        self.right.show(cards.rightness(await self.visit.ask(desk.labels(principal).measures), _RIGHT))
        if cards.job(models["reading_anew"]) and self.job is None:
            self._follow(models["reading_anew"])

    def _show(self, **changes: Any) -> None:
        self.desk.show(self.desk.content | changes)

    def _follow(self, job: Json | None) -> None:
        """Look at a job until it has ended."""
        self.job = job["job_id"] if job else None
        self._show(isBusy=job is not None, job=cards.job(job))
        self.timer.active = job is not None

    async def _look(self) -> None:
        if self.job is None:
            return
        found = await self.visit.ask(self.visit.desk.models(self.visit.principal).job, self.job)
        if shown := cards.job(found):
            self._show(job=shown)
            return
        self._show(told=cards.outcome(found))
        self._follow(None)
        await self.refresh()

    async def _do(self, work: Callable[[], Json]) -> None:
        """Do what somebody asked for, and follow the job that comes of it; what is wrong is told."""
        self._show(problem="", told="", preview=None)
        try:
            done = await self.visit.ask(work)
        except DeskpulseError as error:
            self._show(problem=str(error))
            return
        job = done if "job_id" in done else done.get("job")
        await self.refresh()
        if job:
            self._follow({"task": None, "fraction": 0.0, "text": "", **job})

    async def _tried(self, toml: str) -> None:
        self._show(problem="", told="", isBusy=True)
        try:
            found = await self.visit.ask(self.visit.desk.taxonomy(self.visit.principal).preview, toml)
            self._show(preview=cards.preview(found, self.visit.slug), isBusy=False)
        except DeskpulseError as error:
            self._show(problem=str(error), preview=None, isBusy=False)

    async def _add(self, event: Json) -> None:
        room = self.visit.desk.taxonomy(self.visit.principal)
        await self._do(lambda: room.add(_text(event, "name"), _text(event, "about")))

    async def _try(self, event: Json) -> None:
        wording = read_toml(self.desk.content["toml"])
        wording.setdefault(_text(event, "name").strip(), {DESCRIPTION: _text(event, "about").strip()})
        await self._tried(to_toml(wording))

    async def _remove(self, event: Json) -> None:
        room = self.visit.desk.taxonomy(self.visit.principal)
        await self._do(lambda: room.remove(_text(event, "name")))

    async def _reset(self, event: Json) -> None:
        await self._do(self.visit.desk.taxonomy(self.visit.principal).reset)

    async def _preview(self, event: Json) -> None:
        await self._tried(_text(event, "toml"))

    async def _save(self, event: Json) -> None:
        room = self.visit.desk.taxonomy(self.visit.principal)
        await self._do(lambda: room.save(_text(event, "toml")))

    async def _train(self, event: Json) -> None:
        room = self.visit.desk.models(self.visit.principal)
        await self._do(lambda: room.train(_text(event, "task")))

    async def _retire(self, event: Json) -> None:
        room = self.visit.desk.models(self.visit.principal)
        await self._do(lambda: room.retire(_text(event, "task")))


def _text(event: Json, name: str) -> str:
    return str(event.get(name) or "")


LABELS = Page(
    name="labels",
    label="Labels",
    path="/labels",
    icon="labels",
    order=25,
    build=build,
    has_period=False,
    skeleton=(((12, 520),), ((12, 220),)),
)

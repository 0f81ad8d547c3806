"""Import: a file in, how it is read, live progress, and the imports so far."""

from __future__ import annotations

import csv
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from nicegui import app as pages_app
from nicegui import ui

from deskpulse.charts.formats import fixed
from deskpulse.core.clock import known_timezones
from deskpulse.core.errors import DeskpulseError
from deskpulse.core.periods import zone
from deskpulse.ingest.model import ImportOptions
from deskpulse.ingest.set_aside import is_rejected_list
from deskpulse.web.components.elements import DropZone, MappingTable, RunList
from deskpulse.web.imports.planning import (
    SHOWN_PARTS,
    FilePlan,
    PartChoice,
    Reading,
    part_card,
    read_plan,
    shape_choices,
)
from deskpulse.web.imports.runs import run_card
from deskpulse.web.imports.uploads import Uploads
from deskpulse.web.model import Page
from deskpulse.web.view import View, local_zone
from deskpulse.web.visit import Visit
from deskpulse.web.workspaces import is_sample

LOOK_SECONDS = 0.5
RUNS = 20


async def build(visit: Visit) -> None:
    """Show the drop zone and the imports so far."""
    desk = ImportDesk(visit)
    await visit.load(desk.refresh)


class ImportDesk:
    """The file at hand and the runs of one visit."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        self.plan: FilePlan | None = None
        self.reading: Reading | None = None
        self.turn = 0
        self.shown = RUNS
        self.drop = DropZone(self._drop_card())
        self.drop.set_visibility(self._takes_files)
        self.mapping = MappingTable({"parts": [], "notes": []})
        self.mapping.set_visibility(False)
        self.runs = RunList({"runs": [], "hasMore": False, "overviewHref": f"/?{View().query(visit.slug)}"})
        self.drop.listen("uploaded", self.uploaded)
        for event, handler in (("map", self.map), ("shape", self.shape), ("zone", self.zone), ("source", self.source),
                               ("start", self.start), ("forget", self.forget)):  # fmt: skip
            self.mapping.listen(event, handler)
        for name, action in (("cancel", visit.desk.cancel_run), ("resume", visit.desk.resume_run),
                             ("undo", visit.desk.undo_run)):  # fmt: skip
            self.runs.listen(name, self._acting(action))
        self.runs.listen("more", self.more)
        self.timer = ui.timer(LOOK_SECONDS, self.refresh, active=False, immediate=False)

    @property
    def _takes_files(self) -> bool:
        """Whether files can be imported here: not into the sample world, above which the page says so."""
        return not is_sample(self.visit.workspace)

    async def refresh(self) -> None:
        """Show the runs as they are now; look again soon while one is under way."""
        visit = self.visit
        found = await visit.ask(visit.desk.runs, visit.principal, limit=self.shown)
        local = local_zone(visit.workspace)
        cards = [run_card(run, visit.slug, local) for run in found["runs"]]
        self.runs.show(self.runs.content | {"runs": cards, "hasMore": found["next_cursor"] is not None})
        was_running, is_running = self.timer.active, any(card["isRunning"] for card in cards)
        self.timer.active = is_running
        if was_running and not is_running:
            await visit.look_again()

    async def uploaded(self, event: dict[str, Any]) -> None:
        """Look into the file that arrived."""
        uploads: Uploads = pages_app.state.uploads
        try:
            upload = uploads.find(str(event.get("upload", "")), self.visit.slug)
            if (told := await self.visit.ask(_mended, self.visit, upload.path)) is not None:
                self.drop.show(self._drop_card(note=told))
                await self.refresh()
                await self.visit.look_again()
                return
            await self._read(FilePlan(path=upload.path, timezone=""))
        except DeskpulseError as error:
            self.drop.show(self._drop_card(str(error)))

    async def map(self, event: dict[str, Any]) -> None:
        """Read a column as another of ours, or leave it out."""
        part, column, target = (str(event.get(name, "")) for name in ("part", "column", "target"))
        await self._change(part, lambda choice: choice.mapped(column, target))

    async def shape(self, event: dict[str, Any]) -> None:
        """Take the rows of a part for something else."""
        part, shape = str(event.get("part", "")), str(event.get("shape", ""))
        await self._change(part, lambda choice: PartChoice(shape=shape))

    async def zone(self, event: dict[str, Any]) -> None:
        """Take times that carry no zone for times of another one."""
        if self.plan is None:
            return
        try:
            name = str(event.get("timezone", "")).strip()
            zone(name)
            await self._read(replace(self.plan, timezone=name))
        except DeskpulseError as error:
            self._tell(str(error))

    async def source(self, event: dict[str, Any]) -> None:
        """Name the source."""
        if self.plan is not None:
            await self._read(replace(self.plan, source=str(event.get("source", "")).strip()[:60]))

    async def forget(self, event: dict[str, Any]) -> None:
        """Put the file away and offer the drop zone again."""
        self.plan = self.reading = None
        self.mapping.set_visibility(False)
        self.drop.show(self._drop_card())
        self.drop.set_visibility(self._takes_files)

    async def start(self, event: dict[str, Any]) -> None:
        """Import the file as it is shown."""
        if self.plan is None or self.reading is None or not self.reading.can_start:
            return
        visit, options = self.visit, self.reading.confirmed(self.plan)
        try:
            await visit.ask(_start, visit, self.plan, options)
        except DeskpulseError as error:
            self._tell(str(error))
            return
        await self.forget({})
        self.timer.active = True
        await self.refresh()

    async def more(self, event: dict[str, Any]) -> None:
        """Show earlier imports too."""
        self.shown += RUNS
        await self.refresh()

    def _acting(self, action: Callable[..., Any]) -> Callable[[dict[str, Any]], Awaitable[None]]:
        async def act(event: dict[str, Any]) -> None:
            await self.visit.ask(action, self.visit.principal, str(event.get("run", "")))
            self.timer.active = True
            await self.refresh()
            await self.visit.look_again()

        return act

    async def _change(self, part: str, change: Callable[[PartChoice], PartChoice]) -> None:
        plan = self.plan
        if plan is None or self.reading is None or part not in {p["name"] for p in self.reading.parts}:
            return
        try:
            await self._read(plan.changed(part, change(plan.choice(part))))
        except DeskpulseError as error:
            self._tell(str(error))

    async def _read(self, plan: FilePlan) -> None:
        """Show how the file would be read by `plan`."""
        visit = self.visit
        self.mapping.show(self.mapping.content | {"isBusy": True})
        reading = await visit.ask(read_plan, visit.desk, visit.principal, plan)
        self.plan, self.reading = plan, reading
        shown = reading.parts[:SHOWN_PARTS]
        left = len(reading.parts) - len(shown)
        self.mapping.show({
            "label": plan.path.name,
            "kind": reading.about["label"],
            "source": reading.about["source"],
            "timezone": plan.timezone or visit.workspace["timezone"],
            "zones": _zones(),
            "notes": reading.about["notes"],
            "problem": "",
            "shapes": shape_choices(),
            "parts": [part_card(part) for part in shown],
            "more": f"and {left:,} more parts, read as suggested" if left > 0 else "",
            "canStart": reading.can_start,
            "isBusy": False,
        })  # fmt: skip
        self.mapping.set_visibility(True)
        self.drop.set_visibility(False)

    def _tell(self, problem: str) -> None:
        self.mapping.show(self.mapping.content | {"problem": problem, "isBusy": False})

    def _drop_card(self, problem: str = "", note: str = "") -> dict[str, Any]:
        self.turn += 1
        return {"workspace": self.visit.slug, "problem": problem, "note": note, "turn": self.turn}


def _start(visit: Visit, plan: FilePlan, options: ImportOptions) -> str:
    return visit.desk.start_import(visit.principal, plan.path, options)


def _mended(visit: Visit, path: Path) -> str | None:
    """Take a mended list of rejected rows in, and say what came of it; None for any other file."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            if not is_rejected_list(next(csv.reader(file), [])):
                return None
            text = path.read_text("utf-8-sig")
    except (UnicodeDecodeError, csv.Error):
        return None
    told = visit.desk.mend(visit.principal, text)
    said = f"{fixed(told['taken'], 0)} rejected rows were taken in"
    for name, words in (("rejected", "could not be"), ("unchanged", "were not mended"), ("gone", "are open no more")):
        said += f", {fixed(told[name], 0)} {words}" if told[name] else ""
    why = "; ".join(list(told["reasons"])[:3])
    return f"{said}." + (f" {why}" if why else "")


def _zones() -> list[str]:
    return sorted(name for name in known_timezones() if "/" in name and not name.startswith(("Etc/", "posix/")))


IMPORTS = Page(
    name="import",
    label="Import",
    path="/import",
    icon="import",
    order=90,
    build=build,
    has_period=False,
    skeleton=(((12, 260),),),
)

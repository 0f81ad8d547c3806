"""A button that begins learning predictions, for managers, and how far the learning is while it runs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from nicegui import ui

from deskpulse.core.errors import DeskpulseError
from deskpulse.web.visit import Visit

Json = dict[str, Any]
LOOK_SECONDS = 1.0
ACTION = "Learn from the past"
_UNDER_WAY = ("queued", "running")


class Learning:
    """The learning of one visit: `show` shows what `offer` tells anew, `done` shows the page when it has ended."""

    def __init__(self, visit: Visit, show: Callable[[], None], done: Callable[[], Awaitable[None]]) -> None:
        self._visit, self._show, self._done = visit, show, done
        self._job: Json | None = None
        self._told = ""
        self._timer = ui.timer(LOOK_SECONDS, self._look, active=False, immediate=False)

    def offer(self, action: str = ACTION) -> Json:
        """Return what a card shows of it: a button, or how far it is; nothing for who may not begin it."""
        if self._job is not None:
            doing = "Learning" if self._job["does"] == "learn" else "Measuring"
            text = self._job["text"] or ("waits" if self._job["status"] == "queued" else "begins")
            return {"action": "", "told": "", "progress": {"percent": round(100 * (self._job["fraction"] or 0.0)),
                                                           "text": f"{doing}: {text}"}}  # fmt: skip
        may = self._visit.principal.may("manager")
        return {"action": action if may else "", "told": self._told, "progress": None}

    async def follow(self) -> None:
        """Follow a learning that somebody else has begun."""
        room = self._visit.desk.predictions(self._visit.principal)
        if self._job is None and (job := await self._visit.ask(room.learning)) is not None:
            self._followed(job)

    async def begin(self, given: Json) -> None:
        """Learn all predictions of `entity`, or all."""
        room, names = self._visit.desk.predictions(self._visit.principal), given.get("names") or []
        try:
            self._followed(await self._visit.ask(room.train, [str(name)[:60] for name in names][:50]))
        except DeskpulseError as error:
            self._visit.tell(str(error))

    def _followed(self, job: Json | None) -> None:
        self._job, self._timer.active = job, job is not None
        self._show()

    async def _look(self) -> None:
        if self._job is None:
            return
        room = self._visit.desk.predictions(self._visit.principal)
        found = await self._visit.ask(room.job, self._job["job_id"])
        if found["status"] in _UNDER_WAY:
            self._followed(found)
            return
        self._told = outcome(found)
        self._followed(None)
        await self._done()


def outcome(job: Json) -> str:
    """Return a sentence on how learning ended."""
    if job["status"] == "failed":
        return f"It did not work: {job['error']}"
    if job["status"] != "done":
        return "The learning was stopped."
    found = (job["result"] or {}).get("predictions", [])
    taken = [one for one in found if one.get("is_active")]
    rest = [f"{one['name']}: {one['reason']}" for one in found if one.get("reason")]
    said = f"{len(taken)} of {len(found)} beat what was there before."
    return " ".join([said, *(rest if not taken else rest[:3])])

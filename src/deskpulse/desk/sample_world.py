"""The sample world on a desk: one world at a time, in a workspace that takes nothing else in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson

from deskpulse.control.corrections import Said
from deskpulse.control.runs import Run
from deskpulse.core.errors import ConflictError
from deskpulse.core.principal import Principal
from deskpulse.warehouse import Warehouse

if TYPE_CHECKING:
    from deskpulse.control import Control

DEMO_WORKSPACE = "demo"
SOURCE = "demo"
_CURSOR = "sample world"
"""Cursor that says which world the warehouse holds, or held a part of."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which sample world was asked for: the same again is the same rows. `until` is the day it ends at."""

    tickets: int
    seed: int
    quiet: bool
    until: datetime

    def __str__(self) -> str:
        """Return it for people."""
        quiet = ", quiet" if self.quiet else ""
        return f"{self.tickets:,} tickets up to {self.until:%Y-%m-%d}, seed {self.seed}{quiet}"

    def as_text(self) -> str:
        """Return what `read` reads back."""
        return orjson.dumps({**vars(self), "until": self.until.isoformat()}).decode()

    @classmethod
    def read(cls, text: str) -> Asked:
        """Return what `as_text` wrote."""
        told: dict[str, Any] = orjson.loads(text)
        return cls(**{**told, "until": datetime.fromisoformat(told["until"])})


def refuse_sample_world(control: Control, workspace: str) -> None:
    """Raise ConflictError when rows are to be taken into the workspace of the sample world."""
    if control.workspaces.get(workspace).kind == "demo":
        raise ConflictError(
            f"The workspace {workspace!r} holds the sample world, which nothing else is mixed with.",
            hint="Leave the workspace out for your own, or make another: deskpulse workspaces add acme.",
        )


def make_room(
    control: Control, warehouse: Warehouse, asked: Asked, undo: Callable[[str], object], by: Principal
) -> str | None:
    """Take out every row of a world other than `asked`, with what people said of its tickets; return what it was.

    None when there was no other. `undo` takes a run back. ConflictError while another world is being built.
    """
    said = warehouse.cursor(_CURSOR)
    before = Asked.read(said) if said is not None else None
    runs = [] if before == asked else list(_runs(control))
    if runs:
        _forget_words(control, by)
        for run in runs:
            undo(run.run_id)
        _forget_events(control, before or _guessed(asked, runs[-1]))
    if before != asked:
        warehouse.write(lambda transaction: transaction.set_cursor(_CURSOR, asked.as_text()))
    return None if not runs else str(before or "an earlier version")


def _runs(control: Control) -> list[Run]:
    """Return the runs that built worlds and were not taken back, newest first."""
    found, cursor = [], None
    while True:
        page = control.runs.list(DEMO_WORKSPACE, cursor=cursor)
        found += [run for run in page.items if run.source == SOURCE and run.status != "undone"]
        if (cursor := page.cursor) is None:
            return found


def _guessed(asked: Asked, first: Run) -> Asked:
    """Return a world that knows the events of one that an earlier version built on the day of `first`."""
    day = first.created_at.replace(hour=0, minute=0, second=0, microsecond=0)
    return Asked(tickets=asked.tickets, seed=asked.seed, quiet=False, until=day)


def _forget_words(control: Control, by: Principal) -> None:
    """Take back what people said of tickets: another world has others under the same ids."""
    standing = control.corrections.standing(DEMO_WORKSPACE)
    control.corrections.add(
        DEMO_WORKSPACE, [Said(ticket_id=one.ticket_id, label=one.label, value=None) for one in standing], by=by.user
    )
    while reviews := control.reviews.list(DEMO_WORKSPACE):
        for one in reviews:
            which = (DEMO_WORKSPACE, one.review_id, one.body)
            control.reviews.put(*which, act="removed", by=by.user, after=one.number)


def _forget_events(control: Control, before: Asked) -> None:
    """Forget the events that the world before knew of; those that people wrote down stay."""
    from deskpulse.demo import known_events

    its_own = {(event["name"], event["start"]) for event in known_events(before.until, quiet=before.quiet)}
    for event in control.known_events.list(DEMO_WORKSPACE):
        if (event.name, event.start) in its_own:
            control.known_events.delete(DEMO_WORKSPACE, event.event_id)

"""Pages that tell of data, and what they show while their workspace has none: what to do about it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Protocol, TypeVar

from nicegui import ui

from deskpulse.web.components.card import CardElement
from deskpulse.web.view import View
from deskpulse.web.visit import Visit
from deskpulse.web.workspaces import shown_name

DEMO = "demo"


class EmptyCard(CardElement, component="components/empty.js"):
    """Says that there is no data yet; event `demo` asks for the sample world."""


class Board(Protocol):
    """The cards of one visit to a page."""

    async def refresh(self) -> None:
        """Fill them with what the view asks for."""
        ...


B = TypeVar("B", bound=Board)


def of_data(
    make: Callable[[Visit], B], *, renew: Callable[[B], Awaitable[None]] | None = None
) -> Callable[[Visit], Awaitable[None]]:
    """Return what builds a page that tells of data: its cards, laid out by `make`; while there is none, what to do.

    `renew` is called in place of `refresh` when the data change.
    """

    async def build(visit: Visit) -> None:
        if not visit.has_data:
            show_empty(visit)
            return
        board = make(visit)
        await visit.load(board.refresh, renew=partial(renew, board) if renew else None)

    return build


def show_empty(visit: Visit) -> None:
    """Show that the workspace is empty, and the two ways on: open a file, or load the sample world."""
    has_demo = any(w["slug"] == DEMO for w in visit.desk.workspaces())
    card = EmptyCard({
        "workspace": shown_name(visit.workspace),
        "openHref": f"/import?{View().query(visit.slug)}",
        "demoHref": f"/?{View().query(DEMO)}" if has_demo else "",
        "progress": None,
    })  # fmt: skip

    async def load(event: dict[str, Any]) -> None:
        run_id = await visit.ask(visit.desk.load_demo)
        follow(visit, card, run_id)

    card.listen("demo", load)


def follow(visit: Visit, card: CardElement, run_id: str) -> None:
    """Show how far the sample world is, and go to it when it is there."""
    principal = visit.desk.principal(DEMO)

    async def look() -> None:
        run = await visit.ask(visit.desk.run, principal, run_id)
        if run["status"] == "running":
            card.show(card.content | {"progress": run["progress"] or {"fraction": None}})
            return
        timer.cancel()
        if run["status"] == "done":
            ui.navigate.to(f"/?{View().query(DEMO)}")
        else:
            card.show(card.content | {"progress": None})
            visit.tell(f"The sample world could not be built: {run['error'] or run['status']}")

    timer = ui.timer(0.5, look)

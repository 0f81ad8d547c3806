"""Tickets: the list behind every number, searched and sorted by the server, and each ticket whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from deskpulse.core.errors import DeskpulseError
from deskpulse.web.components.elements import TicketList, TicketView
from deskpulse.web.components.scorecard_elements import ReviewForm
from deskpulse.web.empty import show_empty
from deskpulse.web.model import Page
from deskpulse.web.predictions.learning import Learning
from deskpulse.web.reviews.cards import NO_REVIEW, ticket_reviews
from deskpulse.web.tickets.listing import chosen_metric, chosen_sort, heads, list_columns, list_query, row_of
from deskpulse.web.tickets.predicted import predicted_rows, similar_rows
from deskpulse.web.tickets.thread import ticket_card
from deskpulse.web.tickets.why import marked, why_rows
from deskpulse.web.view import View, counted, local_zone
from deskpulse.web.visit import Visit

CLOSED: dict[str, Any] = {"id": None, "title": "", "state": "closed"}


async def build(visit: Visit) -> None:
    """Show the list; open the ticket that the address names."""
    if not visit.has_data:
        show_empty(visit)
        return
    desk = TicketDesk(visit)
    await visit.load(desk.refresh, renew=desk.offer)
    if wanted := visit.view.own.get("ticket"):
        await desk.open({"id": wanted})


class TicketDesk:
    """The list and the open ticket of one visit."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        self.generation = 0
        self.cursor: str | None = None
        self.listed: View | None = visit.view
        columns = list_columns(None)
        self.list = TicketList(self._head(visit.view, columns) | {"state": "loading", "rows": [], "hasMore": False})
        self.panel = TicketView(CLOSED)
        with self.panel:
            self.review = ReviewForm(NO_REVIEW)
        for event, handler in (("more", self.more), ("sort", self.sort), ("search", self.search), ("open", self.open),
                               ("unmetric", self.forget_metric), ("renew", self.renew)):  # fmt: skip
            self.list.listen(event, handler)
        self.panel.listen("close", self.close)
        self.panel.listen("correct", self.correct)
        self.learning = Learning(visit, self._show_learning, self._learned)
        self.panel.listen("learn", self.learning.begin)
        self.review.listen("review", self.add_review)
        self.review.listen("unreview", self.remove_review)

    def _head(self, view: View, columns: tuple[str, ...]) -> dict[str, Any]:
        metric = chosen_metric(view)
        sort, is_down = chosen_sort(view, columns)
        return {
            "columns": heads(columns),
            "sort": sort,
            "isDown": is_down,
            "search": view.own.get("search", ""),
            "metric": metric.label if metric else "",
            "metricAbout": metric.about if metric else "",
            "generation": self.generation,
            "open": view.own.get("ticket"),
            "count": "",
            "total": 0,
        }

    async def refresh(self) -> None:
        """Show the first page of the list that the view asks for."""
        visit, view = self.visit, self.visit.view
        if self.generation and replace(view, own={**view.own, "ticket": "", "review": ""}) == self.listed:
            return  # only another ticket was opened
        page = await visit.ask(visit.desk.tickets, visit.principal, list_query(view, visit.workspace))
        if not visit.is_current(view):
            return
        self.generation += 1
        self.listed = replace(view, own={**view.own, "ticket": "", "review": ""})
        self.cursor = page.next_cursor
        columns = list_columns(chosen_metric(view))
        self.list.show(self._head(view, columns) | {
            "state": "ready",
            "rows": [row_of(row, columns, view, visit.workspace) for row in page.rows],
            "hasMore": page.next_cursor is not None,
            "total": page.total,
            "count": counted(page.total, "ticket"),
            "message": "No ticket fits. Choose a longer period, "
                       + ("search for other words, " if view.own.get("search") else "") + "or remove a filter.",
        })  # fmt: skip

    async def offer(self) -> None:
        """The data changed: a list that stands at its top is shown anew, another offers it, to keep its place."""
        self.list.run_method("outdate")

    async def renew(self, event: dict[str, Any]) -> None:
        """Show the list anew, as the browser asked for."""
        self.listed = None
        await self.refresh()

    async def more(self, event: dict[str, Any]) -> None:
        """Add the next page below."""
        if event.get("generation") != self.generation or self.cursor is None:
            return
        visit, view, generation, cursor = self.visit, self.visit.view, self.generation, self.cursor
        self.cursor = None  # asked for once, however often the browser asks
        page = await visit.ask(visit.desk.tickets, visit.principal, list_query(view, visit.workspace, cursor))
        if generation != self.generation:
            return
        self.cursor = page.next_cursor
        columns = list_columns(chosen_metric(view))
        rows = [row_of(row, columns, view, visit.workspace) for row in page.rows]
        self.list.run_method("append", generation, rows, page.next_cursor is not None)

    async def sort(self, event: dict[str, Any]) -> None:
        """Sort by another column, or the other way round."""
        name = str(event.get("sort", ""))
        columns = list_columns(chosen_metric(self.visit.view))
        if name in columns:
            now, is_down = chosen_sort(self.visit.view, columns)
            turned = not is_down if name == now else name.endswith(("_at", "_seconds", "_count", "score"))
            await self._own(sort=f"-{name}" if turned else name)

    async def search(self, event: dict[str, Any]) -> None:
        """Look for a text."""
        await self._own(search=str(event.get("text", "")).strip()[:500])

    async def forget_metric(self, event: dict[str, Any]) -> None:
        """List all tickets of the period again."""
        await self._own(metric="", sort="")

    async def open(self, event: dict[str, Any]) -> None:
        """Show a ticket at the side."""
        ticket_id = str(event.get("id", ""))[:200]
        visit = self.visit
        if self.panel.content.get("id") != ticket_id:
            self.panel.show({"id": ticket_id, "title": ticket_id, "reference": "", "state": "loading"})
            self.review.show(NO_REVIEW)
        try:
            found = await visit.ask(visit.desk.ticket, visit.principal, ticket_id)
            card = ticket_card(found, visit.workspace)
            if self.panel.content.get("why") and self.panel.content["id"] == ticket_id:
                card["why"] = self.panel.content["why"]  # stays while what changed is looked up
            self.panel.show(card)
            await self._opened(ticket_id)
            await self._show_reviews(found)
            reasons, categories = await visit.ask(self._why, ticket_id)
            if self.panel.content.get("id") != ticket_id:
                return  # closed meanwhile, or another was opened
            may = visit.principal.may("agent")
            rows = why_rows(reasons, categories, local_zone(visit.workspace), may_correct=may)
            card |= {"why": rows, "thread": marked(card["thread"], found, reasons)}
            self.panel.show(card)
            await self._show_predicted(ticket_id, card)
        except DeskpulseError as error:
            self.panel.show({"id": ticket_id, "title": ticket_id, "reference": "", "state": "error",
                             "message": str(error)})  # fmt: skip
            await self._opened(ticket_id)

    async def _opened(self, ticket_id: str) -> None:
        await self._own(ticket=ticket_id)
        self.list.show(self.list.content | {"open": ticket_id})

    def _why(self, ticket_id: str) -> tuple[dict[str, Any], list[str]]:
        desk, principal = self.visit.desk, self.visit.principal
        known = desk.dimension_values(principal, "category")
        return desk.labels(principal).reasons(ticket_id), [str(one["value"]) for one in known if one["value"]]

    async def _show_reviews(self, ticket: dict[str, Any]) -> None:
        visit, principal = self.visit, self.visit.principal
        reviews = visit.desk.reviews(principal)
        form, found = await visit.ask(lambda: (reviews.form(), reviews.list(ticket_id=ticket["ticket_id"])))
        if self.panel.content.get("id") == ticket["ticket_id"]:
            self.review.show(ticket_reviews(
                form, found, ticket, visit.workspace, me=principal.user, may_review=principal.may("analyst"),
                may_manage=principal.may("manager"), is_open=bool(visit.view.own.get("review")),
            ))  # fmt: skip

    async def add_review(self, event: dict[str, Any]) -> None:
        """Keep a review that a person made by the form; what the browser sends is checked by the room."""
        chosen = self.visit.view.own.get("review")
        ticket_id = str(event.get("ticket", ""))[:500]
        given = {"ticket_id": ticket_id, "answers": event.get("answers"), "comment": str(event.get("comment") or ""),
                 "chosen": chosen if chosen != "open" else None}  # fmt: skip
        await self._reviewed(ticket_id, self.visit.desk.reviews(self.visit.principal).add, given)

    async def remove_review(self, event: dict[str, Any]) -> None:
        """Take a review back."""
        remove = self.visit.desk.reviews(self.visit.principal).remove
        await self._reviewed(str(event.get("ticket", "")), remove, str(event.get("review", ""))[:60])

    async def _reviewed(self, ticket_id: str, act: Callable[[Any], Any], given: Any) -> None:
        visit = self.visit
        try:
            await visit.ask(act, given)
            await self._own(review="open")
            await self._show_reviews(await visit.ask(visit.desk.ticket, visit.principal, ticket_id))
        except DeskpulseError as error:
            self.panel.show(self.panel.content | {"problem": str(error)})

    async def _show_predicted(self, ticket_id: str, card: dict[str, Any]) -> None:
        """Add what is predicted of a ticket, and alike ones; where nothing is learned, the way to learn it."""
        found = await self.visit.ask(self.visit.desk.predictions(self.visit.principal).ticket, ticket_id)
        learn = None
        if found["not_learned"] and not found["learned"]:
            await self.learning.follow()
            learn = self.learning.offer()
        if self.panel.content.get("id") == ticket_id:
            similar = similar_rows(found, self.visit.workspace)
            self.panel.show({**card, "predicted": predicted_rows(found), "similar": similar, "learn": learn})

    def _show_learning(self) -> None:
        if self.panel.content.get("learn"):
            self.panel.show(self.panel.content | {"learn": self.learning.offer()})

    async def _learned(self) -> None:
        if (open_id := self.panel.content.get("id")) is not None:
            await self._show_predicted(open_id, {k: v for k, v in self.panel.content.items() if k != "learn"})

    async def correct(self, event: dict[str, Any]) -> None:
        """Keep what a person says of a label, and show the ticket as it is then."""
        value = event.get("value")
        given = {"ticket_id": str(event.get("id", ""))[:500], "label": str(event.get("label", "")),
                 "value": None if value is None else str(value)[:200]}  # fmt: skip
        try:
            await self.visit.ask(self.visit.desk.labels(self.visit.principal).correct, [given])
        except DeskpulseError as error:
            self.panel.show(self.panel.content | {"problem": str(error)})
            return
        await self.open({"id": given["ticket_id"]})

    async def close(self, event: dict[str, Any]) -> None:
        """Close the open ticket."""
        self.panel.show(CLOSED)
        await self._own(ticket="", review="")
        self.list.show(self.list.content | {"open": None})

    async def _own(self, **changes: str) -> None:
        view = self.visit.view
        own = {name: value for name, value in {**view.own, **changes}.items() if value}
        await self.visit.change(replace(view, own=own))


TICKETS = Page(
    name="tickets",
    label="Tickets",
    path="/tickets",
    icon="tickets",
    order=20,
    build=build,
    skeleton=(((12, 640),),),
)

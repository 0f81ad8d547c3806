"""What is said of texts, why, and what people say instead, as API, pages, Python and terminal ask for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from deskpulse.core.errors import ForbiddenError, InputError
from deskpulse.core.principal import Principal
from deskpulse.enrich.catalog import run_steps
from deskpulse.enrich.reasons import LABELS, reasons_of
from deskpulse.ingest.asking import learned_for
from deskpulse.ingest.context import ImportContext
from deskpulse.ingest.correction_room import CorrectionRoom, correction_dict
from deskpulse.ingest.given import given_by_source
from deskpulse.ingest.reasons import customers_texts, escalation_reason, ticket_reasons

if TYPE_CHECKING:
    from deskpulse.desk import Desk

Json = dict[str, Any]
TEXT_MAX_CHARS = 100_000
"""A longer text that somebody types in is refused; imported texts have no such limit."""


class Labels:
    """The labels of one workspace, for one principal."""

    def __init__(self, desk: Desk, context: ImportContext, principal: Principal) -> None:
        self._desk = desk
        self._context = context
        self._principal = principal
        self._corrections = CorrectionRoom(context)

    def explain(self, text: str) -> Json:
        """Return what is said of a text as of a ticket's, and why."""
        if len(text) > TEXT_MAX_CHARS:
            raise InputError(f"A text may have {TEXT_MAX_CHARS:,} characters here.", hint="Import longer ones.")
        (found,) = reasons_of([text], taxonomy=self._context.taxonomy, learned=learned_for(self._context, "tickets"))
        (kinds,) = run_steps([text], ["escalation"])["escalation"]
        escalation = escalation_reason(kinds or (), {"text": text})
        return {"labels": [*(found[label].as_dict() for label in LABELS), *([escalation] if escalation else [])]}

    def reasons(self, ticket_id: str) -> Json:
        """Return why a ticket has its labels, by its texts as this principal may read them."""
        ticket = self._desk.ticket(self._principal, ticket_id)
        read = {
            table: partial(reasons_of, taxonomy=self._context.taxonomy, learned=learned_for(self._context, table))
            for table in ("tickets", "messages")
        }
        with self._context.warehouse.reader() as reader:
            given = [name for name, by in given_by_source(reader, "tickets").items() if ticket.get("source") in by]
        found = ticket_reasons(ticket, read["tickets"], read["messages"], given=given)
        standing = self._context.control.corrections.of_tickets(self._context.workspace, [ticket_id])
        told = {one.label: correction_dict(one) for one in standing}
        labels = [{**found[label], "correction": told.get(label)} for label in LABELS]
        for one in labels:
            if one["correction"]:
                one.update(by="person", words=[], ranked=[], confidence=None)
        if escalation := escalation_reason(ticket["escalation"] or (), customers_texts(ticket)):
            labels.append(escalation | {"correction": None})
        return {"ticket_id": ticket_id, "labels": labels}

    def correct(self, corrections: Sequence[Mapping[str, Any]]) -> Json:
        """Correct labels of tickets; see `CorrectionRoom.correct`. Who sees some tickets only corrects those only."""
        if self._principal.row_filters:
            for one in corrections:
                self._desk.ticket(self._principal, str(one.get("ticket_id")))
        return self._corrections.correct(corrections)

    def corrections(
        self, *, label: str | None = None, ticket_id: str | None = None, before: int | None = None, limit: int = 50
    ) -> Json:
        """Return what people said of labels, the latest first."""
        if self._principal.row_filters:
            if ticket_id is None:
                raise ForbiddenError("You see some tickets only.", hint="Ask for the corrections of one ticket.")
            self._desk.ticket(self._principal, ticket_id)
        return self._corrections.list(label=label, ticket_id=ticket_id, before=before, limit=limit)

    def measures(self) -> Json:
        """Return how right labels were by people's word."""
        return self._corrections.measures()

"""Quality reviews as API, pages, Python and terminal ask for them: of tickets that this principal may see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from deskpulse.core.errors import ForbiddenError
from deskpulse.core.principal import Principal
from deskpulse.ingest.context import ImportContext
from deskpulse.ingest.reviews.room import ReviewRoom
from deskpulse.insights.reviews.room import SampleRoom
from deskpulse.metrics.masking import shown

if TYPE_CHECKING:
    from deskpulse.desk import Desk

Json = dict[str, Any]


class Reviews:
    """The quality reviews of one workspace, for one principal."""

    def __init__(self, desk: Desk, context: ImportContext, principal: Principal) -> None:
        self._desk, self._principal = desk, principal
        self._room = ReviewRoom(context)

    def form(self) -> Json:
        """Return the form of new reviews."""
        return self._room.form()

    def set_form(self, criteria: Any, note: str = "") -> Json:
        """Let new reviews be made by other criteria; None: the default ones."""
        return self._room.set_form(criteria, note)

    def sample(self, spec: Json | None = None) -> Json:
        """Return tickets to review; see `SampleRoom.sample`."""
        return SampleRoom(self._desk, self._principal).sample(spec)

    def add(self, review: Mapping[str, Any]) -> Json:
        """Review a ticket; see `ReviewRoom.add`."""
        self._desk.ticket(self._principal, str(review.get("ticket_id")))
        return self._shown(self._room.add(review))

    def get(self, review_id: str) -> Json:
        """Return a review with what was done to it."""
        return self._shown(self._seen(review_id))

    def correct(self, review_id: str, changes: Mapping[str, Any]) -> Json:
        """Change answers or comment of a review."""
        self._seen(review_id)
        return self._shown(self._room.correct(review_id, changes))

    def remove(self, review_id: str) -> Json:
        """Take a review out of lists and metrics."""
        self._seen(review_id)
        return self._room.remove(review_id)

    def respond(self, review_id: str, status: str, note: str = "") -> Json:
        """Keep that the agent has acknowledged or disputes a review."""
        self._seen(review_id)
        return self._shown(self._room.respond(review_id, status, note))

    def list(
        self, *, ticket_id: str | None = None, agent: str | None = None, reviewer: str | None = None,
        before: int | None = None, limit: int = 50,
    ) -> Json:  # fmt: skip
        """Return reviews, changed last first."""
        if self._principal.row_filters:
            if ticket_id is None:
                raise ForbiddenError("You see some tickets only.", hint="Ask for the reviews of one ticket.")
            self._desk.ticket(self._principal, ticket_id)
        found = self._room.list(ticket_id=ticket_id, agent=agent, reviewer=reviewer, before=before, limit=limit)
        return found | {"reviews": [self._shown(one) for one in found["reviews"]]}

    def _seen(self, review_id: str) -> Json:
        """Return a review of a ticket that the principal may see; NotFoundError for any other."""
        found = self._room.get(review_id)
        if self._principal.row_filters:
            self._desk.ticket(self._principal, found["ticket_id"])
        return found

    def _shown(self, review: Json) -> Json:
        """Return a review as the principal may read it: remarks may hold what customers wrote."""
        told = shown({"comment": review["comment"]}, self._principal)
        said = review["response"]
        if said is not None:
            said = said | {"note": shown({"comment": said["note"]}, self._principal)["comment"]}
        return {**review, **told, "response": said}

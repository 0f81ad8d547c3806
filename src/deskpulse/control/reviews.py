"""Quality reviews that people make: one row an act, never changed but for which is the latest of its review."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, insert, select, update

from deskpulse.control.repository import Repository, checked
from deskpulse.control.schema import NAME_CHARS, SLUG_CHARS, ReviewTable
from deskpulse.core.clock import now
from deskpulse.core.errors import ConflictError, InputError, NotFoundError
from deskpulse.core.events import bus


@dataclass(frozen=True, kw_only=True)
class ReviewAct:
    """What somebody did to a review: made, corrected, answered or removed it. `body` is the review after it.

    `number` grows with every act in the whole database.
    """

    number: int
    review_id: str
    ticket_id: str
    agent: str
    reviewer: str
    is_removed: bool
    body: Mapping[str, Any]
    act: str
    acted_at: datetime
    acted_by: str


class Reviews(Repository):
    """The reviews of workspaces. `by` names who does it."""

    def put(
        self, workspace: str, review_id: str, body: Mapping[str, Any], *, act: str, by: str, after: int | None = None
    ) -> ReviewAct:
        """Keep an act; `body` has ticket_id, agent and reviewer. With `after` None the review is new.

        ConflictError when it has changed since act `after`, or when this reviewer has one of the ticket and agent.
        """
        values: dict[str, Any] = {
            "workspace": workspace, "review_id": checked("The review's id", review_id, SLUG_CHARS),
            "ticket_id": checked("The ticket's id", body["ticket_id"]), "agent": checked("The agent", body["agent"]),
            "reviewer": checked("The reviewer", body["reviewer"], NAME_CHARS), "is_latest": True,
            "is_removed": act == "removed", "body": dict(body), "act": act, "acted_at": now(), "acted_by": by,
        }  # fmt: skip
        mine = ReviewTable.workspace == workspace
        with self._database.write(workspace) as connection:
            # Held, so that numbers become visible in their order: whoever applies them remembers the last.
            self._database.hold(connection, f"reviews:{workspace}")
            if after is None:
                same = (
                    mine,
                    ReviewTable.is_latest,
                    ~ReviewTable.is_removed,
                    *(getattr(ReviewTable, name) == values[name] for name in ("ticket_id", "agent", "reviewer")),
                )
                if known := connection.execute(select(ReviewTable.review_id).where(*same)).scalar():
                    raise ConflictError(f"You have reviewed this agent's work on the ticket already: {known}.",
                                        hint="Correct that review instead.", review_id=known)  # fmt: skip
            else:
                this = (mine, ReviewTable.review_id == review_id, ReviewTable.is_latest)
                if connection.execute(select(ReviewTable.number).where(*this)).scalar() != after:
                    raise ConflictError(f"Review {review_id} has just been changed by somebody else.",
                                        hint="Look at it again, then repeat what you did.")  # fmt: skip
                connection.execute(update(ReviewTable).where(*this).values(is_latest=False))
            number = connection.execute(insert(ReviewTable).values(**values).returning(ReviewTable.number)).scalar()
        bus.announce("reviews.changed", workspace, review=review_id)
        kept = {name: value for name, value in values.items() if name not in ("workspace", "is_latest")}
        return ReviewAct(number=int(number or 0), **kept)

    def get(self, workspace: str, review_id: str) -> ReviewAct:
        """Return a review as it stands; NotFoundError when there is none, or it was removed."""
        found = self._read(_mine(workspace).where(ReviewTable.review_id == review_id, ReviewTable.is_latest))
        if not found or found[0].is_removed:
            raise NotFoundError(f"There is no review {review_id!r}.", hint="deskpulse reviews list shows them.")
        return found[0]

    def history(self, workspace: str, review_id: str) -> list[ReviewAct]:
        """Return all acts on a review, the first first."""
        return self._read(_mine(workspace).where(ReviewTable.review_id == review_id).order_by(ReviewTable.number))

    def last(self, workspace: str) -> int:
        """Return the number of the latest act; 0 when there is none."""
        statement = select(func.max(ReviewTable.number)).where(ReviewTable.workspace == workspace)
        with self._database.read() as connection:
            return connection.execute(statement).scalar() or 0

    def changed(self, workspace: str, after: int, most: int) -> list[ReviewAct]:
        """Return the latest acts of reviews behind number `after`, at most so many, in order."""
        behind = _mine(workspace).where(ReviewTable.is_latest, ReviewTable.number > after)
        return self._read(behind.order_by(ReviewTable.number).limit(most))

    def _read(self, statement: Select[*tuple[Any, ...]]) -> list[ReviewAct]:
        with self._database.read() as connection:
            return [_act(row) for row in connection.execute(statement).all()]

    def list(
        self, workspace: str, *, limit: int = 50, before: int | None = None, ticket_id: str | None = None,
        agent: str | None = None, reviewer: str | None = None,
    ) -> list[ReviewAct]:  # fmt: skip
        """Return the reviews that stand, changed last first; of a ticket, agent or reviewer; behind act `before`."""
        if limit < 1:
            raise InputError(f"A page cannot hold {limit} rows.", hint="Ask for 1 or more.")
        statement = _mine(workspace).where(ReviewTable.is_latest, ~ReviewTable.is_removed)
        if before is not None:
            statement = statement.where(ReviewTable.number < before)
        for column, value in (
            (ReviewTable.ticket_id, ticket_id), (ReviewTable.agent, agent), (ReviewTable.reviewer, reviewer),
        ):  # fmt: skip
            if value is not None:
                statement = statement.where(column == value)
        return self._read(statement.order_by(ReviewTable.number.desc()).limit(limit))


_COLUMNS = tuple(c for c in ReviewTable.__table__.columns if c.name not in ("workspace", "is_latest"))


def _mine(workspace: str) -> Select[*tuple[Any, ...]]:
    return select(*_COLUMNS).where(ReviewTable.workspace == workspace)


def _act(row: Row[*tuple[Any, ...]]) -> ReviewAct:
    return ReviewAct(**row._mapping)

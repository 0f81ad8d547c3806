"""Corrections: what people said of labels, one row an act, never changed; the latest of a ticket's label counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, insert, select

from deskpulse.control.repository import Repository, checked
from deskpulse.control.schema import KEY_CHARS, NAME_CHARS, SLUG_CHARS, CorrectionTable
from deskpulse.core.clock import now
from deskpulse.core.errors import InputError
from deskpulse.core.events import bus

_AT_ONCE = 400
"""Ids asked for in one statement."""


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a person says of a ticket's label. `value` None takes back what was said before.

    `old_value` is what the label was, by `old_by` ("words", "taxonomy", "model 2", "source", "person"). `finer` is the
    subcategory.
    """

    ticket_id: str
    label: str
    value: str | None
    finer: str | None = None
    old_value: str | None = None
    old_by: str | None = None


@dataclass(frozen=True, kw_only=True)
class Correction(Said):
    """The same as kept: `number` grows with every act in the whole database."""

    number: int
    corrected_at: datetime
    corrected_by: str


class Corrections(Repository):
    """The corrections of workspaces. `by` names who does it."""

    def add(self, workspace: str, said: Sequence[Said], *, by: str) -> int:
        """Keep what was said, in order; return how many. InputError for a name that is empty or too long."""
        moment = now()
        rows = [
            {
                "workspace": workspace, "ticket_id": checked("The ticket's id", one.ticket_id),
                "label": checked("The label", one.label, SLUG_CHARS),
                "value": None if one.value is None else checked("The value", one.value, NAME_CHARS),
                "finer": None if one.finer is None else checked("The subcategory", one.finer, NAME_CHARS),
                "old_value": None if one.old_value is None else one.old_value[:KEY_CHARS], "old_by": one.old_by,
                "corrected_at": moment, "corrected_by": by,
            }
            for one in said
        ]  # fmt: skip
        if rows:
            with self._database.write(workspace) as connection:
                # Held, so that numbers become visible in their order: whoever applies them remembers the last.
                self._database.hold(connection, f"corrections:{workspace}")
                connection.execute(insert(CorrectionTable), rows)
            bus.announce("corrections.changed", workspace, corrections=len(rows))
        return len(rows)

    def last(self, workspace: str) -> int:
        """Return the number of the latest act; 0 when there is none."""
        statement = select(func.max(CorrectionTable.number)).where(CorrectionTable.workspace == workspace)
        with self._database.read() as connection:
            return connection.execute(statement).scalar() or 0

    def touched(self, workspace: str, after: int, most: int) -> tuple[list[str], int]:
        """Return the tickets of the next acts behind number `after` (at most so many acts), and the last number."""
        columns = (CorrectionTable.ticket_id, CorrectionTable.number)
        statement = select(*columns).where(CorrectionTable.workspace == workspace, CorrectionTable.number > after)
        with self._database.read() as connection:
            rows = connection.execute(statement.order_by(CorrectionTable.number).limit(most)).all()
        return sorted({row.ticket_id for row in rows}), rows[-1].number if rows else after

    def of_tickets(self, workspace: str, ticket_ids: Sequence[str]) -> list[Correction]:
        """Return what counts of these tickets: the latest act of each label, unless it took the one before back."""
        found: list[Correction] = []
        for start in range(0, len(ticket_ids), _AT_ONCE):
            some = CorrectionTable.ticket_id.in_(ticket_ids[start : start + _AT_ONCE])
            found += self._read(_mine(workspace).where(some))
        return _standing(found)

    def standing(self, workspace: str) -> tuple[Correction, ...]:
        """Return all that counts now, in order of ticket."""
        return tuple(_standing(self._read(_mine(workspace))))

    def history(self, workspace: str) -> tuple[Correction, ...]:
        """Return all acts in order."""
        return tuple(self._read(_mine(workspace)))

    def _read(self, statement: Select[*tuple[Any, ...]]) -> list[Correction]:
        with self._database.read() as connection:
            return [_correction(row) for row in connection.execute(statement).all()]

    def list(
        self,
        workspace: str,
        *,
        limit: int = 50,
        before: int | None = None,
        label: str | None = None,
        ticket_id: str | None = None,
    ) -> list[Correction]:
        """Return acts, the latest first; of one label or ticket, when named; older than number `before`."""
        if limit < 1:
            raise InputError(f"A page cannot hold {limit} rows.", hint="Ask for 1 or more.")
        statement = select(*_COLUMNS).where(CorrectionTable.workspace == workspace)
        if before is not None:
            statement = statement.where(CorrectionTable.number < before)
        if label is not None:
            statement = statement.where(CorrectionTable.label == label)
        if ticket_id is not None:
            statement = statement.where(CorrectionTable.ticket_id == ticket_id)
        return self._read(statement.order_by(CorrectionTable.number.desc()).limit(limit))


_COLUMNS = tuple(column for column in CorrectionTable.__table__.columns if column.name != "workspace")


def _mine(workspace: str) -> Select[*tuple[Any, ...]]:
    return select(*_COLUMNS).where(CorrectionTable.workspace == workspace).order_by(CorrectionTable.number)


def _correction(row: Row[*tuple[Any, ...]]) -> Correction:
    return Correction(**row._mapping)


def _standing(acts: list[Correction]) -> list[Correction]:
    """Return the latest act of each ticket's label, those that only took one back left out; `acts` are in order."""
    latest = {(one.ticket_id, one.label): one for one in acts}
    kept = [one for one in latest.values() if one.value is not None]
    return sorted(kept, key=lambda one: (one.ticket_id, one.label))

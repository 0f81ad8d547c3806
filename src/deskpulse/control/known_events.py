"""What a workspace knows to have happened or to come: deploys, campaigns, price changes, outages, holidays, …"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select

from deskpulse.control.database import Database
from deskpulse.control.repository import Repository
from deskpulse.control.schema import KnownEventTable
from deskpulse.core.errors import ConflictError, LimitError, NotFoundError
from deskpulse.core.events import bus

KINDS = ("deploy", "campaign", "launch", "price_change", "outage", "holiday", "staffing", "other")


@dataclass(frozen=True, kw_only=True)
class KnownEvent:
    """One known event, in local time of the workspace: days (2026-11-04) or moments (2026-11-04T08:00).

    `end` is not included; None: the day `start`, or the moment alone. `where`: the filter of what it touches, empty
    for all. `ignore`: its days teach forecasts nothing. `repeats_yearly`: it is the same every year.
    """

    event_id: str
    name: str
    kind: str
    start: str
    end: str | None
    where: str
    note: str
    repeats_yearly: bool
    ignore: bool
    written_by: str
    written_at: datetime


class KnownEvents(Repository):
    """The known events of workspaces, by their start; a name stands at a start once."""

    def __init__(self, database: Database, *, most: int) -> None:
        super().__init__(database)
        self._most = most

    def save(self, workspace: str, events: Sequence[KnownEvent]) -> None:
        """Keep all of `events` or none, each in place of the one of its id; NotFoundError without the workspace.

        ConflictError: another has its name and start. LimitError: known_events_most.
        """
        table = KnownEventTable
        with self._database.write(workspace) as connection:
            self._database.hold(connection, f"known events of {workspace}")
            found = connection.execute(select(*_COLUMNS).where(table.workspace == workspace)).all()
            kept = {row.event_id: (row.name, row.start) for row in found}
            kept |= {one.event_id: (one.name, one.start) for one in events}
            if len(kept) > max(self._most, len(found)):
                raise LimitError(f"A workspace has at most {self._most:,} known events.", setting="known_events_most")
            places: dict[tuple[str, str], str] = {}
            for event_id, place in kept.items():
                if places.setdefault(place, event_id) != event_id:
                    raise ConflictError(f"There is an event {place[0]!r} at {place[1]} already.",
                                        hint="Change that one, or give this one another name.")  # fmt: skip
            for one in events:
                values = {name: value for name, value in vars(one).items() if name != "event_id"}
                self._database.put(connection, table, {"workspace": workspace, "event_id": one.event_id}, values)
        if events:
            bus.announce("known_events.changed", workspace, count=len(events))

    def list(self, workspace: str) -> tuple[KnownEvent, ...]:
        """Return the events by start and name."""
        return self._database.remembered.get(("known events", workspace), lambda: self._read(workspace))

    def get(self, workspace: str, event_id: str) -> KnownEvent:
        """Return one; NotFoundError when this workspace has none of that id."""
        for one in self.list(workspace):
            if one.event_id == event_id:
                return one
        raise NotFoundError(f"There is no known event {event_id!r}.", hint="deskpulse events list shows them.")

    def delete(self, workspace: str, event_id: str) -> bool:
        """Forget an event; return whether there was one."""
        table = KnownEventTable
        with self._database.write(workspace) as connection:
            which = (table.workspace == workspace) & (table.event_id == event_id)
            is_gone = connection.execute(delete(table).where(which)).rowcount == 1
        if is_gone:
            bus.announce("known_events.changed", workspace, count=1)
        return is_gone

    def _read(self, workspace: str) -> tuple[KnownEvent, ...]:
        statement = select(*_COLUMNS).where(KnownEventTable.workspace == workspace)
        with self._database.read() as connection:
            rows = connection.execute(statement.order_by(KnownEventTable.start, KnownEventTable.name)).all()
        return tuple(KnownEvent(**row._mapping) for row in rows)


_COLUMNS = tuple(column for column in KnownEventTable.__table__.columns if column.name != "workspace")

"""What goes wrong in the sample world, and by how much: the data shows it, nothing else tells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

OFFICE = ZoneInfo("Europe/Berlin")
"""Where the makers of the lamps sit."""

OUTAGE_VOLUME = 6.0
OUTAGE_HOURS = 9
OUTAGE_REPLY = 2.5
PRICE_BILLING = 2.2
PRICE_CSAT = -0.25
PRICE_DAYS = 35
SLOW_REPLY = 2.0
SLOW_DAYS = 42


@dataclass(frozen=True, kw_only=True)
class Incident:
    """One incident: when it was, what caused it, and what it does to which number by what factor or difference.

    `measure` says how the effect is counted; `kind` is "times" for a factor on what is usual, "plus" for a difference.
    """

    name: str
    about: str
    cause: str
    start: datetime
    end: datetime
    measure: str
    kind: str
    effect: float


@dataclass(frozen=True)
class Timeline:
    """The world's span and its incidents; in a quiet world none of them happens (None)."""

    start: datetime
    end: datetime
    outage: datetime | None = None
    price: datetime | None = None
    slow: datetime | None = None
    silent: datetime | None = None
    left: datetime | None = None

    @property
    def launch(self) -> datetime:
        """When the second brand came: before, it has no tickets at all."""
        return self.end - timedelta(days=365)


def timeline(until: datetime, *, quiet: bool) -> Timeline:
    """Return the eighteen months before `until` (aware)."""
    until = until.astimezone(UTC)
    month = until.year * 12 + until.month - 1 - 18
    start = until.replace(year=month // 12, month=month % 12 + 1, day=min(until.day, 28))
    if quiet:
        return Timeline(start, until)
    return Timeline(
        start, until,
        outage=_workday(until, 17, 9), price=_workday(until, 110, 0), slow=_workday(until, 190, 0),
        silent=_workday(until, 45, 0), left=_workday(until, 240, 17),
    )  # fmt: skip


def _workday(until: datetime, days: int, hour: int) -> datetime:
    """Return the hour at the office on the Tuesday to Thursday at least `days` before `until`, no holiday."""
    day = (until - timedelta(days=days)).astimezone(OFFICE).date()
    while day.weekday() not in (1, 2, 3) or (day.month, day.day) in ((12, 24), (12, 25), (12, 26), (12, 31), (1, 1)):
        day -= timedelta(days=1)
    return datetime(day.year, day.month, day.day, hour, tzinfo=OFFICE).astimezone(UTC)


def incidents(line: Timeline) -> tuple[Incident, ...]:
    """Return the incidents of a timeline, oldest first."""
    if not (line.outage and line.price and line.slow and line.silent and line.left):
        return ()
    return (
        Incident(
            name="leaver", about="An agent of the first line in Europe leaves; open tickets go to colleagues.",
            cause="The agent's row has left_at; ticket_events tell the handoffs of that afternoon.",
            start=line.left, end=line.left + timedelta(hours=1),
            measure="tickets created after `end` that carry the agent, against before", kind="times", effect=0.0,
        ),
        Incident(
            name="slow_team", about="The logistics team answers slowly for six weeks.",
            cause="Half of the team is away: the roster says leave.",
            start=line.slow, end=line.slow + timedelta(days=SLOW_DAYS),
            measure="mean seconds to the first reply of its tickets, against the six weeks before",
            kind="times", effect=SLOW_REPLY,
        ),
        Incident(
            name="price_change", about="New prices: twice as many tickets about billing for five weeks.",
            cause="A help article announces the new price list on the day it starts.",
            start=line.price, end=line.price + timedelta(days=PRICE_DAYS),
            measure="tickets with the category billing, against the five weeks before",
            kind="times", effect=PRICE_BILLING,
        ),
        Incident(
            name="price_csat", about="New prices: unhappy answers about billing for five weeks.",
            cause="The same price list.",
            start=line.price, end=line.price + timedelta(days=PRICE_DAYS),
            measure="share of good scores (4 or 5) of billing tickets, against other times",
            kind="plus", effect=PRICE_CSAT,
        ),
        Incident(
            name="silent_channel", about="No chat at all for a day.",
            cause="A help article says that the certificate of the chat window had run out.",
            start=line.silent, end=line.silent + timedelta(days=1),
            measure="chats of that day, against other days", kind="times", effect=0.0,
        ),
        Incident(
            name="outage", about="Nothing loads for nine hours; everybody writes.",
            cause="A help article reports the failed data store; the first tickets are linked to a problem ticket.",
            start=line.outage, end=line.outage + timedelta(hours=OUTAGE_HOURS),
            measure="tickets in these hours, against the same hours of the weeks around",
            kind="times", effect=OUTAGE_VOLUME,
        ),
    )  # fmt: skip

"""Tickets made by hand: each is a trap that numbers fall into, with a name under which it is found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl

from deskpulse.demo import cast
from deskpulse.demo.block import World
from deskpulse.demo.incidents import OFFICE
from deskpulse.warehouse.schema import ENTITIES
from deskpulse.warehouse.table import Kind

GONE = (cast.DELETED, "Rosa Delacroix")
"""An agent who wrote replies, but whose row is deleted."""
_DTYPES: dict[Kind, pl.DataType] = {
    "text": pl.String(), "texts": pl.List(pl.String()), "int": pl.Int64(), "float": pl.Float64(), "bool": pl.Boolean(),
    "time": pl.Datetime("us", "UTC"), "date": pl.Date(), "json": pl.String(),
}  # fmt: skip


@dataclass(frozen=True)
class Trap:
    """A trap: its name, what it is, and the source's ids of the tickets that show it."""

    name: str
    about: str
    ticket_ids: tuple[str, ...]


@dataclass
class _Case:
    """One ticket as it is told; rows by table."""

    world: World
    ticket_id: str
    created: datetime
    team: int = 0
    channel: str = "email"
    agent: tuple[str, str] = ("", "")
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    given: dict[str, Any] = field(default_factory=dict)
    status: str = "new"

    def __post_init__(self) -> None:
        crew = self.world.crew
        member = int(crew.of_team(self.team)[0])
        self.agent = self.agent if self.agent[0] else (crew.ids[member], crew.names[member])
        self.updated = self.created

    def add(self, table: str, key: str, when: datetime, **values: Any) -> None:
        """Add a row that belongs to the ticket."""
        rows = self.rows.setdefault(table, [])
        rows.append({key: f"{self.ticket_id}-{table[0]}{len(rows) + 1}", "ticket_id": self.ticket_id, **values})
        self.updated = max(self.updated, when)

    def says(self, kind: str, when: datetime, body: str, *, author: tuple[str, str] | None = None) -> None:
        """Add a public message by a customer, an agent or the bot."""
        who = author or {"customer": ("c1", self.customer), "agent": self.agent, "bot": cast.BOTS[0]}[kind]
        self.add(
            "messages", "message_id", when, sent_at=when, author_kind=kind, author_id=who[0], author=who[1],
            is_public=True, channel=self.channel, body=body,
        )  # fmt: skip

    def event(self, name: str, when: datetime, value: str | None, kind: str = "agent") -> None:
        """Add a change of a field."""
        old = self.status if name == "status" else None
        who = self.agent if kind == "agent" else ("c1", self.customer)
        self.add(
            "ticket_events", "event_id", when, happened_at=when, field=name, old_value=old, new_value=value,
            actor_kind=kind, actor_id=who[0], actor=who[1],
        )  # fmt: skip
        if name == "status" and value is not None:
            self.status = value

    @property
    def customer(self) -> str:
        """The name of the world's first customer."""
        people = self.world.people
        return f"{cast.FIRST[int(people.first_name[0])]} {cast.LAST[int(people.last_name[0])]}"

    def finished(self, subject: str) -> dict[str, list[dict[str, Any]]]:
        """Return all rows, the ticket's own among them."""
        self.rows["tickets"] = [
            {
                "ticket_id": self.ticket_id, "subject": subject, "channel": self.channel, "status": self.status,
                "priority": "normal", "category": "documentation", "tags": [], "customer_id": "c1",
                "customer": self.customer, "agent_id": self.agent[0], "agent": self.agent[1],
                "team_id": f"t{self.team + 1}", "team": cast.TEAMS[self.team].name, "brand": cast.BRANDS[0],
                "created_at": self.created, "updated_at": self.updated, "is_spam": False, **self.given,
            }
        ]  # fmt: skip
        return self.rows


def _office(day: date, hour: int, minute: int, *, fold: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, fold=fold, tzinfo=OFFICE).astimezone(UTC)


def _last_sunday(world: World, month: int) -> date:
    """Return the latest last Sunday of `month` that lies well within the world."""
    for year in (world.line.end.year, world.line.end.year - 1):
        day = date(year, month, 31 if month in (3, 10) else 30)
        day -= timedelta(days=(day.weekday() + 1) % 7)
        if world.line.start.date() + timedelta(days=20) < day < world.line.end.date() - timedelta(days=20):
            return day
    raise AssertionError("eighteen months hold each month once at least")


def _plain(case: _Case, reply_after: timedelta, solved_after: timedelta) -> None:
    case.says("customer", case.created, "How do I copy a scene to the hall?")
    case.says("agent", case.created + reply_after, "Hold the scene, choose Copy, then tap the hall.")
    case.event("status", case.created + solved_after, "solved")


def _spring(case: _Case) -> str:
    case.created = _office(_last_sunday(case.world, 3), 1, 30)
    _plain(case, timedelta(hours=1), timedelta(hours=2))
    return "Written half an hour before the clocks jump from two to three"


def _autumn(case: _Case) -> str:
    case.created = _office(_last_sunday(case.world, 10), 2, 30, fold=0)
    _plain(case, timedelta(hours=1), timedelta(hours=2))
    return "Asked at half past two, answered at half past two an hour later"


def _holiday(case: _Case) -> str:
    year = next(y for y in (case.world.line.end.year, case.world.line.end.year - 1)
                if _office(date(y, 12, 30), 0, 0) < case.world.line.end)  # fmt: skip
    case.created = _office(date(year, 12, 25), 10, 0)
    _plain(case, timedelta(days=3), timedelta(days=3, hours=1))
    return "Written on the first day of Christmas"


def _night(case: _Case) -> str:
    case.created = _office(case.created.date(), 23, 30)
    _plain(case, timedelta(hours=2, minutes=40), timedelta(hours=3))
    return "Written before midnight, answered by the same shift after it"


def _reopened(case: _Case) -> str:
    _plain(case, timedelta(hours=1), timedelta(hours=2))
    case.says("customer", case.created + timedelta(days=1), "It worked for a day, now the scene is gone again.")
    case.event("status", case.created + timedelta(days=1), "open", "customer")
    case.says("agent", case.created + timedelta(days=1, hours=3), "The hub had lost it; I stored it anew.")
    case.event("status", case.created + timedelta(days=1, hours=3), "solved")
    return "Solved, back after a day, solved again"


def _bot_first(case: _Case) -> str:
    case.channel = "chat"
    case.says("customer", case.created, "Is anybody there? My hall stays dark.")
    case.says("bot", case.created + timedelta(seconds=4), "Hello! I am Lumi, the assistant. I pass you on to a person.")
    case.says("agent", case.created + timedelta(minutes=90), "I am here now; please press the button on the hub once.")
    case.event("status", case.created + timedelta(minutes=95), "solved")
    return "The bot answers in seconds, a person in an hour and a half"


def _deleted(case: _Case) -> str:
    case.agent = GONE
    _plain(case, timedelta(hours=2), timedelta(hours=3))
    return "Answered by somebody whose row is deleted"


def _backwards(case: _Case) -> str:
    case.says("customer", case.created, "Please send the paper once more.")
    earlier = case.created - timedelta(hours=5)
    case.status = "closed"
    case.given = {"solved_at": earlier, "closed_at": earlier}
    return "Closed five hours before it was opened"


def _no_reply(case: _Case) -> str:
    case.says("customer", case.created, "Never mind, I found the switch myself.")
    case.event("status", case.created + timedelta(hours=4), "solved")
    return "Solved without a word by an agent"


def _by_agent(case: _Case) -> str:
    case.event("created", case.created, None)
    case.given = {"is_agent_created": True}
    case.says("agent", case.created, "Your hub has old firmware, may we renew it tonight?")
    case.says("customer", case.created + timedelta(hours=5), "Yes please, after ten.")
    case.says("agent", case.created + timedelta(hours=6), "It is planned for eleven.")
    case.event("status", case.created + timedelta(hours=7), "solved")
    return "Opened by an agent: the first message is no reply"


def _fan_out(case: _Case) -> str:
    case.channel = "phone"
    _plain(case, timedelta(minutes=2), timedelta(hours=1))
    for n in range(2):
        case.says("customer", case.created + timedelta(minutes=10 + n), f"One more thing, number {n + 1}.")
        case.says("agent", case.created + timedelta(minutes=20 + n), f"Done, number {n + 1}.")
        start = case.created + timedelta(minutes=30 * n)
        case.add(
            "calls", "call_id", start, started_at=start, answered_at=start + timedelta(minutes=2),
            ended_at=start + timedelta(minutes=7), direction="inbound", queue=cast.TEAMS[case.team].name,
            customer_id="c1", agent_id=case.agent[0], agent=case.agent[1], team=cast.TEAMS[case.team].name,
            wait_seconds=120.0, talk_seconds=300.0, hold_seconds=0.0, wrap_up_seconds=30.0, outcome="completed",
        )  # fmt: skip
    for kind, score, top in (("csat", 2.0, 5.0), ("csat", 5.0, 5.0), ("ces", 6.0, 7.0)):
        when = case.created + timedelta(hours=3 + score)
        case.add(
            "surveys", "survey_id", when, kind=kind, offered_at=case.created + timedelta(hours=2), responded_at=when,
            score=score, scale_max=top, customer_id="c1", agent_id=case.agent[0], agent=case.agent[1],
            team=cast.TEAMS[case.team].name, channel="phone",
        )  # fmt: skip
    return "Two calls, three surveys, six messages: joined carelessly it counts many times"


def _problem(case: _Case) -> str:
    outage = case.world.line.outage
    assert outage is not None  # noqa: S101  told in a world with an outage only
    case.created = outage + timedelta(minutes=12)
    case.given = {"is_agent_created": True, "ticket_type": "problem", "category": "technical"}
    case.event("created", case.created, None)
    case.event("escalated", case.created + timedelta(minutes=1), "true")
    case.says("agent", case.created, "Data store two is full and its twin does not take over. All homes are cut off.")
    case.event("status", case.created + timedelta(hours=9), "solved")
    return "Problem: data store two is full"


_TOLD: tuple[tuple[str, str, int, Callable[[_Case], str]], ...] = (
    ("dst_day", "Clocks change while the ticket is open.", 6, _spring),
    ("dst_day", "Clocks change while the ticket is open.", 6, _autumn),
    ("holiday", "Opened on a holiday.", 0, _holiday),
    ("night_shift", "Opened and answered in one shift, on two days.", 6, _night),
    ("reopened", "Solved twice.", 0, _reopened),
    ("bot_first_reply", "A bot answers first.", 0, _bot_first),
    ("deleted_agent", "Its agent has no row any more.", 0, _deleted),
    ("closed_before_opened", "Its times are in the wrong order.", 3, _backwards),
    ("no_reply", "No agent ever replied.", 0, _no_reply),
    ("agent_created", "An agent opened it.", 4, _by_agent),
    ("fan_out", "Has several surveys and calls.", 0, _fan_out),
)
PROBLEM = "problem"


def told(quiet: bool) -> int:
    """Return how many tickets are made by hand."""
    return len(_TOLD) + (0 if quiet else 1)


def _cases(world: World) -> Iterator[tuple[str, str, str, dict[str, list[dict[str, Any]]]]]:
    """Yield name, meaning, ticket id and rows of each case."""
    number = 100_000 + world.tickets
    usual = (world.line.end - timedelta(days=60)).replace(hour=9, minute=0, second=0, microsecond=0)
    all_of_them = _TOLD if world.line.outage is None else (*_TOLD, (PROBLEM, "Why all was dark.", 4, _problem))
    for place, (name, about, team, tell) in enumerate(all_of_them, 1):
        case = _Case(world, str(number + place), usual - timedelta(days=7 * place % 28), team)
        subject = tell(case)
        case.updated = max(case.updated, case.created)
        yield name, about, case.ticket_id, case.finished(subject)


def trap_rows(world: World, table: str) -> pl.DataFrame:
    """Return the rows of `table` that belong to tickets made by hand."""
    rows = [row for _, _, _, tables in _cases(world) for row in tables.get(table, [])]
    named = dict.fromkeys(name for row in rows for name in row)
    return pl.DataFrame(rows, schema={name: _DTYPES[ENTITIES[table].column(name).kind] for name in named})


def problem_ticket(world: World) -> str | None:
    """Return the id of the ticket that the outage's tickets are linked to; None in a quiet world."""
    return next((ticket for name, _, ticket, _ in _cases(world) if name == PROBLEM), None)


def trap_table(world: World) -> tuple[Trap, ...]:
    """Return all traps; that of an empty period has no tickets."""
    found: dict[str, Trap] = {}
    for name, about, ticket, _ in _cases(world):
        if name != PROBLEM:
            known = found.get(name)
            found[name] = Trap(name, about, (*(known.ticket_ids if known else ()), ticket))
    empty = Trap("empty_period", f"Before {world.line.launch:%Y-%m-%d} the brand {cast.BRANDS[1]} has no tickets.", ())
    return (*found.values(), empty)

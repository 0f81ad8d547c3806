"""From a number to the tickets behind it: pages of rows, and one ticket with all that belongs to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from deskpulse.core.errors import ForbiddenError, InputError, LimitError, NotFoundError
from deskpulse.core.principal import Principal
from deskpulse.core.settings import Settings
from deskpulse.metrics.clock import AEON, Steps, zone_steps
from deskpulse.metrics.compile import Shape
from deskpulse.metrics.conditions import conditions, filter_values, leaves
from deskpulse.metrics.facts import TICKETS
from deskpulse.metrics.intervals import hour_borders
from deskpulse.metrics.lookup import counted, find_metric
from deskpulse.metrics.masking import PERSONAL, read_columns, shown
from deskpulse.metrics.model import Fact, Metric, Where
from deskpulse.metrics.pages import (
    MASKED,
    PageShape,
    Searched,
    compile_count,
    compile_page,
    kind_of,
    read_cursor,
    write_cursor,
)
from deskpulse.metrics.parameters import parameters
from deskpulse.metrics.plan import check_filters, check_period
from deskpulse.metrics.segments import NOTHING_SAVED, Saved
from deskpulse.warehouse.engine import Snapshot
from deskpulse.warehouse.schema import TABLES

EARLIEST, LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class TicketQuery:
    """A list: the rows behind a cell of `metric` in [start, end), or the tickets created then.

    Without `start` and `end` the list is of all times. `text` is looked for in subject and description, capitals
    aside; for who sees masked texts, in the stored masked copies.
    `sort` is one of the columns shown (default: the moment that puts a row in its period).
    """

    start: datetime | None = None
    end: datetime | None = None
    timezone: str = "UTC"
    where: tuple[Where | str, ...] = ()
    metric: str | None = None
    text: str = ""
    sort: str = ""
    descending: bool = True
    limit: int = 50
    cursor: str | None = None
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TicketPage:
    """One page of a list; `total` counts the whole list, `next_cursor` is None on the last page."""

    rows: tuple[Mapping[str, Any], ...]
    columns: tuple[str, ...]
    total: int
    next_cursor: str | None
    as_of: datetime | None
    version: int

    def as_dict(self) -> dict[str, Any]:
        """Return `{rows, columns, total, next_cursor, as_of}`, times as ISO 8601."""
        return {
            "rows": [{k: _json(v) for k, v in row.items()} for row in self.rows],
            "columns": list(self.columns), "total": self.total, "next_cursor": self.next_cursor,
            "as_of": _json(self.as_of),
        }  # fmt: skip


def _json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


@dataclass(frozen=True)
class Listing:
    """A checked list: its SQL's shape and what it binds."""

    fact: Fact
    metric: Metric | None
    page: PageShape
    bound: Mapping[str, Any]
    limit: int

    @property
    def identity(self) -> tuple[Any, ...]:
        """Return what the total depends on."""
        return replace(self.page, sort="", descending=False, after="", columns=()), tuple(
            sorted((k, repr(v)) for k, v in self.bound.items() if not k.startswith("after_"))
        )


def make_listing(principal: Principal, query: TicketQuery, settings: Settings, saved: Saved = NOTHING_SAVED) -> Listing:
    """Check `query`; InputError, LimitError or ForbiddenError say what is wrong with it."""
    metric = counted(find_metric(query.metric)) if query.metric is not None else None
    fact = metric.fact if metric else TICKETS
    start, end = check_period(query.start or EARLIEST, query.end or LATEST, query.timezone)
    if not 1 <= query.limit <= settings.page_max_rows:
        raise LimitError(
            f"A page may hold 1 to {settings.page_max_rows:,} rows, not {query.limit:,}.", setting="page_max_rows"
        )
    if query.text and kind_of(fact, "subject") is None:
        raise InputError(f"The list of {fact.name} has no text to search.", hint="Leave the search out.")
    moment = metric.moment if metric else fact.time
    columns = _columns(fact, metric, query, moment)
    sort = query.sort or moment
    _check_sort(principal, fact, sort, columns)
    filters = check_filters(
        principal, query.where, (metric,) if metric else (), settings, fact=fact, timezone=query.timezone, saved=saved
    )
    is_clock = any(d.kind == "clock" for d, _ in leaves(filters))
    clock = _clock(query.timezone, start, end, is_clock)
    by_hour = bool(metric and metric.is_interval) and is_clock
    shape = Shape(
        fact,
        moment,
        (metric,) if metric else (),
        conditions=conditions(filters),
        clock_steps=len(clock.by),
        cuts="hour" if by_hour else "",
    )
    bound: dict[str, Any] = {"from_moment": start, "until_moment": end, "part": query.text}
    bound |= parameters(settings)
    if by_hour:
        bound["cut_at"] = hour_borders(query.timezone, start, end, settings)
    bound |= filter_values(filters)
    bound |= {f"clock_at_{i}": at for i, at in enumerate(clock.at)}
    bound |= {f"clock_by_{i}": by + AEON for i, by in enumerate(clock.by)}
    searched: Searched = "" if not query.text else "written" if principal.sees_personal_data else "masked"
    page = PageShape(shape, columns, sort, query.descending, after="", searched=searched)
    if query.cursor is not None:
        value, key = read_cursor(query.cursor, page)
        page = replace(page, after="null" if value is None else "value")
        bound |= {"after_value": value, "after_key": key}
    return Listing(fact, metric, page, bound, query.limit)


def _clock(timezone: str, start: datetime, end: datetime, is_needed: bool) -> Steps:
    return zone_steps(timezone, start, end).padded() if is_needed else Steps((0,), (0,))


def _columns(fact: Fact, metric: Metric | None, query: TicketQuery, moment: str) -> tuple[str, ...]:
    columns = query.columns or (metric.drill if metric and metric.drill else fact.drill)
    for name in columns:
        if kind_of(fact, name) is None or name.endswith(MASKED):
            raise InputError(f"There is no column {name!r} in this list.", hint=f"For example {', '.join(fact.drill)}.")
    return tuple(dict.fromkeys((*columns, moment, fact.key)))


def _check_sort(principal: Principal, fact: Fact, sort: str, columns: tuple[str, ...]) -> None:
    if sort not in columns or kind_of(fact, sort) in ("texts", "json"):
        sortable = [c for c in columns if kind_of(fact, c) not in ("texts", "json")]
        raise InputError(f"This list cannot be sorted by {sort!r}.", hint=f"It can by {', '.join(sortable)}.")
    if sort in PERSONAL and not principal.sees_personal_data:
        raise ForbiddenError(f"Your role does not see {sort}: it cannot sort by it.", hint="Sort by another column.")


def read_page(reader: Snapshot, listing: Listing, principal: Principal) -> tuple[list[dict[str, Any]], str | None]:
    """Return the rows of one page and the cursor of the next."""
    columns = read_columns(listing.fact, listing.page.columns, principal)
    compiled = compile_page(replace(listing.page, columns=columns))
    bound = {**listing.bound, "most": listing.limit + 1}
    found = reader.rows(compiled.sql, {name: bound[name] for name in compiled.names})
    rows = [dict(zip(columns, row, strict=True)) for row in found[: listing.limit]]
    cursor = None
    if len(found) > listing.limit:
        last = rows[-1]
        cursor = write_cursor(listing.page, last[listing.page.sort], last[listing.fact.key])
    return [shown(row, principal) for row in rows], cursor


def read_total(reader: Snapshot, listing: Listing) -> int:
    """Return how many rows the whole list has."""
    compiled = compile_count(replace(listing.page, after="", sort="", descending=False, columns=()))
    row = reader.one(compiled.sql, {name: {**listing.bound, "most": 1}[name] for name in compiled.names})
    return int(row[0]) if row else 0


_PARTS = {
    "messages": ("sent_at", "message_id"),
    "ticket_events": ("happened_at", "event_id"),
    "surveys": ("offered_at", "survey_id"),
    "calls": ("started_at", "call_id"),
}
_HIDDEN = frozenset({"run_id", "ingested_at"})


def read_ticket(reader: Snapshot, principal: Principal, ticket_id: str, settings: Settings) -> dict[str, Any]:
    """Return a ticket's columns, and `messages`, `events`, `surveys` and `calls` as lists in order of time.

    NotFoundError when there is none that this principal may see.
    """
    filters = check_filters(principal, (), (), settings, fact=TICKETS)
    shape = Shape(TICKETS, TICKETS.time, (), conditions=conditions(filters))
    columns = tuple(c for c in TABLES["tickets"].column_names if c not in _HIDDEN)
    compiled = compile_page(PageShape(shape, columns, "", False, after="", is_one=True))
    bound = {**filter_values(filters), "wanted": ticket_id, "most": 1}
    row = reader.one(compiled.sql, {name: bound[name] for name in compiled.names})
    if row is None:
        raise NotFoundError(f"There is no ticket {ticket_id!r}.", hint="Look for it in the list of tickets.")
    found = shown(dict(zip(columns, row, strict=True)), principal)
    for name, (time, key) in _PARTS.items():
        parts = [c for c in TABLES[name].column_names if c not in _HIDDEN]
        rows = reader.rows(
            f"SELECT {', '.join(parts)} FROM {name} WHERE ticket_id = $ticket_id ORDER BY {time}, {key} LIMIT $most",
            {"ticket_id": ticket_id, "most": settings.query_max_rows + 1},
        )
        if len(rows) > settings.query_max_rows:
            raise LimitError(f"Ticket {ticket_id!r} has too many {name}.", setting="query_max_rows")
        label = name.removeprefix("ticket_")
        found[label] = [shown(dict(zip(parts, row, strict=True)), principal) for row in rows]
    return found

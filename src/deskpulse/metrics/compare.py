"""The period that a period is compared with."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from deskpulse.core.periods import add_units, midnight, zone
from deskpulse.metrics.model import MetricQuery


def compared_period(query: MetricQuery) -> tuple[datetime, datetime]:
    """Return the [start, end) in UTC that `query.compare` names.

    "previous": whole months go back by as many months, whole days by as many local days, anything else by its
    length. Cut into weeks, months, quarters or years it goes back by the fewest whole ones that it fits into, so that
    each stands beside one that is as long. "year": the same local dates a year before (29 February becomes the 28th);
    for weeks 52 weeks before, so that a week stands beside a week. "slice": that of the slice.
    """
    if query.against is not None:
        return query.against.start, query.against.end
    local = zone(query.timezone)
    start, end = query.start.astimezone(local), query.end.astimezone(local)
    is_days = all(midnight(moment.date(), local) == moment for moment in (start, end))
    first, until = start.date(), end.date()
    if query.compare == "year":
        if is_days and query.grain == "week":
            return _days(first - timedelta(weeks=52), until - timedelta(weeks=52), query)
        if is_days:
            # The end is moved by its last day, so that a period ending with 28 February still ends with it.
            last = _year_before(until - timedelta(days=1))
            return _days(_year_before(first), last + timedelta(days=1), query)
        return _clock_year_before(start), _clock_year_before(end)
    if is_days and query.grain in ("week", "month", "quarter", "year"):
        before = _whole_units_before(first, until, query.grain)
        return _days(*before, query)
    if is_days and first.day == 1 and until.day == 1:
        months = (until.year - first.year) * 12 + until.month - first.month
        return _days(add_units(first, "month", -months), first, query)
    if is_days:
        return _days(first - (until - first), first, query)
    return query.start - (query.end - query.start), query.start


def _whole_units_before(first: date, until: date, unit: str) -> tuple[date, date]:
    """Return the days [first, until) moved back by the fewest whole units that leave no overlap."""
    count = 1
    while add_units(until, unit, -count) > first:
        count += 1
    return add_units(first, unit, -count), add_units(until, unit, -count)


def _days(first: date, until: date, query: MetricQuery) -> tuple[datetime, datetime]:
    local = zone(query.timezone)
    return midnight(first, local), midnight(until, local)


def _year_before(day: date) -> date:
    return add_units(day, "year", -1)


def _clock_year_before(moment: datetime) -> datetime:
    return datetime.combine(_year_before(moment.date()), moment.time(), tzinfo=moment.tzinfo).astimezone(UTC)

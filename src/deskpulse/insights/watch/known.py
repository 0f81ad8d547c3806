"""Which incidents a known event explains: those of its time, in what it touches."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from deskpulse.core.periods import midnight
from deskpulse.insights.watch.model import Json
from deskpulse.metrics.filters import Bounds, parse_where
from deskpulse.metrics.happenings import Happening, covers

AFTER = timedelta(days=1)
"""What happens late on a day shows on the next."""


def explaining(body: Json, happenings: Sequence[Happening], local: ZoneInfo) -> Happening | None:
    """Return the known event that explains an incident, the latest to begin; None where there is none.

    The incident's slice lies within what the event touches, and it begins on the event's days or the day after. What
    has an end explains what is over by the day after it; what only has a beginning (a price change) also what lasts.
    """
    begin, end = (datetime.fromisoformat(body[name]) for name in ("from", "to"))
    slice_ = parse_where(body["where"], Bounds())
    found = None
    for one in happenings:
        first = midnight(one.start.astimezone(local).date(), local)
        last = one.end if one.event.end is not None else max(one.end, one.start + timedelta(seconds=1))
        over = midnight((last - timedelta(seconds=1)).astimezone(local).date() + timedelta(days=1), local) + AFTER
        is_in_time = first <= begin < over and (one.event.end is None or end <= over)
        if is_in_time and covers(one.where, slice_):
            found = one
    return found

"""The one place that knows what time it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import lru_cache

_fixed: ContextVar[datetime | None] = ContextVar("deskpulse_fixed_now", default=None)


@lru_cache(maxsize=1)
def known_timezones() -> frozenset[str]:
    """Return the names of IANA time zones; read from disk once, which takes 10 ms."""
    from zoneinfo import available_timezones

    return frozenset(available_timezones())


def now() -> datetime:
    """Return the current moment, timezone-aware in UTC."""
    return _fixed.get() or datetime.now(UTC)


@contextmanager
def frozen_at(moment: datetime) -> Iterator[None]:
    """Hold `now()` at `moment` (aware) inside the block: for tests and replays."""
    if moment.tzinfo is None:
        raise ValueError("frozen_at needs a timezone-aware moment")
    token = _fixed.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _fixed.reset(token)

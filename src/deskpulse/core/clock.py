"""The one place that knows what time it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_fixed: ContextVar[datetime | None] = ContextVar("deskpulse_fixed_now", default=None)


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

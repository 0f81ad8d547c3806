"""Logs: one JSON object a line, each with the correlation id of the request or job it belongs to."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

import orjson

from deskpulse.core.ids import new_id

correlation_id: ContextVar[str] = ContextVar("deskpulse_correlation_id", default="")

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonFormatter(logging.Formatter):
    """Formats a record as JSON; whatever was passed as `extra=` becomes a field."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line of JSON."""
        entry: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if current := correlation_id.get():
            entry["correlation_id"] = current
        entry.update({k: v for k, v in vars(record).items() if k not in _STANDARD})
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(entry, default=str).decode()


def configure(level: str = "INFO", *, json: bool = True) -> None:
    """Send logs to standard error, as JSON or as plain text, replacing earlier handlers of ours."""
    root = logging.getLogger("deskpulse")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if json else logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    root.propagate = False


@contextmanager
def correlated(given: str | None = None) -> Iterator[str]:
    """Give everything logged inside the block one correlation id (`given`, or a new one)."""
    token = correlation_id.set(given or new_id("req"))
    try:
        yield correlation_id.get()
    finally:
        correlation_id.reset(token)

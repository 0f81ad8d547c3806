"""Rows given in Python, as a file that can be imported; and moments as text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from deskpulse.core.errors import InputError


def written(what: Any, folder: Path) -> Path:
    """Write rows to a file in `folder`: tables as Parquet, mappings as JSON Lines."""
    if isinstance(what, Mapping):
        what = [what]
    if hasattr(what, "__arrow_c_stream__"):
        import pyarrow as pa
        import pyarrow.parquet as pq

        path = folder / "rows.parquet"
        pq.write_table(pa.table(what), path)
        return path
    path = folder / "rows.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for row in what:
            if not isinstance(row, Mapping):
                raise InputError(f"A row must be a mapping, not {type(row).__name__}.", hint="Pass dicts or a table.")
            file.write(json.dumps(dict(row), default=iso) + "\n")
    return path


def iso(value: Any) -> str | None:
    """Return a date or moment as ISO text; InputError for what is none."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise InputError(f"{value!r} is no date.", hint="Pass a date, an aware datetime, or ISO text.")

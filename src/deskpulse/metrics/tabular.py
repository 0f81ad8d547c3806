"""Results as tables for other programs; what a spreadsheet would run is written as text."""

from __future__ import annotations

import csv
import io

import pyarrow as pa

from deskpulse.core.spreadsheets import neutral


def to_csv(table: pa.Table) -> bytes:
    """Return `table` as CSV in UTF-8; text cells that a spreadsheet would take for a formula begin with '."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([neutral(name) for name in table.column_names])
    for row in zip(*(column.to_pylist() for column in table.columns), strict=True):
        writer.writerow([neutral(v) if isinstance(v, str) else v for v in row])
    return out.getvalue().encode("utf-8")

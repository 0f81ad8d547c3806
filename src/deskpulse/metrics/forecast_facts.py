"""The fact of kept forecasts beside what came, and how the checker writes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from deskpulse.metrics.model import Fact
from deskpulse.warehouse.engine import Warehouse
from deskpulse.warehouse.schema import FORECAST_POINTS

SETTLED = Fact(
    name="forecast_points",
    table="forecast_points",
    grain="one row per period of a slice of a kept forecast, beside what came in it",
    key="point_id",
    time="from_at",
    ticket_key=None,
    dimensions=("forecast_metric", "forecast_slice", "forecast_grain", "forecast_method", "steps_ahead", "weekday",
                "hour"),
    drill=("forecast_id", "made_at", "forecast_metric", "forecast_slice", "from_at", "expected", "actual"),
)  # fmt: skip
_KNOWN = "SELECT point_id, actual FROM forecast_points WHERE forecast_id = $forecast_id"


def settle(warehouse: Warehouse, forecast_id: str, rows: Sequence[dict[str, Any]]) -> int:
    """Keep what came beside a forecast; `rows` have the columns of `FORECAST_POINTS`. Return how many are new or other.

    What is known already is not written again, so answers that are kept for the data as they are stay true.
    """
    with warehouse.reader() as reader:
        found = reader.arrow(_KNOWN, {"forecast_id": forecast_id}).to_pylist()
    known = {row["point_id"]: row["actual"] for row in found}
    changed = [row for row in rows if row["point_id"] not in known or known[row["point_id"]] != row["actual"]]
    if changed:
        table = pa.Table.from_pylist(changed, schema=FORECAST_POINTS.arrow_schema())
        warehouse.write(lambda transaction: transaction.upsert(FORECAST_POINTS.name, table))
    return len(changed)

"""Version 7: what kept forecasts said of periods, beside what came, so that their error is a metric."""

from __future__ import annotations

from deskpulse.warehouse.migration_steps import CreateTable, Migration

VERSION_7 = Migration(
    7,
    "forecasts beside what came",
    (
        CreateTable(
            "forecast_points",
            (
                ("point_id", "text"), ("forecast_id", "text"), ("made_at", "time"), ("from_at", "time"),
                ("to_at", "time"), ("forecast_metric", "text"), ("forecast_slice", "text"), ("forecast_grain", "text"),
                ("forecast_method", "text"), ("steps_ahead", "int"), ("expected", "float"), ("naive", "float"),
                ("low_80", "float"), ("high_80", "float"), ("low_95", "float"), ("high_95", "float"),
                ("actual", "float"),
            ),
            is_entity=False,
        ),
    ),
)  # fmt: skip

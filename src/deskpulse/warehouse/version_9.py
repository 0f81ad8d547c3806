"""Version 9: what the workspace counts other currencies as, by month."""

from __future__ import annotations

from deskpulse.warehouse.migration_steps import CreateTable, Migration

VERSION_9 = Migration(
    9,
    "rates of other currencies",
    (
        CreateTable(
            "exchange_rates",
            (
                ("rate_id", "text"), ("currency", "text"), ("valid_on", "date"), ("rate", "float"),
                ("source", "text"), ("external_id", "text"), ("run_id", "text"), ("ingested_at", "time"),
                ("extra", "json"),
            ),
        ),
    ),
)  # fmt: skip

"""Version 4: old months may lie in Parquet files, which an older Deskpulse would not see."""

from __future__ import annotations

from deskpulse.warehouse.migration_steps import Migration

# The archive's own tables are made at every opening where they are missing, as those of the rollups are.
VERSION_4 = Migration(4, "old months in Parquet files beside the warehouse", ())

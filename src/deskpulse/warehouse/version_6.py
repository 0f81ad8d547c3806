"""Version 6: how the ticket of a quality review was chosen, so that a mean can leave out what was picked."""

from __future__ import annotations

from deskpulse.warehouse.migration_steps import AddColumn, Migration

VERSION_6 = Migration(6, "how the ticket of a quality review was chosen", (AddColumn("reviews", "chosen", "text"),))

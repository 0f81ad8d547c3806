"""Version 8: whether a ticket's row tells of first replies, so that one without any is known to have none."""

from __future__ import annotations

from deskpulse.warehouse.migration_steps import AddColumn, Migration

VERSION_8 = Migration(
    8,
    "whether rows of tickets tell of first replies",
    (
        AddColumn("tickets", "is_first_reply_told", "bool"),
        AddColumn("ticket_basis", "is_first_reply_told", "bool"),
    ),
)

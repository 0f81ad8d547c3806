"""Version 3: merged tickets and follow-ups, and the source's verdicts on the first reply and the resolution."""

from __future__ import annotations

from deskpulse.warehouse.migration_steps import AddColumn, Migration, Sql

_VERDICTS = ("is_first_reply_sla_met", "is_resolution_sla_met")

VERSION_3 = Migration(
    3,
    "merged tickets and follow-ups, the source's verdicts on its promises",
    (
        *(AddColumn("tickets", name, "bool") for name in (*_VERDICTS, "is_merged", "is_follow_up")),
        *(AddColumn("ticket_basis", name, "bool") for name in ("is_sla_met", *_VERDICTS)),
        Sql(
            "UPDATE main.ticket_basis SET is_sla_met = t.is_sla_met FROM main.tickets t "
            "WHERE t.ticket_id = ticket_basis.ticket_id AND t.is_sla_met IS NOT NULL"
        ),
        # What an undoing brings back of a ticket is the row that its run replaced, in both tables.
        Sql(
            "UPDATE previous.ticket_basis SET is_sla_met = t.is_sla_met FROM previous.tickets t "
            "WHERE t.ticket_id = ticket_basis.ticket_id AND t.replaced_by = ticket_basis.replaced_by "
            "AND t.is_sla_met IS NOT NULL"
        ),
        Sql(
            "UPDATE main.tickets SET is_merged = EXISTS (FROM main.ticket_links l WHERE l.kind = 'merged' "
            "AND l.ticket_id = tickets.ticket_id AND l.other_ticket_id <> l.ticket_id), "
            "is_follow_up = EXISTS (FROM main.ticket_links l WHERE l.kind = 'follow_up' "
            "AND l.ticket_id = tickets.ticket_id AND l.other_ticket_id <> l.ticket_id)"
        ),
    ),
)

"""Freshdesk's `stats` of a ticket (asked for with `include=stats`): moments, not durations."""

from __future__ import annotations

from deskpulse.sources.vendor_metrics import Vendor, VendorField

FRESHDESK = Vendor(
    name="freshdesk", label="Freshdesk", ids=("id",), changed=("updated_at",),
    fields=(
        VendorField(names=("stats.first_responded_at",), measure="first_replied_at", unit="time"),
        VendorField(names=("stats.resolved_at",), measure="solved_at", unit="time"),
        VendorField(names=("stats.closed_at",), measure="closed_at", unit="time"),
        VendorField(names=("stats.reopened_at",), measure="reopened_at", unit="time"),
        VendorField(names=("fr_escalated",), measure="first_reply_sla_met", unit="yes_no", is_opposite=True),
    ),
)  # fmt: skip

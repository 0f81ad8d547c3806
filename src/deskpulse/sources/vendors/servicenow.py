"""ServiceNow's incidents: its counts, its verdict on the service level, and when it was resolved and closed."""

from __future__ import annotations

from deskpulse.sources.vendor_metrics import Vendor, VendorField

SERVICENOW = Vendor(
    name="servicenow", label="ServiceNow", ids=("number",), changed=("sys_updated_at", "sys_updated_on"),
    proof=("made_sla", "reassignment_count", "calendar_stc", "sys_updated_on"),
    fields=(
        VendorField(names=("reassignment_count",), measure="team_handoffs", unit="count"),
        VendorField(names=("reopen_count",), measure="reopens", unit="count"),
        VendorField(names=("made_sla",), measure="sla_met", unit="yes_no"),
        VendorField(names=("resolved_at",), measure="solved_at", unit="time"),
        VendorField(names=("closed_at",), measure="closed_at", unit="time"),
        VendorField(names=("calendar_stc",), measure="full_resolution", unit="seconds"),
        VendorField(names=("business_stc",), measure="full_resolution_business", unit="seconds"),
    ),
)  # fmt: skip

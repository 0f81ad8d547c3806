"""Intercom's `statistics` of a conversation: seconds and Unix times.

Its durations leave out time outside of office hours where the workspace has set some.
"""

from __future__ import annotations

from deskpulse.sources.vendor_metrics import Vendor, VendorField

INTERCOM = Vendor(
    name="intercom", label="Intercom", ids=("id", "conversation_id"), changed=("updated_at",),
    fields=(
        VendorField(names=("statistics.time_to_admin_reply",), measure="first_reply", unit="seconds"),
        VendorField(names=("statistics.time_to_first_close",), measure="first_resolution", unit="seconds"),
        VendorField(names=("statistics.time_to_last_close",), measure="full_resolution", unit="seconds"),
        VendorField(names=("statistics.first_admin_reply_at",), measure="first_replied_at", unit="time"),
        VendorField(names=("statistics.first_close_at",), measure="first_solved_at", unit="time"),
        VendorField(names=("statistics.last_close_at",), measure="solved_at", unit="time"),
        VendorField(names=("statistics.count_reopens",), measure="reopens", unit="count"),
        VendorField(names=("statistics.count_assignments",), measure="handoffs", unit="count"),
    ),
)  # fmt: skip

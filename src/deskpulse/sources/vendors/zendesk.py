"""Zendesk's ticket metrics: in the ticket (`metric_set`), or in a list of their own (`ticket_metrics`); whole minutes.

They are empty until the events that they need have come, and keep their value when a ticket is opened again.
"""

from __future__ import annotations

from deskpulse.sources.vendor_metrics import Unit, Vendor, VendorField

_DURATIONS = {
    "reply_time": "first_reply", "first_resolution_time": "first_resolution",
    "full_resolution_time": "full_resolution", "requester_wait_time": "requester_wait",
    "agent_wait_time": "agent_wait", "on_hold_time": "on_hold",
}  # fmt: skip
_OTHERS: dict[str, tuple[str, Unit, int]] = {
    "replies": ("replies", "count", 0), "reopens": ("reopens", "count", 0),
    # Stations include the first one.
    "assignee_stations": ("handoffs", "count", 1), "group_stations": ("team_handoffs", "count", 1),
    "solved_at": ("solved_at", "time", 0),
}  # fmt: skip


def _names(path: str) -> tuple[str, ...]:
    return (f"metric_set.{path}", f"ticket_metrics.{path}", f"ticket_metric.{path}", path)


_CLOCKS = ("calendar", "business")
_PROOF = tuple(path for name in _DURATIONS for clock in _CLOCKS for path in _names(f"{name}_in_minutes.{clock}"))

ZENDESK = Vendor(
    name="zendesk", label="Zendesk", ids=("ticket_id", "id"),
    proof=_PROOF,
    changed=("metric_set.updated_at", "ticket_metrics.updated_at", "updated_at"),
    fields=(
        *(
            VendorField(
                names=_names(f"{name}_in_minutes.{clock}"), unit="minutes",
                measure=measure if clock == "calendar" else f"{measure}_business",
            )
            for name, measure in _DURATIONS.items() for clock in _CLOCKS
        ),
        *(VendorField(names=_names(n), measure=m, unit=unit, more=more) for n, (m, unit, more) in _OTHERS.items()),
    ),
)  # fmt: skip

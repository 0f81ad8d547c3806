"""A table whose columns are a vendor's numbers, as reports and dashboards write them out ("First reply time (min)")."""

from __future__ import annotations

from deskpulse.sources.vendor_metrics import Unit, Vendor, VendorField

_DURATIONS = {
    "first_reply": ("first reply time", "first response time", "time to first response", "time to first reply",
                    "initial response time", "frt"),
    "first_resolution": ("first resolution time", "time to first close", "time to first resolution"),
    "full_resolution": ("full resolution time", "resolution time", "time to resolution", "time to resolve",
                        "time to close", "time to last close", "ttr"),
    "requester_wait": ("requester wait time", "customer wait time"),
    "agent_wait": ("agent wait time",),
    "on_hold": ("on hold time", "time on hold", "hold time"),
}  # fmt: skip
_OTHERS: dict[str, tuple[Unit, int, tuple[str, ...]]] = {
    "replies": ("count", 0, ("replies", "agent replies", "agent reply count", "number of replies", "agent interactions",
                             "agent comments", "public agent comments")),
    "reopens": ("count", 0, ("reopens", "reopen count", "reopened count", "number of reopens", "times reopened")),
    "handoffs": ("count", 0, ("handoffs", "reassignments", "agent reassignments", "reassign count")),
    "team_handoffs": ("count", 0, ("team handoffs", "group reassignments", "team reassignments")),
    "first_replied_at": ("time", 0, ("first replied at", "first response at", "first responded at", "first reply at")),
    "first_solved_at": ("time", 0, ("first solved at", "first resolved at", "first close at")),
    "solved_at": ("time", 0, ("solved at", "resolved at", "last solved at", "solved date", "resolved date",
                              "ticket solved timestamp")),
    "closed_at": ("time", 0, ("closed at", "closed date", "ticket closed timestamp")),
    "reopened_at": ("time", 0, ("reopened at", "last reopened at")),
    "one_touch": ("yes_no", 0, ("one touch", "is one touch", "one touch resolution", "one touch ticket")),
    "first_reply_sla_met": ("yes_no", 0, ("first response sla met", "first reply sla met", "first response status",
                                          "first response sla status")),
    "resolution_sla_met": ("yes_no", 0, ("resolution sla met", "resolution status", "resolution sla status")),
    "sla_met": ("yes_no", 0, ("sla met", "is sla met", "within sla", "made sla", "sla achieved")),
}  # fmt: skip
_STATIONS = (
    VendorField(names=("assignee stations",), measure="handoffs", unit="count", more=1),
    VendorField(names=("group stations",), measure="team_handoffs", unit="count", more=1),
)

_MISSED = {
    "first_reply_sla_met": ("first response breached", "first response sla breached", "first reply breached",
                            "time to first response breached", "first response overdue"),
    "resolution_sla_met": ("resolution breached", "resolution sla breached", "time to resolution breached",
                           "resolution overdue"),
    "sla_met": ("sla breached", "is sla breached", "breached sla"),
}  # fmt: skip

HEADINGS = Vendor(
    name="headings", label="your help desk", is_headings=True,
    ids=("ticket id", "ticket number", "ticket", "case id", "case number", "conversation id", "issue key", "number",
         "ticket no", "id"),
    changed=("updated at", "last updated", "updated", "ticket updated timestamp"),
    fields=(
        *(VendorField(names=names, measure=measure, unit=None) for measure, names in _DURATIONS.items()),
        *(VendorField(names=n, measure=m, unit=unit, more=more) for m, (unit, more, n) in _OTHERS.items()),
        *(VendorField(names=n, measure=m, unit="yes_no", is_opposite=True) for m, n in _MISSED.items()),
        *_STATIONS,
    ),
)  # fmt: skip

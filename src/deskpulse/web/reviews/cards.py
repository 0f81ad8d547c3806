"""What pages show of quality reviews: the form on a ticket, tickets to review, the last reviews."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from deskpulse.web.tickets.listing import time_text
from deskpulse.web.view import View, local_zone

Json = dict[str, Any]
CHOSEN = {"random": "At random", "own": "Own choice"}
NO_REVIEW: Json = {"ticket": "", "isOpen": False, "past": [], "criteria": [], "canReview": False, "summary": "",
                   "agentText": "", "reason": ""}  # fmt: skip
_TONES = {"acknowledged": "good", "disputed": "warn"}


def ticket_reviews(
    form: Json, found: Json, ticket: Mapping[str, Any], workspace: Mapping[str, Any], *, me: str, may_review: bool,
    may_manage: bool, is_open: bool,
) -> Json:  # fmt: skip
    """Return the reviews of a ticket and the form of a new one, for the view of the ticket."""
    past = [_past(one, workspace, me=me, may_review=may_review, may_manage=may_manage) for one in found["reviews"]]
    agent = ticket.get("agent")
    is_done = any(one["reviewer"] == me and one["agent"] == agent for one in found["reviews"])
    reason = (
        "Your role does not review." if not may_review else "It has no agent whose work could be reviewed."
        if not agent else "You have reviewed it: remove your review to make another." if is_done else ""
    )  # fmt: skip
    return {
        "ticket": ticket["ticket_id"], "isOpen": is_open, "past": past, "reason": reason, "canReview": not reason,
        "summary": f"{len(past)} made" if past else "none yet", "agentText": f"About the work of {agent}.",
        "criteria": [_criterion(one) for one in form["criteria"]],
    }  # fmt: skip


def _criterion(one: Json) -> Json:
    return {"name": one["name"], "label": one["label"], "about": one["about"], "isFatal": one["is_fatal"],
            "options": [*_options(one["scale"]), {"label": "n/a", "value": None}]}  # fmt: skip


def _options(scale: str) -> list[Json]:
    if scale == "yes_no":
        return [{"label": "No", "value": 0}, {"label": "Yes", "value": 1}]
    low, high = (int(end) for end in scale.split("-"))
    return [{"label": str(value), "value": value} for value in range(low, high + 1)]


def _past(one: Json, workspace: Mapping[str, Any], *, me: str, may_review: bool, may_manage: bool) -> Json:
    labels = {c["name"]: (c["label"], {o["value"]: o["label"] for o in _options(c["scale"])}) for c in one["criteria"]}
    said = one["response"]
    moment = time_text(datetime.fromisoformat(one["reviewed_at"]), local_zone(workspace))
    failed = ", ".join(labels[name][0] for name in one["failed"])
    return {
        "id": one["review_id"], "score": f"{one['score']:.2g} of 5",
        "by": f"{one['agent']}, by {one['reviewer']}, {moment}",
        "badge": f"Failed: {failed}" if failed else said["status"].capitalize() if said else "",
        "tone": "bad" if failed else _TONES[said["status"]] if said else "", "comment": one["comment"],
        "response": f"{said['by']}: {said['note']}" if said and said["note"] else "",
        "canRemove": may_review and (may_manage or one["reviewer"] == me),
        "answers": [{"label": label, "text": "n/a" if (given := one["answers"].get(name)) is None else options[given]}
                    for name, (label, options) in labels.items()],
    }  # fmt: skip


def offered(found: Json, base: Json, view: View, workspace: Mapping[str, Any]) -> Json:
    """Return the card of what to review."""
    units = [unit for unit in found["units"] if unit["rows"]]
    if not units:
        return base | {
            "state": "empty",
            "message": "No ticket of the period was answered, solved and not reviewed yet.",
        }
    return base | {"state": "ready", "notes": found["notes"], "units": [
        {
            "unit": unit["unit"],
            "about": f"{unit['reviews']:,} made, {unit['free']:,} of {unit['tickets']:,} tickets left",
            "rows": [_offer(row, view, workspace) for row in unit["rows"]],
        }
        for unit in units
    ]}  # fmt: skip


def _offer(row: Json, view: View, workspace: Mapping[str, Any]) -> Json:
    address = _plain(view).query(workspace["slug"], ticket=row["ticket_id"], review=row["chosen"])
    return {
        "subject": row["subject"] or row["ticket_id"], "why": "; ".join(r["text"] for r in row["reasons"]),
        "chosen": _chosen(row), "tone": "even" if row["chosen"] == "random" else "warn", "href": f"/tickets?{address}",
    }  # fmt: skip


def _chosen(row: Json) -> str:
    if row["chosen"] in CHOSEN:
        return CHOSEN[row["chosen"]]
    return next(str(reason["label"]) for reason in row["reasons"] if reason["name"] == row["chosen"])


def _plain(view: View) -> View:
    return View(period=view.period, start=view.start, end=view.end, filters=view.filters)


def last_made(found: Json, base: Json, view: View, workspace: Mapping[str, Any]) -> Json:
    """Return the card of the last reviews."""
    if not found["reviews"]:
        return base | {
            "state": "empty",
            "message": "Nobody has reviewed here yet. Imported reviews count in the scores.",
        }
    rows = [
        {
            "cells": [one["agent"], f"{one['score']:.2g}", one["reviewer"],
                      time_text(datetime.fromisoformat(one["reviewed_at"]), local_zone(workspace))],
            "href": f"/tickets?{_plain(view).query(workspace['slug'], ticket=one['ticket_id'], review='open')}",
            "tag": one["response"]["status"].capitalize() if one["response"] else "",
            "tone": _TONES[one["response"]["status"]] if one["response"] else "",
        }
        for one in found["reviews"]
    ]  # fmt: skip
    return base | {"state": "ready", "rows": rows}

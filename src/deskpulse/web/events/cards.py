"""What the Events page shows, and what its form says, as plain data."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from deskpulse.charts.formats import day_text
from deskpulse.core.errors import InputError
from deskpulse.metrics.happenings import DAY_CHARS
from deskpulse.web.view import counted

Json = dict[str, Any]


def listed(found: Json, today: date) -> Json:
    """Return the events by year, the latest first, those to come marked."""
    years: dict[str, list[Json]] = {}
    for one in found["events"]:
        years.setdefault(one["start"][:4], []).append(_line(one, today))
    count = len(found["events"])
    about = f"{counted(count, 'event')}, days and times of {found['timezone']}"
    return {
        "kinds": [{"value": kind, "label": kind_text(kind)} for kind in found["kinds"]],
        "years": [{"year": year, "items": items} for year, items in years.items()],
        "about": about if count else "Nothing is known yet. Add a deploy, a campaign, a price change or an outage.",
    }


def kind_text(kind: str) -> str:
    """Return a kind as people read it."""
    return kind.replace("_", " ").capitalize()


def _line(one: Json, today: date) -> Json:
    start, end = one["start"], one["end"] or ""
    is_timed = len(start) > DAY_CHARS or len(end) > DAY_CHARS
    last = end if is_timed or not end else _moved(end, -1)
    flags = [text for text, is_on in (
        ("every year", one["repeats_yearly"]), ("left out of forecasts", one["ignore"]),
        ("to come", not one["repeats_yearly"] and start[:DAY_CHARS] > today.isoformat()),
    ) if is_on]  # fmt: skip
    same = last in ("", start)
    return {
        "id": one["event_id"], "name": one["name"], "kind": one["kind"], "kindText": kind_text(one["kind"]),
        "when": _said(start) if same else f"{_said(start)} – {_said(last)}", "where": one["where"], "note": one["note"],
        "flags": flags, "by": f"by {one['written_by']}, {_said(one['written_at'][:DAY_CHARS])}",
        "form": {"name": one["name"], "kind": one["kind"], "first": start, "last": last, "timed": is_timed,
                 "where": one["where"], "note": one["note"], "yearly": one["repeats_yearly"], "ignore": one["ignore"]},
    }  # fmt: skip


def _said(moment: str) -> str:
    """Return a day, or a day with a time of day, as people write it."""
    day = day_text(date.fromisoformat(moment[:DAY_CHARS]))
    return f"{day}, {moment[DAY_CHARS + 1 :]}" if len(moment) > DAY_CHARS else day


def spec_of(form: Json) -> Json:
    """Return the event that a form says; its last day is in it, the end of a time of day is not."""
    first, last = str(form.get("first") or ""), str(form.get("last") or "")
    if not first:
        raise InputError("When is it?", hint="Choose a first day.")
    if last and not form.get("timed"):
        last = "" if last == first else _moved(last, 1)
    return {
        "name": str(form.get("name") or "")[:500], "kind": str(form.get("kind") or "other")[:80], "start": first[:40],
        "end": last[:40] or None, "where": str(form.get("where") or "") or None, "note": str(form.get("note") or ""),
        "repeats_yearly": form.get("yearly") is True, "ignore": form.get("ignore") is True,
    }  # fmt: skip


def _moved(day: str, days: int) -> str:
    try:
        return (date.fromisoformat(day[:DAY_CHARS]) + timedelta(days=days)).isoformat()
    except (ValueError, OverflowError) as error:
        raise InputError(f"{day[:40]!r} is no day.", hint="Choose a first and a last day.") from error

"""Scorecards as a page shows them: units in order with their bars, and one unit in words and figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from deskpulse.charts.formats import value_text
from deskpulse.metrics.filters import parse_filter
from deskpulse.web.view import View

Json = dict[str, Any]
TONES = {"above target": "good", "below target": "bad", "about on target": "even"}
SHORT = {"first_reply": "Reply", "resolution": "Solved", "satisfaction": "CSAT", "first_contact": "FCR",
         "tone": "Tone", "quality": "Review"}  # fmt: skip
MOST_NAMES = 12


def listed(found: Json, base: Json, chosen: str) -> Json:
    """Return the card of all units, the chosen one marked."""
    if not found["scorecards"]:
        few = _few(found)
        return base | {"state": "empty", "message": few or " ".join(found["unknown"]) or "Nobody has rows enough."}
    shown, scored = len(found["scorecards"]), found["scored"]
    noun = "agents" if found["by"] == "agent" else "teams"
    about = f"{scored:,} {noun}, the best score first; the band is the {found['confidence']:.0%} interval"
    return base | {
        "state": "ready", "about": about if shown == scored else f"{about}; the first {shown:,} shown",
        "criteria": [{"name": one["name"], "short": SHORT.get(one["name"], one["label"]), "about": one["label"]}
                     for one in found["criteria"]],
        "items": [_line(card, found, chosen) for card in found["scorecards"]], "fewText": _few(found),
        "notes": [*found["unknown"], *found["notes"]],
    }  # fmt: skip


def _few(found: Json) -> str:
    if not found["too_few"]:
        return ""
    names = [one["unit"] for one in found["too_few"]]
    more = found["unscored"] - MOST_NAMES
    return (
        "Too few rows of kinds that others have too: "
        + ", ".join(names[:MOST_NAMES])
        + (f" and {more:,} more." if more > 0 else ".")
    )


def _line(card: Json, found: Json, chosen: str) -> Json:
    told = {one["criterion"]: one for one in card["criteria"]}
    score = f"{card['score']:.0f}"
    return {
        "unit": card["unit"], "isOn": card["unit"] == chosen, "scoreText": score,
        "verdict": card["verdict"].capitalize(),
        "tone": TONES[card["verdict"]], "score": card["score"], "low": card["low"], "width": card["high"] - card["low"],
        "rests": f"{card['compared']['share']:.0%} of rows compared",
        "said": f"{card['unit']}: {score} points, {card['low']:.0f} to {card['high']:.0f}, {card['verdict']}",
        "bars": [_bar(one, told.get(one["name"])) for one in found["criteria"]],
    }  # fmt: skip


def _bar(criterion: Json, one: Json | None) -> Json:
    """Return a small bar, up from the target in the middle or down from it."""
    short = SHORT.get(criterion["name"], criterion["label"])
    if one is None:
        return {
            "name": criterion["name"],
            "short": short,
            "tone": "none",
            "title": f"{criterion['label']}: too few rows",
            "style": {},
        }
    points = one["points"]
    title = (f"{criterion['label']}: {value_text(one['adjusted'], criterion['unit'])}, target "
             f"{value_text(one['target'], criterion['unit'])}")  # fmt: skip
    half = abs(points - 50)
    style = {"bottom": f"{min(points, 50):.1f}%", "height": f"{max(half, 2):.1f}%"}
    return {"name": criterion["name"], "short": short, "tone": _tone(one), "title": title, "style": style}


def _tone(one: Json) -> str:
    """Return how a criterion stands: coloured only where the whole interval is on one side of the target."""
    return "good" if one["low_points"] > 50 else "bad" if one["high_points"] < 50 else "even"


def detail(found: Json, base: Json, chosen: str, view: View, workspace: Mapping[str, Any]) -> Json:
    """Return the card of one unit."""
    card = next((one for one in found["scorecards"] if one["unit"] == chosen), None)
    if card is None:
        return base | {"state": "empty", "message": "Choose one to see it in detail."}
    by_name, note = {one["name"]: one for one in found["criteria"]}, card["coaching"]
    few = [by_name[name]["label"] for name in card["too_few"]]
    return base | {
        "state": "ready", "title": chosen, "badge": card["verdict"].capitalize(), "tone": TONES[card["verdict"]],
        "about": "Values on the same kinds of tickets, drawn toward the desk where rows are few",
        "score": f"{card['score']:.0f} points",
        "interval": f"{card['low']:.0f} to {card['high']:.0f}; 50 is the target",
        "criteria": [_criterion(one, by_name[one["criterion"]]) for one in card["criteria"]],
        "lines": [f"Too few rows to tell: {', '.join(few)}."] if few else [], "note": note["text"] if note else "",
        **_reads(note, view, workspace),
    }  # fmt: skip


def _criterion(one: Json, criterion: Json) -> Json:
    unit = criterion["unit"]
    low, high = (min(100.0, max(0.0, one[name])) for name in ("low_points", "high_points"))
    kinds = f" on the same {' and '.join(criterion['kinds'])}" if criterion["kinds"] else ""
    value, lowest, highest, target, own, others = (
        value_text(one[name], unit) for name in ("adjusted", "low", "high", "target", "value", "expected")
    )
    return {
        "name": one["criterion"], "label": criterion["label"], "tone": _tone(one), "points": f"{one['points']:.0f}",
        "low": low, "width": high - low, "at": one["points"],
        "text": f"{value}, {lowest} to {highest}; target {target}, {criterion['target_from']}",
        "rests": f"Its own {own}, colleagues {others}{kinds}: {one['n']:,} of {one['rows']:,} rows",
    }  # fmt: skip


def _reads(note: Json | None, view: View, workspace: Mapping[str, Any]) -> Json:
    """Return the tickets to read, and where all of them are."""
    if note is None:
        return {"tickets": [], "href": ""}
    shown = View(period=view.period, start=view.start, end=view.end)
    filters = tuple(dict.fromkeys((*view.filters, *(parse_filter(text) for text in note["where"]))))
    return {
        "tickets": [
            {"text": t["subject"] or t["ticket_id"],
             "href": f"/tickets?{shown.query(workspace['slug'], ticket=t['ticket_id'])}"}
            for t in note["tickets"] if t["ticket_id"]
        ],
        "href": f"/tickets?{replace(shown, filters=filters).query(workspace['slug'], metric=note['metric'])}",
    }  # fmt: skip

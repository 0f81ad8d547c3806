"""Model cards as the Predictions page shows them: errors beside simple answers, what each rests on."""

from __future__ import annotations

from typing import Any

from deskpulse.charts.formats import expected_text, value_text

Json = dict[str, Any]
MOST_FEATURES = 12
_HEADS = (
    ("Prediction", "", False), ("Error", "A probability's is its Brier score", False),
    ("Simple answer", "The base rate, the category's median, or the better of last month and team", False),
    ("Similar tickets", "The error of what the most similar tickets came to", True),
    ("AUC", "How often one that had it is ranked above one that had not; chance is 0.5", True),
    ("Calibration", "Mean gap between what was said and what came; told from 1,000 cases on", True),
    ("In the interval", "Share that fell in the 80 % interval", True), ("Cases", "Measured on", True),
)  # fmt: skip
_TAGS = {"active": ("in use", "good"), "not_better": ("not used", "warn"), "not_learned": ("not learned", "even")}
_OF = {"ticket": "", "customer": "", "agent": " of agents"}


def table(found: Json, base: Json) -> Json:
    """Return a row for each prediction: its errors, beside those of simple answers."""
    columns = [{"label": label, "about": about, "isMinor": is_minor} for label, about, is_minor in _HEADS]
    rows = [_row(card) for card in found["predictions"]]
    note = "Not used: no better than the simple answer, which is told instead."
    return base | {"state": "ready", "columns": columns, "rows": rows, "note": note}


def _row(card: Json) -> Json:
    tag, tone = _TAGS[card["state"]]
    told = ["–"] * (len(_HEADS) - 1) if card["figures"] is None else _figures(card, card["figures"])
    return {"cells": [named(card), *told], "tag": tag, "tone": tone, "isOn": False, "href": ""}


def named(card: Json) -> str:
    """Return what a prediction is called beside the others."""
    return f"{card['label']}{_OF[card['entity']]}"


def _figures(card: Json, figures: Json) -> list[str]:
    within = value_text(figures.get("within_interval"), "ratio")
    n = f"{figures['n']:,}"
    if card["kind"] == "chance":
        alike, auc = figures.get("similar_brier"), figures["auc"]
        gap = f"{figures['calibration_error']:.3f}" if figures["is_many"] else "–"
        return [f"{figures['brier']:.4f}", f"{figures['brier_base']:.4f}", "–" if alike is None else f"{alike:.4f}",
                "–" if auc is None else f"{auc:.2f}", gap, "–", n]  # fmt: skip
    if card["kind"] == "duration":
        errors = [value_text(figures.get(name), "seconds")
                  for name in ("mae_seconds", "baseline_mae_seconds", "similar_mae_seconds")]  # fmt: skip
        return [*errors, "–", "–", within, n]
    rival = min(figures["last_mae"], figures["team_mae"])
    errors = [expected_text(value, card["unit"]) for value in (figures["mae"], rival)]
    return [*errors, "–", "–", "–", within, n]


def says(found: Json, base: Json) -> Json:
    """Return what each prediction says, on how much it rests, and the features it looks at."""
    facts = []
    for card in found["predictions"]:
        looks = ", ".join(name.replace("_", " ") for name in card["features"][:MOST_FEATURES])
        more = len(card["features"]) - MOST_FEATURES
        rests = f"Learned from {card['rows']:,} looks" if card["rows"] else "Not learned yet"
        parts = [rests, f"rests on {card['basis']}" if card["basis"] else "",
                 f"looks at {looks}{f' and {more} more' if more > 0 else ''}" if looks else ""]  # fmt: skip
        told = "; ".join(part for part in parts if part)
        facts.append({"name": named(card), "text": "", "beside": f"{card['about']} {told}."})
    return base | {"state": "ready", "lead": "", "facts": facts, "notes": []}

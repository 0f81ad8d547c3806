"""Customers at risk, what to expect of an agent, and how right predictions are, as cards of pages show them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from deskpulse.charts.formats import expected_text, value_text
from deskpulse.core.clock import now
from deskpulse.web.tickets.predicted import RISKY, reason_text
from deskpulse.web.view import View

Json = dict[str, Any]
MOST_REASONS = 4
_ENTITIES = {"ticket": "tickets", "customer": "customers", "agent": "months"}


def customers(found: Json, base: Json, workspace: Mapping[str, Any]) -> Json:
    """Return the customers most likely to leave, each with its reasons, leading to its tickets."""
    if not found["rows"]:
        return base | {"state": "empty", "message": "No customer is there to be asked about."}
    days = f"{found['horizon_days']:.0f}"
    about = (
        f"{found['asked']:,} customers by how probable it is that they leave within {days} days, the first"
        f" {len(found['rows'])}; {value_text(found['expected'], 'score')} of all are expected to."
    )
    stake = f"At stake in all: {value_text(found['at_stake'], 'money')} a year." if found["at_stake"] else ""
    notes = [about, stake, f"Left means {found['basis']}.", *found["notes"]]
    return base | {"state": "ready", "about": " ".join(note for note in notes if note),
                   "items": [_customer(row, workspace) for row in found["rows"]]}  # fmt: skip


def _customer(row: Json, workspace: Mapping[str, Any]) -> Json:
    one, name = row["prediction"], row["customer"]
    is_risky = one["value"] >= RISKY * one["baseline"]
    why = "; ".join(reason_text(reason) for reason in one["reasons"][:MOST_REASONS])
    who = ", ".join(str(row[key]) for key in ("company", "plan", "tier") if row[key])
    money = (
        f"{value_text(row['revenue_365'], 'money')} in the last year, {value_text(row['at_stake'], 'money')} at stake"
        if row["at_stake"] else ""
    )  # fmt: skip
    address = View(period="12m").with_values("customer", [str(name)]).query(workspace["slug"]) if name else ""
    return {
        "key": row["customer_id"], "tone": "bad" if is_risky else "even", "badge": "High risk" if is_risky else "Risk",
        "title": name or row["customer_id"], "value": value_text(one["value"], "ratio"),
        "usual": f"usual {value_text(one['baseline'], 'ratio')}", "lines": [line for line in (why, money, who) if line],
        "phrases": [], "tickets": [], "href": f"/tickets?{address}" if address else "", "hrefText": "The tickets",
    }  # fmt: skip


def expected(found: Json, base: Json, agent: str) -> Json:
    """Return what to expect of one agent's next 30 days."""
    row = next((one for one in found["rows"] if one["agent"] == agent), None)
    if row is None:
        return base | {"state": "empty", "message": "Too little of the last 90 days to expect anything from."}
    return base | {"state": "ready", "lead": "", "facts": [_level(one) for one in row["predictions"]],
                   "notes": found["notes"]}  # fmt: skip


def _level(one: Json) -> Json:
    value, low, high, last, team = (
        expected_text(one[name], one["unit"]) for name in ("value", "low", "high", "baseline", "team_value")
    )
    why = "; ".join(reason_text(reason) for reason in one["reasons"][:MOST_REASONS])
    beside = f"{low} to {high}; last 30 days {last}, team {team}"
    return {"name": one["label"], "text": value, "beside": f"{beside}. {why}" if why else beside}


def rightness(found: Json, base: Json, offer: Json) -> Json:
    """Return how right each prediction is, when it was learned, and how it has done since."""
    active = [card for card in found["predictions"] if card["state"] == "active"]
    rest = [_not_used(card) for card in found["predictions"] if card not in active]
    if not active:
        return base | offer | {"state": "empty", "message": offer["told"] or "Nothing is predicted yet."}
    facts = [{"name": _named(card), "text": figure(card, card["figures"]), "beside": schedule(card)} for card in active]
    told = [offer["told"]] if offer["told"] else []
    return base | offer | {"state": "ready", "lead": "", "facts": facts, "notes": [*told, *rest]}


def _named(card: Json) -> str:
    return f"{card['label']} of agents" if card["entity"] == "agent" else str(card["label"])


def _not_used(card: Json) -> str:
    if card["state"] == "not_learned":
        return f"{_named(card)}: not learned: too little, or nobody asked"
    simple = {"chance": "the base rate", "duration": "the median"}.get(card["kind"], "last month and team")
    return f"{_named(card)}: not better than {simple}: not used ({figure(card, card['figures'])})"


def figure(card: Json, figures: Json) -> str:
    """Return the error beside those of the simple answer and, of tickets, of similar ones."""
    if card["kind"] == "chance":
        alike = f", similar tickets {figures['similar_brier']:.4f}" if "similar_brier" in figures else ""
        return f"Brier {figures['brier']:.4f}, usual {figures['brier_base']:.4f}{alike}"
    if card["kind"] == "duration":
        names, simple = ("mae_seconds", "baseline_mae_seconds"), "median"
        error, other = (value_text(figures[name], "seconds") for name in names)
    else:
        simple = "last month" if figures["last_mae"] <= figures["team_mae"] else "team"
        rival = min(figures["last_mae"], figures["team_mae"])
        error, other = (expected_text(value, card["unit"]) for value in (figures["mae"], rival))
    took = figures.get("similar_mae_seconds")
    beside = f", similar tickets {value_text(took, 'seconds')}" if took is not None else ""
    return f"off by {error}, {simple} {other}{beside}"


def schedule(card: Json) -> str:
    """Return when it was learned, when it is learned anew, and how right it has been since."""
    of, since = _ENTITIES[card["entity"]], card["since"]
    said = [f"measured on {card['figures']['n']:,} later {of}, learned {_ago(card['learned_at'])}"]
    if card["next_at"]:
        said.append(f"anew from {datetime.fromisoformat(card['next_at']):%b %d} on, when enough is new")
    if since and since["figures"]:
        holds = "" if since["still_better"] else ", no better than simple"
        said.append(f"since then {figure(card, since['figures'])} ({since['n']:,} {of}{holds})")
    elif since:
        said.append(f"since then {since['n']:,} {of} of the {since['least']} that it takes to say")
    return "; ".join(said)


def _ago(moment: str) -> str:
    days = (now() - datetime.fromisoformat(moment)).days
    return "today" if days < 1 else "yesterday" if days == 1 else f"{days:,} days ago"

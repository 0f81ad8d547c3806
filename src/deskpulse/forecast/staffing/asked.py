"""What people ask of staffing, read and checked; and the answer for a single interval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from math import isfinite
from typing import Any

from deskpulse.core.errors import InputError
from deskpulse.core.settings import Settings
from deskpulse.forecast.staffing.erlang import Work, patience_from
from deskpulse.forecast.staffing.required import Required, Rules, Target, read_target, refuse_bad_rules, required

Json = dict[str, Any]
NUMBERS = ("volume", "aht", "interval", "patience", "abandonment", "wait", "shrinkage", "occupancy", "hourly_cost")
MOST = 1e9
"""Larger numbers are slips of the keyboard."""


def read_rules(spec: Mapping[str, Any], settings: Settings) -> tuple[Target, Rules]:
    """Return target and rules of a request; InputError when a number in it is none, negative or out of reason."""
    for name in NUMBERS:
        value = spec.get(name)
        if value is not None and not (isfinite(value) and 0 <= value <= MOST):
            raise InputError(f"{value:g} is no {name.replace('_', ' ')}.", hint="Give a number of 0 or more.")
    given = {name: spec[name] for name in ("occupancy", "shrinkage", "concurrency") if spec.get(name) is not None}
    rules = Rules(**given, most=settings.staffing_max_agents)
    refuse_bad_rules(rules)
    return read_target(spec.get("target") or "80/20"), rules


def patience_asked(spec: Mapping[str, Any]) -> float | None:
    """Return the patience that a request gives, or that its mean wait and abandonment (percent) tell; else None."""
    if spec.get("patience") is not None:
        return float(spec["patience"])
    if spec.get("abandonment") is None and spec.get("wait") is None:
        return None
    if spec.get("abandonment") is None or spec.get("wait") is None:
        raise InputError(
            "Abandonment and mean wait tell the patience only together.", hint="Give --abandonment 4 --wait 25."
        )
    return patience_from(spec["wait"], spec["abandonment"] / 100)


def staff_interval(spec: Mapping[str, Any], settings: Settings) -> Json:
    """Return the people for `volume` contacts in `interval` minutes, each handled in `aht` seconds."""
    target, rules = read_rules(spec, settings)
    volume, aht, minutes = spec.get("volume"), spec.get("aht"), spec.get("interval") or 30
    if volume is None or not aht:
        raise InputError(
            "A single interval needs a volume and a handle time above 0.", hint="Give --volume 120 --aht 240."
        )
    patience = patience_asked(spec)
    work = Work(rate=volume / (minutes * 60), handle_seconds=aht, patience_seconds=patience)
    found = required(work, target, rules)
    cost = spec.get("hourly_cost")
    return {
        "model": model_name(patience), "erlangs": work.erlangs, "patience_seconds": patience,
        "target": asdict(target), **as_row(found),
        "cost": None if cost is None else found.people * cost * minutes / 60,
    }  # fmt: skip


def as_row(found: Required) -> Json:
    """Return the people and figures in plain values."""
    return {"agents": found.agents, "people": found.people, **asdict(found.figures)}


def model_name(patience: float | None) -> str:
    """Return the name of the model that is used."""
    return "Erlang C" if patience is None else "Erlang A"

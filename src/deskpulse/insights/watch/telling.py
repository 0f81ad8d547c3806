"""An incident in words and plain values: what, when, how large, how grave, how sure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from math import isfinite

import numpy as np

from deskpulse.charts.formats import value_text
from deskpulse.insights.watch.incidents import Incident
from deskpulse.insights.watch.judging import Judged
from deskpulse.insights.watch.model import Family, Json, Key, Odd
from deskpulse.metrics.lookup import find_dimension, find_metric

SHOWN_BEFORE, SHOWN_AFTER, COURSES = 42, 14, 4
"""Steps before and after an incident that are shown, and of how many of its series."""
HIGH, MEDIUM, MANY = 1.0, 0.25, 2.0
"""An incident is high when it touches as many tickets as a usual day has, medium with a quarter of that."""
WINDOW_NAMES = {("day", 1): "one day", ("day", 7): "seven days", ("day", 28): "four weeks", ("hour", 1): "one hour",
                ("hour", 6): "six hours"}  # fmt: skip
_WEEK, _DAY = timedelta(days=7), timedelta(days=1, hours=2)


@dataclass(frozen=True, kw_only=True)
class Scale:
    """What gives an incident its weight: tickets of a usual day, what one costs (None: not known), and how rare
    numbers have to be.
    """

    daily: float
    cost: float | None
    limit: float


def anomaly_id(incident: Incident) -> str:
    """Return a name for an incident that stays while its lead and its beginning do."""
    lead = incident.lead
    said = f"{lead.family.metric}|{lead.key}|{lead.is_up}|{lead.starts_at.isoformat()}"
    return "an-" + hashlib.sha256(said.encode()).hexdigest()[:12]


def shape_of(incident: Incident) -> Json:
    """Return what makes an incident like another."""
    lead = incident.lead
    length = lead.ends_at - lead.starts_at
    return {
        "metric": lead.family.metric, "by": lead.key[0], "value": lead.key[1], "is_up": lead.is_up,
        "length": "day" if length <= _DAY else "week" if length <= _WEEK else "longer",
        "weekday": lead.starts_at.weekday(), "size": round(lead.ratio, 4),
        "from": lead.starts_at.isoformat(), "to": lead.ends_at.isoformat(),
    }  # fmt: skip


def body_of(incident: Incident, scale: Scale, judged: Mapping[Family, Judged]) -> Json:
    """Return an incident in plain values."""
    lead = incident.lead
    touched, money = _impact(lead, scale)
    severity = "high" if touched >= HIGH * scale.daily else "medium" if touched >= MEDIUM * scale.daily else "low"
    if money is not None and find_metric(lead.family.metric).unit == "money" and severity == "low":
        severity = "medium"
    metric = find_metric(lead.family.metric)
    better = metric.better
    return {
        "metric": metric.name, "label": metric.label, "unit": metric.unit, "by": lead.key[0] or None,
        "slice": lead.key[1], "where": where_of(lead.key), "grain": lead.family.grain,
        "from": lead.starts_at.isoformat(), "to": lead.ends_at.isoformat(), "is_open": lead.is_open,
        "is_up": lead.is_up, "is_worse": None if better == "none" else lead.is_up != (better == "up"),
        "value": _known(lead.value), "expected": _known(lead.expected), "low": _known(lead.low),
        "high": _known(lead.high), "n": round(lead.rows), "tickets": round(touched), "money": money,
        "severity": severity, "confidence": _confidence(lead.rarity, scale), "rarity": round(lead.rarity, 2),
        "seen_by": [WINDOW_NAMES[lead.family.grain, window] for window in lead.windows],
        "title": title(lead), "text": sentence(lead), "shape": shape_of(incident),
        "members": [_member(odd) for odd in incident.members],
        "courses": [course(odd, judged[odd.family]) for odd in incident.members[:COURSES]],
    }  # fmt: skip


def where_of(key: Key) -> list[str]:
    """Return the filter that keeps a slice."""
    if not key[0]:
        return []
    from deskpulse.metrics.filters import filter_text
    from deskpulse.metrics.model import Filter

    return [filter_text(Filter(dimension=key[0], values=(key[1] or "",)))]


def named(key: Key) -> str:
    """Return how people name a slice; nothing for the whole."""
    return f"{find_dimension(key[0]).label} {key[1]}" if key[0] else ""


def title(odd: Odd) -> str:
    """Return a headline: what happened to which number, where."""
    label = find_metric(odd.family.metric).label
    place = f", {named(odd.key)}" if odd.key[0] else ""
    if odd.family.kind == "count" and odd.value == 0:
        return f"No {label[0].lower()}{label[1:]}{place}"
    return f"{label} {'above' if odd.is_up else 'below'} the usual{place}"


def sentence(odd: Odd) -> str:
    """Return one sentence with the figures."""
    metric = find_metric(odd.family.metric)
    value, expected, low, high = (value_text(n, metric.unit) for n in (odd.value, odd.expected, odd.low, odd.high))
    share = "" if metric.unit in ("ratio", "score") else f" ({_apart(odd)})"
    since = "so far " if odd.is_open else ""
    return f"{metric.label}: {value}{share} {since}{_span(odd)}; expected {expected}, between {low} and {high}."


def _apart(odd: Odd) -> str:
    if odd.is_up and odd.ratio >= MANY:
        return f"{odd.ratio + 1:.1f} times the usual"
    return f"{odd.ratio:.0%} {'more' if odd.is_up else 'less'} than usual"


def _span(odd: Odd) -> str:
    if odd.family.grain == "hour":
        return f"from {odd.starts_at:%Y-%m-%d %H:%M} to {odd.ends_at:%H:%M}"
    days = odd.last - odd.first + 1
    return f"on {odd.starts_at:%Y-%m-%d}" if days == 1 else f"in {days} days from {odd.starts_at:%Y-%m-%d}"


def _impact(odd: Odd, scale: Scale) -> tuple[float, float | None]:
    """Return how many tickets (calls, answers) the difference touches, and what that costs, or None."""
    if odd.family.kind == "amount" and find_metric(odd.family.metric).unit == "money":
        return 0.0, round(abs(odd.excess), 2)
    if odd.family.kind == "mean":
        is_score = find_metric(odd.family.metric).unit == "score"
        touched = min(abs(odd.value - odd.expected) if is_score else odd.ratio, 1.0) * odd.rows
    else:
        touched = abs(odd.excess)
    return touched, None if scale.cost is None else round(touched * scale.cost, 2)


def _confidence(rarity: float, scale: Scale) -> float:
    """Return how sure it is that an incident is no chance: a half at the limit, and ten times nearer to 1 with each
    decimal order of magnitude that it is rarer.
    """
    beyond: float = 10.0 ** (scale.limit - rarity)
    return round(min(1.0 - 0.5 * beyond, 0.999), 3)


def _member(odd: Odd) -> Json:
    metric = find_metric(odd.family.metric)
    return {
        "metric": metric.name, "label": metric.label, "unit": metric.unit, "by": odd.key[0] or None,
        "slice": odd.key[1], "from": odd.starts_at.isoformat(), "to": odd.ends_at.isoformat(),
        "value": _known(odd.value), "expected": _known(odd.expected), "is_up": odd.is_up, "n": round(odd.rows),
        "text": title(odd),
    }  # fmt: skip


def course(odd: Odd, judged: Judged) -> Json:
    """Return the series around an incident: what was, what was expected of each step, and which steps are odd."""
    panel = judged.panel
    series = list(panel.keys).index(odd.key)
    step = 1 if panel.family.grain == "day" else 4
    first = max(odd.first - SHOWN_BEFORE * step, 0)
    last = min(odd.last + SHOWN_AFTER * step, len(panel.starts) - 1)
    middle, low, high = judged.band(series)
    points = []
    for place in range(first, last + 1):
        points.append({
            "period": panel.periods[place], "value": _known(panel.values[series, place]),
            "expected": _known(middle[place]), "low": _known(low[place]), "high": _known(high[place]),
            "is_odd": odd.first <= place <= odd.last,
        })  # fmt: skip
    metric = find_metric(odd.family.metric)
    return {"metric": metric.name, "label": metric.label, "unit": metric.unit, "by": odd.key[0] or None,
            "slice": odd.key[1], "grain": panel.family.grain, "points": points}  # fmt: skip


def _known(value: float | np.floating) -> float | None:
    return round(float(value), 6) if isfinite(value) else None

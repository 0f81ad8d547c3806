"""An incident in words and plain values: what, when, how large, how grave, how sure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from math import isfinite

import numpy as np

from deskpulse.charts.formats import day_text, span_text, value_text
from deskpulse.insights.watch.incidents import Incident
from deskpulse.insights.watch.judging import Judged
from deskpulse.insights.watch.model import Family, Json, Key, Odd
from deskpulse.insights.watch.scaled import residuals
from deskpulse.metrics.lookup import find_dimension, find_metric

SHOWN_BEFORE, SHOWN_AFTER, COURSES = 42, 14, 4
"""Steps before and after an incident that are shown, and of how many of its series."""
HIGH, MEDIUM, MANY = 1.0, 0.25, 2.0
"""An incident is high when it touches as many tickets, or as much money, as a usual day has, medium with a quarter."""
WINDOW_NAMES = {("day", 1): "one day", ("day", 7): "seven days", ("day", 28): "four weeks", ("hour", 1): "one hour",
                ("hour", 6): "six hours"}  # fmt: skip
FAR = 2.0
"""Deviations beyond which a day of a swinging series is marked."""
_WEEK, _DAY = timedelta(days=7), timedelta(days=1, hours=2)


@dataclass(frozen=True, kw_only=True)
class Scale:
    """What gives an incident its weight: tickets of a usual day, what one costs (None: not known), how rare
    numbers have to be, and the currency of the money ("": not known, or several).
    """

    daily: float
    cost: float | None
    limit: float
    currency: str = ""


def anomaly_id(incident: Incident) -> str:
    """Return a name for an incident that stays while its lead and its beginning do."""
    lead = incident.lead
    said = f"{lead.family.metric}|{lead.key}|{lead.is_up}|{lead.starts_at.isoformat()}"
    if lead.finding != "level":
        said += f"|{lead.finding}"
    return "an-" + hashlib.sha256(said.encode()).hexdigest()[:12]


def shape_of(incident: Incident) -> Json:
    """Return what makes an incident like another."""
    lead = incident.lead
    length = lead.ends_at - lead.starts_at
    return {
        "finding": lead.finding, "metric": lead.family.metric, "by": lead.key[0], "value": lead.key[1],
        "is_up": lead.is_up,
        "length": "day" if length <= _DAY else "week" if length <= _WEEK else "longer",
        "weekday": lead.starts_at.weekday(), "size": round(lead.ratio, 4),
        "from": lead.starts_at.isoformat(), "to": lead.ends_at.isoformat(),
    }  # fmt: skip


def body_of(incident: Incident, scale: Scale, judged: Mapping[Family, Judged]) -> Json:
    """Return an incident in plain values."""
    lead = incident.lead
    touched, money = _impact(lead, scale)
    severity = _severity(max(touched / scale.daily, _days_of_money(lead, money, scale)))
    metric = find_metric(lead.family.metric)
    return {
        "finding": lead.finding, "metric": metric.name, "label": metric.label, "unit": unit_of(lead),
        "by": lead.key[0] or None, "slice": lead.key[1], "where": where_of(lead.key), "grain": lead.family.grain,
        "from": lead.starts_at.isoformat(), "to": lead.ends_at.isoformat(), "is_open": lead.is_open,
        "is_up": lead.is_up, "is_worse": _is_worse(lead),
        "value": _known(lead.value), "expected": _known(lead.expected), "low": _known(lead.low),
        "high": _known(lead.high), "n": round(lead.rows), "tickets": round(touched), "money": money,
        "currency": scale.currency,
        "severity": severity, "confidence": _confidence(lead.rarity, scale), "rarity": round(lead.rarity, 2),
        "seen_by": [WINDOW_NAMES[lead.family.grain, window] for window in lead.windows],
        "heard_by": list(lead.heard_by), "title": title(lead), "text": sentence(lead), "shape": shape_of(incident),
        "members": [_member(odd) for odd in _series(incident)],
        "courses": [course(odd, judged[odd.family]) for odd in _series(incident)[:COURSES]],
    }  # fmt: skip


def _series(incident: Incident) -> list[Odd]:
    """Return everything odd in an incident: behind what is odd together the other numbers of it, each series once."""
    found: dict[tuple[str, Key, str], Odd] = {}
    for odd in incident.members:
        for one in (odd, *odd.others):
            found.setdefault((one.family.name, one.key, one.finding), one)
    return list(found.values())


def unit_of(odd: Odd) -> str:
    """Return the unit of what is told: changes of what is judged by its logarithm are shares."""
    is_share = odd.finding == "volatility" and odd.family.is_logarithmic
    return "ratio" if is_share else find_metric(odd.family.metric).unit


def _is_worse(odd: Odd) -> bool | None:
    """Return whether it is for the worse; None where neither way is. More swinging is, less is neither."""
    if odd.finding == "volatility":
        return True if odd.is_up else None
    ways = [_is_bad(one) for one in (odd, *odd.others)]
    return True if True in ways else None if None in ways or odd.others else False


def _is_bad(odd: Odd) -> bool | None:
    better = find_metric(odd.family.metric).better
    return None if better == "none" else odd.is_up != (better == "up")


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
    if odd.finding == "volatility":
        return f"{label} swings {'more' if odd.is_up else 'less'} than usual{place}"
    if odd.others:
        return f"Unusual together: {_joined([_short(one) for one in (odd, *odd.others)])}{place}"
    if odd.family.kind == "count" and odd.value == 0:
        return f"No {label[0].lower()}{label[1:]}{place}"
    return f"{label} {'above' if odd.is_up else 'below'} the usual{place}"


def sentence(odd: Odd) -> str:
    """Return one sentence with the figures."""
    metric, unit = find_metric(odd.family.metric), unit_of(odd)
    value, expected, low, high = (value_text(n, unit) for n in (odd.value, odd.expected, odd.low, odd.high))
    since = "so far " if odd.is_open else ""
    if odd.finding == "volatility":
        return (
            f"{metric.label}: by {value} from one day to the next on a typical day {since}{_span(odd)}"
            f" ({_apart(odd)}); usually by {expected}, between {low} and {high}."
        )
    if odd.others:
        each = _joined([_figures(one) for one in (odd, *odd.others)])
        return f"{each} {since}{_span(odd)}. Each may be usual; that they are so together is not."
    share = "" if metric.unit in ("ratio", "score") else f" ({_apart(odd)})"
    return f"{metric.label}: {value}{share} {since}{_span(odd)}; expected {expected}, between {low} and {high}."


def _figures(odd: Odd) -> str:
    metric = find_metric(odd.family.metric)
    value, expected = (value_text(number, metric.unit) for number in (odd.value, odd.expected))
    return f"{metric.label} {value} (expected {expected})"


def _short(odd: Odd) -> str:
    return f"{find_metric(odd.family.metric).label} {'high' if odd.is_up else 'low'}"


def _joined(parts: list[str]) -> str:
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else parts[0]


def _apart(odd: Odd) -> str:
    if odd.is_up and odd.ratio >= MANY:
        return f"{odd.ratio + 1:.1f} times the usual"
    return f"{odd.ratio:.0%} {'more' if odd.is_up else 'less'} than usual"


def _span(odd: Odd) -> str:
    first, last = odd.starts_at.date(), (odd.ends_at - timedelta(hours=12)).date()
    if odd.family.grain == "hour":
        return f"on {day_text(first)} from {odd.starts_at:%H:%M} to {odd.ends_at:%H:%M}"
    days = odd.last - odd.first + 1
    return f"on {day_text(first)}" if days == 1 else f"in {days} days, {span_text(first, last)}"


def _severity(days: float) -> str:
    """Return how grave an incident is that touches as much as so many usual days have."""
    return "high" if days >= HIGH else "medium" if days >= MEDIUM else "low"


def _days_of_money(odd: Odd, money: float | None, scale: Scale) -> float:
    """Return how many usual days cost as much as an incident does.

    A usual day costs what its contacts do; where that is not known, it has what the number itself usually has a day.
    """
    if money is None or not _is_money(odd):
        return 0.0  # the money of tickets is their number times what one costs: the same share of a day
    days = max((odd.ends_at - odd.starts_at) / timedelta(days=1), 1.0)
    own = abs(odd.expected) * (odd.rows if odd.family.kind == "mean" else 1.0) / days
    usual = own if scale.cost is None else scale.daily * scale.cost
    return money / usual if usual > 0 else 0.0


def _is_money(odd: Odd) -> bool:
    return odd.finding == "level" and find_metric(odd.family.metric).unit == "money"


def _impact(odd: Odd, scale: Scale) -> tuple[float, float | None]:
    """Return how many tickets (calls, answers) the difference touches, and what that costs, or None."""
    if odd.finding == "volatility":
        touched = abs(odd.excess) if odd.is_up else 0.0
        return touched, None if scale.cost is None else round(touched * scale.cost, 2)
    if _is_money(odd):
        rows = odd.rows if odd.family.kind == "mean" else 1.0
        return 0.0, round(abs(odd.value - odd.expected) * rows, 2)
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
        "finding": odd.finding, "metric": metric.name, "label": metric.label, "unit": unit_of(odd),
        "by": odd.key[0] or None, "slice": odd.key[1], "from": odd.starts_at.isoformat(), "to": odd.ends_at.isoformat(),
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
    steps = np.arange(len(panel.starts))
    is_odd = (steps >= odd.first) & (steps <= odd.last)
    if odd.finding == "volatility":  # of what swings, the days that stand out
        is_odd &= np.nan_to_num(np.abs(residuals(judged)[series])) > FAR
    points = []
    for place in range(first, last + 1):
        points.append({
            "period": panel.periods[place], "value": _known(panel.values[series, place]),
            "expected": _known(middle[place]), "low": _known(low[place]), "high": _known(high[place]),
            "is_odd": bool(is_odd[place]),
        })  # fmt: skip
    metric = find_metric(odd.family.metric)
    return {"metric": metric.name, "label": metric.label, "unit": metric.unit, "by": odd.key[0] or None,
            "slice": odd.key[1], "grain": panel.family.grain, "points": points}  # fmt: skip


def _known(value: float | np.floating) -> float | None:
    return round(float(value), 6) if isfinite(value) else None

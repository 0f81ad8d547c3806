"""Categories (or other slices) that grow or shrink beside the rest."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np

from deskpulse.insights.patterns.asking import Asked, Json, only
from deskpulse.insights.patterns.effects import Effect, Floats, corrected, regress_alone, t_width
from deskpulse.metrics.lookup import dimensions_of, find_dimension
from deskpulse.metrics.model import MetricQuery
from deskpulse.metrics.statistics import t_tail

METRIC, DIMENSION = "tickets_created", "category"
LEAST_WEEKS, SEASON_WEEKS, MOST = 12, 72, 40
"""Weeks that are needed, from how many on a season of the year is told from growth, and slices looked at."""
LEAST_ROWS = 100
ENDS = 8
MONTH = 52 / 12
LEAST_A_MONTH = 0.005


def growth(asked: Asked) -> Json:
    """Return how the slices' shares of all tickets grow a month, the surest first; `unknown` says why not.

    A straight line through the weekly log odds of the share, by least squares with weights, waves of a year taken out
    where the data spans one and a half. The p values are corrected for their number.
    """
    name = asked.by if asked.by is not None and asked.by in dimensions_of(asked.metric) else DIMENSION
    head: Json = {"by": name, "label": find_dimension(name).label, "weeks": 0, "values": [], "notes": [], "unknown": ""}
    first = asked.first_day + timedelta(days=-asked.first_day.weekday() % 7)
    weeks = (asked.end_day - first).days // 7
    if weeks < LEAST_WEEKS:
        return head | {"weeks": max(weeks, 0), "unknown": f"There are {max(weeks, 0)} whole weeks of data;"
                       f" {LEAST_WEEKS} are needed to tell growth from chance."}  # fmt: skip
    query = replace(asked.over(first, first + timedelta(weeks=weeks)), metrics=(METRIC,))
    counts = _counts(asked, replace(query, by=(name,), grain="week", top=MOST), weeks)
    whole = sum(counts.values(), np.zeros(weeks))
    enough = {key: own for key, own in counts.items() if key is not None and own.sum() >= LEAST_ROWS
              and (whole - own).sum() >= LEAST_ROWS}  # fmt: skip
    rows = _rows(weeks)
    found = [_grown(key, own, whole, rows) for key, own in enough.items()]
    sure = corrected(found)
    told = [_told(one, counts[one.key], rows) | {"link": asked.rows((only(name, one.key),), query, METRIC)}
            for one in sure]  # fmt: skip
    notes = (
        []
        if weeks >= SEASON_WEEKS
        else [f"With {weeks} weeks, fewer than {SEASON_WEEKS}, growth cannot be told from a season of the year."]
    )
    return head | {"weeks": weeks, "notes": notes, "few": len(counts) - len(enough) - (None in counts),
                   "values": sorted(told, key=lambda one: (one["p"], -abs(one["a_month"]))),
                   "unknown": "" if told else f"No {name.replace('_', ' ')} has {LEAST_ROWS} tickets."}  # fmt: skip


def _counts(asked: Asked, query: MetricQuery, weeks: int) -> dict[str | None, Floats]:
    found: dict[str | None, Floats] = {}
    result = asked.engine.query(asked.principal, query)
    places: dict[str, int] = {}
    for label in sorted({row.period or "" for row in result.rows}):
        places[label] = len(places)
    for row in result.rows:
        key = None if row.is_other else row.by[0]
        found.setdefault(key, np.zeros(weeks))[places[row.period or ""]] += row.values[METRIC].value or 0.0
    return found


def _rows(weeks: int) -> Floats:
    time = np.arange(weeks, dtype=float)
    columns = [np.ones(weeks), (time - time.mean()) / MONTH]
    if weeks >= SEASON_WEEKS:
        angle = 2 * np.pi * time / 52.18
        columns += [np.cos(angle), np.sin(angle), np.cos(2 * angle), np.sin(2 * angle)]
    return np.column_stack(columns)


def _line(own: Floats, rest: Floats, rows: Floats) -> tuple[float, float, float, float]:
    """Return the slope a month of the log of own over rest, its interval, and p."""
    values = np.log((own + 0.5) / (rest + 0.5))
    weights = (own + 0.5) * (rest + 0.5) / (own + rest + 1.0)
    fit = regress_alone(rows, values, weights)
    slope, error = float(fit.coefficients[1]), float(np.sqrt(fit.covariance[1, 1]))
    wide = t_width(fit.freedom) * error
    return slope, slope - wide, slope + wide, t_tail(slope / error, fit.freedom) if error > 0 else 1.0


def _grown(key: str, own: Floats, whole: Floats, rows: Floats) -> Effect:
    slope, low, high, p = _line(own, whole - own, rows)
    shares = [float(own[span].sum() / max(whole[span].sum(), 1.0)) for span in (slice(-ENDS, None), slice(0, ENDS))]
    return Effect(key=key, value=shares[0], usual=shares[1], relative=float(np.expm1(slope)), low=float(np.expm1(low)),
                  high=float(np.expm1(high)), n=int(own.sum()), p=p)  # fmt: skip


def _told(one: Effect, own: Floats, rows: Floats) -> Json:
    counts = _line(own, np.full(len(own), own.mean()), rows)
    moves = one.is_sure and abs(one.relative) >= LEAST_A_MONTH
    return {
        "value": one.key, "way": "steady" if not moves else "grows" if one.relative > 0 else "shrinks",
        "a_month": one.relative, "low": one.low, "high": one.high, "p": one.p, "n": one.n,
        "share_then": one.usual, "share_now": one.value,
        "a_week_then": float(own[:ENDS].mean()), "a_week_now": float(own[-ENDS:].mean()),
        "count_a_month": float(np.expm1(counts[0])), "count_low": float(np.expm1(counts[1])),
        "count_high": float(np.expm1(counts[2])), "course": [float(number) for number in own],
    }  # fmt: skip

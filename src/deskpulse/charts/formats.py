"""How numbers and periods are written for people: cards, tables and texts, alike to the charts' `script/index.js`."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Literal

NO_DATA = "–"
_MINUS = "−"
_SHORT = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K"))


def fixed(value: float, decimals: int) -> str:
    """Return `value` with `decimals` decimals, halves away from zero, commas and a true minus sign."""
    scale = 10.0**decimals
    rounded = math.floor(abs(value) * scale + 0.5) / scale
    return f"{_MINUS if value < 0 < rounded else ''}{rounded:,.{decimals}f}"


def trimmed(value: float, decimals: int) -> str:
    """Return like `fixed`, without zeros at the end of the decimals."""
    text = fixed(value, decimals)
    return text.rstrip("0").rstrip(".") if "." in text else text


def short(value: float) -> str:
    """Return a number in little room: 950, 1.2K, 34K, 5.6M."""
    size = abs(value)
    for limit, sign in _SHORT:
        if size >= limit * 0.9995:
            return trimmed(value / limit, 1 if size < limit * 100 else 0) + sign
    return trimmed(value, 2 if size < 10 else 1 if size < 100 else 0)


def duration(seconds: float) -> str:
    """Return seconds in the unit a person would choose: 45 s, 4.5 min, 12 min, 2.9 h, 3.4 d."""
    size = abs(seconds)
    if size < 59.5:
        return f"{fixed(seconds, 0)} s"
    if size < 3570:
        return f"{trimmed(seconds / 60, 1 if size < 594 else 0)} min"
    if size < 171_000:
        return f"{trimmed(seconds / 3600, 1)} h"
    return f"{trimmed(seconds / 86400, 1 if size < 8_596_800 else 0)} d"


NUMBERS: Mapping[str, Callable[[float], str]] = MappingProxyType(
    {
        "int": lambda value: fixed(value, 0),
        "short": short,
        "percent": lambda value: f"{fixed(value * 100, 1)}%",
        "percent_short": lambda value: f"{trimmed(value * 100, 1)}%",
        "duration": duration,
        "score": lambda value: fixed(value, 2 if abs(value) < 9.995 else 1),
        "decimal": lambda value: trimmed(value, 2),
        "money": lambda value: fixed(value, 2 if abs(value) < 999.995 else 0),
    }
)

# For each unit of a metric: how a value is written in full, and beside an axis.
UNITS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "count": ("int", "short"),
        "ratio": ("percent", "percent_short"),
        "seconds": ("duration", "duration"),
        "score": ("score", "decimal"),
        "money": ("money", "short"),
        "per_ticket": ("decimal", "decimal"),
    }
)


def expected_text(value: float | None, unit: str) -> str:
    """Return a value that is expected or a mean: like `value_text`, and small counts keep their decimals."""
    if unit != "count" or value is None or not 0 < abs(value) < 9.95:
        return value_text(value, unit)
    return trimmed(value, 1 if abs(value) >= 0.995 else 2)


def value_text(value: float | None, unit: str) -> str:
    """Return a metric's value as people read it; no data is a dash."""
    return NO_DATA if value is None or math.isnan(value) else NUMBERS[UNITS[unit][0]](value)


def money_text(amount: float, currency: str | None) -> str:
    """Return an amount with its currency (ISO 4217), where that is known: "1,204 EUR"."""
    return f"{NUMBERS['money'](amount)} {currency or ''}".rstrip()


def period_text(period: str, grain: str) -> str:
    """Return a period's start (ISO) as the charts write it: "Jun 3", "Jun 2026", "Q2 2026", "Jun 3, 14:00"."""
    if grain in ("15min", "30min", "hour"):
        moment = datetime.fromisoformat(period)
        return f"{moment:%b} {moment.day}, {moment:%H:%M}"
    day = date.fromisoformat(period[:10])
    match grain:
        case "month":
            return f"{day:%b %Y}"
        case "quarter":
            return f"Q{(day.month - 1) // 3 + 1} {day.year}"
        case "year":
            return str(day.year)
        case _:
            return f"{day:%b} {day.day}"


def day_text(day: date) -> str:
    """Return a day as people write it: "Jun 1, 2026"."""
    return f"{day:%b} {day.day}, {day.year}"


def span_text(first: date, last: date) -> str:
    """Return the days from `first` to `last` (in it) as people write them: "Jun 1 – Jun 30, 2026"."""
    if first == last:
        return day_text(last)
    return f"{first:%b} {first.day}{'' if first.year == last.year else f', {first.year}'} – {day_text(last)}"


@dataclass(frozen=True, kw_only=True)
class Change:
    """How a value moved: a text without its direction, the direction, and whether that is good."""

    text: str
    arrow: Literal["up", "down", ""]
    tone: Literal["good", "bad", "even"]


def change(value: float | None, compared: float | None, unit: str, better: str) -> Change | None:
    """Return how `value` moved since `compared`; None when one of them is unknown or the change has no measure.

    Ratios move by percentage points, scores by their own scale, all others by percent of what was compared
    (from ten times on, by times).
    """
    if value is None or compared is None:
        return None
    moved = value - compared
    if unit == "ratio":
        text = f"{fixed(abs(moved) * 100, 1)} pp"
    elif unit == "score":
        text = fixed(abs(moved), 2 if abs(compared) < 9.995 else 1)
    elif compared == 0:
        return None if moved else Change(text="0%", arrow="", tone="even")
    else:
        share = abs(moved / compared)
        text = f"{fixed(value / compared, 0)}×" if moved > 0 and value / compared >= 10 else f"{fixed(share * 100, 1)}%"
    if not text.strip("0.%p "):
        return Change(text=text, arrow="", tone="even")
    arrow: Literal["up", "down"] = "up" if moved > 0 else "down"
    return Change(text=text, arrow=arrow, tone="even" if better == "none" else "good" if better == arrow else "bad")

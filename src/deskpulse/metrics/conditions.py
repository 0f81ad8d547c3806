"""Filters, checked: each condition on its dimension, with values that its kind can hold, and as shapes of SQL."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from deskpulse.core.errors import InputError, LimitError
from deskpulse.core.periods import add_units, midnight, parse_moment, zone
from deskpulse.metrics.compile import MOST_LISTED, Condition, Joined, Test
from deskpulse.metrics.filters import filter_text
from deskpulse.metrics.model import Clause, Dimension, Filter, Where

COMPARED = ("lt", "le", "gt", "ge", "between")
TEXTUAL = ("contains", "starts_with")
OPERATORS = ("in", "not_in", "is_null", "not_null", "other_than", *COMPARED, *TEXTUAL)
_DURATION = re.compile(r"(-?\d+(?:\.\d+)?)\s*(s|sec|m|min|h|d|w)", re.I)
_SECONDS = {"s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600, "d": 86400, "w": 604800}
_WORDS = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "starts_with": "starts with", "other_than": "other than"}


@dataclass(frozen=True)
class Group:
    """Checked conditions joined by `kind`: and, or, not."""

    kind: str
    items: tuple[Checked, ...]


Checked = tuple[Dimension, Filter] | Group


def leaves(filters: Iterable[Checked]) -> Iterator[tuple[Dimension, Filter]]:
    """Yield the single conditions, in order."""
    for item in filters:
        if isinstance(item, Group):
            yield from leaves(item.items)
        else:
            yield item


def checked_text(item: Checked) -> str:
    """Return a checked condition as a filter's text, for people to read."""

    def plain(part: Checked) -> Where:
        if isinstance(part, Group):
            return Clause(kind=part.kind, items=tuple(plain(p) for p in part.items))  # type: ignore[arg-type]
        return part[1]

    return filter_text(plain(item))


def checked_filter(dimension: Dimension, item: Filter, timezone: str, most_values: int) -> Checked:
    """Return the condition with its values as the SQL takes them; InputError says what does not fit."""
    if item.operator not in OPERATORS:
        raise InputError(f"There is no operator {item.operator!r}.", hint=f"Known: {', '.join(OPERATORS)}.")
    if (item.operator in ("is_null", "not_null")) == bool(item.values):
        needs = "values" if not item.values else "no values"
        raise InputError(f"The filter {item.dimension} {item.operator} takes {needs}.", hint="See the filters' page.")
    if len(item.values) > most_values:
        raise LimitError(f"{item.dimension} is compared with {len(item.values):,} values; {most_values:,} are allowed.",
                         setting="filter_max_values")  # fmt: skip
    _refuse_kind(dimension, item)
    if dimension.kind == "number":
        return dimension, replace(item, values=tuple(str(_number(dimension, v)) for v in item.values))
    if dimension.kind == "time" and item.values:
        return _time_filter(dimension, item, timezone)
    if item.operator in COMPARED:
        return dimension, _by_order(dimension, item)
    known = dimension.order if dimension.is_closed or dimension.kind == "flag" else ()
    if item.operator in ("in", "not_in") and known and (unknown := [v for v in item.values if v not in known]):
        raise InputError(
            f"{dimension.name} has no value {unknown[0]!r}.", hint=f"It has: {', '.join(dimension.order)}."
        )
    if item.operator == "other_than" and dimension.kind != "list":
        return Group("and", ((dimension, replace(item, operator="not_in")),
                             (dimension, Filter(dimension=item.dimension, operator="not_null"))))  # fmt: skip
    return dimension, item


def _refuse_kind(dimension: Dimension, item: Filter) -> None:
    word = _WORDS.get(item.operator, item.operator)
    is_text = dimension.kind == "column"
    if item.operator in TEXTUAL and not is_text:
        raise InputError(f"{word} does not fit {dimension.name}: it holds no single text.",
                         hint=f"Use {dimension.name} = a value, or in [several].", position=item.position)  # fmt: skip
    if item.operator == "other_than" and dimension.kind in ("number", "time"):
        raise InputError(f"other than does not fit {dimension.name}.", hint="Use !=.", position=item.position)
    if item.operator in COMPARED and not dimension.order and dimension.kind not in ("number", "time"):
        raise InputError(f"{word} does not fit {dimension.name}: its values have no order.",
                         hint=f"Use {dimension.name} = or != a value, or in [several].",
                         position=item.position)  # fmt: skip
    if item.operator in COMPARED and dimension.kind == "flag":
        raise InputError(f"{word} does not fit {dimension.name}: it is true or false.",
                         hint=f"Write {dimension.name} = true.", position=item.position)  # fmt: skip
    wanted = 2 if item.operator == "between" else 1
    if item.operator in (*COMPARED, *TEXTUAL) and len(item.values) != wanted:
        raise InputError(f"The filter {item.dimension} {word} takes {wanted} values.", hint="See the filters' page.")


def _number(dimension: Dimension, text: str) -> float:
    """Return the number that `text` says; a duration may have a unit (90s, 15m, 4h, 2d, 1w)."""
    plain = text.strip().replace("_", "")
    if dimension.column.endswith("_seconds") and (found := _DURATION.fullmatch(plain)):
        return float(found[1]) * _SECONDS[found[2].lower()]
    try:
        number = float(plain)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        units = ", or with a unit: 90s, 15m, 4h, 2d" if dimension.column.endswith("_seconds") else ""
        raise InputError(f"{dimension.name} is a number; {text[:50]!r} is none.", hint=f"Write 2 or 2.5{units}.")
    return number


def _by_order(dimension: Dimension, item: Filter) -> Filter:
    """Return a comparison on an ordered dimension as the list of values that meet it."""
    order = dimension.order[::-1] if dimension.is_descending else dimension.order
    if unknown := [v for v in item.values if v not in order]:
        raise InputError(f"{dimension.name} has no value {unknown[0]!r}.", hint=f"In order: {', '.join(order)}.")
    at = [order.index(v) for v in item.values]
    meets = {
        "lt": lambda i: i < at[0], "le": lambda i: i <= at[0], "gt": lambda i: i > at[0], "ge": lambda i: i >= at[0],
        "between": lambda i: at[0] <= i <= at[-1],
    }[item.operator]  # fmt: skip
    values = tuple(v for i, v in enumerate(order) if meets(i))
    if not values:
        told = f"{_WORDS.get(item.operator, item.operator)} {' and '.join(item.values)}"
        raise InputError(f"No {dimension.name} is {told}.", hint=f"In order: {', '.join(order)}.")
    return replace(item, operator="in", values=values)


def _time_filter(dimension: Dimension, item: Filter, timezone: str) -> Checked:
    """Return a comparison of moments; a date alone is the whole local day."""
    local = zone(timezone)

    def span(text: str) -> tuple[datetime, datetime]:
        start = parse_moment(text.strip(), local)
        if len(text.strip()) > 10:
            return start, start + timedelta(microseconds=1)
        return start, midnight(add_units(datetime.fromisoformat(text.strip()).date(), "day", 1), local)

    def part(operator: str, moment: datetime) -> tuple[Dimension, Filter]:
        text = moment.astimezone(UTC).isoformat()
        return dimension, replace(item, operator=operator, values=(text,))  # type: ignore[arg-type]

    spans = [span(value) for value in item.values]
    (start, end), last = spans[0], spans[-1][1]
    match item.operator:
        case "lt":
            return part("lt", start)
        case "le":
            return part("lt", end)
        case "gt":
            return part("ge", end)
        case "ge":
            return part("ge", start)
        case "between":
            return Group("and", (part("ge", start), part("lt", last)))
    found = Group("or", tuple(Group("and", (part("ge", low), part("lt", high))) for low, high in spans))
    return found if item.operator == "in" else Group("not", (found,))


def conditions(filters: Iterable[Checked], prefix: str = "f") -> tuple[Test, ...]:
    """Return the shapes of the filters; condition number i binds names that begin with `prefix` and i."""
    number = iter(range(1_000_000))

    def shape(item: Checked) -> Test:
        if isinstance(item, Group):
            return Joined(item.kind, tuple(shape(part) for part in item.items))
        dimension, found = item
        key = f"{prefix}{next(number)}"
        if found.operator in ("lt", "le", "gt", "ge", "between", *TEXTUAL):
            return Condition(dimension, found.operator, len(found.values), key)
        slots = 1
        while slots < len(found.values):
            slots *= 2
        is_listed = dimension.kind == "list" or slots > MOST_LISTED or not found.values
        return Condition(dimension, found.operator, 0 if is_listed else slots, key)

    return tuple(shape(item) for item in filters)


def filter_values(filters: Iterable[Checked], prefix: str = "f") -> dict[str, object]:
    """Return what the placeholders of the filters stand for: each alone and as a list."""
    bound: dict[str, object] = {}
    for i, (dimension, item) in enumerate(leaves(filters)):
        values: list[object] = list(item.values)
        if dimension.is_closed:
            values = [dimension.order.index(v) for v in item.values]
        elif dimension.kind == "number":
            values = [float(v) for v in item.values]
        elif dimension.kind == "time":
            values = [datetime.fromisoformat(v) for v in item.values]
        bound[f"{prefix}{i}"] = values
        for n in range(MOST_LISTED if values else 0):
            bound[f"{prefix}{i}_{n}"] = values[min(n, len(values) - 1)]
    return bound

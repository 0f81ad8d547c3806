"""Conditions as Ibis expressions over a fact's rows, their values as placeholders."""

from __future__ import annotations

from functools import reduce
from operator import and_, ge, gt, le, lt, or_
from typing import TYPE_CHECKING

from deskpulse.metrics.compile import Condition, Joined, Shape, Test, dimension_value

if TYPE_CHECKING:
    import ibis.expr.types as ir

_SIGNS = {"lt": lt, "le": le, "gt": gt, "ge": ge}
_TYPES = {"number": "float64", "time": "timestamp('UTC', 6)", "clock": "int64", "bucket": "int64"}


def meets(rows: ir.Table, shape: Shape, test: Test) -> ir.Value:
    """Return whether a row meets the condition: never null, so that its opposite is what is left."""
    if isinstance(test, Condition):
        return _single(rows, shape, test)
    assert isinstance(test, Joined)  # noqa: S101  there is no third kind
    parts = [meets(rows, shape, part) for part in test.items]
    if test.kind == "not":
        return ~parts[0]
    return reduce(and_ if test.kind == "and" else or_, parts)


def _single(rows: ir.Table, shape: Shape, condition: Condition) -> ir.Value:
    import ibis

    from deskpulse.metrics.operations import INTS, TEXTS, bind

    dimension, key, operator = condition.dimension, condition.key, condition.operator
    if dimension.kind == "list":
        return _of_list(rows[dimension.column], operator, key)
    value = dimension_value(rows, dimension, shape)
    if operator in ("is_null", "not_null"):
        return value.notnull() if operator == "not_null" else value.isnull()
    kind = _TYPES.get(dimension.kind, "string")
    if operator in _SIGNS:
        found = _SIGNS[operator](value, bind(f"{key}_0", kind))
    elif operator == "between":
        found = (value >= bind(f"{key}_0", kind)) & (value <= bind(f"{key}_1", kind))
    elif operator in ("contains", "starts_with"):
        found = _of_text(value, operator, f"{key}_0")
    elif condition.slots:
        found = value.isin([bind(f"{key}_{n}", kind) for n in range(condition.slots)])
    else:
        lists = {"string": TEXTS, "int64": INTS, "float64": "array<float64>"}
        found = bind(key, lists[kind]).contains(value)
    found = found.fill_null(ibis.literal(False))
    return ~found if operator == "not_in" else found


def _of_text(value: ir.Value, operator: str, key: str) -> ir.Value:
    from deskpulse.metrics.operations import HoldsText, bind

    part = bind(key, "string")
    if operator == "contains":
        return HoldsText(value, part).to_expr()
    return value.lower().startswith(part.lower())


def _of_list(value: ir.Value, operator: str, key: str) -> ir.Value:
    import ibis

    from deskpulse.metrics.operations import TEXTS, DistinctItems, HasAny, bind

    empty = (value.isnull() | (value.length() == 0)).fill_null(ibis.literal(True))
    if operator in ("is_null", "not_null"):
        return ~empty if operator == "not_null" else empty
    wanted = bind(key, TEXTS)
    if operator == "other_than":
        items = DistinctItems(value).to_expr()
        found = items.length() > items.intersect(wanted).length()
    else:
        found = HasAny(value, wanted).to_expr()
    found = found.fill_null(ibis.literal(False))
    return ~found if operator == "not_in" else found

"""SQL of one page of rows, and the cursor that says where the next one starts."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from deskpulse.core.errors import InputError
from deskpulse.metrics.compile import Compiled, Shape, fact_rows, finish
from deskpulse.metrics.intervals import AGE, WITHIN
from deskpulse.metrics.levels import standing_rows
from deskpulse.metrics.model import Fact
from deskpulse.warehouse.schema import TABLES

if TYPE_CHECKING:
    import ibis.expr.types as ir

SEARCHED = ("subject", "description")
MASKED = "_masked"
"""What the name of a text's copy with personal data masked ends in."""
Searched = Literal["", "written", "masked"]


@dataclass(frozen=True)
class PageShape:
    """All that a page's SQL depends on. `after`: "" (first page), "value" or "null" (the last row's sort value).

    `searched`: "" for no search, else whether a text is looked for as "written" or in the "masked" copies.
    """

    shape: Shape
    columns: tuple[str, ...]
    sort: str
    descending: bool
    after: str
    searched: Searched = ""
    is_one: bool = False


@lru_cache(maxsize=256)
def compile_page(page: PageShape) -> Compiled:
    """Return the SQL of the page's rows, `columns` in their order."""
    import ibis

    from deskpulse.metrics.operations import bind

    rows = _rows(page)
    key = page.shape.fact.key
    if page.is_one:
        return finish(rows.filter(rows[key] == bind("wanted", "string")).select(*page.columns))
    if page.after:
        rows = rows.filter(_follows(rows, page))
    order = (ibis.desc if page.descending else ibis.asc)(page.sort, nulls_first=False)
    ties = [ibis.asc(key)] if page.sort != key else []
    return finish(rows.select(*page.columns).order_by(order, *ties))


@lru_cache(maxsize=256)
def compile_count(page: PageShape) -> Compiled:
    """Return the SQL of the number of rows in the whole list."""
    return finish(_rows(page).aggregate(total=lambda rows: rows.count()))


def _rows(page: PageShape) -> ir.Table:
    from deskpulse.metrics.operations import HoldsText, bind

    shape = page.shape
    copies = tuple(name + MASKED for name in SEARCHED) if page.searched == "masked" else ()
    needed = (*page.columns, *(SEARCHED if page.searched else ()), *copies)
    if shape.metrics and shape.metrics[0].is_level:
        rows = standing_rows(shape, needed)
    elif shape.metrics and shape.metrics[0].is_interval:
        rows = _lasting(shape, needed)
    else:
        rows = fact_rows(shape, within=not page.is_one, columns=needed, with_spam=page.is_one)
    if page.searched:
        part = bind("part", "string")
        texts = [_seen(rows, name) if copies else rows[name] for name in SEARCHED]
        found = [HoldsText(text, part).to_expr().fill_null(False) for text in texts]
        rows = rows.filter(found[0] | found[1])
    return rows


def _seen(rows: ir.Table, name: str) -> ir.Value:
    """Return a text as who sees masked texts sees it; null where no copy is stored yet."""
    copy = rows[name + MASKED]
    return (copy == "").ifelse(rows[name], copy)


def _lasting(shape: Shape, columns: tuple[str, ...]) -> ir.Table:
    """Return the intervals that touch the window as they are, with the seconds of each that lie within."""
    key = shape.fact.key
    aged = {AGE: "_age"} if shape.fact.since else {}
    touching = fact_rows(shape)
    touching = touching.group_by(key).aggregate(
        _within=touching[WITHIN].sum(), **{kept: touching[name].max() for name, kept in aged.items()}
    )
    rows = (
        fact_rows(shape, within=False, columns=columns)
        if not shape.cuts
        else fact_rows(replace(shape, conditions=()), within=False, columns=columns)
    )
    measured = touching.select(_key=key, _within="_within", **{kept: kept for kept in aged.values()})
    rows = rows.inner_join(measured, rows[key] == measured["_key"])
    return rows.mutate(**{WITHIN: rows["_within"]}, **{name: rows[kept] for name, kept in aged.items()})


def _follows(rows: ir.Table, page: PageShape) -> ir.Value:
    """Return whether a row comes after ($after_value, $after_key) in the list's order, nulls last."""
    from deskpulse.metrics.compile import column_type
    from deskpulse.metrics.operations import bind

    value, key = rows[page.sort], rows[page.shape.fact.key]
    is_later = key > bind("after_key", "string")
    if page.after == "null":
        return value.isnull() & is_later
    last = bind("after_value", column_type(_kind(page)))
    beyond = value < last if page.descending else value > last
    return beyond | ((value == last) & is_later) | value.isnull()


def _kind(page: PageShape) -> Any:
    return kind_of(page.shape.fact, page.sort)


def kind_of(fact: Fact, column: str) -> str | None:
    """Return the kind of a column of the fact, else of its table, else of its ticket; None when it has none."""
    own = dict(fact.added) | ({WITHIN: "float"} if fact.until else {})
    if column in own:
        return own[column]
    for name in (fact.table, "tickets") if fact.ticket_key else (fact.table,):
        if column in TABLES[name].column_names:
            return TABLES[name].column(column).kind
    return None


def write_cursor(page: PageShape, value: Any, key: str) -> str:
    """Return an opaque cursor behind the row with this sort value and key."""
    plain = value.isoformat() if isinstance(value, datetime) else value
    text = json.dumps([page.sort, page.descending, plain, key], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(cursor: str, page: PageShape) -> tuple[Any, str]:
    """Return the sort value and key that `cursor` holds; InputError when it is none of this list's order."""
    broken = InputError(
        "The cursor is not one of this list.", hint="Start again without a cursor, with the same sorting."
    )
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        sort, descending, value, key = json.loads(raw)
    except (binascii.Error, ValueError, TypeError, RecursionError):
        raise broken from None
    if sort != page.sort or descending != page.descending or not isinstance(key, str):
        raise broken
    return _value_of(_kind(page), value, broken), key


def _value_of(kind: str, value: Any, broken: InputError) -> Any:
    if value is None:
        return None
    if kind == "time":
        try:
            moment = datetime.fromisoformat(value)
        except (TypeError, ValueError):
            raise broken from None
        if moment.tzinfo is None:
            raise broken
        return moment
    wanted: dict[str, tuple[type, ...]] = {"text": (str,), "int": (int,), "float": (int, float), "bool": (bool,)}
    if not isinstance(value, wanted.get(kind, ())) or (kind in ("int", "float") and isinstance(value, bool)):
        raise broken
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise broken
    return value

"""What there is to choose from: a dimension's values, and from when to when the tickets reach."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from deskpulse.core.errors import ForbiddenError, LimitError
from deskpulse.core.principal import Principal
from deskpulse.core.settings import Settings
from deskpulse.metrics.compile import Compiled, Shape, fact_rows, finish, key_columns, keyed
from deskpulse.metrics.conditions import Checked, conditions, filter_values
from deskpulse.metrics.facts import FACTS, TICKETS
from deskpulse.metrics.lookup import find_dimension
from deskpulse.metrics.model import Fact
from deskpulse.metrics.parameters import parameters
from deskpulse.metrics.plan import check_filters
from deskpulse.metrics.span import HAPPENED, Span
from deskpulse.warehouse.engine import Reader


def read_values(
    reader: Reader, principal: Principal, name: str, limit: int, settings: Settings, *, span: Span
) -> list[dict[str, Any]]:
    """Return `{value, tickets}` of a dimension, most tickets (or rows of the fact that has it) first, at most `limit`.

    Weekdays, hours and ranges are listed in their order, with `tickets` None: they depend on a time zone or a metric.
    """
    dimension = find_dimension(name)
    if dimension.is_personal and not principal.sees_personal_data:
        raise ForbiddenError(f"Your role does not see the {name}: it names persons.", hint="Ask an administrator.")
    if not 1 <= limit <= settings.page_max_rows:
        raise LimitError(
            f"A list may hold 1 to {settings.page_max_rows:,} values, not {limit:,}.", setting="page_max_rows"
        )
    if dimension.is_closed:
        return [{"value": value, "tickets": None} for value in dimension.order[:limit]]
    fact = next(f for f in FACTS.values() if name in f.dimensions)
    filters = check_filters(principal, (), (), settings, fact=fact)
    compiled = _compile_values(Shape(fact, fact.time, (), by=(dimension,), conditions=conditions(filters)))
    bound = {**_known(filters, settings, span), "most": limit}
    rows = reader.rows(compiled.sql, {key: bound[key] for key in compiled.names})
    return [{"value": value, "tickets": int(count)} for value, count in rows]


def read_extent(
    reader: Reader, principal: Principal, span: Span, settings: Settings, fact: Fact = TICKETS
) -> dict[str, Any]:
    """Return `first_at`, `last_at` and `rows` of a fact: its first moment, the latest moment, the number of its rows.

    The latest moment is the data's own; for a principal with row filters it is that of the rows it sees. `own_last_at`
    is that of the fact's rows.
    """
    filters = check_filters(principal, (), (), settings, fact=fact)
    compiled = _compile_extent(Shape(fact, fact.time, (), conditions=conditions(filters)))
    bound = {**_known(filters, settings, span), "most": 1}
    row = reader.one(compiled.sql, {key: bound[key] for key in compiled.names})
    assert row is not None  # noqa: S101  an aggregate always has a row
    first, last, count = row
    return {"first_at": first, "last_at": last if principal.row_filters else span.watermark, "own_last_at": last,
            "rows": int(count)}  # fmt: skip


def _known(filters: Sequence[Checked], settings: Settings, span: Span) -> dict[str, Any]:
    """Return what rows of facts reckon with: values of filters, settings, and until when what has not ended lasts."""
    return {**filter_values(filters), **parameters(settings), "as_of": span.watermark}


@lru_cache(maxsize=128)
def _compile_values(shape: Shape) -> Compiled:
    import ibis

    rows = fact_rows(shape, within=False)
    rows = keyed(rows.select(*sorted(key_columns(shape))), shape)
    found = rows.group_by("k0").aggregate(n=rows.count())
    return finish(found.order_by(ibis.desc("n"), ibis.asc("k0", nulls_first=False)))


@lru_cache(maxsize=128)
def _compile_extent(shape: Shape) -> Compiled:
    import ibis

    rows = fact_rows(shape, within=False)
    columns = HAPPENED["tickets"] if shape.fact == TICKETS else (shape.fact.time,)
    latest = [rows[column].max() for column in columns]
    last = ibis.greatest(*latest) if len(latest) > 1 else latest[0]
    return finish(rows.aggregate(first=rows[shape.fact.time].min(), last=last, n=rows.count()))

"""Addresses of the rows behind a value, as `/api/v1/tickets` reads them."""

from __future__ import annotations

from urllib.parse import urlencode

from deskpulse.metrics.drill import behind
from deskpulse.metrics.filters import filter_text
from deskpulse.metrics.model import QueryResult, Row
from deskpulse.metrics.tickets import TicketQuery


def address(query: TicketQuery, workspace: str) -> str:
    """Return where the list `query` can be read, page by page."""
    pairs = [("workspace", workspace), ("timezone", query.timezone)]
    if query.start is not None and query.end is not None:
        pairs += [("from", query.start.isoformat()), ("to", query.end.isoformat())]
    pairs += [("where", item if isinstance(item, str) else filter_text(item)) for item in query.where]
    if query.metric:
        pairs.append(("metric", query.metric))
    if query.text:
        pairs.append(("search", query.text))
    return f"/api/v1/tickets?{urlencode(pairs)}"


def row_links(result: QueryResult, row: Row | None, workspace: str) -> dict[str, str]:
    """Return by metric the address of the rows behind its value in `row` (None: the total)."""
    first = result.query.metrics[0]
    base = address(behind(result, first, row), workspace).removesuffix(first)
    return {metric: base + metric for metric in result.query.metrics}

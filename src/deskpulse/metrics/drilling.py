"""Requests for what is behind a cell, of any kind of answer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from deskpulse.core.errors import InputError
from deskpulse.core.principal import Principal
from deskpulse.metrics.cells import as_query, rows_of_cell
from deskpulse.metrics.query import QueryEngine
from deskpulse.metrics.request import cohort_query, distribution_query, metric_query
from deskpulse.metrics.tickets import TicketPage, TicketQuery


def listed(engine: QueryEngine, principal: Principal, workspace: dict[str, Any], spec: dict[str, Any]) -> TicketQuery:
    """Return the list that `spec` asks for: `question` and `cell`, `distribution` and `bucket`, or `cohorts` and
    `cohort_cell`; InputError when it names none or several."""
    given = [name for name in ("question", "distribution", "cohorts") if spec.get(name)]
    if len(given) != 1:
        raise InputError(f"A drill is into one answer, not {len(given)}.",
                         hint="Give question and cell, distribution and bucket, or cohorts and its cell.")  # fmt: skip
    if spec.get("question"):
        result = engine.query(principal, metric_query(spec["question"], workspace))
        return rows_of_cell(result, spec.get("cell") or {})
    if spec.get("distribution"):
        if spec.get("bucket") is None:
            raise InputError("Which bucket is not said.", hint="Give bucket, a number from 0.")
        return engine.distribution(principal, distribution_query(spec["distribution"], workspace)).behind(
            spec["bucket"]
        )
    cell = spec.get("cohort_cell")
    if not cell:
        raise InputError("Which cell of the cohorts is not said.", hint="Give cohort_cell, with cohort and since.")
    found = engine.cohorts(principal, cohort_query(spec["cohorts"], workspace))
    return found.behind(str(cell["cohort"]), int(cell["since"]))


def page(engine: QueryEngine, principal: Principal, workspace: dict[str, Any], spec: dict[str, Any]) -> TicketPage:
    """Return a page of the list that `spec` asks for."""
    query = listed(engine, principal, workspace, spec)
    return engine.tickets(principal, replace(query, limit=spec.get("limit") or 50, cursor=spec.get("cursor")))


def explained(
    engine: QueryEngine,
    principal: Principal,
    workspace: dict[str, Any],
    spec: dict[str, Any],
    cell: dict[str, Any] | None,
) -> dict[str, Any]:
    """Return how an answer, or one cell of it, comes about."""
    query = metric_query(spec, workspace)
    if cell is not None:
        query = as_query(rows_of_cell(engine.query(principal, query), cell))
    return engine.explain(principal, query)

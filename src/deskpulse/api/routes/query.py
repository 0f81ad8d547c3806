"""Any metric × any dimension × any period, through the one query."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel

from deskpulse.api.formats import FORMATS, accepted, answer, is_held, not_modified, tag, unacceptable
from deskpulse.api.model import DeskDep, Json, PrincipalDep, Question, Subject
from deskpulse.core.errors import DeskpulseError, LimitError
from deskpulse.core.principal import Principal
from deskpulse.desk import Desk
from deskpulse.metrics.request import metric_query

router = APIRouter(default_response_class=Json)


class Batch(BaseModel):
    """Several questions in one call."""

    queries: list[Question]


@router.post("/query", responses=FORMATS)
def query(request: Request, desk: DeskDep, principal: PrincipalDep, question: Question) -> Response:
    """Answer a question. Each value comes with `n`, the rows behind it; no data is null."""
    return _answered(request, desk, principal, question.spec())


@router.post("/query/batch")
def query_batch(desk: DeskDep, principal: PrincipalDep, batch: Batch) -> Response:
    """Answer several questions in one call, in order; one that cannot be answered has an `error` in its place."""
    most = desk.settings.query_max_batch
    if len(batch.queries) > most:
        raise LimitError(f"A batch holds at most {most} queries, not {len(batch.queries)}.", setting="query_max_batch")
    workspace = desk.describe_workspace(principal)
    results: list[dict[str, Any]] = []
    for asked in batch.queries:
        try:
            results.append(desk.query(principal, metric_query(asked.spec(), workspace)).as_dict())
        except DeskpulseError as error:
            told = {"code": error.code, "status": error.status, "message": error.message, "hint": error.hint}
            results.append({"error": told})
    return Json({"results": results})


@router.get("/query", responses=FORMATS)
def query_by_address(
    request: Request,
    desk: DeskDep,
    principal: PrincipalDep,
    metrics: Annotated[list[str], Query(description="Names from /catalog/metrics; several.", examples=[["csat"]])],
    by: Annotated[list[str] | None, Query()] = None,
    grain: str | None = None,
    period: str | None = None,
    start: Annotated[str | None, Query(alias="from")] = None,
    end: Annotated[str | None, Query(alias="to")] = None,
    where: Annotated[list[str] | None, Query(description="Filters, ANDed.", examples=[["priority >= high"]])] = None,
    compare: str | None = None,
    show: Annotated[list[str] | None, Query(description="Extras beside each value; several.")] = None,
    top: int | None = None,
    timezone: str | None = None,
    exact: Annotated[bool, Query(description="From the rows alone, never from a rollup.")] = False,
    format: Annotated[
        str | None, Query(pattern="^(json|csv|arrow)$", description="Instead of the Accept header.")
    ] = None,
) -> Response:
    """Answer a question given in the address, as JSON, CSV or Arrow."""
    spec = {"metrics": metrics, "by": by, "grain": grain, "period": period, "from": start, "to": end, "where": where,
            "compare": compare, "show": show, "top": top, "timezone": timezone,
            "exact": exact}  # fmt: skip
    return _answered(request, desk, principal, spec, format)


def _answered(
    request: Request, desk: Desk, principal: Principal, spec: dict[str, Any], format: str | None = None
) -> Response:
    asked = metric_query(spec, desk.describe_workspace(principal))
    kind, etag = accepted(request, format), tag(desk.fingerprint(principal), asked)
    if is_held(request, etag):
        return not_modified(etag)
    if kind is None:
        return unacceptable()
    return answer(desk.query(principal, asked), kind, "query", etag)


@router.get("/catalog/metrics")
def catalog_metrics(desk: DeskDep) -> dict[str, Any]:
    """List every metric: its meaning, unit, dimensions, and which way is good."""
    return {"metrics": desk.catalog_metrics()}


@router.get("/catalog/dimensions")
def catalog_dimensions(desk: DeskDep) -> dict[str, Any]:
    """List every dimension and its meaning."""
    return {"dimensions": desk.catalog_dimensions()}


@router.get("/catalog/dimensions/{dimension}/values")
def dimension_values(
    desk: DeskDep, principal: PrincipalDep, dimension: str, limit: Annotated[int, Query(ge=1, le=1000)] = 100
) -> dict[str, Any]:
    """List a dimension's values in this workspace, most frequent first."""
    return {"dimension": dimension, "values": desk.dimension_values(principal, dimension, limit)}


QUERY = Subject(name="query", about="Any metric, by any dimension, over any period.", router=router, asked_most=True)

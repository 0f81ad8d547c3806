"""Any metric × any dimension × any period, through the one query."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from deskpulse.api.model import DeskDep, Json, PrincipalDep, Subject
from deskpulse.core.errors import LimitError
from deskpulse.metrics.request import metric_query
from deskpulse.metrics.tabular import to_csv

router = APIRouter(default_response_class=Json)
MAX_BATCH = 50


class Question(BaseModel):
    """A question: metrics × dimensions × grain over a period."""

    model_config = ConfigDict(populate_by_name=True, extra="forbid")

    metrics: list[str] = Field(description="Names from /catalog/metrics.", examples=[["tickets_created", "csat"]])
    by: list[str] = Field(default_factory=list, description="Dimensions to cut by.", examples=[["team"]])
    grain: str | None = Field(None, description="hour, day, week, month, quarter or year.", examples=["week"])
    period: str | None = Field(None, description="30d, last_month, …; or give from and to.", examples=["90d"])
    start: str | None = Field(None, alias="from", description="First moment, ISO.")
    end: str | None = Field(None, alias="to", description="End, ISO, not included.")
    where: list[str] = Field(default_factory=list, description="Filters, ANDed.", examples=[["channel=email"]])
    compare: str | None = Field(None, description="previous or year.")
    top: int | None = Field(None, description="Largest N values of the dimension; the rest as 'other'.")
    timezone: str | None = Field(None, description="IANA zone of the days; the workspace's when left out.")

    def spec(self) -> dict[str, Any]:
        """Return it with the names that the request reader knows."""
        return self.model_dump(by_alias=True)


class Batch(BaseModel):
    """Several questions in one call."""

    queries: list[Question]


@router.post("/query")
def query(desk: DeskDep, principal: PrincipalDep, question: Question) -> Response:
    """Answer a question. Each value comes with `n`, the rows behind it; no data is null."""
    asked = metric_query(question.spec(), desk.describe_workspace(principal))
    return Json(desk.query(principal, asked).as_dict())


@router.post("/query/batch")
def query_batch(desk: DeskDep, principal: PrincipalDep, batch: Batch) -> Response:
    """Answer several questions in one call, in order."""
    if len(batch.queries) > MAX_BATCH:
        raise LimitError(f"A batch holds at most {MAX_BATCH} queries.", setting="", hint="Send several batches.")
    workspace = desk.describe_workspace(principal)
    asked = [metric_query(q.spec(), workspace) for q in batch.queries]
    return Json({"results": [r.as_dict() for r in desk.query_many(principal, asked)]})


@router.get("/query")
def query_by_address(
    desk: DeskDep,
    principal: PrincipalDep,
    metrics: Annotated[list[str], Query(description="Names from /catalog/metrics; several.")],
    by: Annotated[list[str] | None, Query()] = None,
    grain: str | None = None,
    period: str | None = None,
    start: Annotated[str | None, Query(alias="from")] = None,
    end: Annotated[str | None, Query(alias="to")] = None,
    where: Annotated[list[str] | None, Query()] = None,
    compare: str | None = None,
    top: int | None = None,
    timezone: str | None = None,
    format: Annotated[str, Query(pattern="^(json|csv)$")] = "json",
) -> Response:
    """Answer a question given in the address, as JSON or CSV."""
    spec = {"metrics": metrics, "by": by, "grain": grain, "period": period, "from": start, "to": end, "where": where,
            "compare": compare, "top": top, "timezone": timezone}  # fmt: skip
    result = desk.query(principal, metric_query(spec, desk.describe_workspace(principal)))
    if format == "csv":
        headers = {"content-disposition": 'attachment; filename="query.csv"'}
        return Response(to_csv(result.to_arrow()), media_type="text/csv", headers=headers)
    return Json(result.as_dict())


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


QUERY = Subject(name="query", about="Any metric, by any dimension, over any period.", router=router)

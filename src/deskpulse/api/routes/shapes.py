"""Shapes of numbers (distribution, heatmap, cohorts), and what is behind any cell: its rows and its explanation."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from deskpulse.api.formats import CSV, FORMATS, accepted, answer, csv_stream, is_held, not_modified, tag, unacceptable
from deskpulse.api.model import DeskDep, Json, PrincipalDep, Question, Subject
from deskpulse.metrics.request import cohort_query, distribution_query, metric_query

router = APIRouter(default_response_class=Json)


class _Dated(BaseModel):
    model_config = ConfigDict(populate_by_name=True, extra="forbid")

    period: str | None = Field(None, description="30d, last_month, …; or give from and to.", examples=["90d"])
    start: str | None = Field(None, alias="from", description="First moment, ISO.")
    end: str | None = Field(None, alias="to", description="End, ISO, not included.")
    where: list[str] = Field(default_factory=list, description="Filters, ANDed.", examples=[["priority >= high"]])
    timezone: str | None = Field(None, description="IANA zone of the days; the workspace's when left out.")

    def spec(self) -> dict[str, Any]:
        """Return it with the names that the request reader knows."""
        return self.model_dump(by_alias=True)


class DistributionQuestion(_Dated):
    """How the values of a column or metric lie."""

    of: str = Field(description="A number column of tickets, or a metric of one.", examples=["first_reply_seconds"])
    buckets: int = Field(12, description="Most buckets, when their edges are chosen for you.")
    edges: list[float] = Field(
        default_factory=list, description="Where buckets begin.", examples=[[3600, 14400, 86400]]
    )


class HeatmapQuestion(_Dated):
    """A metric by local weekday and hour."""

    metric: str = Field(description="Any metric but a level.", examples=["tickets_created"])


class CohortQuestion(_Dated):
    """Customers by first contact, and what became of them."""

    metric: str = Field("tickets_created", description="Told beside retention.", examples=["csat"])
    grain: str = Field("month", description="week, month or quarter.")


class Cell(BaseModel):
    """A cell of an answer; without `by` and `period` its total."""

    model_config = ConfigDict(extra="forbid")

    metric: str | None = Field(None, description="One of the question's; the first when left out.")
    by: dict[str, str | None] = Field(default_factory=dict, description="A value for each dimension; null for none.",
                                      examples=[{"team": "Tier 1"}])  # fmt: skip
    period: str | None = Field(None, description="The row's period.", examples=["2026-06-01"])
    is_other: bool = Field(False, description="What a top left out.")
    side: str = Field("now", description="now or compared.")


class CohortCell(BaseModel):
    """A cell of cohorts."""

    model_config = ConfigDict(extra="forbid")

    cohort: str = Field(description="The cohort's first day.", examples=["2026-01-01"])
    since: int = Field(description="Periods after its first.", examples=[2])


class Drill(BaseModel):
    """A cell to look behind: of a question, a distribution or cohorts."""

    model_config = ConfigDict(extra="forbid")

    question: Question | None = None
    cell: Cell = Field(default_factory=Cell)
    distribution: DistributionQuestion | None = None
    bucket: int | None = Field(None, description="Number of the distribution's bucket, from 0.")
    cohorts: CohortQuestion | None = None
    cohort_cell: CohortCell | None = None
    limit: int = Field(50, ge=1, le=1000)
    cursor: str | None = None

    def spec(self) -> dict[str, Any]:
        """Return it with the names that the request reader knows."""
        return self.model_dump(by_alias=True)


@router.post("/query/distribution", responses=FORMATS)
def distribution(request: Request, desk: DeskDep, principal: PrincipalDep, asked: DistributionQuestion) -> Response:
    """Count the values of a number by bucket, with percentiles and the rows that have none."""
    query = distribution_query(asked.spec(), desk.describe_workspace(principal))
    kind, etag = accepted(request), tag(desk.fingerprint(principal), query)
    if is_held(request, etag):
        return not_modified(etag)
    return answer(desk.numbers(principal).distribution(principal, query), kind, "distribution", etag)


@router.post("/query/heatmap", responses=FORMATS)
def heatmap(request: Request, desk: DeskDep, principal: PrincipalDep, asked: HeatmapQuestion) -> Response:
    """Return a metric by local weekday and hour."""
    spec = asked.spec() | {"metrics": [asked.metric]}
    query = metric_query(spec, desk.describe_workspace(principal))
    kind, etag = accepted(request), tag(desk.fingerprint(principal), "heatmap", query)
    if is_held(request, etag):
        return not_modified(etag)
    return answer(desk.numbers(principal).heatmap(principal, query), kind, "heatmap", etag)


@router.post("/query/cohort", responses=FORMATS)
def cohort(request: Request, desk: DeskDep, principal: PrincipalDep, asked: CohortQuestion) -> Response:
    """Return customers by first contact: how many came back in each period since, and a metric of it."""
    query = cohort_query(asked.spec(), desk.describe_workspace(principal))
    kind, etag = accepted(request), tag(desk.fingerprint(principal), query)
    if is_held(request, etag):
        return not_modified(etag)
    return answer(desk.numbers(principal).cohorts(principal, query), kind, "cohorts", etag)


@router.post("/query/drill", responses={200: {"content": {"application/json": {}, CSV: {}}}})
def drill(request: Request, desk: DeskDep, principal: PrincipalDep, asked: Drill) -> Response:
    """List the rows behind a cell, as many as it counts: a page as JSON, or with Accept: text/csv all of them."""
    kind = accepted(request)
    if kind == CSV:
        columns, pages = desk.drill_rows(principal, asked.spec())
        return csv_stream(pages, columns, "tickets")
    if kind is None:
        return unacceptable()
    return Json(desk.drill(principal, asked.spec()))


@router.post("/query/explain")
def explain(
    desk: DeskDep, principal: PrincipalDep, question: Question, cell: Annotated[Cell | None, Field()] = None
) -> Response:
    """Explain an answer, or one cell of it: definitions, SQL with its values, and the rows left out and why."""
    return Json(desk.explain(principal, question.spec(), cell.model_dump() if cell else None))


SHAPES = Subject(name="shapes", about="Distributions, heatmaps, cohorts, and what is behind a cell.", router=router)

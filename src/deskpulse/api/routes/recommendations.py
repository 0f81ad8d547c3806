"""What to do, by measured evidence, and what people decided."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from deskpulse.api.model import DeskDep, Json, PrincipalDep, Subject
from deskpulse.insights.recommend.room import RecommendationRoom

router = APIRouter(default_response_class=Json)


class Decided(BaseModel):
    """What somebody decided about a recommendation."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    status: str = Field(description="accepted, declined, done, or open again.", examples=["accepted"])
    note: str = Field("", description="Why, in a few words.", max_length=500)
    period: str | None = Field(None, description="As it was listed: 90d when left out; or from and to.")
    from_: str | None = Field(None, alias="from", description="First day or moment, ISO.")
    to: str | None = Field(None, description="End, ISO, not included.")
    where: list[str] = Field(default_factory=list, description="Filters, as it was listed.")
    timezone: str | None = Field(None, description="IANA zone of the days, as it was listed.")


@router.get("/recommendations")
def recommendations(
    desk: DeskDep,
    principal: PrincipalDep,
    period: Annotated[str | None, Query(description="90d when left out; or from and to.")] = None,
    start: Annotated[str | None, Query(alias="from", description="First day or moment, ISO.")] = None,
    end: Annotated[str | None, Query(alias="to", description="End, ISO, not included.")] = None,
    where: Annotated[list[str] | None, Query(description="Filters, ANDed.")] = None,
    status: Annotated[str | None, Query(description="Only those open, accepted, declined or done.")] = None,
    timezone: Annotated[str | None, Query(description="IANA zone of the days; else the workspace's.")] = None,
) -> dict[str, Any]:
    """Tell what to do, what touches most first: each with its evidence, the gain a month with its interval, who should
    do it, and, once somebody accepted it, what it brought against the rest of the desk."""
    spec = {"period": period, "from": start, "to": end, "where": where or [], "status": status, "timezone": timezone}
    return RecommendationRoom(desk, principal).all(spec)


@router.put("/recommendations/{recommendation_id}")
def decide(desk: DeskDep, principal: PrincipalDep, recommendation_id: str, decided: Decided) -> dict[str, Any]:
    """Keep that a recommendation is accepted, declined or done; from then on what it brings is measured."""
    spec = decided.model_dump(by_alias=True, exclude={"status", "note"})
    return RecommendationRoom(desk, principal).decide(recommendation_id, decided.status, decided.note, spec)


RECOMMENDATIONS = Subject(name="recommendations", about="What to do, and what it brought.", router=router)

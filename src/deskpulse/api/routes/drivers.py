"""What is not as usual, and why a metric changed."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from deskpulse.api.model import DeskDep, Json, PrincipalDep, Subject
from deskpulse.insights.brief.room import BriefRoom
from deskpulse.insights.drivers.room import DriverRoom
from deskpulse.insights.phrases.room import PhraseRoom
from deskpulse.insights.problems.room import ProblemRoom

router = APIRouter(default_response_class=Json)


class Change(BaseModel):
    """A change to explain."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    metric: str = Field(description="A name from /catalog/metrics.", examples=["tickets_created"])
    period: str | None = Field(None, description="7d, 30d, last_month, …; or from and to.")
    from_: str | None = Field(None, alias="from", description="First day or moment, ISO.")
    to: str | None = Field(None, description="End, ISO, not included.")
    compare: str | None = Field(None, description="previous (the default) or year.")
    before_from: str | None = Field(None, description="First day or moment of the period before, ISO.")
    before_to: str | None = Field(None, description="Its end, ISO, not included.")
    where: list[str] = Field(default_factory=list, description="Filters, ANDed.", examples=[["channel = email"]])
    by: list[str] = Field(default_factory=list, description="Dimensions to look at; the usual ones when left out.")
    similar: bool = Field(True, description="Also earlier periods that changed alike, with what was told of them.")
    timezone: str | None = Field(None, description="IANA zone of the days; the workspace's when left out.")


@router.post("/drivers")
def why(desk: DeskDep, principal: PrincipalDep, change: Change) -> dict[str, Any]:
    """Explain a change: its smallest cause, what each slice did to it (mix and rate, adding up to the change), the
    phrases and topics that rose, what else happened then, similar past periods, and tickets to read."""
    return DriverRoom(desk, principal).why(change.model_dump(by_alias=True))


@router.get("/insights")
def insights(
    desk: DeskDep,
    principal: PrincipalDep,
    days: Annotated[int, Query(description="How many whole days the news are about.")] = 7,
    until: Annotated[str | None, Query(description="A day or moment, ISO; nothing later counts.")] = None,
    where: Annotated[list[str] | None, Query(description="Filters, ANDed.")] = None,
    timezone: Annotated[str | None, Query(description="IANA zone of the days; else the workspace's.")] = None,
) -> dict[str, Any]:
    """Tell what is not as usual, what drove it, and which lists need a look: what touches most comes first."""
    return BriefRoom(desk, principal).brief({"days": days, "until": until, "where": where or [], "timezone": timezone})


@router.get("/problems")
def problems(
    desk: DeskDep,
    principal: PrincipalDep,
    period: Annotated[str | None, Query(description="30d (the default), 7d, last_month, …; or from and to.")] = None,
    from_: Annotated[str | None, Query(alias="from", description="First day or moment, ISO.")] = None,
    to: Annotated[str | None, Query(description="End, ISO, not included.")] = None,
    where: Annotated[list[str] | None, Query(description="Filters, ANDed.")] = None,
    limit: Annotated[int | None, Query(description="Most rows told of each list.")] = None,
    timezone: Annotated[str | None, Query(description="IANA zone of the days; else the workspace's.")] = None,
) -> dict[str, Any]:
    """List what needs a look, the largest impact (rows × weight) first: each with its count, thresholds, first rows
    and the address of all."""
    return ProblemRoom(desk, principal).problems({"period": period, "from": from_, "to": to, "where": where or [],
                                                  "limit": limit, "timezone": timezone})  # fmt: skip


@router.get("/phrases")
def phrases(
    desk: DeskDep,
    principal: PrincipalDep,
    period: Annotated[str | None, Query(description="7d (the default), 30d, last_month, …; or from and to.")] = None,
    from_: Annotated[str | None, Query(alias="from", description="First day or moment, ISO.")] = None,
    to: Annotated[str | None, Query(description="End, ISO, not included.")] = None,
    by: Annotated[str | None, Query(description="A dimension: its eight most frequent values apart.")] = None,
    where: Annotated[list[str] | None, Query(description="Filters, ANDed.")] = None,
    timezone: Annotated[str | None, Query(description="IANA zone of the days; else the workspace's.")] = None,
) -> dict[str, Any]:
    """Tell what customers say more than their own history lets expect, as topics with tickets to read, and the
    phrases said most."""
    return PhraseRoom(desk, principal).phrases({"period": period, "from": from_, "to": to, "by": by,
                                                "where": where or [], "timezone": timezone})  # fmt: skip


DRIVERS = Subject(name="insights", about="What is not as usual, and why: exactly split, causes first.", router=router)

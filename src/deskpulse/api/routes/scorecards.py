"""Agents and teams against targets, on the same kinds of tickets."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from deskpulse.api.model import DeskDep, Json, PrincipalDep, Subject
from deskpulse.insights.scorecards.room import ScorecardRoom

router = APIRouter(default_response_class=Json)


@router.get("/scorecards")
def scorecards(
    desk: DeskDep,
    principal: PrincipalDep,
    by: Annotated[str, Query(description="agent or team.")] = "agent",
    period: Annotated[str | None, Query(description="90d when left out; or from and to.")] = None,
    start: Annotated[str | None, Query(alias="from", description="First day or moment, ISO.")] = None,
    end: Annotated[str | None, Query(alias="to", description="End, ISO, not included.")] = None,
    where: Annotated[list[str] | None, Query(description="Filters, ANDed.")] = None,
    weight: Annotated[list[str] | None, Query(description="Of a criterion, as satisfaction=5; 0: left out.")] = None,
    target: Annotated[list[str] | None, Query(description="Of a criterion, in its unit, as satisfaction=0.9.")] = None,
    limit: Annotated[int | None, Query(description="Most cards told; 50 when left out.")] = None,
    timezone: Annotated[str | None, Query(description="IANA zone of the days; else the workspace's.")] = None,
) -> dict[str, Any]:
    """Tell how agents or teams stand against targets on the same kinds of tickets, the best score first, each with its
    interval and what to talk about; those with too few rows apart."""
    spec = {"by": by, "period": period, "from": start, "to": end, "where": where or [], "weight": weight or [],
            "target": target or [], "limit": limit, "timezone": timezone}  # fmt: skip
    return ScorecardRoom(desk, principal).scorecards(spec)


SCORECARDS = Subject(name="scorecards", about="Agents and teams against targets, fairly compared.", router=router)

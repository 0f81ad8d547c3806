"""What comes again: seasons, growth, customers who come back, what goes before escalations and losses."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from deskpulse.api.model import DeskDep, Json, PrincipalDep, Subject
from deskpulse.insights.patterns.room import PatternRoom

router = APIRouter(default_response_class=Json)


@router.get("/patterns")
def patterns(
    desk: DeskDep,
    principal: PrincipalDep,
    metric: Annotated[str, Query(description="A name from /catalog/metrics.")] = "tickets_created",
    by: Annotated[str | None, Query(description="Seasons of its largest slices, and growth of its values.")] = None,
    period: Annotated[str | None, Query(description="The last 24 months when left out; or from and to.")] = None,
    start: Annotated[str | None, Query(alias="from", description="First day or moment, ISO.")] = None,
    end: Annotated[str | None, Query(alias="to", description="End, ISO, not included.")] = None,
    where: Annotated[list[str] | None, Query(description="Filters, ANDed.")] = None,
    parts: Annotated[
        list[str] | None, Query(description="seasons, past, growth, repeats, escalations, losses; else all.")
    ] = None,
    timezone: Annotated[str | None, Query(description="IANA zone of the days; else the workspace's.")] = None,
) -> dict[str, Any]:
    """Tell which hours, weekdays and months differ from the usual and by how much, how the metric stands beside its own
    past, which categories grow, who comes back about the same, and what goes before escalations and losses: each with
    its rows and interval, corrected for all that is tested."""
    return PatternRoom(desk, principal).patterns({"metric": metric, "by": by, "period": period, "from": start,
                                                  "to": end, "where": where or [], "parts": parts or [],
                                                  "timezone": timezone})  # fmt: skip


PATTERNS = Subject(name="patterns", about="What comes again, what grows, and what goes before what.", router=router)

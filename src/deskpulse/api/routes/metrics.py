"""How the server does: health in figures."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from deskpulse.api.model import DeskDep, Json, PrincipalDep, Subject

router = APIRouter(default_response_class=Json)


@router.get("/metrics/health")
def metrics_health(request: Request, desk: DeskDep, principal: PrincipalDep) -> dict[str, Any]:
    """Tell how the server does: uptime, processor, memory, disk, network, databases, jobs, journal, times by route.

    Counts of jobs, imports and of what waits in the journal are those of the workspace. Times are in seconds.
    """
    return {**desk.measured(principal), "requests": request.app.state.times.told()}


METRICS = Subject(name="metrics", about="How the server does.", router=router)

"""What a workspace saves for its questions: segments and targets."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BaseModel, Field

from deskpulse.api.model import DeskDep, Json, PrincipalDep, Subject

router = APIRouter(default_response_class=Json)


class NewSegment(BaseModel):
    """A filter to keep under a name."""

    filter: str = Field(description="A filter.", examples=["priority >= high and not tag = internal"])
    about: str = Field("", description="What it is for.", examples=["Customers we promised an hour"])


class NewTarget(BaseModel):
    """What a metric should be."""

    value: float = Field(description="In the metric's unit: a ratio from 0 to 1, seconds, …", examples=[0.9])


@router.get("/segments")
def segments(desk: DeskDep, principal: PrincipalDep) -> dict[str, Any]:
    """List the segments: filters with names, for `segment = "name"` and `by=segment:name`."""
    return {"segments": desk.segments(principal)}


@router.put("/segments/{name}")
def save_segment(desk: DeskDep, principal: PrincipalDep, name: str, segment: NewSegment) -> dict[str, Any]:
    """Keep a segment; the answer says how many tickets are in it now."""
    return desk.save_segment(principal, name, segment.filter, segment.about)


@router.delete("/segments/{name}", status_code=204)
def delete_segment(desk: DeskDep, principal: PrincipalDep, name: str) -> Response:
    """Forget a segment."""
    desk.delete_segment(principal, name)
    return Response(status_code=204)


@router.get("/targets")
def targets(desk: DeskDep, principal: PrincipalDep) -> dict[str, Any]:
    """List the targets by metric."""
    return {"targets": desk.targets(principal)}


@router.put("/targets/{metric}")
def set_target(desk: DeskDep, principal: PrincipalDep, metric: str, target: NewTarget) -> dict[str, Any]:
    """Set what a metric should be."""
    return desk.set_target(principal, metric, target.value)


@router.delete("/targets/{metric}", status_code=204)
def delete_target(desk: DeskDep, principal: PrincipalDep, metric: str) -> Response:
    """Forget a target."""
    desk.delete_target(principal, metric)
    return Response(status_code=204)


SEGMENTS = Subject(name="segments", about="Filters with names, and targets of metrics.", router=router)

"""Anomalies: list, show, look now, say what one is."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from deskpulse.api.model import DeskDep, Json, PrincipalDep, Subject
from deskpulse.insights.watch.room import AnomalyRoom

router = APIRouter(default_response_class=Json)


class Mark(BaseModel):
    """What an anomaly is."""

    model_config = ConfigDict(extra="forbid")

    verdict: Literal["not-an-anomaly", "known-event", "fixed", ""] = Field(
        description="not-an-anomaly: its like are not told again; known-event: what else it explains is not told;"
        ' fixed; "" forgets what was said.'
    )
    note: str = Field("", description="Why, in your words.")


@router.get("/anomalies")
def anomalies(
    desk: DeskDep,
    principal: PrincipalDep,
    period: Annotated[str | None, Query(description="30d, last_month, … of the data; all when left out.")] = None,
    metric: Annotated[str | None, Query(description="Only those in which this metric is odd.")] = None,
    severity: Annotated[str | None, Query(description="low, medium or high: this or graver.")] = None,
    all: Annotated[bool, Query(description="Also those that are suppressed.")] = False,
) -> dict[str, Any]:
    """List what was odd, newest first, with what is watched, how many false alarms to expect, and the precision so
    far by what people said."""
    return AnomalyRoom(desk, principal).listed({"period": period, "metric": metric, "severity": severity, "all": all})


class Watched(BaseModel):
    """In which slices a metric is watched."""

    model_config = ConfigDict(extra="forbid")

    by: list[str] | None = Field(
        None, description="Dimensions, beside the whole; none: the whole alone; left out: as shipped.",
        examples=[["channel", "team"]],
    )  # fmt: skip


@router.get("/anomalies/watched")
def watched(desk: DeskDep, principal: PrincipalDep) -> dict[str, Any]:
    """Tell which metrics are watched, in which slices, and where that was chosen otherwise than shipped."""
    return AnomalyRoom(desk, principal).watched()


@router.put("/anomalies/watched/{metric}")
def watch(desk: DeskDep, principal: PrincipalDep, metric: str, chosen: Watched) -> dict[str, Any]:
    """Watch a metric as a whole and in slices. The false alarms that are put up with stay the same over all."""
    return AnomalyRoom(desk, principal).watch(metric, chosen.by)


@router.delete("/anomalies/watched/{metric}")
def unwatch(desk: DeskDep, principal: PrincipalDep, metric: str) -> dict[str, Any]:
    """Watch a metric no more."""
    return AnomalyRoom(desk, principal).unwatch(metric)


@router.post("/anomalies/look")
def look(desk: DeskDep, principal: PrincipalDep) -> dict[str, Any]:
    """Look at everything that is watched now, and list what is found. It takes seconds to a minute."""
    return AnomalyRoom(desk, principal).look()


@router.get("/anomalies/{anomaly_id}")
def show(desk: DeskDep, principal: PrincipalDep, anomaly_id: str) -> dict[str, Any]:
    """Return one anomaly: its series with the expected band, what drove it, what else happened, tickets to read."""
    return AnomalyRoom(desk, principal).show(anomaly_id)


@router.put("/anomalies/{anomaly_id}/mark")
def mark(desk: DeskDep, principal: PrincipalDep, anomaly_id: str, said: Mark) -> dict[str, Any]:
    """Remember what an anomaly is, with who said so and when."""
    return AnomalyRoom(desk, principal).mark(anomaly_id, said.verdict, said.note)


ANOMALIES = Subject(name="anomalies", about="What is odd in your numbers, since when, and why.", router=router)

"""Forecasts: make, keep, list, compare with what came."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from deskpulse.api.model import DeskDep, Json, PrincipalDep, Subject
from deskpulse.forecast.room import ForecastRoom

router = APIRouter(default_response_class=Json)


class ForecastOrder(BaseModel):
    """What to forecast."""

    model_config = ConfigDict(extra="forbid")

    metric: str = Field(description="A name from /catalog/metrics.", examples=["tickets_created"])
    by: list[str] = Field(default_factory=list, description="Dimensions to cut by.", examples=[["team"]])
    where: list[str] = Field(default_factory=list, description="Filters, ANDed.", examples=[["channel = email"]])
    grain: str = Field("day", description="15min, 30min, hour, day, week, month or quarter.")
    horizon: str = Field("28d", description="28d, 4w, 3m, 48h, or a number of periods.")
    methods: list[str] = Field(default_factory=list, description="Try only these (and the naive).")
    timezone: str | None = Field(None, description="IANA zone of the days; the workspace's when left out.")
    until: str | None = Field(None, description="Forecast as on this moment, with nothing later known.")
    events: dict[str, str] = Field(
        default_factory=dict, description="Known events: a kind for a day.", examples=[{"2026-12-01": "launch"}]
    )
    ignore: list[str] = Field(
        default_factory=list, description="Days or spans of the past that tell nothing, such as outages.",
        examples=[["2026-11-04", "2026-11-09T08:00/2026-11-09T17:00"]],
    )  # fmt: skip
    keep: bool = Field(False, description="Store it, to show it and compare it with what comes.")


@router.get("/forecast-methods")
def methods(desk: DeskDep, principal: PrincipalDep) -> dict[str, Any]:
    """List the methods."""
    return ForecastRoom(desk, principal).methods()


@router.post("/forecasts")
def make(desk: DeskDep, principal: PrincipalDep, order: ForecastOrder) -> dict[str, Any]:
    """Forecast a metric, slice by slice: points with intervals, trend, error beside the naive, and what it rests on."""
    return ForecastRoom(desk, principal).make(order.model_dump())


@router.get("/forecasts")
def kept(
    desk: DeskDep,
    principal: PrincipalDep,
    state: Annotated[str | None, Query(description="open, holds or drifted; all when left out.")] = None,
    newest: Annotated[bool, Query(description="Only the newest forecast of each question.")] = False,
) -> dict[str, Any]:
    """List the kept forecasts, newest first, each with its error so far and whether it drifted."""
    return ForecastRoom(desk, principal).list(state=state, newest=newest)


@router.post("/forecasts/check")
def check_all(desk: DeskDep, principal: PrincipalDep) -> dict[str, Any]:
    """Compare every kept forecast with what came since, and list them with their error so far."""
    return ForecastRoom(desk, principal).check_all()


@router.post("/forecasts/recompute")
def recompute(desk: DeskDep, principal: PrincipalDep) -> dict[str, Any]:
    """Make every kept question anew, as on today."""
    return ForecastRoom(desk, principal).recompute()


@router.get("/forecasts/{forecast_id}")
def show(desk: DeskDep, principal: PrincipalDep, forecast_id: str) -> dict[str, Any]:
    """Return a kept forecast as it was made."""
    return ForecastRoom(desk, principal).show(forecast_id)


@router.get("/forecasts/{forecast_id}/check")
def check(desk: DeskDep, principal: PrincipalDep, forecast_id: str) -> dict[str, Any]:
    """Return a kept forecast beside what came, with its error and whether it drifted."""
    return ForecastRoom(desk, principal).check(forecast_id)


FORECASTS = Subject(name="forecasts", about="What to expect, with a band and how wrong it has been.", router=router)

"""The words of this room: a subject is one file of routes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from deskpulse.core.principal import Principal
from deskpulse.desk import Desk


@dataclass(frozen=True, kw_only=True)
class Subject:
    """One subject of the API: its routes stand under `/api/v1`.

    A request is held against one route after the other: those of subjects `asked_most` come first.
    """

    name: str
    about: str
    router: APIRouter
    asked_most: bool = False


class Json(Response):
    """JSON by orjson: times ISO 8601, NaN never."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Return `content` as JSON bytes."""
        return orjson.dumps(content, option=orjson.OPT_NON_STR_KEYS)


class Question(BaseModel):
    """A question: metrics × dimensions × grain over a period."""

    model_config = ConfigDict(populate_by_name=True, extra="forbid")

    metrics: list[str] = Field(description="Names from /catalog/metrics.", examples=[["tickets_created", "csat"]])
    by: list[str] = Field(default_factory=list, description="Dimensions to cut by.", examples=[["team"]])
    grain: str | None = Field(
        None, description="15min, 30min, hour, day, week, month, quarter or year.", examples=["week"]
    )
    period: str | None = Field(None, description="30d, last_month, …; or give from and to.", examples=["90d"])
    start: str | None = Field(None, alias="from", description="First moment, ISO.")
    end: str | None = Field(None, alias="to", description="End, ISO, not included.")
    where: list[str] = Field(
        default_factory=list, description="Filters, ANDed.", examples=[["channel in [email, chat]"]]
    )
    compare: str | None = Field(None, description="previous, year, target, peers or segment:NAME.")
    show: list[str] = Field(
        default_factory=list,
        description="Extras beside each value: percent_of_total, running_total, moving_average:7, change, "
        "percent_change, interval, significance.",
        examples=[["change", "significance"]],
    )
    top: int | None = Field(None, description="Largest N values of the dimension; the rest as 'other'.")
    timezone: str | None = Field(None, description="IANA zone of the days; the workspace's when left out.")
    exact: bool = Field(False, description="Answer from the rows alone, never from a rollup.")

    def spec(self) -> dict[str, Any]:
        """Return it with the names that the request reader knows."""
        return self.model_dump(by_alias=True)


# A dependency that is no coroutine is sent to another thread, which takes longer than these do.
async def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


async def _principal(
    desk: Annotated[Desk, Depends(_desk)],
    workspace: Annotated[str | None, Query(description="Workspace; the default one when left out.")] = None,
    x_deskpulse_workspace: Annotated[str | None, Header(description="Workspace, as a header.")] = None,
) -> Principal:
    asked = workspace or x_deskpulse_workspace
    known = desk.principal_at_once(asked)
    return known if known is not None else await run_in_threadpool(desk.principal, asked)


DeskDep = Annotated[Desk, Depends(_desk)]
PrincipalDep = Annotated[Principal, Depends(_principal)]

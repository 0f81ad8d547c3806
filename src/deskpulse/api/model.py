"""The words of this room: a subject is one file of routes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import Response

from deskpulse.core.principal import Principal
from deskpulse.desk import Desk


@dataclass(frozen=True, kw_only=True)
class Subject:
    """One subject of the API: its routes stand under `/api/v1`."""

    name: str
    about: str
    router: APIRouter


class Json(Response):
    """JSON by orjson: times ISO 8601, NaN never."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Return `content` as JSON bytes."""
        return orjson.dumps(content, option=orjson.OPT_NON_STR_KEYS)


def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


def _principal(
    request: Request,
    workspace: Annotated[str | None, Query(description="Workspace; the default one when left out.")] = None,
    x_deskpulse_workspace: Annotated[str | None, Header(description="Workspace, as a header.")] = None,
) -> Principal:
    return _desk(request).principal(workspace or x_deskpulse_workspace)


DeskDep = Annotated[Desk, Depends(_desk)]
PrincipalDep = Annotated[Principal, Depends(_principal)]

"""Reports: documents made of the same numbers."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response

from deskpulse.api.model import DeskDep, Json, PrincipalDep, Subject

router = APIRouter(default_response_class=Json)


@router.get("/reports")
def reports(desk: DeskDep) -> dict[str, Any]:
    """List the reports."""
    return {"reports": desk.reports()}


@router.get("/reports/{name}")
def report(
    desk: DeskDep,
    principal: PrincipalDep,
    name: str,
    format: Annotated[str, Query(description="md, html or json.", pattern="^(md|html|json)$")] = "html",
    period: str | None = None,
    start: Annotated[str | None, Query(alias="from")] = None,
    end: Annotated[str | None, Query(alias="to")] = None,
) -> Response:
    """Return a report over a period (the last 30 days of the data when none is named)."""
    document = desk.report(principal, name, format=format, period=period, start=start, end=end)
    headers = {"content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:"}
    return Response(document.content, media_type=document.media_type, headers=headers)


REPORTS = Subject(name="reports", about="Documents made of the same numbers.", router=router)

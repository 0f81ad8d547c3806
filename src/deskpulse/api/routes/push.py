"""Push: rows sent by other programs. Acknowledged means durable; sending twice changes nothing."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header
from pydantic import BaseModel, Field

from deskpulse.api.model import DeskDep, Json, PrincipalDep, Subject

router = APIRouter(default_response_class=Json)


class Rows(BaseModel):
    """Rows of one shape."""

    source: str = Field("api", description="Name of the source; its rows' ids are its own.", examples=["shop"])
    rows: list[dict[str, Any]] = Field(
        description="Rows, with our column names or the source's own.",
        examples=[[{"external_id": "1", "subject": "Where is my parcel?", "created_at": "2026-01-05T09:00:00Z"}]],
    )


@router.post("/push/{shape}", status_code=202)
def push(
    desk: DeskDep,
    principal: PrincipalDep,
    shape: str,
    body: Rows,
    idempotency_key: Annotated[str | None, Header(max_length=200)] = None,
) -> dict[str, Any]:
    """Take rows into the journal; they are in the numbers within a second or so.

    The same Idempotency-Key again answers as the first time and adds nothing.
    """
    return desk.push(principal, shape, body.source, body.rows, idempotency_key=idempotency_key)


PUSH = Subject(name="push", about="Rows sent by other programs.", router=router)

"""The archive: months of large tables in Parquet files, which every answer still counts."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from deskpulse.api.model import DeskDep, Json, PrincipalDep, Subject

router = APIRouter(default_response_class=Json)
Seconds = Annotated[
    float, Field(ge=0, le=60, description="About how long to work; ask again while something is `left`.")
]


class ArchiveOrder(BaseModel):
    """What to archive."""

    model_config = ConfigDict(extra="forbid")

    older_than: str | None = Field(
        None, description="18mo, 2y, or before which month: 2024-03; the setting if left out.", examples=["18mo"]
    )
    dry_run: bool = Field(False, description="Only tell what would be archived, as `left`.")
    seconds: Seconds = 10.0


class RestoreOrder(BaseModel):
    """What to bring back."""

    model_config = ConfigDict(extra="forbid")

    months: list[str] | None = Field(None, description="Months; all when left out.", examples=[["2024-03"]])
    seconds: Seconds = 10.0


@router.get("/archive")
def archive(
    desk: DeskDep,
    principal: PrincipalDep,
    check: Annotated[bool, Query(description="Read every file and tell which are damaged.")] = False,
) -> dict[str, Any]:
    """List the archived files: table, month, rows, bytes, and how many of the rows came back since."""
    return desk.archive(principal).show(check=check)


@router.post("/archive/run")
def run_archive(desk: DeskDep, principal: PrincipalDep, order: ArchiveOrder) -> dict[str, Any]:
    """Archive old months; answers stay the same."""
    return desk.archive(principal).run(order.model_dump())


@router.post("/archive/restore")
def restore_archive(desk: DeskDep, principal: PrincipalDep, order: RestoreOrder) -> dict[str, Any]:
    """Bring archived months back into the warehouse; answers stay the same."""
    return desk.archive(principal).restore(order.model_dump())


ARCHIVE = Subject(name="archive", about="Old months in Parquet files, still queried.", router=router)

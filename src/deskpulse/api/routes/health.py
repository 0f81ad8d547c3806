"""Is it up, and what is it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from deskpulse.api.model import DeskDep, Json, Subject
from deskpulse.desk import VERSION

router = APIRouter(default_response_class=Json)


@router.get("/health")
def health(desk: DeskDep) -> dict[str, Any]:
    """Say that the server is up, its version, and how its parts are."""
    return {"status": "ok", "version": VERSION, **desk.health()}


HEALTH = Subject(name="health", about="Is it up.", router=router)

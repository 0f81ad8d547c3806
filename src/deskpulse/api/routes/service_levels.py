"""Service-level policies: make, edit, retire; an edit recomputes what it touches in the background."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from deskpulse.api.model import DeskDep, Json, PrincipalDep, Subject

router = APIRouter(default_response_class=Json)


class PolicyOrder(BaseModel):
    """A policy to set; what is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    targets: str | dict[str, Any] | None = Field(
        None, description="What is promised, in words or as an object by target.",
        examples=["first_reply: urgent 30m, * 4h business; resolution: * 3d"],
    )  # fmt: skip
    conditions: dict[str, list[str]] | None = Field(
        None, description="Which tickets: each condition one of several values.", examples=[{"company_tier": ["gold"]}]
    )
    position: int | None = Field(None, description="Tickets try the smallest first.")
    valid_from: str | None = Field(None, description="From when it holds, ISO with offset; now when left out.")


@router.get("/service-levels")
def policies(desk: DeskDep, principal: PrincipalDep) -> dict[str, Any]:
    """List the policies in force, in the order in which tickets try them."""
    return desk.policies(principal).list()


@router.get("/service-levels/{name}")
def policy(desk: DeskDep, principal: PrincipalDep, name: str) -> dict[str, Any]:
    """Return a policy with all its versions and who wrote them."""
    return desk.policies(principal).show(name)


@router.put("/service-levels/{name}")
def set_policy(desk: DeskDep, principal: PrincipalDep, name: str, order: PolicyOrder) -> dict[str, Any]:
    """Make a policy or a new version of it; the `job` recomputes what that touches (see `/schedule-jobs/{job_id}`)."""
    return desk.policies(principal).set(name, order.model_dump(exclude_unset=True))


@router.delete("/service-levels/{name}")
def retire_policy(desk: DeskDep, principal: PrincipalDep, name: str, at: str | None = None) -> dict[str, Any]:
    """Let a policy promise nothing for what begins from `at` (now) on; what it promised before stays."""
    return desk.policies(principal).retire(name, {"at": at})


SERVICE_LEVELS = Subject(name="service-levels", about="What is promised to whom, and by when.", router=router)

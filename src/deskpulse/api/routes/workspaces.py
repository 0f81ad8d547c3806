"""Workspaces: each has its own warehouse, and no request reaches another's."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body
from pydantic import BaseModel, Field

from deskpulse.api.model import DeskDep, Json, PrincipalDep, Subject

router = APIRouter(default_response_class=Json)


class NewWorkspace(BaseModel):
    """A workspace to make."""

    slug: str = Field(description="Short name in addresses: lower-case letters, digits, dashes.", examples=["acme"])
    name: str = Field("", description="Name as shown.", examples=["Acme Support"])
    timezone: str = Field("", description="IANA time zone of its days.", examples=["Europe/Berlin"])


class DemoOrder(BaseModel):
    """The sample world to build."""

    tickets: int = Field(50_000, ge=100, le=10_000_000, description="How many tickets.")
    seed: int = Field(7, description="Another seed, another world.")
    quiet: bool = Field(False, description="Without incidents.")


@router.get("/workspaces")
def workspaces(desk: DeskDep) -> dict[str, Any]:
    """List the workspaces."""
    return {"workspaces": desk.workspaces()}


@router.post("/workspaces", status_code=201)
def create_workspace(desk: DeskDep, order: NewWorkspace) -> dict[str, Any]:
    """Make a workspace."""
    return desk.create_workspace(order.slug, order.name or order.slug, order.timezone)


@router.get("/workspace")
def workspace(desk: DeskDep, principal: PrincipalDep) -> dict[str, Any]:
    """Describe the workspace: its time zone, and from when to when its tickets reach."""
    return desk.describe_workspace(principal)


@router.post("/demo", status_code=202)
def load_demo(desk: DeskDep, order: Annotated[DemoOrder, Body()]) -> dict[str, Any]:
    """Build the sample world in its own workspace, in the background; follow the run it names."""
    run_id = desk.load_demo(tickets=order.tickets, seed=order.seed, quiet=order.quiet)
    return {"run_id": run_id, "workspace": "demo"}


WORKSPACES = Subject(name="workspaces", about="Workspaces and the sample world.", router=router)

"""The categories that tickets are sorted into: read, edit by version, try before they count."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from deskpulse.api.model import DeskDep, Json, PrincipalDep, Subject

router = APIRouter(default_response_class=Json)
Toml = Annotated[str, Field(description="All categories, as `GET /taxonomy` has them in `toml`.")]


class TaxonomyOrder(BaseModel):
    """Categories to keep."""

    model_config = ConfigDict(extra="forbid")

    toml: Toml
    note: str = Field("", description="What is new in it.")


class TriedOrder(BaseModel):
    """Categories to try."""

    model_config = ConfigDict(extra="forbid")

    toml: Toml
    tickets: int = Field(1_000, description="How many of the latest tickets to look at.", ge=1, le=5_000)


class CategoryOrder(BaseModel):
    """A category by its name and what it is about."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(description="Its name.", examples=["Late delivery"])
    description: str = Field("", description="A sentence, or phrases with commas between.")
    under: str | None = Field(None, description="The category that it is a subcategory of.")


@router.get("/taxonomy")
def taxonomy(
    desk: DeskDep, principal: PrincipalDep, version: Annotated[int | None, Query(ge=1)] = None
) -> dict[str, Any]:
    """Return the categories that count (or those of a version), also as TOML."""
    return desk.taxonomy(principal).show(version)


@router.get("/taxonomy/versions")
def versions(desk: DeskDep, principal: PrincipalDep) -> dict[str, Any]:
    """List the versions of the workspace's own categories, the newest first."""
    return desk.taxonomy(principal).versions()


@router.put("/taxonomy")
def save(desk: DeskDep, principal: PrincipalDep, order: TaxonomyOrder) -> dict[str, Any]:
    """Keep new categories; the texts are read anew by them in the background, see `/model-jobs/{job_id}`."""
    return desk.taxonomy(principal).save(order.toml, order.note)


@router.delete("/taxonomy")
def reset(desk: DeskDep, principal: PrincipalDep) -> dict[str, Any]:
    """Go back to the shipped categories."""
    return desk.taxonomy(principal).reset()


@router.post("/taxonomy/preview")
def preview(desk: DeskDep, principal: PrincipalDep, order: TriedOrder) -> dict[str, Any]:
    """Tell what categories would change on the latest tickets; nothing is kept."""
    return desk.taxonomy(principal).preview(order.toml, order.tickets)


@router.post("/taxonomy/categories")
def add(desk: DeskDep, principal: PrincipalDep, order: CategoryOrder) -> dict[str, Any]:
    """Add a category by its name and what it is about."""
    return desk.taxonomy(principal).add(order.name, order.description, order.under)


@router.delete("/taxonomy/categories/{name}")
def remove(desk: DeskDep, principal: PrincipalDep, name: str) -> dict[str, Any]:
    """Take a category out; its tickets are sorted into the others."""
    return desk.taxonomy(principal).remove(name)


TAXONOMY = Subject(name="taxonomy", about="The categories that tickets are sorted into.", router=router)

"""Labels of texts: what is said of a text, why, and what people say instead."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from deskpulse.api.model import DeskDep, Json, PrincipalDep, Subject

router = APIRouter(default_response_class=Json)


class TextOrder(BaseModel):
    """A text to label."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(description="What somebody wrote.", examples=["I was charged twice, please refund me"])


class CorrectionOrder(BaseModel):
    """What a person says of a ticket's label."""

    model_config = ConfigDict(extra="forbid")

    ticket_id: str = Field(description="The ticket.", examples=["demo:100042"])
    label: str = Field(description="category, sentiment, urgency or emotion.", examples=["category"])
    value: str | None = Field(description="What it is; null takes back what was said.", examples=["billing"])
    finer: str | None = Field(None, description="The subcategory, of a category.")


class CorrectionsOrder(BaseModel):
    """Corrections to keep together."""

    model_config = ConfigDict(extra="forbid")

    corrections: list[CorrectionOrder] = Field(description="All are kept or, when one cannot be, none.")


@router.post("/labels/explain")
def explain(desk: DeskDep, principal: PrincipalDep, order: TextOrder) -> dict[str, Any]:
    """Label a text as a ticket's would be, and say why; nothing of it is kept."""
    return desk.labels(principal).explain(order.text)


@router.post("/labels/corrections")
def correct(desk: DeskDep, principal: PrincipalDep, order: CorrectionsOrder) -> dict[str, Any]:
    """Correct labels of tickets; it counts at once. The value that a label has already confirms it."""
    return desk.labels(principal).correct([one.model_dump() for one in order.corrections])


@router.get("/labels/corrections")
def corrections(
    desk: DeskDep,
    principal: PrincipalDep,
    label: str | None = None,
    ticket_id: str | None = None,
    before: Annotated[int | None, Query(description="Older than this number: `next` of a page.")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
) -> dict[str, Any]:
    """List what people said of labels, the latest first."""
    return desk.labels(principal).corrections(label=label, ticket_id=ticket_id, before=before, limit=limit)


@router.get("/labels/measures")
def measures(desk: DeskDep, principal: PrincipalDep) -> dict[str, Any]:
    """Tell how right labels were by the word of those who looked at them, by label, decider and month."""
    return desk.labels(principal).measures()


LABELS = Subject(name="labels", about="What is said of texts, why, and what people say instead.", router=router)

"""Quality reviews: what to review, the form, reviews made, corrected, answered, removed."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from deskpulse.api.model import DeskDep, Json, PrincipalDep, Subject

router = APIRouter(default_response_class=Json)
Answers = dict[str, str | float | bool | None]


class FormOrder(BaseModel):
    """Criteria of a form."""

    model_config = ConfigDict(extra="forbid")

    criteria: list[dict[str, Any]] | None = Field(
        description="Each with name, and if wanted label, weight, scale (0-2, yes_no, …), is_fatal and about; null: "
        "the default form."
    )
    note: str = Field("", description="Why it changes.", max_length=500)


class ReviewOrder(BaseModel):
    """A review."""

    model_config = ConfigDict(extra="forbid")

    ticket_id: str = Field(description="The ticket.", examples=["demo:100042"])
    answers: Answers = Field(description='By criterion; "na" or null where one does not apply.')
    agent: str | None = Field(None, description="Whose work; the ticket's agent when left out.")
    comment: str = Field("", description="Remarks.")
    chosen: str | None = Field(None, description="How the ticket was chosen: random, own, or the sample's reason.")


class Correction(BaseModel):
    """What changes of a review."""

    model_config = ConfigDict(extra="forbid")

    answers: Answers = Field(default_factory=dict, description="Those that change.")
    comment: str | None = Field(None, description="Remarks; as they are when left out.")


class Response(BaseModel):
    """What the agent says of a review."""

    model_config = ConfigDict(extra="forbid")

    status: str = Field(description="acknowledged or disputed.", examples=["disputed"])
    note: str = Field("", description="Why.")


@router.get("/reviews/form")
def form(desk: DeskDep, principal: PrincipalDep) -> dict[str, Any]:
    """Return the form of new reviews: criteria with weight and scale."""
    return desk.reviews(principal).form()


@router.put("/reviews/form")
def set_form(desk: DeskDep, principal: PrincipalDep, order: FormOrder) -> dict[str, Any]:
    """Let new reviews be made by other criteria; reviews that are there keep theirs."""
    return desk.reviews(principal).set_form(order.criteria, order.note)


@router.get("/reviews/sample")
def sample(
    desk: DeskDep,
    principal: PrincipalDep,
    by: Annotated[str, Query(description="agent or team.")] = "agent",
    per: Annotated[int | None, Query(description="Tickets each; 5 when left out.")] = None,
    random: Annotated[int | None, Query(description="How many of these at random; half when left out.")] = None,
    period: Annotated[str | None, Query(description="30d when left out; or from and to.")] = None,
    start: Annotated[str | None, Query(alias="from", description="First day or moment, ISO.")] = None,
    end: Annotated[str | None, Query(alias="to", description="End, ISO, not included.")] = None,
    where: Annotated[list[str] | None, Query(description="Filters, ANDed.")] = None,
    seed: Annotated[str | None, Query(description="Another seed draws others.")] = None,
    limit: Annotated[int | None, Query(description="Most agents or teams told; 50 when left out.")] = None,
    timezone: Annotated[str | None, Query(description="IANA zone of the days; else the workspace's.")] = None,
) -> dict[str, Any]:
    """Offer solved tickets to review, by agent or team, those with the fewest reviews first: some at random, so that
    their mean is fair, some for a reason, which is told."""
    spec = {"by": by, "per": per, "random": random, "period": period, "from": start, "to": end, "where": where or [],
            "seed": seed, "limit": limit, "timezone": timezone}  # fmt: skip
    return desk.reviews(principal).sample(spec)


@router.get("/reviews")
def reviews(
    desk: DeskDep,
    principal: PrincipalDep,
    ticket_id: str | None = None,
    agent: Annotated[str | None, Query(description="Whose work.")] = None,
    reviewer: Annotated[str | None, Query(description="Who reviewed.")] = None,
    before: Annotated[int | None, Query(description="Older than this number: `next` of a page.")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
) -> dict[str, Any]:
    """List the reviews made here, changed last first; imported ones are rows of the metric reviews_made."""
    return desk.reviews(principal).list(ticket_id=ticket_id, agent=agent, reviewer=reviewer, before=before, limit=limit)


@router.post("/reviews")
def add(desk: DeskDep, principal: PrincipalDep, order: ReviewOrder) -> dict[str, Any]:
    """Review an agent's work on a ticket; the score counts in the metrics at once."""
    return desk.reviews(principal).add(order.model_dump())


@router.get("/reviews/{review_id}")
def get(desk: DeskDep, principal: PrincipalDep, review_id: str) -> dict[str, Any]:
    """Return a review, with what was done to it."""
    return desk.reviews(principal).get(review_id)


@router.patch("/reviews/{review_id}")
def correct(desk: DeskDep, principal: PrincipalDep, review_id: str, order: Correction) -> dict[str, Any]:
    """Change answers or comment of a review, by the form that it was made with."""
    return desk.reviews(principal).correct(review_id, order.model_dump())


@router.put("/reviews/{review_id}/response")
def respond(desk: DeskDep, principal: PrincipalDep, review_id: str, order: Response) -> dict[str, Any]:
    """Keep that the reviewed agent has acknowledged the review, or disputes it."""
    return desk.reviews(principal).respond(review_id, order.status, order.note)


@router.delete("/reviews/{review_id}")
def remove(desk: DeskDep, principal: PrincipalDep, review_id: str) -> dict[str, Any]:
    """Take a review out of lists and metrics."""
    return desk.reviews(principal).remove(review_id)


REVIEWS = Subject(name="reviews", about="Quality reviews: what to review, and what people say of it.", router=router)

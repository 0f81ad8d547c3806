"""Learned models: list, train, make active, retire."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from deskpulse.api.model import DeskDep, Json, PrincipalDep, Subject

router = APIRouter(default_response_class=Json)


class TrainOrder(BaseModel):
    """What to learn from."""

    model_config = ConfigDict(extra="forbid")

    source: str | None = Field(None, description="Where labels come from; the first source that has enough, else.")


class ActiveOrder(BaseModel):
    """Which version is to be active."""

    model_config = ConfigDict(extra="forbid")

    version: int = Field(description="The version's number.", ge=1)


@router.get("/models")
def models(desk: DeskDep, principal: PrincipalDep, task: str | None = None) -> dict[str, Any]:
    """List the learned models with their figures on texts held out, and what can be learned from where."""
    return desk.models(principal).list(task)


@router.post("/models/{task}/train")
def train(desk: DeskDep, principal: PrincipalDep, task: str, order: TrainOrder) -> dict[str, Any]:
    """Learn a task from the labels that the data carries, in the background; see `/model-jobs/{job_id}`."""
    return desk.models(principal).train(task, order.source)


@router.put("/models/{task}/active")
def activate(desk: DeskDep, principal: PrincipalDep, task: str, order: ActiveOrder) -> dict[str, Any]:
    """Make a version active."""
    return desk.models(principal).activate(task, order.version)


@router.delete("/models/{task}/active")
def retire(desk: DeskDep, principal: PrincipalDep, task: str) -> dict[str, Any]:
    """Let the shipped step do a task again."""
    return desk.models(principal).retire(task)


class RefreshOrder(BaseModel):
    """Which texts to read anew."""

    model_config = ConfigDict(extra="forbid")

    everything: bool = Field(False, description="All, not only those understood by what counts no longer.")


@router.post("/model-jobs")
def refresh(desk: DeskDep, principal: PrincipalDep, order: RefreshOrder) -> dict[str, Any]:
    """Read texts anew in the background, after steps or models changed; changes of models do so by themselves."""
    return desk.models(principal).refresh(everything=order.everything)


@router.get("/model-jobs/{job_id}")
def job(desk: DeskDep, principal: PrincipalDep, job_id: str) -> dict[str, Any]:
    """Return a training or a reading anew of texts: its state, progress and result."""
    return desk.models(principal).job(job_id)


@router.post("/model-jobs/{job_id}/cancel")
def cancel(desk: DeskDep, principal: PrincipalDep, job_id: str) -> dict[str, Any]:
    """Stop a training, of which nothing is kept, or a reading anew, of which everything is."""
    return desk.models(principal).cancel(job_id)


MODELS = Subject(name="models", about="Models learned from the labels that the data carries.", router=router)

"""Our numbers against a vendor's: of a source, of a file on this machine, or of one that is sent."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, File, Query, Request, UploadFile
from fastapi.responses import Response
from pydantic import BaseModel, Field

from deskpulse.api.model import DeskDep, Json, PrincipalDep, Subject
from deskpulse.api.received import local_user_only, stored_upload
from deskpulse.core.errors import InputError

router = APIRouter(default_response_class=Json)
Format = Annotated[str, Query(description="json, md, or csv with every number of every ticket.")]
Examples = Annotated[int, Query(ge=0, le=1000, description="Most example tickets a cause.")]


class ReconcileOrder(BaseModel):
    """What to compare with: the numbers that the import of a source kept, or those in a file."""

    source: str | None = Field(None, description="Name of the source; with a path, whose tickets the file's are.")
    path: str | None = Field(None, description="File or folder on the server's machine; only for its own user.")


@router.post("/reconcile")
def reconcile(
    desk: DeskDep,
    principal: PrincipalDep,
    request: Request,
    order: ReconcileOrder,
    format: Format = "json",
    examples: Examples = 5,
) -> Response:
    """Compare our numbers with the vendor's; each difference is classified and explained. Changes nothing."""
    if order.path is not None:
        local_user_only(request)
    elif order.source is None:
        raise InputError("Nothing to compare with.", hint="Name a source or a path, or send a file to /upload.")
    what = Path(order.path) if order.path is not None else str(order.source)
    made = desk.reconcile(principal, what, source=order.source, examples=examples, format=format)
    return Response(made.content, media_type=made.media_type)


@router.post("/reconcile/upload")
def reconcile_upload(
    desk: DeskDep,
    principal: PrincipalDep,
    file: Annotated[UploadFile, File(description="The file with the vendor's numbers.")],
    source: Annotated[str | None, Query(description="Whose tickets the file's are, when ids leave it open.")] = None,
    format: Format = "json",
    examples: Examples = 5,
) -> Response:
    """Compare our numbers with those in a file that is sent; the file is not kept."""
    path = stored_upload(desk, file)
    try:
        made = desk.reconcile(principal, path, source=source, examples=examples, format=format)
    finally:
        shutil.rmtree(path.parent)
    return Response(made.content, media_type=made.media_type)


RECONCILE = Subject(
    name="reconcile", about="Our numbers against a vendor's own, difference by difference.", router=router
)

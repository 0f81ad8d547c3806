"""Imports: look at a file, take it in, follow it, cancel it, resume it, undo it, mend its rejected rows."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Query, Request, UploadFile
from fastapi.responses import Response
from pydantic import BaseModel, Field

from deskpulse.api.model import DeskDep, Json, PrincipalDep, Subject
from deskpulse.api.received import local_user_only, stored_upload
from deskpulse.core.errors import InputError
from deskpulse.ingest.model import ImportOptions

router = APIRouter(default_response_class=Json)


class PathOrder(BaseModel):
    """A path on the server's machine to import; only for its own user, who holds the token of the server file."""

    path: str = Field(description="File or folder on the server's machine.")
    source: str | None = Field(None, description="Name of the source; when left out, from the file's name and columns.")
    shape: str | None = Field(None, description="What the rows are, when not recognised: tickets, messages, …")
    map: dict[str, str] = Field(default_factory=dict, description="Our column = the file's column.")
    timezone: str | None = Field(None, description="IANA zone of times that carry none.")
    enrich: bool = Field(True, description="Whether to read the texts.")

    def options(self) -> ImportOptions:
        """Return the same as the ingest room wants it."""
        return ImportOptions(
            source=self.source, shape=self.shape, overrides=self.map, timezone=self.timezone, enrich=self.enrich
        )


class ReplayOrder(BaseModel):
    """Rejected rows to take in again, mended."""

    fixes: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="rejected_id → the columns to change, by the file's names."
    )
    map: dict[str, str] = Field(default_factory=dict, description="Our column = the file's column.")


class MendedOrder(BaseModel):
    """An exported list of rejected rows with cells mended."""

    csv: str = Field(description="The list as /rejected.csv gave it; cells that differ are the mending.")


class DismissOrder(BaseModel):
    """Rejected rows to put away: those named, or all of a run."""

    rejected_ids: list[str] | None = None
    run_id: str | None = None


@router.post("/imports/preview")
def preview_path(desk: DeskDep, principal: PrincipalDep, request: Request, order: PathOrder) -> dict[str, Any]:
    """Show how a file on this machine would be read: its parts, and each column's suggested meaning with the reason."""
    local_user_only(request)
    return desk.preview(principal, Path(order.path), order.options()).as_dict()


@router.post("/imports", status_code=202)
def import_path(desk: DeskDep, principal: PrincipalDep, request: Request, order: PathOrder) -> dict[str, Any]:
    """Import a file or folder on this machine, in the background."""
    local_user_only(request)
    return {"run_id": desk.start_import(principal, Path(order.path), order.options())}


@router.post("/imports/upload", status_code=202)
def import_upload(
    desk: DeskDep,
    principal: PrincipalDep,
    file: Annotated[UploadFile, File(description="The file.")],
    source: Annotated[str | None, Form(description="Name of the source.")] = None,
    shape: Annotated[str | None, Form(description="What the rows are.")] = None,
    timezone: Annotated[str | None, Form(description="IANA zone of times that carry none.")] = None,
    map: Annotated[list[str] | None, Form(description="our_column=Their Column; several.")] = None,
) -> dict[str, Any]:
    """Upload a file and import it, in the background."""
    overrides = dict(_pair(item) for item in map or [])
    path = stored_upload(desk, file)
    options = ImportOptions(source=source, shape=shape, timezone=timezone, overrides=overrides)
    return {"run_id": desk.start_import(principal, path, options)}


@router.get("/imports")
def imports(
    desk: DeskDep, principal: PrincipalDep, cursor: str | None = None, limit: Annotated[int, Query(ge=1, le=500)] = 50
) -> dict[str, Any]:
    """List the runs, newest first."""
    return desk.runs(principal, cursor=cursor, limit=limit)


@router.get("/imports/{run_id}")
def import_run(desk: DeskDep, principal: PrincipalDep, run_id: str) -> dict[str, Any]:
    """Return a run: its state and progress; when it has ended, its result."""
    return desk.run(principal, run_id)


@router.post("/imports/{run_id}/cancel")
def cancel(desk: DeskDep, principal: PrincipalDep, run_id: str) -> dict[str, Any]:
    """Stop a run after the rows at hand; what is committed stays, and the run can be resumed."""
    desk.cancel_run(principal, run_id)
    return desk.run(principal, run_id)


@router.post("/imports/{run_id}/resume", status_code=202)
def resume(desk: DeskDep, principal: PrincipalDep, run_id: str) -> dict[str, Any]:
    """Go on with a cancelled, failed or interrupted run where it stopped."""
    return {"run_id": desk.resume_run(principal, run_id)}


@router.delete("/imports/{run_id}")
def undo(desk: DeskDep, principal: PrincipalDep, run_id: str) -> dict[str, Any]:
    """Take back a run as a whole."""
    return {"run_id": run_id, "taken_back": desk.undo_run(principal, run_id)}


@router.get("/rejected")
def rejected(
    desk: DeskDep,
    principal: PrincipalDep,
    run_id: str | None = None,
    reason: str | None = None,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> dict[str, Any]:
    """List rows that could not be taken, each with its reason."""
    return desk.rejected(principal, run_id=run_id, reason=reason, cursor=cursor, limit=limit)


@router.get("/rejected.csv")
def rejected_csv(desk: DeskDep, principal: PrincipalDep, run_id: str | None = None) -> Response:
    """Return the rejected rows as CSV, complete."""
    headers = {"content-disposition": 'attachment; filename="rejected.csv"'}
    return Response(desk.rejected_csv(principal, run_id=run_id), media_type="text/csv", headers=headers)


@router.post("/rejected/mended")
def mend(desk: DeskDep, principal: PrincipalDep, order: MendedOrder) -> dict[str, Any]:
    """Take the rows of a mended list in again, each as part of its own run."""
    return desk.mend(principal, order.csv)


@router.post("/rejected/dismiss")
def dismiss(desk: DeskDep, principal: PrincipalDep, order: DismissOrder) -> dict[str, int]:
    """Put rejected rows away: they are kept, but asked about no more."""
    return {"dismissed": desk.dismiss(principal, rejected_ids=order.rejected_ids, run_id=order.run_id)}


@router.post("/imports/{run_id}/replay")
def replay(desk: DeskDep, principal: PrincipalDep, run_id: str, order: ReplayOrder) -> dict[str, Any]:
    """Take a run's rejected rows in again, with mended values or another mapping."""
    return desk.replay(principal, run_id, fixes=order.fixes, overrides=order.map).as_dict()


def _pair(text: str) -> tuple[str, str]:
    target, equals, column = text.partition("=")
    if not equals:
        raise InputError(f"{text!r} maps nothing.", hint='Write created_at="Opened At".')
    return target.strip(), column.strip()


IMPORTS = Subject(name="imports", about="Files in, with mapping, progress, cancel, resume, undo.", router=router)

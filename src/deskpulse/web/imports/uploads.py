"""Files that a browser sends: streamed to the data folder, known by an id that says nothing about the path."""

from __future__ import annotations

import shutil
import threading
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from deskpulse.core.errors import DeskpulseError, InputError, LimitError, NotFoundError
from deskpulse.core.ids import new_id
from deskpulse.core.settings import Settings

LONGEST_NAME = 120


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A file that arrived whole, for one workspace."""

    upload_id: str
    workspace: str
    path: Path
    size: int


class Uploads:
    """The files that arrived since the server began; safe to use from any thread."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._known: dict[str, Upload] = {}

    def find(self, upload_id: str, workspace: str) -> Upload:
        """Return an upload; NotFoundError when there is none of that id in this workspace."""
        with self._lock:
            found = self._known.get(upload_id)
        if found is None or found.workspace != workspace:
            raise NotFoundError("That file is not here any more.", hint="Choose it again.")
        return found

    async def receive(self, request: Request, workspace: str, name: str) -> Upload:
        """Write a request's body to a file named `name`; LimitError when it is larger than `upload_max_bytes`."""
        upload_id = new_id("up")
        folder = self._settings.data_dir / "uploads" / upload_id
        path = folder / safe_name(name)
        folder.mkdir(parents=True)
        size = 0
        try:
            with path.open("wb") as target:
                async for block in request.stream():
                    size += len(block)
                    if size > self._settings.upload_max_bytes:
                        raise LimitError(f"{path.name} is larger than an upload may be.", setting="upload_max_bytes")
                    await run_in_threadpool(target.write, block)
            if not size:
                raise InputError(f"{path.name} is empty.", hint="Choose a file with rows in it.")
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        upload = Upload(upload_id=upload_id, workspace=workspace, path=path, size=size)
        with self._lock:
            self._known[upload_id] = upload
        return upload


def safe_name(name: str) -> str:
    """Return the last part of a file's name without what file systems do not take; its ending is kept."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join("_" if sign in '<>:"|?*' or ord(sign) < 32 else sign for sign in last).strip(" .")
    return (kept or "upload")[-LONGEST_NAME:]


def upload_routes(uploads: Uploads) -> APIRouter:
    """Return the route that files are sent to; the page's own drop zone is its only client."""
    router = APIRouter(include_in_schema=False)

    @router.put("/uploads")
    async def receive(request: Request, workspace: str, name: str) -> JSONResponse:
        try:
            slug = request.app.state.desk.principal(workspace).workspace
            upload = await uploads.receive(request, slug, name)
        except DeskpulseError as error:
            return JSONResponse({"message": str(error)}, error.status)
        return JSONResponse({"upload": upload.upload_id, "name": upload.path.name, "size": upload.size})

    return router

"""What requests bring with them: files, and whether their sender is this machine's user."""

from __future__ import annotations

import shutil
from pathlib import Path

from fastapi import Request, UploadFile

from deskpulse.core.errors import ForbiddenError, LimitError
from deskpulse.core.ids import new_id
from deskpulse.desk import Desk

_BLOCK = 1 << 20


def local_user_only(request: Request) -> None:
    """Raise ForbiddenError unless the request comes with the token of the server file."""
    if not getattr(request.state, "is_local_user", False):
        raise ForbiddenError(
            "Only this machine's user may name a path on it.",
            hint="Upload the file instead (/api/v1/imports/upload, /api/v1/reconcile/upload).",
        )


def stored_upload(desk: Desk, file: UploadFile) -> Path:
    """Keep an upload under its own folder; only the last part of its name is used."""
    folder = desk.settings.data_dir / "uploads" / new_id("up")
    name = Path((file.filename or "upload").replace("\\", "/")).name.replace("\x00", "") or "upload"
    folder.mkdir(parents=True)
    size = 0
    try:
        with (folder / name[-120:]).open("wb") as target:
            while block := file.file.read(_BLOCK):
                size += len(block)
                if size > desk.settings.upload_max_bytes:
                    raise LimitError(f"{name} is larger than an upload may be.", setting="upload_max_bytes")
                target.write(block)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder / name[-120:]

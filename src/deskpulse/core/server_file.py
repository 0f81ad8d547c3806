"""Where the server of a data folder is: a file beside the data, so that every command finds it."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from deskpulse.core.errors import ConflictError, StorageError

NAME = "server.json"


@dataclass(frozen=True, kw_only=True)
class ServerFile:
    """A running server: its process, address, and the token that only this machine's user can read."""

    pid: int
    started: float
    url: str
    token: str


def this_process() -> tuple[int, float]:
    """Return this process's id and its start, which together are never used twice."""
    return os.getpid(), psutil.Process().create_time()


def find(data_dir: Path) -> ServerFile | None:
    """Return the live server of `data_dir`; None when there is none. A stale file is removed."""
    path = data_dir / NAME
    try:
        server = ServerFile(**json.loads(path.read_text("utf-8")))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError):
        path.unlink(missing_ok=True)
        return None
    if _is_alive(server):
        return server
    path.unlink(missing_ok=True)
    return None


def claim(data_dir: Path, url: str, token: str) -> ServerFile:
    """Write the file for this process; ConflictError when another server holds the folder."""
    if other := find(data_dir):
        raise ConflictError(
            f"A server already runs on {data_dir}.", hint=f"Use it at {other.url}, or stop process {other.pid} first."
        )
    pid, started = this_process()
    server = ServerFile(pid=pid, started=started, url=url, token=token)
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        handle = os.open(data_dir / NAME, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise ConflictError(f"Another server is starting on {data_dir}.", hint="Try again in a moment.") from None
    except OSError as error:
        raise StorageError(f"Cannot write in {data_dir}: {error.strerror}.", hint="Name another --data-dir.") from error
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(asdict(server), file)
    return server


def release(data_dir: Path) -> None:
    """Remove the file when it is this process's."""
    server = find(data_dir)
    if server and server.pid == os.getpid():
        (data_dir / NAME).unlink(missing_ok=True)


def _is_alive(server: ServerFile) -> bool:
    try:
        return abs(psutil.Process(server.pid).create_time() - server.started) < 2
    except psutil.Error:
        return False

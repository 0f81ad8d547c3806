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
    finished = data_dir / f"{NAME}.{pid}"
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(finished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(asdict(server), file)
        _place(finished, data_dir / NAME)
    except FileExistsError:
        raise ConflictError(f"Another server is starting on {data_dir}.", hint="Try again in a moment.") from None
    except OSError as error:
        raise StorageError(f"Cannot write in {data_dir}: {error.strerror}.", hint="Name another --data-dir.") from error
    finally:
        finished.unlink(missing_ok=True)
    return server


def _place(finished: Path, path: Path) -> None:
    """Let the finished file appear at `path` as a whole; FileExistsError when one is there.

    A file that is written where it is looked for could be read half-written, and taken for a stale one.
    """
    if os.name == "nt":
        finished.rename(path)  # refuses to replace a file, on Windows
        return
    try:
        os.link(finished, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if path.exists():
            raise FileExistsError(path) from None
        finished.rename(path)


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

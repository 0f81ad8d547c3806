"""`deskpulse serve` as a process of its own, for as long as something is measured."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from deskpulse.core import server_file
from deskpulse.core.errors import DeskpulseError

_START_SECONDS = 180.0
_STOP_SECONDS = 20.0


@dataclass(frozen=True, kw_only=True)
class Server:
    """A server that answers; `seconds_to_start` passed from its start to its first answer."""

    url: str
    token: str
    pid: int
    seconds_to_start: float

    @contextmanager
    def caller(self) -> Iterator[Caller]:
        """Keep one connection open to it."""
        with closing(HTTPConnection(urlsplit(self.url).netloc, timeout=60)) as connection:
            connection.connect()
            # Else the second of two small packets waits for the answer to the first: 40 ms.
            connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            yield Caller(connection, {"authorization": f"Bearer {self.token}", "content-type": "application/json"})


@dataclass(frozen=True)
class Caller:
    """A bare client: what is timed is the server, not a library that talks to it."""

    connection: HTTPConnection
    headers: Mapping[str, str]

    def post(self, path: str, body: Mapping[str, object]) -> tuple[int, bytes]:
        """Return the status and the bytes of the answer."""
        self.connection.request("POST", path, json.dumps(body).encode(), dict(self.headers))
        answer = self.connection.getresponse()
        return answer.status, answer.read()

    def get(self, path: str) -> tuple[int, bytes]:
        """Return the same of a page or an answer that is read."""
        self.connection.request("GET", path, headers=dict(self.headers))
        answer = self.connection.getresponse()
        return answer.status, answer.read()


@contextmanager
def served(data_dir: Path, *, settings: Mapping[str, object] | None = None) -> Iterator[Server]:
    """Serve `data_dir` on a free port; `settings` by name override the defaults.

    DeskpulseError: it ended before it answered, or did not answer in three minutes; its last words are told.
    """
    environment = {k: v for k, v in os.environ.items() if not k.startswith("DESKPULSE_")}
    environment |= {f"DESKPULSE_{name.upper()}": str(value) for name, value in (settings or {}).items()}
    command = [sys.executable, "-m", "deskpulse", "serve", "--port", "0", "--data-dir", str(data_dir), "--json"]
    words = data_dir / "server.log"
    began = time.perf_counter()
    with (
        words.open("wb") as log,
        subprocess.Popen(  # noqa: S603  our own program, no shell
            command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=environment, cwd=data_dir
        ) as process,
    ):
        try:
            found = _wait(process, data_dir, words)
            seconds = time.perf_counter() - began
            yield Server(url=found.url, token=found.token, pid=process.pid, seconds_to_start=seconds)
        finally:
            process.terminate()
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait(process: subprocess.Popen[bytes], data_dir: Path, words: Path) -> server_file.ServerFile:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            raise _not_started(f"it ended with {process.returncode}", words)
        found = server_file.find(data_dir)
        if found is not None and _answers(found.url):
            return found
        time.sleep(0.02)
    raise _not_started(f"it did not answer in {_START_SECONDS:g} s", words)


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/api/v1/health", timeout=5, trust_env=False).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def _not_started(how: str, words: Path) -> DeskpulseError:
    last = "\n".join(words.read_text("utf-8", "replace").splitlines()[-15:])
    return DeskpulseError(f"`deskpulse serve` did not start: {how}.", hint=f"It said: {last}" if last else "")

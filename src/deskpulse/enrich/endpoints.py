"""Servers for texts that an owner names: asked in JSON, again when they are busy, left alone while they are away."""

from __future__ import annotations

import json
import threading
import time
from typing import Any
from urllib.parse import urlsplit

from deskpulse.core.errors import EndpointError, InputError

ATTEMPTS, PAUSE_SECONDS, TIMEOUT_SECONDS = 3, 0.5, 60.0
REST_SECONDS = 60.0
"""A server that gave no answer is not asked again by this process for so long: what waits goes on without it."""
MOST_BYTES = 64_000_000
"""A longer answer is none."""
TOO_MANY, SERVER_ERROR = 429, 500
_HERE = ("127.0.0.1", "localhost", "::1")


class Endpoint:
    """A server by its address, such as http://127.0.0.1:11434/v1. `what` it is called in errors. Threads may share it.

    InputError where its key would travel unencrypted.
    """

    def __init__(self, what: str, place: str, key: str = "") -> None:
        parts = urlsplit(place)
        if key and parts.scheme == "http" and parts.hostname not in _HERE:
            raise InputError(f"The {what}'s key would travel unencrypted.", hint="Write https:// in its address.")
        self.place = place.rstrip("/")
        self._what = what
        self._headers = {"authorization": f"Bearer {key}"} if key else {}
        self._lock = threading.Lock()
        self._rests_until, self._said = 0.0, ""

    def ask(self, path: str, body: dict[str, Any]) -> Any:
        """Return the answer to a POST; a server that is busy or away for a moment is asked again.

        EndpointError when there is none, and at once for a while after.
        """
        with self._lock:
            if time.monotonic() < self._rests_until:
                raise self.error(self._said)
        address, said = f"{self.place}/{path}", ""
        for attempt in range(ATTEMPTS):
            if attempt:
                time.sleep(PAUSE_SECONDS * 2 ** (attempt - 1))
            status, content = self._posted(address, body)
            if status in (0, TOO_MANY) or status >= SERVER_ERROR:
                said = f"it answers {status}" if status else f"it cannot be reached ({content.decode()})"
                continue
            if status >= 300:
                raise self.error(f"it answers {status}: {content[:200].decode('utf-8', 'replace')}")
            try:
                return json.loads(content)
            except (ValueError, RecursionError):
                raise self.error("it does not answer with JSON") from None
        with self._lock:
            self._rests_until, self._said = time.monotonic() + REST_SECONDS, said
        raise self.error(said)

    def error(self, said: str) -> EndpointError:
        """Return the error that tells what is wrong with the server."""
        return EndpointError(
            f"The {self._what} {self.place} gives nothing to go by: {said}.",
            hint="Texts are understood by the shipped steps until it does, and read anew then.",
        )

    def _posted(self, address: str, body: dict[str, Any]) -> tuple[int, bytes]:
        """Return status and content; status 0 and what happened where the server is not there."""
        import httpx

        found = bytearray()
        began = time.monotonic()
        sent = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")  # texts may hold half a character
        headers = {**self._headers, "content-type": "application/json"}
        try:
            with httpx.stream("POST", address, content=sent, headers=headers, timeout=TIMEOUT_SECONDS) as answer:
                for piece in answer.iter_bytes():
                    found += piece
                    if len(found) > MOST_BYTES:
                        return 0, b"its answer has no end"
                    if time.monotonic() - began > TIMEOUT_SECONDS:
                        return 0, b"its answer takes too long"
                return answer.status_code, bytes(found)
        except (httpx.TransportError, httpx.DecodingError) as error:
            return 0, str(error).encode("utf-8", "replace")

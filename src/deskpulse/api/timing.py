"""Every answer's time, noted by route."""

from __future__ import annotations

import time
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from deskpulse.ops.request_times import RequestTimes

ELSEWHERE = "(no route)"
PREFIX = "/api/v1"


@dataclass(frozen=True)
class Timed:
    """ASGI middleware: notes how long each answer of the API takes, up to its last byte."""

    app: ASGIApp
    times: RequestTimes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and note its time; sockets last as long as they like."""
        if scope["type"] != "http" or not scope["path"].startswith("/api/"):
            await self.app(scope, receive, send)
            return
        status = 500

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        began = time.perf_counter()
        try:
            await self.app(scope, receive, noted)
        finally:
            self.times.add(scope["method"], _route(scope), status, time.perf_counter() - began)


def _route(scope: Scope) -> str:
    """Return the address pattern of the route that answered; an included router's route lacks the prefix."""
    path: str | None = getattr(scope.get("route"), "path", None)
    if path is None:
        return ELSEWHERE
    return path if path.startswith("/api/") else f"{PREFIX}{path}"

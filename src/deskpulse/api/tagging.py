"""A tag on every answer that is read: who has it already is told so, and nothing is sent again."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from deskpulse.api.formats import names_tag

_ASKING = ("/api/v1/query", "/api/v1/analytics")
"""What is asked by POST and changes nothing."""


@dataclass(frozen=True)
class Tagged:
    """ASGI middleware: whole JSON answers get an ETag of their bytes, unless the route gave a cheaper one."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; answer 304 when If-None-Match names the answer."""
        if scope["type"] != "http" or not _is_reading(scope):
            await self.app(scope, receive, send)
            return
        held: Message | None = None

        async def tagging(message: Message) -> None:
            nonlocal held
            if message["type"] == "http.response.start" and _is_taggable(message):
                held = message
                return
            if held is not None:
                start, held = held, None
                if not message.get("more_body"):
                    start, message = _tagged(start, message, Headers(scope=scope).get("if-none-match", ""))
                await send(start)
            await send(message)

        await self.app(scope, receive, tagging)


def _is_reading(scope: Scope) -> bool:
    path: str = scope["path"]
    return path.startswith("/api/v1/") and (
        scope["method"] == "GET" or (scope["method"] == "POST" and path.startswith(_ASKING))
    )


def _is_taggable(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    return start["status"] == 200 and "etag" not in headers and "json" in headers.get("content-type", "")


def _tagged(start: Message, body: Message, held: str) -> tuple[Message, Message]:
    etag = f'W/"{sha256(body.get("body", b"")).hexdigest()[:32]}"'
    if names_tag(held, etag):
        short = [(b"etag", etag.encode()), (b"vary", b"accept")]
        return {**start, "status": 304, "headers": short}, {**body, "body": b""}
    headers = MutableHeaders(raw=list(start["headers"]))
    headers["etag"] = etag
    headers.setdefault("cache-control", "private, no-cache")
    return {**start, "headers": headers.raw}, body

"""Scripts, styles and fonts of the pages: compressed once, kept in memory, and answered from there."""

from __future__ import annotations

from dataclasses import dataclass, field

from starlette.types import ASGIApp, Message, Receive, Scope, Send

ROOTS = ("/assets/", "/_nicegui/")
LARGEST = 8_000_000
MOST = 400


@dataclass(kw_only=True)
class Kept:
    """A whole answer: how it begins, and its body."""

    start: Message
    body: bytes = b""


@dataclass
class KeptAssets:
    """ASGI middleware around the pages. What lies below `ROOTS` does not change while the process runs.

    A browser that leaves before its answer has begun is no error: nobody is there to be told.
    """

    app: ASGIApp
    _kept: dict[tuple[str, bool], Kept] = field(default_factory=dict)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from memory, or pass on and keep what is answered."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        has_left = False

        async def watched() -> Message:
            nonlocal has_left
            message = await receive()
            has_left = has_left or message["type"] == "http.disconnect"
            return message

        key = _key(scope)
        if key is not None and (kept := self._kept.get(key)) is not None:
            await send(kept.start)
            await send({"type": "http.response.body", "body": kept.body})
            return
        try:
            await self.app(scope, watched, send if key is None else self._keeping(key, send))
        except RuntimeError as error:
            if not (has_left and str(error) == "No response returned."):
                raise

    def _keeping(self, key: tuple[str, bool], send: Send) -> Send:
        """Return a `send` that keeps a whole good answer."""
        found: Kept | None = None

        async def keep(message: Message) -> None:
            nonlocal found
            if message["type"] == "http.response.start":
                found = Kept(start=message) if message["status"] == 200 else None
            elif message["type"] == "http.response.body" and found is not None:
                found.body += message.get("body", b"")
                if len(found.body) > LARGEST:
                    found = None
                elif not message.get("more_body") and len(self._kept) < MOST:
                    self._kept[key] = found
            await send(message)

        return keep


def _key(scope: Scope) -> tuple[str, bool] | None:
    """Return under what an answer is kept; None when it is no asset, or asked for in part or on a condition."""
    if scope["method"] != "GET" or not scope["path"].startswith(ROOTS):
        return None
    headers = dict(scope["headers"])
    if b"range" in headers or b"if-none-match" in headers or b"if-modified-since" in headers:
        return None
    return scope["path"], b"gzip" in headers.get(b"accept-encoding", b"")

"""What a page may load and run: a content security policy, with a nonce for the scripts that NiceGUI writes."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from deskpulse.web.skeleton import painted_first

# Only tags at the beginning of a line: those of the page's frame. Data stand inside a line, with "<" escaped.
_SCRIPT_TAG = re.compile(rb"^([ \t]*)<script\b", re.MULTILINE)


def policy(nonce: str) -> str:
    """Return the policy. Vue compiles its templates ('unsafe-eval') and sets styles on elements ('unsafe-inline')."""
    return "; ".join((
        "default-src 'self'",
        f"script-src 'self' 'nonce-{nonce}' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    ))  # fmt: skip


@dataclass(frozen=True)
class ContentPolicy:
    """ASGI middleware: gives each HTML page a nonce of its own and the policy that names it."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on; the HTML of a page is held until it is whole, since its scripts are marked."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        held: Message | None = None
        body = b""

        async def mark(message: Message) -> None:
            nonlocal held, body
            if message["type"] == "http.response.start":
                if MutableHeaders(raw=message["headers"]).get("content-type", "").startswith("text/html"):
                    held = message
                    return
            elif message["type"] == "http.response.body" and held is not None:
                body += message.get("body", b"")
                if message.get("more_body"):
                    return
                await _send_marked(held, body, send)
                return
            await send(message)

        await self.app(scope, receive, mark)


async def _send_marked(start: Message, body: bytes, send: Send) -> None:
    nonce = secrets.token_urlsafe(18)
    marked = _SCRIPT_TAG.sub(rb'\1<script nonce="' + nonce.encode() + rb'"', painted_first(body))
    headers = MutableHeaders(raw=start["headers"])
    headers["content-security-policy"] = policy(nonce)
    headers["content-length"] = str(len(marked))
    await send(start)
    await send({"type": "http.response.body", "body": marked, "more_body": False})

"""The gate before every request, page and socket: who may reach this server at all.

On loopback: only requests whose Host is this machine (a page of another site cannot rebind its name to us), and
nothing that another site's page sends. Beyond loopback: only who knows the secret, as a bearer token or by signing in.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from deskpulse.api.problems import problem
from deskpulse.core.logging import correlated
from deskpulse.core.settings import LOOPBACK

COOKIE = "deskpulse_session"
SIGN_IN = "/sign-in"
MAX_FORM_BYTES = 4_096
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class Gate:
    """ASGI middleware. `token` is the one in the server file: its holder is this machine's user."""

    app: ASGIApp
    secret: str
    token: str
    is_loopback: bool

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, or answer why not."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        with correlated(connection.headers.get("x-request-id", "")[:100] or None) as request_id:
            refusal = await self._refusal(scope, receive, connection)
            if refusal is None:
                scope.setdefault("state", {})["is_local_user"] = self._bears(connection.headers, self.token)
                await self.app(scope, receive, _with_headers(send, request_id))
            elif scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008})
            else:
                await refusal(scope, receive, send)

    async def _refusal(self, scope: Scope, receive: Receive, connection: HTTPConnection) -> Response | None:
        headers = connection.headers
        if self._bears(headers, self.token):
            return None
        if self._is_foreign(scope, headers):
            return problem(403, "foreign_origin", "Another site's page may not use this server.")
        if self.is_loopback:
            if _hostname(headers.get("host", "")) in LOOPBACK:
                return None
            return problem(
                421, "wrong_host", "This server answers to localhost only.", hint="Open it as http://127.0.0.1."
            )
        if self._bears(headers, self.secret) or self._has_session(connection):
            return None
        if scope["path"] == SIGN_IN and scope["type"] == "http":
            return await self._sign_in(Request(scope, receive))
        if scope["path"].startswith("/api/") or scope["path"] == "/metrics" or scope["type"] == "websocket":
            return problem(401, "not_signed_in", "Say who you are.", hint="Send Authorization: Bearer <secret>.")
        return RedirectResponse(SIGN_IN, 303)

    def _bears(self, headers: Headers, expected: str) -> bool:
        given = headers.get("authorization", "")
        return bool(expected) and hmac.compare_digest(given.encode(), f"Bearer {expected}".encode())

    def _session(self) -> str:
        return hmac.new(self.secret.encode(), b"session", hashlib.sha256).hexdigest()

    def _has_session(self, connection: HTTPConnection) -> bool:
        return hmac.compare_digest(connection.cookies.get(COOKIE, "").encode(), self._session().encode())

    def _is_foreign(self, scope: Scope, headers: Headers) -> bool:
        """Return whether another site's page sent something that acts (or opens a socket)."""
        if scope["type"] == "http" and scope["method"] in _SAFE:
            return False
        origin = headers.get("origin")
        return origin is not None and urlsplit(origin).netloc != headers.get("host", "")

    async def _sign_in(self, request: Request) -> Response:
        if request.method != "POST":
            return HTMLResponse(_FORM.replace("{said}", ""))
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > MAX_FORM_BYTES:
                return problem(413, "limit", "That is no sign-in form.")
        given = parse_qs(body.decode("utf-8", "replace")).get("secret", [""])[0]
        if not hmac.compare_digest(given.encode(), self.secret.encode()):
            return HTMLResponse(_FORM.replace("{said}", "<p role=alert>That is not the secret.</p>"), 401)
        answer = RedirectResponse("/", 303)
        secure = request.url.scheme == "https"
        answer.set_cookie(COOKIE, self._session(), httponly=True, samesite="strict", secure=secure, max_age=43_200)
        return answer


def _hostname(host: str) -> str:
    return urlsplit(f"//{host}").hostname or ""


def _with_headers(send: Send, request_id: str) -> Send:
    """Add the headers that every answer carries."""
    extra = [
        (b"x-request-id", request_id.encode("latin-1", "replace")),
        (b"x-content-type-options", b"nosniff"),
        (b"x-frame-options", b"SAMEORIGIN"),
        (b"referrer-policy", b"same-origin"),
    ]

    async def wrapped(message: dict) -> None:  # type: ignore[type-arg]
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", []), *extra]}
        await send(message)

    return wrapped  # type: ignore[return-value]


_FORM = """<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content="width=device-width">
<title>Deskpulse</title><style>body{font:15px system-ui;display:grid;place-items:center;min-height:90vh;
background:#f7f8fa;color:#14171f}form{background:#fff;border:1px solid #e7e9ee;border-radius:12px;padding:28px;
width:300px;display:grid;gap:12px}input,button{font:inherit;padding:9px 12px;border-radius:8px;border:1px solid #d5d9e2}
button{background:#5b5bd6;color:#fff;border:0}p{color:#c9374a;margin:0}</style>
<form method=post><b>Deskpulse</b><label for=s>Secret of this server</label>
<input id=s name=secret type=password autocomplete=current-password required autofocus>{said}
<button>Sign in</button></form></html>"""

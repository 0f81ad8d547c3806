"""Errors as RFC 9457 problem details: what happened, to which thing, what to do."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from deskpulse.core.errors import DeskpulseError
from deskpulse.core.logging import correlation_id

log = logging.getLogger(__name__)


def problem(status: int, code: str, detail: str, /, *, hint: str = "", **more: Any) -> Response:
    """Return a problem document; `more` are extension members, of any name: those of the standard come first."""
    body: dict[str, Any] = {
        "type": f"urn:deskpulse:problem:{code}", "title": HTTPStatus(status).phrase, "status": status, "detail": detail,
        "code": code,
    }  # fmt: skip
    if hint:
        body["hint"] = hint
    if current := correlation_id.get():
        body["correlation_id"] = current
    content = orjson.dumps({**more, **body}, default=str)
    return Response(content, status, media_type="application/problem+json")


def install(app: FastAPI) -> None:
    """Answer every error of `app` as a problem; what we did not foresee is logged and tells nothing of the inside."""

    async def ours(request: Request, error: Exception) -> Response:
        assert isinstance(error, DeskpulseError)  # noqa: S101  registered for this type only
        return problem(error.status, error.code, error.message, hint=error.hint, **error.details)

    async def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101
        found = [{"where": "/".join(map(str, e["loc"])), "what": e["msg"]} for e in error.errors()]
        said = "; ".join(f"{e['where']}: {e['what']}" for e in found[:5])
        return problem(422, "invalid_request", f"The request does not fit: {said}.", errors=found)

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101
        answer = problem(error.status_code, "http", str(error.detail), hint=f"{request.method} {request.url.path}")
        answer.headers.update(error.headers or {})
        return answer

    async def unforeseen(request: Request, error: Exception) -> Response:
        log.error("unforeseen error", exc_info=error, extra={"path": request.url.path})
        return problem(
            500, "internal", "Something went wrong inside Deskpulse.", hint="The log tells more under correlation_id."
        )

    app.add_exception_handler(DeskpulseError, ours)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(Exception, unforeseen)

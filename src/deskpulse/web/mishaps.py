"""What is answered when there is nothing to show: an address that leads nowhere, or a page that failed."""

from __future__ import annotations

import logging
from html import escape

from fastapi.exception_handlers import http_exception_handler
from fastapi.responses import HTMLResponse, JSONResponse
from nicegui import app as pages_app
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from deskpulse.core.errors import DeskpulseError
from deskpulse.web.catalog import all_pages
from deskpulse.web.head import head_html
from deskpulse.web.visit import FAILED

log = logging.getLogger(__name__)
LONGEST = 120


async def say_not_found(request: Request, error: Exception) -> Response:
    """Answer 404 in the words of who asked: a program gets JSON, a person a page."""
    path = request.url.path
    shown = path if len(path) <= LONGEST else path[:LONGEST] + "…"
    if path.startswith("/api/"):
        problem = {"type": "about:blank", "title": "Not found", "status": 404, "code": "not_found",
                   "detail": f"There is nothing at {shown}.", "hint": "/api/docs lists what there is."}  # fmt: skip
        return JSONResponse(problem, 404, media_type="application/problem+json")
    endpoint = request.scope.get("endpoint")
    if endpoint not in (None, pages_app) and isinstance(error, HTTPException):
        return await http_exception_handler(request, error)
    told = f"Nothing is at <b>{escape(shown)}</b>. The address may be mistyped, or the link out of date."
    return HTMLResponse(page_html("There is no page here", told), 404)


async def say_failed(request: Request, error: Exception) -> Response:
    """Answer 500 to who opened a page: our own errors in their words, others without a word of what is inside."""
    if not request.scope.get("nicegui_page_path"):
        raise error
    log.error("a page failed", exc_info=error)
    told = str(error) if isinstance(error, DeskpulseError) else FAILED
    return HTMLResponse(page_html("This page cannot be shown", escape(told)), 500)


def page_html(title: str, told: str) -> str:
    """Return a page that says something (`told` is HTML) and leads on to the pages that there are."""
    links = "".join(f'<a class="button" href="{page.path}">{escape(page.label)}</a>' for page in all_pages())
    return (
        '<!doctype html>\n<html lang="en-US">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{title} · Deskpulse</title>\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<link rel="icon" href="/assets/favicon.svg">\n{head_html()}\n</head>\n<body>\n'
        '<main class="lost"><a class="brand" href="/"><span class="mark"></span>Deskpulse</a>'
        f'<section class="card empty"><h1>{title}</h1><p>{told}</p>'
        f'<div class="actions">{links}</div></section></main>\n</body>\n</html>\n'
    )

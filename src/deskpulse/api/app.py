"""The FastAPI application: subjects collected from `routes/`, problems, gate, and API pages without a CDN."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.openapi.docs import get_redoc_html, get_swagger_ui_html
from fastapi.responses import HTMLResponse, Response
from fastapi.staticfiles import StaticFiles

from deskpulse.api import problems, routes
from deskpulse.api.examples import with_examples
from deskpulse.api.gate import Gate
from deskpulse.api.model import DeskDep, PrincipalDep, Subject
from deskpulse.api.tagging import Tagged
from deskpulse.api.timing import Timed
from deskpulse.core.registry import collect
from deskpulse.core.settings import LOOPBACK
from deskpulse.desk import VERSION, Desk
from deskpulse.ops.request_times import RequestTimes

SUBJECTS: dict[str, Subject] = collect(routes, Subject)
ABOUT = """Every number that a page, a report or an alert shows can be asked for here.

Times are ISO 8601; periods are half-open; days are those of the workspace's time zone; no data is `null`, never 0.
Errors are problem details (RFC 9457) with a `hint`. Lists are paged by `cursor`."""


def create_app(desk: Desk, *, token: str = "") -> FastAPI:
    """Return the API on `desk`; `token` is what the server file tells this machine's user."""
    app = FastAPI(
        title="Deskpulse", version=VERSION, description=ABOUT, docs_url=None, redoc_url=None,
        openapi_url="/api/openapi.json",
        openapi_tags=[{"name": s.name, "description": s.about} for s in SUBJECTS.values()],
    )  # fmt: skip
    app.state.desk = desk
    app.state.times = RequestTimes()
    problems.install(app)
    for subject in sorted(SUBJECTS.values(), key=lambda s: not s.asked_most):
        app.include_router(subject.router, prefix="/api/v1", tags=[subject.name])
    _document(app)
    _api_pages(app)
    _prometheus(app)
    app.add_middleware(Tagged)
    app.add_middleware(Timed, times=app.state.times)
    app.add_middleware(Gate, secret=desk.settings.secret, token=token, is_loopback=desk.settings.host in LOOPBACK)
    return app


def _document(app: FastAPI) -> None:
    """Let the API's description carry an example of every route."""
    plain = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = with_examples(plain())
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]


def _prometheus(app: FastAPI) -> None:
    """Serve `/metrics`: health and the moment of one workspace, as Prometheus reads them."""
    from deskpulse.ops.prometheus import CONTENT_TYPE, exposition

    @app.get("/metrics", include_in_schema=False)
    def metrics(request: Request, desk: DeskDep, principal: PrincipalDep) -> Response:
        live = desk.analytics(principal, "live", {"limit": 1}).as_dict()
        text = exposition(desk.measured(principal), live, request.app.state.times.all(), principal.workspace)
        return Response(text, headers={"content-type": CONTENT_TYPE})


def _api_pages(app: FastAPI) -> None:
    """Serve the API's pages from files of the installed package `fastapi_offline`: nothing comes from elsewhere."""
    static = Path(str(files("fastapi_offline"))) / "static"
    app.mount("/api/static", StaticFiles(directory=static), name="api-static")

    @app.get("/api/docs", include_in_schema=False)
    def swagger() -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url="/api/openapi.json", title="Deskpulse API", swagger_js_url="/api/static/swagger-ui-bundle.js",
            swagger_css_url="/api/static/swagger-ui.css", swagger_favicon_url="/api/static/favicon.png",
        )  # fmt: skip

    @app.get("/api/redoc", include_in_schema=False)
    def redoc() -> HTMLResponse:
        return get_redoc_html(
            openapi_url="/api/openapi.json", title="Deskpulse API", redoc_js_url="/api/static/redoc.standalone.js",
            redoc_favicon_url="/api/static/favicon.png", with_google_fonts=False,
        )  # fmt: skip

"""The pages on a FastAPI application: `mount` is the door of this room."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from fastapi import FastAPI, Request
from nicegui import app as pages_app
from nicegui import context, run, ui
from starlette.staticfiles import StaticFiles

from deskpulse.charts.palette import css_variables
from deskpulse.charts.svg import HERE as CHARTS
from deskpulse.core.errors import DeskpulseError
from deskpulse.core.principal import Principal
from deskpulse.web.catalog import all_pages
from deskpulse.web.frame import frame
from deskpulse.web.imports.uploads import Uploads, upload_routes
from deskpulse.web.model import Page
from deskpulse.web.security import ContentPolicy
from deskpulse.web.skeleton import skeleton_html
from deskpulse.web.view import View
from deskpulse.web.visit import FAILED, Visit

if TYPE_CHECKING:
    from deskpulse.desk import Desk

HERE = Path(__file__).parent
RESPONSE_SECONDS = 30.0


def mount(app: FastAPI, desk: Desk) -> None:
    """Add the pages to `app`; every route that `app` has by then stays in front of them.

    NiceGUI is one application a process: mounting again points the pages to the newer `desk`.
    """
    pages_app.state.desk = desk
    pages_app.state.uploads = uploads = Uploads(desk.settings)
    app.state.desk = desk
    app.include_router(upload_routes(uploads))
    _install()
    ui.run_with(
        app, title="Deskpulse", favicon=HERE / "assets" / "favicon.svg", dark=None, language="en-US", tailwind=False,
        reconnect_timeout=30.0, show_welcome_message=False, binding_refresh_interval=None,
    )  # fmt: skip


@cache
def _install() -> None:
    """Register assets, pages and the policy with NiceGUI's application, once a process."""
    pages_app.mount("/assets/inter", StaticFiles(directory=CHARTS / "assets" / "inter"), name="inter")
    pages_app.mount("/assets", StaticFiles(directory=HERE / "assets"), name="assets")
    pages_app.add_middleware(ContentPolicy)
    for page in all_pages():
        _register(page)


def _register(page: Page) -> None:
    async def show(request: Request) -> None:
        await _show(page, request)

    ui.page(page.path, title=f"{page.label} · Deskpulse", response_timeout=RESPONSE_SECONDS)(show)


async def _show(page: Page, request: Request) -> None:
    """Build a page for a request; a bad address is shown with what is wrong about it, not refused."""
    desk: Desk = pages_app.state.desk
    ui.add_head_html(_head())
    if (slot := context.client.content.parent_slot) is not None:
        slot.parent.props("role=none")  # Quasar's page is a <main>; ours is inside the frame
    notice = ""
    try:
        view = View.read(request.url.query)
        principal, described = await _workspace(desk, request.query_params.get("workspace"))
        view.window(described)
    except DeskpulseError as error:
        view, notice = View(), str(error)
        principal, described = await _workspace(desk, None)
    visit = Visit(desk, page, principal, described, view)
    if notice:
        visit.tell(notice)
    ui.on_exception(lambda error: visit.tell(str(error) if isinstance(error, DeskpulseError) else FAILED))
    ui.add_body_html(skeleton_html(page, frame(visit)))
    with visit.shell:
        await page.build(visit)


async def _workspace(desk: Desk, slug: str | None) -> tuple[Principal, dict[str, Any]]:
    """Return who acts in the workspace, and what describes it; NotFoundError when there is none."""
    return cast(tuple[Principal, dict[str, Any]], await run.io_bound(_described, desk, slug))


def _described(desk: Desk, slug: str | None) -> tuple[Principal, dict[str, Any]]:
    principal = desk.principal(slug)
    return principal, desk.describe_workspace(principal)


@cache
def _head() -> str:
    """Return what stands in the head of every page: colors, styles, fonts, and the theme before the first paint."""
    light, dark = css_variables("light"), css_variables("dark")
    return (
        f"<style>:root{{{light}}}:root[data-theme=dark]{{{dark}}}</style>\n"
        '<link rel="preload" href="/assets/inter/inter-latin.woff2" as="font" type="font/woff2" crossorigin>\n'
        '<script src="/assets/theme.js"></script>\n'
        '<link rel="stylesheet" href="/assets/theme.css">\n'
        '<meta name="robots" content="noindex">'
    )

"""The pages on a FastAPI application: `mount` is the door of this room."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from fastapi import FastAPI, Request
from nicegui import app as pages_app
from nicegui import context, run, ui
from nicegui.staticfiles import CacheControlledStaticFiles

from deskpulse.charts.svg import HERE as CHARTS
from deskpulse.core.errors import DeskpulseError
from deskpulse.core.principal import Principal
from deskpulse.web.catalog import all_pages
from deskpulse.web.frame import frame
from deskpulse.web.head import head_html
from deskpulse.web.imports.uploads import Uploads, upload_routes
from deskpulse.web.kept_assets import KeptAssets
from deskpulse.web.live import Live
from deskpulse.web.mishaps import say_failed, say_not_found
from deskpulse.web.model import Page
from deskpulse.web.security import ContentPolicy
from deskpulse.web.skeleton import skeleton_html
from deskpulse.web.view import View
from deskpulse.web.visit import FAILED, Visit
from deskpulse.web.warm import warm_soon
from deskpulse.web.workspaces import arrive

if TYPE_CHECKING:
    from deskpulse.desk import Desk

HERE = Path(__file__).parent
RESPONSE_SECONDS = 30.0
KEPT_SECONDS = 31_536_000
"""How long a browser may keep our assets: the addresses of those that may change hold their version."""


def mount(app: FastAPI, desk: Desk, *, warm: bool = False) -> None:
    """Add the pages to `app`; every route that `app` has by then stays in front of them.

    NiceGUI is one application a process: mounting again points the pages to the newer `desk`. `warm` visits the pages
    as soon as the server is up, so that the first visitor finds them quick.
    """
    pages_app.state.desk = desk
    pages_app.state.uploads = uploads = Uploads(desk.settings)
    if isinstance(before := getattr(pages_app.state, "live", None), Live):
        before.close()
    pages_app.state.live = Live(desk.settings.live_seconds)
    app.state.desk = desk
    app.include_router(upload_routes(uploads))
    _install()
    ui.run_with(
        app, title="Deskpulse", favicon=HERE / "assets" / "favicon.svg", dark=None, language="en-US", tailwind=False,
        reconnect_timeout=30.0, show_welcome_message=False, binding_refresh_interval=None,
    )  # fmt: skip
    pages_app.add_middleware(KeptAssets)
    if warm:
        warm_soon()


@cache
def _install() -> None:
    """Register assets, pages and the policy with NiceGUI's application, once a process."""
    for place, folder in (("/assets/inter", CHARTS / "assets" / "inter"), ("/assets", HERE / "assets")):
        files = CacheControlledStaticFiles(directory=folder, max_cache_age=KEPT_SECONDS)
        pages_app.mount(place, files, name=folder.name)
    pages_app.add_middleware(ContentPolicy)
    pages_app.add_exception_handler(404, say_not_found)
    pages_app.add_exception_handler(Exception, say_failed)
    for page in all_pages():
        _register(page)


def _register(page: Page) -> None:
    async def show(request: Request) -> None:
        await _show(page, request)

    ui.page(page.path, title=f"{page.label} · Deskpulse", response_timeout=RESPONSE_SECONDS)(show)


async def _show(page: Page, request: Request) -> None:
    """Build a page for a request; a bad address is shown with what is wrong about it, not refused."""
    desk: Desk = pages_app.state.desk
    ui.add_head_html(head_html())
    if (slot := context.client.content.parent_slot) is not None:
        slot.parent.props("role=none")  # Quasar's page is a <main>; ours is inside the frame
    notice, shows_data = "", page.shows_data
    try:
        principal, described = await _arrive(desk, request.query_params.get("workspace"), shows_data)
    except DeskpulseError as error:
        notice = str(error)
        principal, described = await _arrive(desk, None, shows_data)
    try:
        view = View.read(request.url.query)
        view.window(described)
    except DeskpulseError as error:
        view, notice = View(), notice or str(error)
    visit = Visit(desk, page, principal, described, view)
    if notice:
        visit.tell(notice)
    ui.on_exception(lambda error: visit.tell(str(error) if isinstance(error, DeskpulseError) else FAILED))
    ui.add_body_html(skeleton_html(page, frame(visit)))
    with visit.shell:
        await page.build(visit)
    live: Live = pages_app.state.live
    context.client.on_delete(live.follow(visit.slug, visit.renew))


async def _arrive(desk: Desk, slug: str | None, shows_data: bool) -> tuple[Principal, dict[str, Any]]:
    """Return who acts in the workspace, and what describes it; NotFoundError when there is none."""
    return cast(tuple[Principal, dict[str, Any]], await run.io_bound(arrive, desk, slug, shows_data=shows_data))

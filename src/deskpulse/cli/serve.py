"""`deskpulse serve`: the API and the pages on one address, found by every other command through the server file."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import socket
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deskpulse.charts.formats import duration
from deskpulse.cli.display import print_json, run_progress
from deskpulse.cli.options import DataDir
from deskpulse.core import server_file
from deskpulse.core.errors import InputError, StorageError

if TYPE_CHECKING:
    from deskpulse.core.principal import Principal
    from deskpulse.core.settings import Settings
    from deskpulse.desk import Desk


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("serve")(serve)


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port; 0 takes a free one.")] = None,
    file: Annotated[Path | None, typer.Option("--file", help="Import this file first, then serve.")] = None,
    demo: Annotated[bool, typer.Option("--demo", help="Build the sample world first when it is not there.")] = False,
    data_dir: DataDir = None,
    json: Annotated[bool, typer.Option("--json", help="Print the address as JSON.")] = False,
) -> None:
    """Serve the pages and the API."""
    from deskpulse.core.configuration import load_settings
    from deskpulse.core.logging import configure

    given = {"host": host, "port": port, "data_dir": data_dir}
    settings = load_settings(**{k: v for k, v in given.items() if v is not None})
    settings.refuse_unsafe_serving()
    configure(settings.log_level, json=settings.log_json)
    listening = _listen(settings.host, settings.port)
    _run(settings, listening, file=file, demo=demo, json=json)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because asyncio turns Nagle's delay off for such sockets only: 40 ms an answer otherwise.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if os.name == "posix":  # elsewhere it would let another process take the port
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise InputError(
            f"Cannot listen on {host}:{port}: {error.strerror}.", hint="Name another --port; 0 takes a free one."
        ) from error
    return listening


def _run(settings: Settings, listening: socket.socket, *, file: Path | None, demo: bool, json: bool) -> None:
    """Claim the data folder, open it, take in what was asked for, and serve until told to stop."""
    address, port = listening.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "::1": "[::1]"}.get(address, address)  # noqa: S104
    url, token = f"http://{shown}:{port}", secrets.token_urlsafe(32)
    # uvicorn raises the signal that ended it once more: as it is by default, it would end us before we have tidied up.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server_file.claim(settings.data_dir, url, token)
    try:
        from deskpulse.desk import Desk

        with Desk(settings) as desk:
            desk.warehouse(desk.principal())  # one of a newer version is refused before anything is promised
            start_at = _take_in(desk, file=file, demo=demo)
            _serve(desk, listening, token=token, said={"url": url + start_at, "json": json})
    finally:
        server_file.release(settings.data_dir)
        listening.close()


def _take_in(desk: Desk, *, file: Path | None, demo: bool) -> str:
    """Import the file, or build the sample world, before serving; return where the browser should begin."""
    from deskpulse.desk import DEMO_WORKSPACE
    from deskpulse.ingest.model import ImportOptions

    if file is not None:
        principal = desk.principal()
        run_id = desk.start_import(principal, file, ImportOptions())
        _follow(desk, principal, run_id, f"Importing {file.name}")
        return "/"
    if demo:
        known = {w["slug"] for w in desk.workspaces()}
        if DEMO_WORKSPACE not in known or not desk.data_span(desk.principal(DEMO_WORKSPACE))["tickets"]:
            run_id = desk.load_demo()
            _follow(desk, desk.principal(DEMO_WORKSPACE), run_id, "Building the sample world")
        return f"/?workspace={DEMO_WORKSPACE}"
    return "/"


def _follow(desk: Desk, principal: Principal, run_id: str, label: str) -> None:
    with run_progress(label, show=True) as listener:
        while (run := desk.run(principal, run_id))["status"] == "running":
            listener(run)
            time.sleep(0.1)
    if run["status"] != "done":
        raise StorageError(f"{label} ended {run['status']}: {run['error']}")
    result = run["result"] or {}
    typer.echo(f"{label}: {result.get('rows_read', 0):,} rows in {duration(result.get('seconds', 0))}", err=True)


def _serve(desk: Desk, listening: socket.socket, *, token: str, said: dict[str, Any]) -> None:
    import uvicorn

    from deskpulse.api.app import create_app
    from deskpulse.web.app import mount

    app = create_app(desk, token=token)
    mount(app, desk, warm=desk.settings.warm_pages)
    config = uvicorn.Config(app, log_config=None, access_log=False, ws_max_size=1 << 20, timeout_graceful_shutdown=5)
    server = uvicorn.Server(config)

    async def run() -> None:
        desk.serve_journals()
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        while not server.started and not serving.done():
            await asyncio.sleep(0.02)
        if server.started:
            if said["json"]:
                print_json({"url": said["url"]})
            else:
                typer.echo(f"\n  Deskpulse is at {said['url']}\n  API pages: /api/docs   Stop with Ctrl+C\n")
        await serving

    # `asyncio.run` takes no loop before Python 3.12; uvicorn names its quickest (uvloop, where there is one).
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(run())

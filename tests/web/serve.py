"""Serves pages and API on a free port: `python serve.py FOLDER TICKETS`; tells the address."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import uvicorn
from tests.web.worlds import open_desk

from deskpulse.api.app import create_app
from deskpulse.web.app import mount


def main(folder: Path, tickets: int, port: int) -> None:
    with open_desk(folder, tickets) as desk, socket.socket() as listening:
        app = create_app(desk)
        mount(app, desk)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        listening.listen()  # who comes before the server is up waits instead of being refused
        sys.stdout.write(f"http://127.0.0.1:{listening.getsockname()[1]}\n")
        sys.stdout.flush()
        uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listening])


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 0)

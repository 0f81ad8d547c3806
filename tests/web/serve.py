"""Serves the stand-in on a free port: `python serve.py FOLDER TICKETS`; prints the address."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from tests.web.stand_in import StandIn

from deskpulse.core.settings import Settings
from deskpulse.web.app import mount


def main(folder: Path, tickets: int) -> None:
    settings = Settings(_env_file=None, data_dir=folder)
    desk = StandIn(settings, tickets)
    app = FastAPI()
    mount(app, desk)  # type: ignore[arg-type]
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        sys.stdout.write(f"http://127.0.0.1:{listening.getsockname()[1]}\n")
        sys.stdout.flush()
        uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listening])


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))

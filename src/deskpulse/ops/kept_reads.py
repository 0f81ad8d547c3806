"""How long a server takes to answer a forecast that is kept."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

from deskpulse.core.errors import DeskpulseError
from deskpulse.ops.sample_folder import build
from deskpulse.ops.server import Caller, served

QUESTIONS: tuple[dict[str, object], ...] = ({"metric": "tickets_created", "by": ["team"], "horizon": "28d"},
             {"metric": "tickets_created", "grain": "hour", "horizon": "168h"},
             {"metric": "csat", "by": ["team"], "grain": "week", "horizon": "8w"})  # fmt: skip
ROUNDS = 40


def kept_reads(folder: Path, tickets: int, say: Callable[[str], None]) -> list[float]:
    """Return the seconds of reading kept forecasts through the API, one after another: 40 rounds of three.

    `folder` gets a workspace of so many tickets. DeskpulseError: the server refused.
    """
    build(folder, tickets, say)
    seconds = []
    with served(folder) as server, server.caller() as caller:
        say("keeping forecasts")
        paths = [_kept(caller, question) for question in QUESTIONS]
        say("reading them")
        for _ in range(ROUNDS):
            for path in paths:
                began = time.perf_counter()
                status, answer = caller.get(path)
                seconds.append(time.perf_counter() - began)
                if status != 200 or not json.loads(answer)["forecasts"]:
                    raise DeskpulseError(f"A kept forecast could not be read: {status}.")
    return seconds


def _kept(caller: Caller, question: dict[str, object]) -> str:
    status, answer = caller.post("/api/v1/forecasts", {**question, "methods": ["season_level"], "keep": True})
    if status != 200:
        raise DeskpulseError(f"A forecast could not be kept: {status} {answer[:200]!r}.")
    return f"/api/v1/forecasts/{json.loads(answer)['forecast_id']}"

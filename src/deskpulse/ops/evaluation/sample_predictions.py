"""Measures predictions of customers and agents on the sample world: what is planted there is known."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from deskpulse.core.errors import InputError
from deskpulse.core.principal import Principal
from deskpulse.core.settings import Settings
from deskpulse.demo import world
from deskpulse.desk import DEMO_WORKSPACE, Desk
from deskpulse.ingest.model import ImportOptions
from deskpulse.insights.predictions.learning import learn
from deskpulse.insights.predictions.model import Prediction, of_entity
from deskpulse.insights.predictions.moments import now_of

Say = Callable[[str], None]
UNTIL = datetime(2026, 11, 21, tzinfo=UTC)
"""The world's end: the same whenever it is measured."""
_LOOK_SECONDS = 0.2


def measured_worlds(folder: Path, tickets: int, seeds: int, say: Say) -> list[dict[str, Any]]:
    """Return figures of each prediction of customers and agents on each of so many worlds, as they come out."""
    return [one for seed in range(7, 7 + seeds) for one in _measured(folder / f"world-{seed}", tickets, seed, say)]


def mean_of(found: list[dict[str, Any]], name: str, figure: str) -> float | None:
    """Return the mean of a figure over the worlds in which the prediction was learned; None where in none."""
    values = [one[figure] for one in found if one["name"] == name and one.get(figure) is not None]
    return float(np.mean(values)) if values else None


def _measured(folder: Path, tickets: int, seed: int, say: Say) -> list[dict[str, Any]]:
    settings = Settings(_env_file=None, data_dir=folder, timezone="Europe/Berlin")
    principal = Principal(workspace=DEMO_WORKSPACE, user="bench", role="owner")
    with Desk(settings) as desk:
        desk.control.workspaces.ensure(DEMO_WORKSPACE, name="Sample world", timezone="Europe/Berlin", kind="demo")
        say(f"world {seed}: {tickets:,} tickets")
        opened = world(tickets=tickets, seed=seed, until=UNTIL)
        run_id = desk.start_import(principal, opened, ImportOptions(source="demo"))
        while desk.run(principal, run_id)["status"] == "running":
            time.sleep(_LOOK_SECONDS)
        return [_learned(desk, principal, one, seed, say) for name in ("customer", "agent") for one in of_entity(name)]


def _learned(desk: Desk, principal: Principal, prediction: Prediction, seed: int, say: Say) -> dict[str, Any]:
    say(f"world {seed}: {prediction.name}")
    now = now_of(desk.describe_workspace(principal)["last_at"])
    assert now is not None  # noqa: S101  the world was imported
    began = time.process_time()
    head: dict[str, Any] = {"name": prediction.name, "world": seed}
    try:
        found = learn(desk.numbers(principal).past, prediction, now, timezone="Europe/Berlin",
                      most=desk.settings.predict_max_moments, tell=lambda _fraction, _text: None)  # fmt: skip
    except InputError as error:
        return head | {"not learned": error.message}
    seconds = round(time.process_time() - began, 1)
    return head | found.figures | {"learned_from": found.rows, "processor_seconds": seconds}

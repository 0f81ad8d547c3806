"""Measures predictions on the sample world by the commands, as people use them: what is planted there is known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from deskpulse.insights.predictions.model import of_entity
from deskpulse.ops.command import own_command

Say = Callable[[str], None]


def measured_worlds(folder: Path, tickets: int, seeds: int, entities: Sequence[str], say: Say) -> list[dict[str, Any]]:
    """Return figures of each prediction of the entities on each of so many worlds, as they come out."""
    names = [one.name for entity in entities for one in of_entity(entity)]
    return [one for seed in range(7, 7 + seeds)
            for one in _measured(folder / f"world-{tickets}-{seed}", tickets, seed, names, say)]  # fmt: skip


def mean_of(found: list[dict[str, Any]], name: str, figure: str) -> float | None:
    """Return the mean of a figure over the worlds in which the prediction was learned; None where in none."""
    values = [one[figure] for one in found if one["name"] == name and one.get(figure) is not None]
    return float(np.mean(values)) if values else None


def _measured(folder: Path, tickets: int, seed: int, names: Sequence[str], say: Say) -> list[dict[str, Any]]:
    """Build a world and learn from it by the commands, as people do."""
    say(f"world {seed}: {tickets:,} tickets")
    own_command("demo", "--tickets", str(tickets), "--seed", str(seed), folder=folder)
    say(f"world {seed}: {', '.join(names)}")
    job = own_command("predict", "train", *names, "--workspace", "demo", folder=folder)
    return [
        {"name": one["name"], "world": seed, "not learned": one["reason"]} if one["version"] is None
        else {"name": one["name"], "world": seed, "learned_from": one["rows"], "is_active": one["is_active"],
              **one["figures"]}
        for one in job["result"]["predictions"]
    ]  # fmt: skip

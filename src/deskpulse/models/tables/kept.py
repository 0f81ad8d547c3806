"""Learned tables as arrays and back; `models.files` signs and keeps them."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from deskpulse.models.files import load_arrays
from deskpulse.models.tables.chance import ChanceModel
from deskpulse.models.tables.duration import DurationModel
from deskpulse.models.tables.encode import Encoder
from deskpulse.models.tables.level import LevelModel
from deskpulse.models.tables.trees import Trees

TableModel = ChanceModel | DurationModel | LevelModel
_LEVEL = ("coefficients", "centre", "scale", "spread", "ends")


def to_arrays(model: TableModel) -> dict[str, Any]:
    """Return what `of_arrays` makes the model of."""
    if isinstance(model, LevelModel):
        kept = {"kind": "level", "window": model.window, "pull": model.pull, "figures": model.figures}
        return {**{name: getattr(model, name) for name in _LEVEL}, "texts": _texts(kept)}
    told: dict[str, Any] = {"encoder": model.encoder.as_dict(), "figures": model.figures}
    arrays: dict[str, Any] = {"references": model.references}
    if model.trees is not None:
        arrays |= {f"trees_{name}": array for name, array in model.trees.arrays().items()}
    if isinstance(model, ChanceModel):
        told |= {"kind": "chance", "words": model.words, "slope": model.slope, "shift": model.shift}
        arrays |= {"coefficients": model.coefficients, "centre": model.centre}
    else:
        told |= {"kind": "duration", "top": model.top, "half_life": model.half_life}
        arrays |= {"edges": model.edges, "levels": model.levels}
    return {**arrays, "texts": _texts(told)}


def _texts(told: dict[str, Any]) -> Any:
    return np.frombuffer(json.dumps(told).encode(), np.uint8)


def of_arrays(arrays: dict[str, Any]) -> TableModel:
    """Return the model that was kept."""
    told = json.loads(arrays["texts"].tobytes())
    if told["kind"] == "level":
        parts = {name: arrays[name] for name in _LEVEL}
        return LevelModel(window=told["window"], pull=told["pull"], figures=told["figures"], **parts)
    nodes = {name.removeprefix("trees_"): array for name, array in arrays.items() if name.startswith("trees_")}
    trees = Trees.of(nodes) if nodes else None
    encoder = Encoder.of(told["encoder"])
    if told["kind"] == "chance":
        return ChanceModel(
            encoder=encoder, words=told["words"], coefficients=arrays["coefficients"], centre=arrays["centre"],
            trees=trees, slope=told["slope"], shift=told["shift"], references=arrays["references"],
            figures=told["figures"],
        )  # fmt: skip
    assert trees is not None  # noqa: S101  a duration always has them
    return DurationModel(
        encoder=encoder, trees=trees, edges=arrays["edges"], top=told["top"], half_life=told["half_life"],
        levels=arrays["levels"], references=arrays["references"], figures=told["figures"],
    )  # fmt: skip


@lru_cache(maxsize=16)
def opened_table(path: Path, key: bytes) -> TableModel:
    """Return a kept model, read once a process: a version's file never changes."""
    return of_arrays(load_arrays(path, key=key))

"""Worlds that the tests look at, made once."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl
import pytest

from deskpulse.demo import world

UNTIL = datetime(2026, 11, 21, tzinfo=UTC)

Frames = dict[str, pl.DataFrame]


def frames(tickets: int, seed: int = 7, *, until: datetime = UNTIL, quiet: bool = False, rows: int = 100_000) -> Frames:
    """Return all rows of a world by table."""
    read = {p.entity: [chunk.frame for chunk in p.chunks(rows)] for p in world(tickets, seed, until, quiet).parts}
    return {name: pl.concat(found, how="diagonal") for name, found in read.items() if name is not None and found}


@pytest.fixture(scope="session")
def whole() -> Frames:
    """The world as `deskpulse demo` makes it."""
    return frames(50_000)


@pytest.fixture(scope="session")
def quiet() -> Frames:
    """The same world without incidents."""
    return frames(50_000, quiet=True)

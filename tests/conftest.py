"""Fixtures that all tests share."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import hypothesis
import pytest
from tests.warehouse.click import click_url

from deskpulse.core.settings import Settings

# `make test` draws the same examples on every machine, so that a red run means a change; `make explore` draws new ones.
hypothesis.settings.register_profile("steady", derandomize=True, deadline=None)
hypothesis.settings.register_profile("explore", deadline=None, print_blob=True)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))

__all__ = ["click_url"]
# Building SQL makes many small objects that live long: looking them through as often as Python does by itself takes a
# sixth of the time of the whole suite.
gc.set_threshold(50_000, 20, 20)

REAL_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def pytest_collection_finish() -> None:
    """Look no more at what lives as long as the run: modules and the thousands of tests themselves."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure() -> None:
    """Let everything go at the end, as extension modules expect."""
    gc.unfreeze()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a data folder of its own, untouched by the environment."""
    return Settings(_env_file=None, data_dir=tmp_path / "data", workers=1)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of public data sets; tests that need it are skipped when it is not beside the checkout."""
    if not REAL_DATA.is_dir():
        pytest.skip(f"the public data sets are not at {REAL_DATA}")
    return REAL_DATA

"""Fixtures that all tests share."""

from __future__ import annotations

import gc
import os
from pathlib import Path
from typing import Any

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

TESTS = Path(__file__).resolve().parent
REAL_DATA = TESTS.parents[1] / "shared" / "data"


# Two processes share a run. What is built for one folder, or one file, is built by one of them alone: its servers,
# workspaces and compiled questions. The longest come first, so that both end at about the same time.
TOGETHER = ("api", "demo", "web")
APART = ("api/test_examples.py", "web/test_screens.py")
LONGEST = (
    "web", "api", "web/test_screens.py", "ops/test_benchmarks.py", "clickhouse", "api/test_examples.py",
    "cli/test_cli.py", "demo", "metrics/test_random_worlds.py", "client/test_schedules.py", "client/test_archive.py",
    "analytics/test_compositions.py", "metrics/test_mutants.py", "metrics/test_rollups.py", "ingest/test_kills.py",
    "control/test_isolation.py", "client/test_corrections.py", "client/test_taxonomy.py", "enrich/test_steps.py",
    "control/test_upgrade.py", "client/test_workspace.py", "enrich/test_pool.py", "ops/test_server.py",
)  # fmt: skip


def _group(nodeid: str) -> str:
    """Return what a test stays together with: its folder or file."""
    place = nodeid.split("::", 1)[0].removeprefix("tests/")
    folder = place.split("/", 1)[0]
    if folder in TOGETHER and place not in APART:
        return folder
    return "clickhouse" if place.endswith("/test_clickhouse.py") else place


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest groups first."""
    rank = {name: i for i, name in enumerate(LONGEST)}
    items.sort(key=lambda item: rank.get(_group(item.nodeid), len(rank)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Share a run by these groups; xdist 3.8 cannot write its marks into the names of tests of pytest 9.2."""
    from xdist.scheduler import LoadScopeScheduling

    class ByGroup(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return _group(nodeid)

    return ByGroup(config, log)


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

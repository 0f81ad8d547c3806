"""A served application and a browser, shared by the tests of this room."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from deskpulse.ops import browser as driven

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of pages on the stand-in, with 4,000 sample tickets; a process of its own, as NiceGUI is global."""
    folder = tmp_path_factory.mktemp("served")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT)))}
    environment.pop("PYTEST_CURRENT_TEST", None)
    command = [sys.executable, str(Path(__file__).with_name("serve.py")), str(folder), "4000"]
    log = (folder / "log.txt").open("wb")
    with log, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, env=environment, text=True) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert address.startswith("http"), (folder / "log.txt").read_text("utf-8")
        try:
            yield address
        finally:
            process.terminate()
            process.wait(20)
    said = (folder / "log.txt").read_text("utf-8")
    assert "Traceback" not in said, said


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium without a window; of one module, since it keeps an event loop running in this thread."""
    if told := driven.missing():
        pytest.skip(told)
    with driven.browser() as started:
        yield started

from __future__ import annotations

from pathlib import Path

import httpx
import psutil
import pytest

from deskpulse.core.errors import DeskpulseError
from deskpulse.core.server_file import find
from deskpulse.ops import server as serving
from deskpulse.ops.server import served


def test_a_server_answers_until_the_block_ends(tmp_path: Path) -> None:
    with served(tmp_path, settings={"workspace": "acme", "warm_pages": False}) as server:
        assert server.seconds_to_start > 0
        headers = {"authorization": f"Bearer {server.token}"}
        # The first answer also loads what later ones have: 0.7 s of processor time, far more on a machine at work.
        found = httpx.get(f"{server.url}/api/v1/workspace", headers=headers, timeout=60, trust_env=False).json()
        assert found["slug"] == "acme"
    assert not psutil.pid_exists(server.pid)
    assert find(tmp_path) is None


def test_a_server_that_ends_is_told_with_its_last_words(tmp_path: Path) -> None:
    (tmp_path / "control.sqlite3").write_bytes(b"no database" * 1000)
    with pytest.raises(DeskpulseError, match="did not start: it ended with 9") as caught, served(tmp_path):
        pass
    assert "not a database" in caught.value.hint


def test_a_server_that_does_not_answer_is_given_up_and_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "_answers", lambda _: False)
    monkeypatch.setattr(serving, "_START_SECONDS", 0.5)
    before = {child.pid for child in psutil.Process().children()}
    with pytest.raises(DeskpulseError, match=r"did not answer in 0\.5 s"), served(tmp_path):
        pass
    assert {child.pid for child in psutil.Process().children()} <= before

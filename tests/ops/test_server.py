from __future__ import annotations

from pathlib import Path

import pytest

from deskpulse.core.errors import DeskpulseError
from deskpulse.ops import server as serving
from deskpulse.ops.server import served


def test_a_server_that_ends_is_told_with_its_last_words(tmp_path: Path) -> None:
    wrong = {"timezone": "Mars/Olympus"}
    with (
        pytest.raises(DeskpulseError, match="did not start: it ended with") as caught,
        served(tmp_path, settings=wrong),
    ):
        pass  # pragma: no cover  it never gets here
    assert caught.value.hint


def test_a_server_that_does_not_answer_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "_answers", lambda _: False)
    monkeypatch.setattr(serving, "_START_SECONDS", 0.2)
    monkeypatch.setattr(serving.sys, "executable", "/bin/sleep")
    with pytest.raises(DeskpulseError, match="did not start"), served(tmp_path):
        pass  # pragma: no cover

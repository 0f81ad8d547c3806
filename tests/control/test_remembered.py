"""What was read is remembered until anybody writes: seen at once, from whichever connection it was written."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import event

from deskpulse.control import Control
from deskpulse.core.errors import NotFoundError


def test_a_value_is_read_once_until_another_process_writes(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'control.db'}"
    with Control.open(url) as ours, Control.open(url) as theirs:
        ours.workspaces.create("acme", "Acme", "UTC")
        asked: list[str] = []
        engine = ours.workspaces._database.engine
        event.listen(engine, "before_cursor_execute", lambda *a: asked.append(a[2]))

        def read() -> tuple[str, dict[str, str], dict[str, float]]:
            found = ours.workspaces.get("acme").timezone
            return found, ours.segments.filters("acme"), ours.targets.list("acme")

        assert read() == ("UTC", {}, {})
        assert len([sql for sql in asked if sql.startswith("SELECT")]) == 3
        asked.clear()
        for _ in range(5):
            assert read() == ("UTC", {}, {})
        assert not [sql for sql in asked if sql.startswith("SELECT")]
        theirs.workspaces.set_timezone("acme", "Europe/Berlin")
        theirs.segments.save("acme", "loud", "tag = vip")
        assert read() == ("Europe/Berlin", {"loud": "tag = vip"}, {})
        ours.targets.set("acme", "csat", 0.9)
        found = read()[2]
        found["csat"] = 0.1  # what is given out is the caller's own
        assert read() == ("Europe/Berlin", {"loud": "tag = vip"}, {"csat": 0.9})
        theirs.workspaces.delete("acme")
        with pytest.raises(NotFoundError):
            ours.workspaces.get("acme")

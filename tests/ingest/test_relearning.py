"""Models of texts are learned anew when an active one is old and enough is new, from the same source."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from deskpulse.core.clock import frozen_at, now
from deskpulse.core.errors import InputError
from deskpulse.core.settings import Settings
from deskpulse.desk import Desk
from deskpulse.ingest.relearning import BY, TextModelKeeper

TICKETS = 1_000


class Room:
    """Remembers what it is asked to train; a workspace of that name has none."""

    def __init__(self, workspace: str, asked: list[Any]) -> None:
        self.workspace, self.asked = workspace, asked

    def train(self, task: str, source: str | None = None) -> None:
        if self.workspace == "broken":
            raise InputError("There is nothing to learn from.")
        self.asked.append((self.workspace, task, source))


@pytest.mark.parametrize(
    ("days", "new", "is_active", "expected"),
    [(31, 500, True, 1), (29, 500, True, 0), (31, 499, True, 0), (31, 500, False, 0)],
)
def test_an_old_active_model_is_learned_anew_when_enough_is_new(
    tmp_path: Path, days: int, new: int, is_active: bool, expected: int
) -> None:
    asked: list[Any] = []
    with Desk(Settings(_env_file=None, data_dir=tmp_path, learn_look_seconds=3600.0)) as desk:
        desk.control.workspaces.ensure("broken")
        for slug in (desk.principal().workspace, "broken"):
            features = {"source": "tags", "tickets": TICKETS}
            desk.control.models.add(slug, "category", 1, file="m.npz", data_hash="x", features=features, metrics={},
                                    by="ana")  # fmt: skip
            if is_active:
                desk.control.models.activate(slug, "category", 1, by="ana")
        users = set()

        def room(principal: Any) -> Any:
            users.add(principal.user)
            return Room(principal.workspace, asked)

        keeper = TextModelKeeper(desk.control, desk.settings, room, lambda _: TICKETS + new)
        with frozen_at(now() + timedelta(days=days)):
            assert keeper.look() == expected
        keeper.stop()
    assert asked == [("default", "category", "tags")] * expected
    assert users <= {BY}


def test_never_means_never(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path, learn_refresh_days=0, learn_look_seconds=3600.0)
    with Desk(settings) as desk:
        slug = desk.principal().workspace
        desk.control.models.add(slug, "category", 1, file="m", data_hash="x", features={}, metrics={}, by="ana")
        desk.control.models.activate(slug, "category", 1, by="ana")
        keeper = TextModelKeeper(desk.control, settings, lambda _: pytest.fail("nobody asked"), lambda _: 10**6)
        with frozen_at(now() + timedelta(days=900)):
            assert keeper.look() == 0
        keeper.stop()

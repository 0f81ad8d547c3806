"""Whose data a page shows when its address names no workspace."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.web.worlds import END, open_desk

from deskpulse.core.errors import NotFoundError
from deskpulse.ops.sample_workspace import fill
from deskpulse.web.workspaces import arrive, shown_name


def test_the_sample_world_stands_in_for_an_empty_workspace(tmp_path: Path) -> None:
    with open_desk(tmp_path, 0) as desk:
        assert arrive(desk, None, shows_data=True)[0].workspace == "default"
        desk.control.workspaces.ensure("demo", name="Sample world", timezone="UTC", kind="demo")
        assert arrive(desk, None, shows_data=True)[0].workspace == "default", "the sample is empty too"
        fill(desk.warehouse(desk.principal("demo")), 20, end=END, say=lambda _: None)
        principal, described = arrive(desk, None, shows_data=True)
        assert (principal.workspace, described["tickets"]) == ("demo", 20)
        assert arrive(desk, None, shows_data=False)[0].workspace == "default", "files go to the own workspace"
        assert arrive(desk, "default", shows_data=True)[0].workspace == "default"
        assert arrive(desk, "empty", shows_data=True)[0].workspace == "empty"
        with pytest.raises(NotFoundError):
            arrive(desk, "nowhere", shows_data=True)
        fill(desk.warehouse(desk.principal()), 5, end=END, say=lambda _: None)
        assert arrive(desk, None, shows_data=True)[0].workspace == "default", "its own data come first"


def test_an_unnamed_workspace_has_a_name_for_people() -> None:
    assert shown_name({"slug": "default", "name": "default"}) == "My workspace"
    assert shown_name({"slug": "default", "name": "Acme"}) == "Acme"
    assert shown_name({"slug": "acme", "name": "acme"}) == "acme"

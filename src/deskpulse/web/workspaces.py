"""Whose data a visit shows: the workspace that the address names, else one's own, or the sample while that is empty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from deskpulse.core.principal import Principal

if TYPE_CHECKING:
    from deskpulse.desk import Desk

SAMPLE = "demo"
"""The kind of a workspace that holds the sample world."""
UNNAMED = "default"


def arrive(desk: Desk, slug: str | None, *, shows_data: bool) -> tuple[Principal, dict[str, Any]]:
    """Return who acts, and what describes the workspace; NotFoundError when there is none of the name `slug`.

    Without a name it is the default workspace. While that one is empty, a page that shows data shows the sample world
    instead, if it is there.
    """
    principal = desk.principal(slug)
    described = desk.describe_workspace(principal)
    if slug is None and shows_data and not described["tickets"]:
        for workspace in desk.workspaces():
            if is_sample(workspace):
                sample = desk.principal(workspace["slug"])
                found = desk.describe_workspace(sample)
                if found["tickets"]:
                    return sample, found
    return principal, described


def is_sample(workspace: Mapping[str, Any]) -> bool:
    """Return whether a workspace holds the sample world."""
    return bool(workspace["kind"] == SAMPLE)


def shown_name(workspace: Mapping[str, Any]) -> str:
    """Return a workspace's name for people; the default one that nobody has named is "My workspace"."""
    name = str(workspace["name"])
    return "My workspace" if name == workspace["slug"] == UNNAMED else name

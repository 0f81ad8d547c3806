"""Deskpulse: customer-support analytics, from any export to a live and correct picture.

>>> import deskpulse as dp
>>> ws = dp.open("my-data")  # doctest: +SKIP
>>> ws.ingest("tickets.csv")  # doctest: +SKIP
>>> ws.query("csat", by="team", period="90d").to_pandas()  # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from deskpulse.client.door import Document
    from deskpulse.client.result import Result
    from deskpulse.client.workspace import Workspace, open
    from deskpulse.core.errors import DeskpulseError

__all__ = ["DeskpulseError", "Document", "Result", "Workspace", "open"]

_HOMES = {
    "DeskpulseError": "deskpulse.core.errors",
    "Document": "deskpulse.client.door",
    "Result": "deskpulse.client.result",
    "Workspace": "deskpulse.client.workspace",
    "open": "deskpulse.client.workspace",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for: `import deskpulse` stays quick."""
    if name not in _HOMES:
        raise AttributeError(f"module 'deskpulse' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)

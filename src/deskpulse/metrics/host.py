"""Who holds a data folder, as the rooms above ask it."""

from __future__ import annotations

from typing import Any, Protocol

from deskpulse.control import Control
from deskpulse.core.principal import Principal
from deskpulse.core.settings import Settings
from deskpulse.metrics.query import QueryEngine
from deskpulse.warehouse.engine import Warehouse


class Host(Protocol):
    """Who holds the data folder: the desk."""

    @property
    def control(self) -> Control:
        """The control database."""
        ...

    @property
    def settings(self) -> Settings:
        """The settings."""
        ...

    def warehouse(self, principal: Principal) -> Warehouse:
        """Return the warehouse of the principal's workspace."""
        ...

    def numbers(self, principal: Principal) -> QueryEngine:
        """Answer questions about the principal's workspace."""
        ...

    def describe_workspace(self, principal: Principal) -> dict[str, Any]:
        """Tell of the workspace's time zone and how far its data reaches."""
        ...

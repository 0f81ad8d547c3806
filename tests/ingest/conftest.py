"""A warehouse in memory, and batches of rows as a mapping gives them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from deskpulse.core.settings import Settings
from deskpulse.warehouse import Warehouse, open_warehouse


@pytest.fixture
def warehouse(settings: Settings) -> Iterator[Warehouse]:
    """An empty warehouse in memory."""
    opened = open_warehouse(None, settings)
    yield opened
    opened.close()

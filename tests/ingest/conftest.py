"""A warehouse and a control database of its own, and what an import needs with them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from deskpulse.control import Control
from deskpulse.core.principal import local_owner
from deskpulse.core.settings import Settings
from deskpulse.ingest.context import ImportContext
from deskpulse.warehouse import Warehouse, open_warehouse


@pytest.fixture
def warehouse(settings: Settings) -> Iterator[Warehouse]:
    """An empty warehouse in memory."""
    opened = open_warehouse(None, settings)
    yield opened
    opened.close()


@pytest.fixture
def context(settings: Settings, warehouse: Warehouse) -> Iterator[ImportContext]:
    """An import context without an enricher, in chunks of 100 rows."""
    small = settings.model_copy(update={"import_batch_rows": 100})
    small.data_dir.mkdir(parents=True, exist_ok=True)
    with Control.open(small.control_database_url, small) as control:
        control.workspaces.create("default", "Default")
        yield ImportContext(
            settings=small, control=control, warehouse=warehouse, enricher=None, principal=local_owner("default")
        )

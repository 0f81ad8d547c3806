"""What an import works with: settings, both databases, the enricher, and who asks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from deskpulse.control import Control
from deskpulse.core.principal import Principal
from deskpulse.core.settings import Settings
from deskpulse.enrich.catalog import Teller
from deskpulse.enrich.taxonomy import Taxonomy
from deskpulse.ingest.categories import taxonomy_of
from deskpulse.ingest.corrections import corrections_of
from deskpulse.ingest.rules import Rules
from deskpulse.warehouse import Warehouse


class TextEnricher(Protocol):
    """What an import asks of `enrich.pool.Enricher`."""

    def submit(
        self,
        texts: Sequence[str | None] | pa.Array | pa.ChunkedArray,
        *,
        steps: Iterable[str] | None = None,
        taxonomy: Taxonomy | None = None,
        learned: Sequence[Teller] = (),
    ) -> Future[pa.Table]:
        """Begin enriching and return at once; the table has a row per text. `learned` models go before steps."""
        ...


@dataclass(frozen=True, kw_only=True)
class ImportContext:
    """Everything that imports, pushes and their undoing need; `enricher` None leaves texts as they are."""

    settings: Settings
    control: Control
    warehouse: Warehouse
    enricher: TextEnricher | None
    principal: Principal

    @property
    def rules(self) -> Rules:
        """The choices that facts of tickets depend on, as set.

        Read them inside the write that uses them: writes come one after the other, so that what an edit of a schedule
        or a policy has to recompute is all that was written before it.
        """
        return Rules(
            fcr_days=self.settings.fcr_days,
            book=self.control.schedules.book(self.workspace),
            policies=self.control.policies.versions(self.workspace),
            top_tiers=tuple(self.settings.top_tiers),
            corrections=corrections_of(self.control, self.workspace),
        )

    @property
    def taxonomy(self) -> Taxonomy | None:
        """The workspace's own categories; None where the shipped ones count."""
        return taxonomy_of(self.control, self.workspace)

    @property
    def workspace(self) -> str:
        """The workspace that is written."""
        return self.principal.workspace

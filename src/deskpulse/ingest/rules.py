"""The choices that facts of tickets depend on, beside the tickets' own histories."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import polars as pl

from deskpulse.core.schedule_book import Book
from deskpulse.core.service_levels import Policy
from deskpulse.ingest.text_facts import SentimentCuts


@dataclass(frozen=True, kw_only=True)
class Rules:
    """`cuts`: which sentiment is called what; `fcr_days`: how long a first contact must hold to have resolved.

    `book`: whose working hours count; None where the workspace never had a schedule. `policies`: all versions of the
    service-level policies, in the order in which tickets try them. `top_tiers`: whose tickets are a step more
    urgent. `corrections`: what people said of the labels of
    tickets with these ids, as `corrections.corrections_of` has it; None where nobody ever said anything.
    """

    cuts: SentimentCuts = field(default_factory=SentimentCuts)
    fcr_days: int = 7
    book: Book | None = None
    policies: tuple[Policy, ...] = ()
    top_tiers: tuple[str, ...] = ()
    corrections: Callable[[pl.Series], pl.DataFrame] | None = None

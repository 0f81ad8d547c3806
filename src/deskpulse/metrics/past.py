"""What happened and what was known of it at moments of the past: what predictions are learned from and made of.

Whoever asks sees to who may know it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

import polars as pl

from deskpulse.metrics.agent_work import agent_work, chat_stretches, planned_work
from deskpulse.metrics.as_known import as_known
from deskpulse.metrics.became import became
from deskpulse.metrics.customers_known import customers_became, customers_known, customers_now
from deskpulse.metrics.known_texts import known_texts
from deskpulse.warehouse import Reader


class Past:
    """Reads the past of one workspace; each call reads one state of the data."""

    def __init__(
        self, open_reader: Callable[[], AbstractContextManager[Reader]], churn_after_days: int, currency: str = ""
    ) -> None:
        self._open, self._churn_after_days, self._currency = open_reader, churn_after_days, currency

    def became(self) -> pl.DataFrame:
        """Return what became of all tickets (`metrics.became`)."""
        with self._open() as reader:
            return became(reader)

    def as_known(self, moments: pl.DataFrame) -> pl.DataFrame:
        """Return what was known of tickets at moments (`metrics.as_known`)."""
        with self._open() as reader:
            return as_known(reader, moments)

    def known_texts(self, moments: pl.DataFrame) -> pl.Series:
        """Return what tickets were about, as it was known at moments (`metrics.known_texts`); never to be shown."""
        with self._open() as reader:
            return known_texts(reader, moments)

    def customers_became(self) -> pl.DataFrame:
        """Return when customers came and were lost (`metrics.customers_known`)."""
        with self._open() as reader:
            return customers_became(reader, self._churn_after_days)

    def customers_known(self, moments: pl.DataFrame) -> pl.DataFrame:
        """Return what was known of customers at moments (`metrics.customers_known`)."""
        with self._open() as reader:
            return customers_known(reader, moments, self._currency)

    def customers_now(self, customer_ids: list[str]) -> pl.DataFrame:
        """Return customers as they are now, for people to read."""
        with self._open() as reader:
            return customers_now(reader, customer_ids)

    def agent_work(self) -> pl.DataFrame:
        """Return what agents did and how it was rated, each with its moment (`metrics.agent_work`)."""
        with self._open() as reader:
            return agent_work(reader)

    def planned_work(self, start: datetime, end: datetime) -> pl.DataFrame:
        """Return the roster's stretches of work, also of days to come (`metrics.agent_work`)."""
        with self._open() as reader:
            return planned_work(reader, start, end)

    def chat_stretches(self, start: datetime, end: datetime, *, pause: timedelta) -> pl.DataFrame:
        """Return the stretches in which agents chatted (`metrics.agent_work`)."""
        with self._open() as reader:
            return chat_stretches(reader, start, end, pause=pause)

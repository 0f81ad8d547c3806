"""What the values of a column show: whether they are ids, times, numbers, words of a vocabulary, or prose."""

from __future__ import annotations

from functools import cached_property

import polars as pl

from deskpulse.ingest.values.durations import read_durations
from deskpulse.ingest.values.numbers import comma_evidence, read_numbers
from deskpulse.ingest.values.text import as_text, clean
from deskpulse.ingest.values.times import read_times
from deskpulse.ingest.values.words import VOCABULARIES

_EMAIL = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"
_PLAIN_NUMBER = r"^[+-]?\d+(?:[.,]\d+)?$"
_DATE_ORDERS = ("iso", "ymd", "dmy", "mdy")
LEAST_EPOCH, MOST_EPOCH = 631_152_000, 4_102_444_800  # 1990 to 2100, in seconds


class Evidence:
    """Reads a sample of one column, each way once."""

    def __init__(self, cells: pl.Series) -> None:
        self.name = cells.name
        self.dtype = cells.dtype
        self._cells = cells
        self.texts = clean(as_text(cells)).drop_nulls()
        self.count = len(self.texts)

    @cached_property
    def distinct(self) -> float:
        """Share of different values, 0 to 1."""
        return self.texts.n_unique() / self.count if self.count else 0.0

    @cached_property
    def length(self) -> float:
        """Mean number of characters."""
        return float(self.texts.str.len_chars().mean() or 0.0)  # type: ignore[arg-type]

    @cached_property
    def spaced(self) -> float:
        """Share of values of three words or more."""
        return self._share(self.texts.str.count_matches(r"\S\s+\S") >= 2)

    @cached_property
    def numbers(self) -> float:
        """Share of values that are numbers."""
        if self.dtype.is_numeric():
            return 1.0
        return self._share(read_numbers(self.texts).is_not_null())

    @cached_property
    def emails(self) -> float:
        """Share of values that are e-mail addresses."""
        return self._share(self.texts.str.contains(_EMAIL))

    @cached_property
    def durations(self) -> float:
        """Share of values that are durations written out ("2h 30m", "01:23:45") or numbers."""
        if self.dtype == pl.Duration or self.numbers > 0.9:
            return 1.0
        return self._share(read_durations(self.texts, "seconds").is_not_null())

    @cached_property
    def has_decimal_comma(self) -> bool:
        """Whether the numbers are written with a decimal comma."""
        return bool(self.count) and comma_evidence(self.texts)

    @cached_property
    def time_parse(self) -> tuple[str, float, bool]:
        """The way in which most values are times, their share, and whether day and month could be swapped."""
        if self.dtype.is_temporal() and self.dtype != pl.Duration:
            return "iso", 1.0, False
        if not self.count:
            return "iso", 0.0, False
        if self._share(self.texts.str.contains(_PLAIN_NUMBER)) > 0.9:
            return self._epoch()
        shares = {order: self._time_share(order) for order in _DATE_ORDERS}
        best = max(shares.values())
        orders = [order for order in _DATE_ORDERS if shares[order] >= best - 0.005]
        is_swappable = {"dmy", "mdy"} <= set(orders) and "iso" not in orders and "ymd" not in orders
        return orders[0], best, is_swappable

    def _epoch(self) -> tuple[str, float, bool]:
        middle = read_numbers(self.texts).median()
        value = float(middle) if isinstance(middle, int | float) else 0.0
        for parse, unit in (("epoch_s", 1.0), ("epoch_ms", 1e3), ("epoch_us", 1e6)):
            if LEAST_EPOCH <= value / unit <= MOST_EPOCH:
                return parse, 1.0, False
        return "iso", 0.0, False

    def _time_share(self, order: str) -> float:
        return self._share(read_times(self.texts.head(200), order, "UTC").values.is_not_null())

    def known(self, vocabulary: str) -> float:
        """Share of values that a vocabulary knows."""
        words = self.texts.unique().head(200).to_list()
        known = VOCABULARIES[vocabulary].meanings(words)
        return self._share(self.texts.str.to_lowercase().is_in(list(known)))

    def _share(self, holds: pl.Series) -> float:
        return float(holds.fill_null(False).mean() or 0.0) if self.count else 0.0  # type: ignore[arg-type]

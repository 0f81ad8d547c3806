"""What an import has done so far: counted with each batch, and stored beside its rows."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import polars as pl

from deskpulse.ingest.model import ImportResult, Progress
from deskpulse.ingest.write import Written

_MOST_REASONS = 100
_REST = "other reasons"


@dataclass(kw_only=True)
class Totals:
    """Counts of one run. `duplicates` are rows of the tables that the files are about.

    `reasons` counts rows set aside by kind of reason, of which `examples` holds a cell; `updated`: tickets that an
    earlier run had given, by that run.
    """

    rows_read: int = 0
    rejected: int = 0
    duplicates: int = 0
    written: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    updated: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)

    def add_read(self, rows: int, rejected: pl.DataFrame, notes: dict[str, int]) -> None:
        """Count a chunk's rows, those set aside with their reasons, and what is to be said of its values."""
        self.rows_read += rows
        self.rejected += rejected.height
        if rejected.height:
            self._add_reasons(rejected)
        _add_capped(self.notes, notes, _MOST_REASONS)

    def _add_reasons(self, rejected: pl.DataFrame) -> None:
        """Count by what is wrong with which column: the cell, which stands behind the reason, is but an example."""
        whole, column = pl.col("reason"), pl.col("column_name")
        prefix = pl.when(column.is_not_null() & whole.str.starts_with(column + ": ")).then(column + ": ")
        parts = whole.str.slice(prefix.str.len_chars()).str.splitn(": ", 2).struct
        told = rejected.select(
            kind=pl.when(prefix.is_null()).then(whole).otherwise(prefix + parts.field("field_0")),
            cell=pl.when(prefix.is_not_null()).then(parts.field("field_1")),
        )
        grouped = told.group_by("kind", maintain_order=True).agg(pl.len(), pl.col("cell").drop_nulls().first())
        _add_capped(self.reasons, dict(grouped.select("kind", "len").iter_rows()), _MOST_REASONS)
        for kind, cell in grouped.select("kind", "cell").drop_nulls().iter_rows():
            if kind in self.reasons:
                self.examples.setdefault(kind, cell)

    def add_written(self, done: Written, main_table: str) -> None:
        """Count what a batch did; `main_table` is the one that its rows are about."""
        self.written.update(done.written)
        self.updated.update(done.updated)
        self.duplicates += done.duplicates.get(main_table, 0)

    def as_dict(self) -> dict[str, Any]:
        """Return a JSON-able form that `from_dict` reads back."""
        return {name: dict(value) if isinstance(value, Counter) else value for name, value in vars(self).items()}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Totals:
        """Read back what `as_dict` wrote."""
        counters = {name: Counter(data.get(name, {})) for name in ("written", "reasons", "notes", "updated")}
        plain = {name: int(data[name]) for name in ("rows_read", "rejected", "duplicates")}
        return cls(**plain, **counters, examples=dict(data.get("examples", {})))  # type: ignore[arg-type]

    def _with_example(self, kind: str) -> str:
        example = self.examples.get(kind)
        return kind if example is None else f"{kind}, such as {example!r}"

    def fill(self, result: ImportResult) -> None:
        """Put the counts into `result`."""
        result.rows_read, result.rejected, result.duplicates = self.rows_read, self.rejected, self.duplicates
        result.written = dict(self.written)
        result.reasons = {self._with_example(kind): count for kind, count in self.reasons.items()}
        said = [f"{note} ({count} {'row' if count == 1 else 'rows'})" for note, count in self.notes.items()]
        result.notes += [note for note in said if note not in result.notes]


def _add_capped(counter: Counter[str], counts: dict[str, int], most: int) -> None:
    for reason, count in counts.items():
        counter[reason if reason in counter or len(counter) < most else _REST] += count


class Meter:
    """Speed and time left, from the bytes read of parts whose sizes are known."""

    def __init__(self, run_id: str, sizes: list[int | None]) -> None:
        self._run_id = run_id
        self._sizes = sizes
        self._total = sum(size or 0 for size in sizes) if sizes and all(size is not None for size in sizes) else None
        self._began = monotonic()
        self._rows_before: int | None = None
        self._fraction_before = 0.0

    def seconds(self) -> float:
        """Return how long the import has run."""
        return monotonic() - self._began

    def progress(self, totals: Totals, index: int, part: str, done: int | None) -> Progress:
        """Return how far the import is after a chunk of part `index`, of which `done` bytes are read."""
        fraction = None
        if self._total and done is not None:
            before = sum(size or 0 for size in self._sizes[:index])
            fraction = min(1.0, (before + done) / self._total)
        if self._rows_before is None:
            self._rows_before, self._fraction_before = 0, 0.0
        seconds = self.seconds()
        advanced = (fraction or 0.0) - self._fraction_before
        left = seconds * (1 - fraction) / advanced if fraction is not None and advanced > 0 else None
        rows = totals.rows_read - self._rows_before
        return Progress(
            run_id=self._run_id, rows_read=totals.rows_read, rejected=totals.rejected, fraction=fraction,
            rows_per_second=rows / seconds if seconds > 0 else 0.0, seconds_left=left, part=part,
        )  # fmt: skip

    def resumed(self, totals: Totals, index: int, done: int | None) -> None:
        """Leave out what an earlier process did, when speed and time left are worked out."""
        self._rows_before = totals.rows_read
        if self._total and done is not None:
            self._fraction_before = (sum(size or 0 for size in self._sizes[:index]) + done) / self._total

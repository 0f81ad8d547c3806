"""The answer to a question, as frames of the libraries that people use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from deskpulse.client.door import Json

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa


class Result:
    """The answer to a query: rows of dimensions, period and values, each value with its `n`."""

    def __init__(self, answer: Json, spec: Json | None = None) -> None:
        self.answer = answer
        self.spec = {k: v for k, v in (spec or {}).items() if v is not None}

    @property
    def rows(self) -> list[Json]:
        """Return the rows: `{dimension: …, period: …, metric: {"value": …, "n": …}}`."""
        rows: list[Json] = self.answer["rows"]
        return rows

    @property
    def totals(self) -> Json:
        """Return each metric over the whole period, computed from rows."""
        totals: Json = self.answer["totals"]
        return totals

    def to_arrow(self) -> pa.Table:
        """Return a flat Arrow table: dimensions, period, and per metric its value and `<metric>_n`."""
        import pyarrow as pa

        names = [*self.answer["by"], *(["period"] if self.answer["grain"] else [])]
        columns: dict[str, Any] = {n: pa.array([r[n] for r in self.rows], pa.string()) for n in names}
        for metric in self.answer["metrics"]:
            cells = [r[metric] for r in self.rows]
            columns[metric] = pa.array([c["value"] for c in cells], pa.float64())
            columns[f"{metric}_n"] = pa.array([c["n"] for c in cells], pa.int64())
            if self.answer["compare"]:
                columns[f"{metric}_compared"] = pa.array([c.get("compared") for c in cells], pa.float64())
            told = {"value", "n", "compared", "compared_n"}
            for extra in dict.fromkeys(name for c in cells for name in c if name not in told):
                kind = pa.bool_() if extra.startswith("is_") else pa.float64()
                columns[f"{metric}_{extra}"] = pa.array([c.get(extra) for c in cells], kind)
        return pa.table(columns)

    def to_pandas(self) -> pd.DataFrame:
        """Return the same as a pandas frame (pandas must be installed)."""
        frame: pd.DataFrame = self.to_arrow().to_pandas()
        return frame

    def to_polars(self) -> pl.DataFrame:
        """Return the same as a Polars frame."""
        import polars as pl

        frame = pl.from_arrow(self.to_arrow())
        assert isinstance(frame, pl.DataFrame)  # noqa: S101  a table never gives a series
        return frame

    def __repr__(self) -> str:
        return f"<Result {', '.join(self.answer['metrics'])}: {len(self.rows)} rows>"

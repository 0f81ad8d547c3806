"""Changes between the states that a ticket was exported in, over chunks and in whatever order they come."""

from __future__ import annotations

import polars as pl

_PLACE = ("ticket_id", "happened_at", "row")


class Snapshots:
    """The earliest and the latest state seen of every ticket, so that the next chunk knows what was before.

    States within a chunk may come in any order, and so may chunks whose states of a ticket all lie before or after
    those seen. A state that lies between two that earlier chunks held is compared with the nearest ones known.
    """

    def __init__(self) -> None:
        self._edges: pl.DataFrame | None = None

    def changes(self, states: pl.DataFrame, fields: list[str]) -> pl.DataFrame:
        """Return a row per field that differs from the state before: place, field, old_value, new_value.

        `states` has ticket_id, happened_at, row (place in the file) and a text column per field. The first state
        seen of a ticket gives a change from null for every field that has a value: it says what was seen then.
        """
        known = self._edges_of(states)
        both = pl.concat([states.with_columns(seen=pl.lit(False)), *known], how="diagonal")
        both = both.sort(*_PLACE)
        before = [pl.col(f).shift(1).over("ticket_id").alias(f"{f}:before") for f in fields]
        is_due = ~pl.col("seen") | ~pl.col("seen").shift(1).over("ticket_id").fill_null(True)
        compared = both.with_columns(*before, due=is_due).filter("due")
        found = [
            compared.filter(pl.col(f).ne_missing(pl.col(f"{f}:before"))).select(
                *_PLACE, "actor", "actor_id", "actor_kind", "extra",
                field=pl.lit(f), old_value=pl.col(f"{f}:before"), new_value=pl.col(f),
            )
            for f in fields
        ]  # fmt: skip
        self._remember(both)
        return pl.concat(found).sort(*_PLACE, maintain_order=True) if found else pl.DataFrame()

    def latest(self, states: pl.DataFrame) -> pl.Series:
        """Return the `row` of the last state of each ticket, where it is as late as any seen in earlier chunks.

        To be called before `changes`, which remembers.
        """
        last = states.sort(*_PLACE).group_by("ticket_id", maintain_order=True).last()
        if self._edges is None:
            return last["row"]
        seen = self._edges.group_by("ticket_id").agg(pl.col("happened_at").max().alias("seen_at"))
        joined = last.join(seen, on="ticket_id", how="left", maintain_order="left")
        return joined.filter(pl.col("seen_at").is_null() | (pl.col("happened_at") >= pl.col("seen_at")))["row"]

    def _edges_of(self, states: pl.DataFrame) -> list[pl.DataFrame]:
        if self._edges is None:
            return []
        tickets = states["ticket_id"].unique().implode()
        return [self._edges.filter(pl.col("ticket_id").is_in(tickets)).with_columns(seen=pl.lit(True))]

    def _remember(self, both: pl.DataFrame) -> None:
        ends = pl.concat([
            both.unique("ticket_id", keep="first", maintain_order=True),
            both.unique("ticket_id", keep="last", maintain_order=True),
        ]).unique(["ticket_id", "row"], keep="first", maintain_order=True).drop("seen")  # fmt: skip
        if self._edges is None:
            self._edges = ends
            return
        rest = self._edges.filter(~pl.col("ticket_id").is_in(both["ticket_id"].unique().implode()))
        self._edges = pl.concat([rest, ends], how="diagonal")

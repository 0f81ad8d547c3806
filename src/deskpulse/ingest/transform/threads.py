"""Which messages belong together, from the ids of what they answer."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl


class Threads:
    """Links between messages, collected chunk by chunk; a thread is what they connect.

    Ids that point outside the file connect too: two answers to the same unknown message are one thread. A thread is
    named by its smallest id (the shorter is smaller, then by text: for numbers their order).
    """

    def __init__(self) -> None:
        self._links: list[pl.DataFrame] = []
        self._roots: pl.DataFrame | None = None

    def learn(self, ids: pl.Series, answers_to: pl.Series | None, answered_by: pl.Series | None) -> None:
        """Remember which of the messages `ids` answer which, and by which they are answered (lists)."""
        links = []
        if answers_to is not None:
            links.append(pl.DataFrame({"a": ids, "b": answers_to}))
        if answered_by is not None:
            links.append(pl.DataFrame({"a": ids, "b": answered_by}).explode("b", empty_as_null=True))
        if links:
            self._links.append(pl.concat(links).drop_nulls().unique())
            self._roots = None

    @property
    def is_empty(self) -> bool:
        """Return whether nothing was learnt yet."""
        return not self._links

    def of(self, ids: pl.Series) -> pl.Series:
        """Return the thread of each of `ids`; a message without links is a thread of its own."""
        if self._roots is None:
            self._roots = _connect(pl.concat(self._links).unique()) if self._links else None
        if self._roots is None:
            return ids
        known = self._roots.filter(pl.col("id").is_in(ids.unique().implode()))
        found = ids.alias("id").to_frame().join(known, on="id", how="left", maintain_order="left")
        return found.select(pl.coalesce("root", "id")).to_series()


def _connect(links: pl.DataFrame) -> pl.DataFrame:
    """Return `id, root` for every id in `links` (a, b): the smallest id that it is connected with."""
    names = pl.concat([links["a"], links["b"]]).unique().alias("id").to_frame()
    names = names.sort(pl.col("id").str.len_bytes(), "id").with_row_index("code")
    coded = links.join(names.rename({"id": "a", "code": "ca"}), on="a").join(
        names.rename({"id": "b", "code": "cb"}), on="b"
    )
    roots = smallest_connected(names.height, coded["ca"].to_numpy(), coded["cb"].to_numpy())
    return pl.DataFrame({"id": names["id"], "root": names["id"].gather(pl.Series(roots))})


def smallest_connected(
    count: int, left: npt.NDArray[np.uint32], right: npt.NDArray[np.uint32]
) -> npt.NDArray[np.int64]:
    """Return for each of `count` nodes the smallest node that edges (left, right) connect it with."""
    label = np.arange(count, dtype=np.int64)
    while True:
        least = np.minimum(label[left], label[right])
        for end in (left, right):
            np.minimum.at(label, label[end], least)
            np.minimum.at(label, end, least)
        while not np.array_equal(label, label[label]):
            label = label[label]
        if np.array_equal(label[left], label[right]):
            return label

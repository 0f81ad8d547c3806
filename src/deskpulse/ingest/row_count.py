"""How many rows a part has: counted while that is quick, else estimated from the bytes that the first rows take."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from deskpulse.core.errors import UnreadableFileError
from deskpulse.sources.model import Part

STEP = 2_000


@dataclass(frozen=True, kw_only=True)
class RowCount:
    """`rows` as counted to the end, as an estimate, or as the number that the part has at least."""

    rows: int
    kind: Literal["counted", "estimated", "at_least"]

    def as_dict(self) -> dict[str, Any]:
        """Return a JSON-able form."""
        return {**asdict(self), "text": self.text}

    @property
    def text(self) -> str:
        """For people: "2,705 rows", "about 180,000 rows (estimated)", "more than 100,000 rows"."""
        noun = "row" if self.rows == 1 else "rows"
        match self.kind:
            case "counted":
                return f"{self.rows:,} {noun}"
            case "estimated":
                return f"about {_rounded(self.rows):,} {noun} (estimated)"
            case _:
                return f"more than {self.rows:,} {noun}"


def count_rows(part: Part, most: int) -> RowCount | None:
    """Return how many rows `part` has, reading at most about `most` of them; None when it cannot be read.

    Formats read in blocks, and say after each chunk how many bytes have been read: when that number moves on, the rows
    so far are those of the bytes before.
    """
    rows, before = 0, None
    try:
        for chunk in part.chunks(STEP):
            if part.size and before and chunk.done is not None and chunk.done > before and rows:
                return RowCount(rows=max(rows, round(rows * part.size / before)), kind="estimated")
            rows += chunk.frame.height + len(chunk.bad)
            before = chunk.done
            if rows >= most:
                return RowCount(rows=rows, kind="at_least")
    except UnreadableFileError:
        return None
    return RowCount(rows=rows, kind="counted")


def _rounded(rows: int) -> int:
    """Return an estimate with two digits that say something."""
    return int(float(f"{rows:.1e}"))

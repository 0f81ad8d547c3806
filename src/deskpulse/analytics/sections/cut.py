"""Metrics over the period, as a whole, by dimensions, or along time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from deskpulse.analytics.model import ASKED, Plain
from deskpulse.core.periods import Period
from deskpulse.metrics.model import Grain

if TYPE_CHECKING:
    from deskpulse.analytics.asking import Asking


@dataclass(frozen=True, kw_only=True)
class Cut:
    """Metrics × dimensions × grain. `grain` "auto" suits the period; `top` keeps the largest by the first metric.

    With `over` the period is another than the one asked for.
    """

    name: str
    label: str
    about: str
    metrics: tuple[str, ...]
    by: tuple[str, ...] = ()
    grain: Grain | Literal["auto"] | None = None
    where: tuple[str, ...] = ()
    show: tuple[str, ...] = ()
    top: int | None = None
    over: Callable[[Asking], Period] | None = None

    def questions(self) -> str:
        """Return what it asks."""
        by = "the dimension asked for" if self.by == ASKED else ", ".join(f"`{name}`" for name in self.by)
        return "".join([
            ", ".join(f"`{name}`" for name in self.metrics), f" by {by}" if by else "",
            {None: "", "auto": ", along time"}.get(self.grain, f", by {self.grain}"),
            f", where {' and '.join(f'`{text}`' for text in self.where)}" if self.where else "",
        ])  # fmt: skip

    def answer(self, asking: Asking) -> Plain:
        """Ask, and return the rows and totals."""
        by = asking.dimensions(self.by)
        grain = asking.grain() if self.grain == "auto" else self.grain
        result, left_out = asking.query(
            self.metrics, by=by, grain=grain, where=self.where, show=self.show,
            top=self.top if len(by) == 1 else None, period=self.over(asking) if self.over else None,
        )  # fmt: skip
        head: Plain = {"by": list(by), "grain": grain, "left_out": left_out}
        if result is None:
            return {**head, "metrics": [], "rows": [], "totals": {}, "missing": {}, "notes": [],
                    "reason": next(iter(left_out.values()))}  # fmt: skip
        missing = asking.missing(result)
        is_empty = len(missing) == len(result.query.metrics)
        rows, totals = asking.told(result, () if is_empty else None)
        return {**head, "metrics": list(result.query.metrics), "rows": rows if by or grain else [], "totals": totals,
                "missing": missing, "notes": list(result.notes), "basis": result.basis,
                "reason": next(iter(missing.values())) if is_empty else None}  # fmt: skip

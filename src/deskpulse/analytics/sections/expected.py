"""What to expect: the forecast of a metric beside what the period brought, and how wrong such forecasts have been."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from deskpulse.analytics.model import ASKED, Plain
from deskpulse.core.errors import LimitError, NotFoundError

if TYPE_CHECKING:
    from deskpulse.analytics.asking import Asking

BAND = ("low_80", "high_80", "low_95", "high_95")


@dataclass(frozen=True, kw_only=True)
class Expected:
    """The forecast of the metric asked for, from all of the data's past: its periods, or with `tells` its accuracy."""

    name: str
    label: str
    about: str
    tells: Literal["periods", "accuracy"] = "periods"
    by: tuple[str, ...] = ASKED

    def questions(self) -> str:
        """Return what it asks."""
        return "the [forecast](forecasts.md) of the metric asked for" + (
            ", with its error" if self.tells == "accuracy" else ""
        )

    def answer(self, asking: Asking) -> Plain:
        """Forecast, and return a row for each coming period, or for each slice; totals are of the period asked for."""
        metric, by = str(asking.options["metric"]), asking.dimensions(self.by)
        result, left_out = asking.query((metric,), by=by, compares=False)
        head: Plain = {"by": list(by), "left_out": left_out}
        if result is None:
            return {**head, "metrics": [], "rows": [], "totals": {}, "missing": {}, "notes": [],
                    "reason": left_out.get(metric)}  # fmt: skip
        _, totals = asking.told(result, ())
        head |= {"metrics": [metric], "totals": totals, "missing": asking.missing(result)}
        try:
            found = asking.forecast(metric, by)
        except (NotFoundError, LimitError) as error:
            return {**head, "rows": [], "notes": [], "reason": str(error)}
        rows: list[Plain] = []
        notes: dict[str, None] = {}
        for one in found["forecasts"]:
            slice_of = dict(zip(by, one["by"], strict=True))
            notes |= dict.fromkeys(one["notes"])
            if self.tells == "accuracy":
                rows.append({**slice_of, "method": one["method"], "trend": one["trend"]["label"], **one["accuracy"],
                             "naive_wape": one["naive"]["wape"], "naive_mase": one["naive"]["mase"]})  # fmt: skip
                continue
            for point in one["points"]:
                cell = {"value": point["value"], "n": None, "link": None} | {name: point[name] for name in BAND}
                rows.append({**slice_of, "period": point["period"], metric: cell})
        return {**head, "grain": found["grain"], "rows": rows, "notes": list(notes), "reason": None}

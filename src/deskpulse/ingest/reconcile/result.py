"""What a comparison found, counted: by measure and cause, with shares, differences, and tickets to look at."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from deskpulse.core.spreadsheets import neutral
from deskpulse.ingest.reconcile.candidates import Parts
from deskpulse.ingest.reconcile.causes import CAUSES, VERDICTS, verdict_of
from deskpulse.ingest.reconcile.given import Given
from deskpulse.ingest.reconcile.judge import Judged, tolerance
from deskpulse.ingest.reconcile.ours import Match

CSV_COLUMNS = (
    "ticket_id", "external_id", "measure", "field", "unit", "ours", "vendors", "difference", "class", "cause"
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Reconciliation:
    """A finished comparison: `tickets` (`external_id, ticket_id`), row by row those of each of `judged`."""

    given: Given
    match: Match
    tickets: pl.DataFrame
    judged: tuple[Judged, ...]
    alone: dict[str, list[str]]
    notes: tuple[str, ...]

    def as_dict(self, examples: int) -> dict[str, Any]:
        """Return a JSON-able form: differences are ours less the vendor's, in seconds or counts; moments are ISO.

        `share` is of the numbers compared; `tested` says of how many tickets where a definition gives another number
        than ours the vendor has that number; `examples` at most so many tickets a cause, largest difference first.
        """
        measures = [self._measure(judged, examples) for judged in self.judged]
        totals = {verdict: sum(m["by_class"][verdict] for m in measures) for verdict in VERDICTS}
        return {
            "label": self.given.label, "vendor": self.given.vendor, "source": self.match.source,
            "is_file": self.given.is_file,
            "tickets": {"there": self.given.tickets.height, "compared": self.tickets.height,
                        **{name: len(ids) for name, ids in self.alone.items()}},
            "alone": [
                {"cause": name, "class": CAUSES[name].verdict, "label": CAUSES[name].label, "why": CAUSES[name].why,
                 "tickets": len(ids), "examples": ids[:examples]}
                for name, ids in self.alone.items() if ids
            ],
            "compared": sum(totals.values()), "by_class": totals, "measures": measures, "notes": list(self.notes),
        }  # fmt: skip

    def _measure(self, judged: Judged, examples: int) -> dict[str, Any]:
        groups: dict[Parts, list[int]] = {}
        for place, parts in enumerate(judged.causes):
            if parts is not None:
                groups.setdefault(parts, []).append(place)
        compared = sum(map(len, groups.values()))
        causes = [self._cause(judged, parts, places, compared, examples) for parts, places in groups.items()]
        causes.sort(key=lambda c: (VERDICTS.index(c["class"]), -c["tickets"]))
        by_class = {v: sum(c["tickets"] for c in causes if c["class"] == v) for v in VERDICTS}
        return {
            "measure": judged.measure.name, "label": judged.measure.label, "unit": judged.measure.kind,
            "field": judged.field, "read_as": judged.reading.told, "unreadable": judged.reading.unreadable,
            "within": tolerance(judged.measure, judged.reading), "compared": compared, "by_class": by_class,
            "causes": causes,
        }  # fmt: skip

    def _cause(self, judged: Judged, parts: Parts, places: list[int], compared: int, examples: int) -> dict[str, Any]:
        at = np.array(places)
        off = judged.ours[at] - judged.vendors[at]
        known = off[~np.isnan(off)]
        largest = at[np.argsort(-np.abs(np.nan_to_num(off, nan=0.0)), kind="stable")][:examples]
        tested = judged.tested.get(parts)
        return {
            "cause": "+".join(parts), "class": verdict_of(parts), "label": " and ".join(CAUSES[p].label for p in parts),
            "why": " ".join(CAUSES[p].why for p in parts), "tickets": len(places), "share": len(places) / compared,
            "median_difference": float(np.median(np.abs(known))) if known.size else None,
            "largest_difference": float(known[np.abs(known).argmax()]) if known.size else None,
            "tested": {"held": tested[0], "of": tested[1]} if tested else None,
            "examples": [self._example(judged, int(place)) for place in largest],
        }  # fmt: skip

    def _example(self, judged: Judged, place: int) -> dict[str, Any]:
        ticket = self.tickets.row(place, named=True)
        return {
            "ticket_id": ticket["ticket_id"], "external_id": ticket["external_id"],
            "ours": _shown(judged, float(judged.ours[place])),
            "vendors": _shown(judged, float(judged.vendors[place])),
        }  # fmt: skip

    def csv(self) -> Iterator[bytes]:
        """Yield every compared number as CSV with a header, and the tickets that only one side has."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")

        def taken() -> bytes:
            text = out.getvalue()
            out.seek(0)
            out.truncate()
            return text.encode()

        writer.writerow(CSV_COLUMNS)
        for judged in self.judged:
            rows = zip(
                self.tickets.iter_rows(), judged.ours.tolist(), judged.vendors.tolist(), judged.causes, strict=True
            )
            for (external, ticket), ours, vendors, parts in rows:
                if parts is None:
                    continue
                cells = [_shown(judged, ours), _shown(judged, vendors), _plain(ours - vendors)]
                writer.writerow([neutral(ticket), neutral(external), judged.measure.name, neutral(judged.field),
                                 judged.measure.kind, *cells, verdict_of(parts), "+".join(parts)])  # fmt: skip
            yield taken()
        for name, ids in self.alone.items():
            for id_ in ids:
                here = name != "missing_here"
                ids_of = [neutral(id_), ""] if here else ["", neutral(id_)]
                writer.writerow([*ids_of, "", "", "", "", "", "", CAUSES[name].verdict, name])
        yield taken()


def _plain(value: float) -> float | int | None:
    if np.isnan(value):
        return None
    return int(value) if value == int(value) else round(value, 6)


def _shown(judged: Judged, value: float) -> Any:
    """Return a number as JSON and CSV have it: a moment as ISO, yes and no as true and false."""
    if np.isnan(value):
        return None
    if judged.measure.kind == "time":
        from datetime import UTC, datetime

        return datetime.fromtimestamp(value, UTC).isoformat()
    return bool(value) if judged.measure.kind == "yes_no" else _plain(value)

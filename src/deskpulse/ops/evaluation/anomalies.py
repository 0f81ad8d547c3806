"""Measures the anomaly detector on series with labelled windows, by the Numenta benchmark's scoring."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from deskpulse.core.errors import InputError
from deskpulse.insights.judge import SCORE, Judgement, judge, score_of, with_rest
from deskpulse.insights.model import Track
from deskpulse.ops.evaluation.numenta import Judged, best_threshold, normalised, score_at, sweep
from deskpulse.ops.evaluation.windows import LabelledTrack, read_labelled_track, read_windows, series_files

WEEK_SECONDS = 604_800.0
TRIED = 1.0 - 10.0 ** -np.arange(2.0, 4.01, 0.05)
"""Scores tried when a threshold is chosen: from once in 100 points to once in 10,000."""


@dataclass(frozen=True, kw_only=True, eq=False)
class FileResult:
    """A series and what was said of it: `seconds` of it are scored, the first rows not."""

    labelled: LabelledTrack
    judgement: Judgement
    judged: Judged
    seconds: float

    @property
    def found(self) -> int:
        """The number of scored windows with an alarm."""
        inside = set(self.judged.window_of[self._alarms].tolist()) - {-1}
        return len(inside)

    @property
    def false_alarms(self) -> int:
        """The number of alarms outside all windows, after the first rows."""
        return int((self.judged.window_of[self._alarms] < 0).sum())

    @property
    def _alarms(self) -> Any:
        rows = np.flatnonzero(self.judged.scores >= SCORE)
        return rows[rows >= self.judged.probation]

    def as_dict(self) -> dict[str, Any]:
        """Return what the command prints of a file."""
        return {
            "file": self.labelled.name, "points": self.labelled.track.size, "windows": len(self.labelled.windows),
            "scored_windows": len(self.judged.scored_windows), "found": self.found, "false_alarms": self.false_alarms,
            "weeks": round(self.seconds / WEEK_SECONDS, 3), "missing_values": self.labelled.missing,
        }  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class AnomalyEvaluation:
    """What the detector gave on all files together."""

    files: list[FileResult]
    seconds: float
    notes: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the figures: `score` with the best one threshold for all files, all else at the product's own.

        `precision` is windows found among windows found and false alarms, `recall` windows found among those scored.
        """
        judged = [f.judged for f in self.files]
        best, score = best_threshold(judged)
        at_default = score_at(SCORE, judged)
        found, wrong = sum(f.found for f in self.files), sum(f.false_alarms for f in self.files)
        windows = sum(len(j.scored_windows) for j in judged)
        weeks = sum(f.seconds for f in self.files) / WEEK_SECONDS
        points = sum(f.labelled.track.size for f in self.files)
        return {
            "score": _rounded(score, 2), "score_default": _rounded(at_default, 2),
            "threshold": best, "threshold_default": SCORE,
            "precision": _rounded(found / (found + wrong) if found + wrong else None, 4),
            "recall": _rounded(found / windows if windows else None, 4),
            "windows": windows, "found": found, "false_alarms": wrong,
            "false_alarms_per_week": _rounded(wrong / weeks if weeks else None, 4), "weeks": round(weeks, 2),
            "points": points, "points_per_second": round(points / self.seconds) if self.seconds else None,
            "files": [f.as_dict() for f in self.files], "notes": list(self.notes),
        }  # fmt: skip


def evaluate_anomalies(folder: Path, windows: Path, *, say: Callable[[str], None] | None = None) -> AnomalyEvaluation:
    """Judge every labelled series of `folder`, point by point from its past only, and score it.

    Files without an entry in `windows`, and entries without a file, are left out and told. Raises InputError when
    nothing is left, and what `read_windows`, `series_files` and `read_labelled_track` raise.
    """
    labels, files = read_windows(windows), series_files(folder)
    names = [name for name in files if name in labels]
    if not names:
        raise InputError(
            f"No file of {folder} has an entry in {windows.name}.",
            hint="Entries are named by the file's path in the folder, e.g. "
            f"{next(iter(files))!r}; an empty list says that there is no anomaly.",
        )
    notes = []
    if unlabelled := len(files) - len(names):
        notes.append(f"{unlabelled:,} files have no entry in {windows.name} and were left out.")
    if absent := len(labels) - len(names):
        notes.append(f"{absent:,} entries of {windows.name} have no file and were left out.")
    results, seconds = [], 0.0
    for name in names:
        labelled = read_labelled_track(name, files[name], labels[name])
        began = time.process_time()
        judgement = judge(labelled.track)
        seconds += time.process_time() - began
        judged = Judged(scores=judgement.score, windows=labelled.windows)
        covered = _covered(labelled.track, judged)
        results.append(FileResult(labelled=labelled, judgement=judgement, judged=judged, seconds=covered))
        if say:
            say(f"{name}: {labelled.track.size:,} points")
    return AnomalyEvaluation(files=results, seconds=seconds, notes=tuple(notes))


def chosen_on_others(files: list[FileResult]) -> float | None:
    """Return the score when each category (first folder) is scored at the threshold that is best on all others.

    The rest after alarms is that of each threshold tried. None with fewer than two categories.
    """
    categories = np.array([f.labelled.name.partition("/")[0] for f in files])
    if len(set(categories)) < 2:
        return None
    sums = np.array([[_sum_at(f, float(score)) for f in files] for score in TRIED])
    total = 0.0
    for category in sorted(set(categories)):
        mine = categories == category
        total += float(sums[sums[:, ~mine].sum(axis=1).argmax(), mine].sum())
    return normalised(total, [f.judged for f in files])


def _sum_at(file: FileResult, score: float) -> float:
    """Return the sum of worths of a file when `score` or more is an alarm."""
    strength = file.judgement.strength
    alarms = with_rest(strength, score_of(strength) >= score)
    thresholds, totals = sweep([Judged(scores=alarms.astype(np.float64), windows=file.judged.windows)])
    return float(totals[thresholds >= 1.0][-1])


def _covered(track: Track, judged: Judged) -> float:
    """Return the time that the scored rows stand for, in seconds: a step each, so that gaps do not count."""
    return max(track.size - judged.probation, 0) * track.step


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)

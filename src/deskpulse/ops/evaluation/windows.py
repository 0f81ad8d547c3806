"""Series with labelled windows, as the Numenta benchmark has them: a folder of CSV files and one JSON of windows."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl

from deskpulse.core.errors import InputError, NotFoundError, UnreadableFileError
from deskpulse.insights.model import Floats, Track
from deskpulse.ops.evaluation.numenta import Window

ENDINGS = (".csv", ".csv.gz")


@dataclass(frozen=True, kw_only=True, eq=False)
class LabelledTrack:
    """A series with its name, its windows by row, and how many values were missing and taken from the row before."""

    name: str
    track: Track
    windows: Sequence[Window]
    missing: int


def read_windows(path: Path) -> dict[str, list[tuple[str, str]]]:
    """Read `{file: [[first, last], …]}`; NotFoundError or UnreadableFileError when it is not there or not that."""
    if not path.is_file():
        raise NotFoundError(f"There is no file {path}.")
    hint = 'Give a JSON object of files with pairs of times: {"calls.csv": [["2025-03-01 10:00", "2025-03-01 18:00"]]}.'
    try:
        told = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise UnreadableFileError(f"{path.name} is no JSON: {error}.", hint=hint) from error
    if not isinstance(told, dict) or not all(
        isinstance(pairs, list) and all(isinstance(p, list) and len(p) == 2 for p in pairs) for pairs in told.values()
    ):
        raise UnreadableFileError(f"{path.name} does not hold windows by file.", hint=hint)
    return {str(name): [(str(first), str(last)) for first, last in pairs] for name, pairs in told.items()}


def series_files(folder: Path) -> dict[str, Path]:
    """Return the CSV files of a folder and its sub-folders by their path in it, without `.gz`."""
    if not folder.is_dir():
        raise NotFoundError(f"There is no folder {folder}.")
    paths = sorted(p for p in folder.rglob("*") if p.is_file() and p.name.lower().endswith(ENDINGS))
    if not paths:
        raise InputError(f"{folder} holds no CSV file.", hint="Give a folder of files with timestamp,value.")
    return {p.relative_to(folder).as_posix().removesuffix(".gz"): p for p in paths}


def read_labelled_track(name: str, path: Path, windows: Sequence[tuple[str, str]]) -> LabelledTrack:
    """Read a series and find its windows' rows.

    A missing value is that of the row before; at the start, where none is judged yet, the first one. Raises
    UnreadableFileError for a file without the columns or with a time or value that cannot be read, InputError for a
    window that holds no row, or for windows that overlap.
    """
    frame = _frame(path)
    if not {"timestamp", "value"} <= set(frame.columns):
        raise UnreadableFileError(f"{name} has no columns timestamp and value, but {', '.join(frame.columns)}.")
    times = _moments(frame["timestamp"], f"{name}, column timestamp")
    texts = frame["value"].str.strip_chars()
    numbers = texts.cast(pl.Float64, strict=False)
    said_missing = texts.is_null() | texts.str.to_lowercase().is_in(["", "nan", "null", "na"])
    if (unread := (numbers.is_null() & ~said_missing).arg_true()).len():
        raise UnreadableFileError(f"{name}, row {unread[0] + 2}: {texts[unread[0]]!r} is no number.")
    finite = numbers.set(~numbers.is_finite().fill_null(False), None)
    filled = finite.forward_fill().backward_fill()
    if filled.null_count():
        raise UnreadableFileError(f"{name} holds no number.")
    track = Track(values=filled.to_numpy().astype(np.float64), times=times)
    rows = [_rows(name, times, window) for window in sorted(windows)]
    if any(later[0] <= earlier[1] for earlier, later in pairwise(rows)):
        raise InputError(f"The windows of {name} overlap.", hint="Join those that do.")
    return LabelledTrack(name=name, track=track, windows=rows, missing=finite.null_count())


def _frame(path: Path) -> pl.DataFrame:
    try:
        data = path.read_bytes()
        data = gzip.decompress(data) if path.name.lower().endswith(".gz") else data
        frame = pl.read_csv(data, infer_schema=False)
    except (pl.exceptions.PolarsError, OSError, EOFError, zlib.error) as error:
        raise UnreadableFileError(f"{path.name} cannot be read as CSV: {error}.") from error
    return frame.rename({name: name.strip().lower() for name in frame.columns})


def _moments(texts: pl.Series, where: str) -> Floats:
    """Return times in seconds; of texts with a zone the zone is dropped, so that the hour is the local one."""
    bare = texts.str.strip_chars().str.replace(r"(Z|[+-]\d\d:?\d\d)$", "").str.replace("T", " ")
    found = bare.str.to_datetime(strict=False, time_unit="us", format="%Y-%m-%d %H:%M:%S%.f")
    short = bare.str.to_datetime(strict=False, time_unit="us", format="%Y-%m-%d %H:%M")
    days = bare.str.to_datetime(strict=False, time_unit="us", format="%Y-%m-%d")
    found = found.fill_null(short).fill_null(days)
    if (unread := found.is_null().arg_true()).len():
        row = unread[0]
        raise UnreadableFileError(f"{where}, row {row + 2}: {texts[row]!r} is no time like 2025-03-01 10:00:00.")
    return found.dt.epoch("us").to_numpy().astype(np.float64) / 1e6


def _rows(name: str, times: Floats, window: tuple[str, str]) -> Window:
    """Return the first rows at a window's start and at its end, as the benchmark does, or the nearest rows inside."""
    first, last = _moments(pl.Series(list(window)), f"window of {name}")
    starts, ends = np.flatnonzero(times == first), np.flatnonzero(times == last)
    if not starts.size:
        starts = np.flatnonzero(times >= first)[:1]
    if not ends.size:
        ends = np.flatnonzero(times <= last)[-1:]
    if not starts.size or not ends.size or ends[0] < starts[0]:
        raise InputError(f"The window {window[0]} to {window[1]} of {name} holds no row.")
    return int(starts[0]), int(ends[0])

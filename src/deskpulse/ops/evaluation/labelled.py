"""Labelled texts from a file: CSV (also .gz), TSV without a header, JSON Lines or Parquet."""

from __future__ import annotations

import gzip
import operator
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from pathlib import Path

import numpy as np
import polars as pl

from deskpulse.core.errors import InputError, NotFoundError, UnknownNameError, UnreadableFileError

READ = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".jsonl", ".jsonl.gz", ".ndjson", ".parquet")
_CONDITION = re.compile(r"\s*(.+?)\s*(!=|>=|<=|=|>|<)\s*(.*?)\s*$")
_AND = re.compile(r"\s+and\s+(?=(?:[^'\"]|'[^']*'|\"[^\"]*\")*$)", re.IGNORECASE)
_OR = re.compile(r"\s(?:or|and|\|\|)\s", re.IGNORECASE)
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_SIGNS: Mapping[str, Callable[[pl.Expr, pl.Expr], pl.Expr]] = {
    "=": operator.eq, "!=": operator.ne, ">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Columns:
    """Where a file holds its texts and labels.

    `text` and `label` name columns (several of text, with commas: they are joined by an empty line), or count them
    from 1 in a file without a header; where one of the numbers is 0, from 0. `where`: conditions such as
    "ticket_type = 0 and length >= 10". `several` parts the labels of a text that has any number of them.
    `label_map` has our label for the file's; rows with another label are left out.
    `least`: labels with fewer rows are left out.
    """

    text: str
    label: str
    where: Sequence[str] = ()
    several: str | None = None
    label_map: Mapping[str, str] = field(default_factory=dict)
    least: int = 1


@dataclass(frozen=True, kw_only=True)
class Labelled:
    """Texts with their labels: one each, or with `several` any number. `left_out` rows of the file are not in it."""

    texts: list[str]
    labels: list[str]
    several: list[frozenset[str]] | None = None
    left_out: int = 0

    def __len__(self) -> int:
        return len(self.texts)

    def take(self, places: Sequence[int] | np.ndarray[tuple[int], np.dtype[np.intp]]) -> Labelled:
        """Return the rows at these places."""
        return replace(self, texts=[self.texts[i] for i in places], labels=[self.labels[i] for i in places])


def read_labelled(path: Path, columns: Columns) -> Labelled:
    """Read a labelled file.

    Raises NotFoundError, UnreadableFileError; UnknownNameError for a column, InputError when no labelled row is left.
    """
    frame = read_table(path, has_header=not _numbered(columns))
    names = _found(columns.text.split(","), frame, columns)
    (label,) = _found([columns.label], frame, columns)
    conditions = [_condition(one, frame, columns) for one in columns.where]
    kept = frame.filter(reduce(operator.and_, conditions, pl.lit(True)))
    parts = [pl.col(name).cast(pl.String).fill_null("") for name in names]
    text = pl.concat_str(parts, separator="\n\n").str.strip_chars("\n")
    texts = kept.select(text=text)["text"].to_list()
    given = [_labels(value, columns) for value in kept[label].to_list()]
    rows = list(zip(texts, given, strict=True))
    if columns.several is not None:
        truths = [frozenset(one) for _, one in rows]
        if not any(truths):
            raise InputError(f"No row of {path.name} has a label in {columns.label!r}.")
        return Labelled(texts=texts, labels=[""] * len(texts), several=truths, left_out=frame.height - len(texts))
    single = [(text, one[0]) for text, one in rows if len(one) == 1]
    counts = Counter(name for _, name in single)
    single = [(text, name) for text, name in single if counts[name] >= columns.least]
    if not single:
        raise InputError(f"No row of {path.name} is left to measure.", hint="Look at --label, --labels and --where.")
    return Labelled(
        texts=[text for text, _ in single], labels=[name for _, name in single], left_out=frame.height - len(single)
    )


def _numbered(columns: Columns) -> bool:
    return columns.label.isdigit() and all(name.strip().isdigit() for name in columns.text.split(","))


def read_table(path: Path, *, has_header: bool = True) -> pl.DataFrame:
    """Read a file's rows, all columns as text; raises NotFoundError and UnreadableFileError."""
    name = path.name.lower()
    if not path.is_file():
        raise NotFoundError(f"There is no file {path}.")
    if not name.endswith(READ):
        raise UnreadableFileError(f"{path.name} is no labelled file.", hint=f"Give one of {', '.join(READ)}.")
    try:
        if name.endswith(".parquet"):
            return pl.read_parquet(path)
        data = path.read_bytes()
        if name.endswith(".gz"):
            data = gzip.decompress(data)
        if ".jsonl" in name or ".ndjson" in name:
            return pl.read_ndjson(data, infer_schema_length=None)
        is_tsv = ".tsv" in name
        return pl.read_csv(
            data, has_header=has_header, infer_schema=False, encoding="utf8-lossy",
            separator="\t" if is_tsv else ",", quote_char=None if is_tsv else '"',
        )  # fmt: skip
    except (pl.exceptions.PolarsError, OSError, EOFError) as error:
        raise UnreadableFileError(f"{path.name} cannot be read: {error}") from error


def _found(names: Sequence[str], frame: pl.DataFrame, columns: Columns) -> list[str]:
    """Return the frame's names of columns that were named or numbered."""
    if not _numbered(columns):
        for name in names:
            if name.strip() not in frame.columns:
                raise UnknownNameError("column", name.strip(), frame.columns)
        return [name.strip() for name in names]
    first = 0 if "0" in (*columns.text.split(","), columns.label) else 1
    found = []
    for name in names:
        if not name.strip().isdigit():
            raise InputError(f"{name.strip()!r} is no column: the file has no header, and its columns are counted.")
        if not first <= int(name) < frame.width + first:
            raise InputError(f"There is no column {name.strip()}: the file has {frame.width}.")
        found.append(frame.columns[int(name) - first])
    return found


def _condition(text: str, frame: pl.DataFrame, columns: Columns) -> pl.Expr:
    """Return what a condition means; both sides are compared as numbers when the value is one.

    A value that holds " or " or " and " stands in quotes.
    """
    conditions = []
    for part in _AND.split(text):
        found = _CONDITION.match(part)
        if found is None:
            raise InputError(f"{part!r} is no condition.", hint="Write --where 'column = value', with =, !=, <, > …")
        name, sign, value = found.groups()
        if _QUOTED.fullmatch(value) is None and _OR.search(value):
            raise InputError(
                f"{part!r} is not one condition.",
                hint='Conditions are joined by "and" alone; put a value with such a word in quotes.',
            )
        (named,) = _found([name], frame, columns)
        column = pl.col(named)
        try:
            number = float(value)
        except ValueError:
            conditions.append(_SIGNS[sign](column.cast(pl.String), pl.lit(value.strip("\"'"))))
        else:
            conditions.append(_SIGNS[sign](column.cast(pl.Float64, strict=False), pl.lit(number)))
    return reduce(operator.and_, conditions)


def _labels(value: object, columns: Columns) -> list[str]:
    """Return a row's labels in our words; none when it has none, or one that the map does not know."""
    if isinstance(value, list):
        given = [str(one) for one in value if one is not None]
    elif value is None or value == "":
        given = []
    elif columns.several:
        given = [part.strip() for part in str(value).split(columns.several) if part.strip()]
    else:
        given = [str(value)]
    if not columns.label_map:
        return given
    return [columns.label_map[one] for one in given if one in columns.label_map]

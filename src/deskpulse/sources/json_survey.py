"""Where the records lie in a JSON text: one list, several lists, pages of lists, or one record."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from deskpulse.core.errors import UnreadableFileError
from deskpulse.sources.json_text import Found, JsonText, TooLongError

_SAMPLE = 200
_RECORD_MARKS = frozenset({"id", "_id", "ID", "Id", "uuid", "key", "number", "ticket_id", "subject", "ts"})
_PAGE_MARKS = frozenset(
    {
        "after_cursor", "after_url", "before_cursor", "before_url", "count", "cursor", "end_of_stream", "end_time",
        "facets", "has_more", "limit", "links", "meta", "next", "next_page", "next_url", "offset", "ok", "page",
        "pages", "paging", "per_page", "previous", "previous_page", "response_metadata", "start_time", "total",
        "total_count", "total_pages", "type", "url",
    }
)  # fmt: skip

Kind = Literal["list", "sequence", "one", "map"]


@dataclass(frozen=True)
class Run:
    """A run of records: `path` leads to it, its first value is at character `start`, `sample` are its first values.

    Kinds: the values of a list; values one after another; one value alone; the values of an object, by key.
    """

    path: tuple[str, ...]
    start: int
    kind: Kind
    sample: tuple[Any, ...] = ()


def values_of(text: JsonText, kind: Kind) -> Iterator[Found]:
    """Yield the values of a run that begins where `text` is; one that is too long is passed with its problem."""
    closing = {"list": "]", "map": "}"}.get(kind, "")
    while True:
        sign = text.peek()
        if sign == closing:
            return
        if not sign:
            raise text.failure()
        if sign == ",":
            text.step()
            continue
        key = None
        if kind == "map":
            key = text.value().value
            text.expect(":")
            text.peek()
        yield _named(_value(text), key)
        if kind == "one":
            return


def _value(text: JsonText) -> Found:
    start = text.place
    try:
        return text.value()
    except TooLongError:
        text.skip_long()
        return Found(None, start, text.place, "The value is longer than import_max_row_bytes allows.")


def _named(found: Found, key: Any) -> Found:
    if key is None or found.problem:
        return found
    value = {"key": key, **found.value} if isinstance(found.value, dict) else {"key": key, "value": found.value}
    return Found(value, found.start, found.end, was_cleaned=found.was_cleaned)


@dataclass
class _Level:
    """What one object holds."""

    start: int
    scalars: dict[str, Any] = field(default_factory=dict)
    lists: list[tuple[Run, int]] = field(default_factory=list)
    objects: list[tuple[str, int, Any]] = field(default_factory=list)
    deeper: list[Run] = field(default_factory=list)
    is_cut: bool = False


def survey(open_at: Callable[[int], JsonText], *, most: int = _SAMPLE) -> list[Run]:
    """Return the runs of records of a text; `open_at` opens it at a character. Bounded memory, one pass."""
    text = open_at(0)
    sign = text.peek()
    if sign == "[":
        text.step()
        start = text.place
        return [Run((), start, "list", tuple(_sample(text, most)))]
    if sign != "{":
        raise text.failure("a list or an object expected" if sign else "")
    level = _object(text, (), most)
    if not level.is_cut and text.peek() in ("{", ","):
        again = open_at(level.start)
        return [Run((), level.start, "sequence", tuple(_sample(again, most, "sequence")))]
    return _runs(level, (), open_at, most)


def _sample(text: JsonText, most: int, kind: Kind = "list") -> Iterator[Any]:
    for count, found in enumerate(values_of(text, kind), 1):
        if not found.problem:
            yield found.value
        if count >= most:
            return


def _object(text: JsonText, path: tuple[str, ...], most: int) -> _Level:
    level = _Level(text.place)
    text.expect("{")
    while text.peek() != "}":
        if text.peek() == ",":
            text.step()
            continue
        key = str(text.value().value)
        text.expect(":")
        sign = text.peek()
        if sign == "[":
            text.step()
            run, count, level.is_cut = _list(text, (*path, key), most)
            level.lists.append((run, count))
            if level.is_cut:
                return level
        elif sign == "{":
            start = text.place
            try:
                found = text.value()
            except TooLongError:
                level.deeper += _runs(_object(text, (*path, key), most), (*path, key), None, most)
            else:
                level.objects.append((key, start, found.value if len(level.objects) < most else None))
        else:
            level.scalars[key] = text.value().value
    text.step()
    return level


def _list(text: JsonText, path: tuple[str, ...], most: int) -> tuple[Run, int, bool]:
    # A file that breaks off inside a list still gives the records before the break; reading them tells of it.
    start, count, is_cut = text.place, 0, False
    sample: list[Any] = []
    try:
        for found in values_of(text, "list"):
            count += 1
            if len(sample) < most and not found.problem:
                sample.append(found.value)
        text.step()
    except UnreadableFileError:
        if not sample:
            raise
        is_cut = True
    return Run(path, start, "list", tuple(sample)), count, is_cut


def _runs(level: _Level, path: tuple[str, ...], open_at: Callable[[int], JsonText] | None, most: int) -> list[Run]:
    filled = [run for run, _ in level.lists if _are_objects(run.sample)]
    is_record = bool(_RECORD_MARKS & set(level.scalars))
    if is_record and all(count <= 50 for _, count in level.lists) and not level.deeper:
        return [Run(path, level.start, "one")]
    runs, singles = [*filled, *level.deeper], []
    for key, start, value in level.objects:
        if open_at is not None and is_page(value):
            inner = _object(open_at(start), (*path, key), most)
            runs += _runs(inner, (*path, key), open_at, most)
        elif not level.lists and isinstance(value, dict) and _RECORD_MARKS & set(value):
            singles.append(Run((*path, key), start, "one"))
    if runs:  # beside pages, single records are answers of the same collection
        return sorted([*runs, *singles], key=lambda run: run.start)
    empty = [run for run, count in level.lists if not count]
    if empty and len(empty) == len(level.lists) and set(level.scalars) <= _PAGE_MARKS:
        return empty
    if len(level.objects) == 1 and not level.lists and len(level.scalars) <= 2:
        return [Run((*path, level.objects[0][0]), level.objects[0][1], "one")]
    if len(level.objects) > 1 and not level.lists and not level.scalars and _are_alike(level.objects):
        return [Run(path, level.start + 1, "map", tuple(_named_values(level.objects)))]
    return [Run(path, level.start, "one")]


def _named_values(objects: Sequence[tuple[str, int, Any]]) -> Iterator[Any]:
    return ({"key": key, **value} for key, _, value in objects if isinstance(value, dict))


def _are_alike(objects: Sequence[tuple[str, int, Any]]) -> bool:
    keys = [set(value) for _, _, value in objects if isinstance(value, dict)]
    shared = set.union(*keys)
    return sum(len(k) for k in keys) >= len(shared) * len(keys) * 0.5


def _are_objects(sample: Sequence[Any]) -> bool:
    return bool(sample) and sum(isinstance(item, dict) for item in sample) * 2 >= len(sample)


def is_page(value: Any) -> bool:
    """Say whether an object is no record but a page around lists of records, such as {"tickets": […], "count": 2}."""
    if not isinstance(value, dict):
        return False
    others = {k for k, v in value.items() if not isinstance(v, list | dict)}
    has_list = any(isinstance(v, list) and _are_objects(v) for v in value.values())
    return others <= _PAGE_MARKS and has_list


def page_keys(sample: Sequence[Any]) -> tuple[str, ...]:
    """Return the keys of the lists when all of `sample` are pages, or the key of wrapped single records; else none."""
    objects = [value for value in sample if isinstance(value, dict)]
    if not objects or len(objects) < len(sample):
        return ()
    keys = dict.fromkeys(k for v in objects for k, item in v.items() if isinstance(item, list) and _are_objects(item))
    is_empty = [all(not isinstance(i, list | dict) or not i for i in v.values()) for v in objects]
    if keys and all(
        is_page(v) or (e and set(v) - set(keys) <= _PAGE_MARKS) for v, e in zip(objects, is_empty, strict=True)
    ):
        return tuple(k for k in keys if k not in _PAGE_MARKS)
    wrapped = dict.fromkeys(k for v in objects for k in v)
    if len(wrapped) == 1 and all(isinstance(item, dict) for v in objects for item in v.values()):
        return tuple(wrapped)
    return ()

"""Answers in the format that a client accepts, and tags that say whether it has the answer already."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING, Any, Protocol

from fastapi import Request
from fastapi.responses import Response, StreamingResponse

from deskpulse.api.model import Json
from deskpulse.api.problems import problem
from deskpulse.core.spreadsheets import neutral
from deskpulse.metrics.tabular import to_csv

if TYPE_CHECKING:
    import pyarrow as pa

JSON, CSV, ARROW = "application/json", "text/csv", "application/vnd.apache.arrow.stream"
KNOWN = {"json": JSON, "csv": CSV, "arrow": ARROW}
FORMATS: dict[int | str, dict[str, Any]] = {
    200: {"description": "As JSON, CSV or an Arrow stream, by the Accept header.",
          "content": {JSON: {}, CSV: {}, ARROW: {}}},
    304: {"description": "The answer that If-None-Match names is still true."},
}  # fmt: skip


class Answer(Protocol):
    """What can be said in every format."""

    def as_dict(self) -> dict[str, Any]:
        """Return it in plain values."""
        ...

    def to_arrow(self) -> pa.Table:
        """Return its rows as a table."""
        ...


def accepted(request: Request, format: str | None = None) -> str | None:
    """Return the media type to answer with, by `format` or else the Accept header; None when we have none of them."""
    if format is not None:
        return KNOWN.get(format)
    wanted: list[tuple[float, int, str]] = []
    for part in (request.headers.get("accept") or "*/*").split(","):
        name, *options = (p.strip().lower() for p in part.split(";"))
        given = next((o[2:] for o in options if o.startswith("q=")), "1")
        try:
            wanted.append((-float(given), len(wanted), name))
        except ValueError:
            continue
    for weight, _, name in sorted(wanted):
        if weight < 0 and name in ("*/*", "application/*", *KNOWN.values()):
            return name if name in KNOWN.values() else JSON
        if weight < 0 and name == "text/*":
            return CSV
    return None


def tag(*parts: object) -> str:
    """Return the entity tag of what these parts determine."""
    return f'W/"{hashlib.sha256(repr(parts).encode()).hexdigest()[:32]}"'


def is_held(request: Request, etag: str) -> bool:
    """Return whether the client has the answer with this tag."""
    return names_tag(request.headers.get("if-none-match", ""), etag)


def names_tag(held: str, etag: str) -> bool:
    """Return whether an If-None-Match header names the tag, or any."""
    return held.strip() == "*" or etag in (part.strip() for part in held.split(","))


def not_modified(etag: str) -> Response:
    """Return 304 with the tag."""
    return Response(status_code=304, headers={"etag": etag, "vary": "accept"})


def answer(found: Answer, kind: str | None, name: str, etag: str) -> Response:
    """Return `found` as media type `kind`; `name` is what a file of it is called."""
    headers = {"etag": etag, "vary": "accept", "cache-control": "private, no-cache"}
    if kind == JSON:
        return Json(found.as_dict(), headers=headers)
    if kind == CSV:
        headers["content-disposition"] = f'attachment; filename="{name}.csv"'
        return Response(to_csv(found.to_arrow()), media_type=CSV, headers=headers)
    if kind == ARROW:
        return Response(_stream(found.to_arrow()), media_type=ARROW, headers=headers)
    return unacceptable()


def unacceptable() -> Response:
    """Return 406: none of the formats that the client accepts is known."""
    return problem(
        406, "not_acceptable", "There is no answer in such a format.", hint=f"Accept {', '.join(KNOWN.values())}."
    )


def _stream(table: pa.Table) -> bytes:
    import pyarrow as pa

    out = pa.BufferOutputStream()
    with pa.ipc.new_stream(out, table.schema) as writer:
        writer.write_table(table)
    return bytes(out.getvalue())


def csv_stream(pages: Iterator[list[Mapping[str, Any]]], columns: Iterable[str], name: str) -> Response:
    """Return all rows of all pages as CSV, sent as they are read; what a spreadsheet would run is written as text."""
    first = next(pages, [])  # read before anything is sent, so that an error is still told as one
    names = list(columns)

    def parts() -> Iterator[bytes]:
        yield _lines([[neutral(n) for n in names]])
        for page in chain([first], pages):
            yield _lines([[_cell(row[n]) for n in names] for row in page])

    headers = {"content-disposition": f'attachment; filename="{name}.csv"'}
    return StreamingResponse(parts(), media_type=CSV, headers=headers)


def _lines(rows: list[list[Any]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().encode()


def _cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return neutral("; ".join(map(str, value)))
    return neutral(value) if isinstance(value, str) else value

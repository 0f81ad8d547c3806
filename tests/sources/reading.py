"""Opening what a test wrote, and reading all of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl

from deskpulse.core.settings import Settings
from deskpulse.sources.files import open_path
from deskpulse.sources.model import BadRow, Chunk, Opened, Part


def put(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def opened(folder: Path, name: str, content: str | bytes, settings: Settings) -> Opened:
    return open_path(put(folder, name, content), settings)


def rows_of(part: Part, rows: int = 1000, position: str | None = None) -> list[dict[str, Any]]:
    return frame_of(list(part.chunks(rows, position))).to_dicts()


def frame_of(chunks: list[Chunk]) -> pl.DataFrame:
    return pl.concat([c.frame for c in chunks], how="diagonal_relaxed") if chunks else pl.DataFrame()


def bad_of(part: Part, rows: int = 1000) -> list[BadRow]:
    return [bad for chunk in part.chunks(rows) for bad in chunk.bad]


def put_json(folder: Path, files: dict[str, Any]) -> Path:
    for name, content in files.items():
        put(folder, name, json.dumps(content))
    return folder


def tables_of(found: Opened, rows: int = 1000) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of an export by table, without the cells that are null."""
    return {
        str(part.entity): [{k: v for k, v in row.items() if v is not None} for row in rows_of(part, rows)]
        for part in found.parts
    }

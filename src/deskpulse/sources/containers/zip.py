"""Zip archives."""

from __future__ import annotations

from deskpulse.sources.container import Container
from deskpulse.sources.zip_archive import is_zip, zip_members

ZIP = Container(
    name="zip", label="Zip archive", extensions=(".zip",), sniff=lambda blob: 0.9 if is_zip(blob) else 0.0,
    members=zip_members,
)  # fmt: skip

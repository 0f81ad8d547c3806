"""What attached files are, by their names: signs beside those that texts show."""

from __future__ import annotations

import re
from collections.abc import Iterable

_ENDINGS = {
    "attached_image": "png jpg jpeg gif bmp webp heic heif tif tiff svg",
    "attached_document": "pdf doc docx odt rtf txt md pages ppt pptx odp",
    "attached_table": "csv tsv xls xlsx ods numbers parquet",
    "attached_log": "log har trace dmp out err stacktrace",
    "attached_video": "mp4 mov avi mkv webm m4v wmv",
    "attached_audio": "mp3 wav m4a ogg aac flac amr",
    "attached_mail": "eml msg mbox",
    "attached_archive": "zip gz tgz tar 7z rar bz2 xz",
    "attached_code": "json xml yaml yml html js ts py java php sql sh ini conf cfg",
}
_KINDS = {ending: kind for kind, endings in _ENDINGS.items() for ending in endings.split()}
_SCREENSHOT = re.compile(
    r"screen[ _-]?(?:shot|grab|capture)|bildschirmfoto|captura de (?:pantalla|tela)|capture d.écran|schermata"
    r"|schermafbeelding",
    re.IGNORECASE,
)
LONGEST = 300


def attachment_signs(names: Iterable[str]) -> list[str]:
    """Return what the files with these names are, once each: `attached_image`, …; `screenshot` where one says so."""
    found: dict[str, None] = {}
    for name in names:
        end = name[-LONGEST:]
        kind = _KINDS.get(end.rpartition(".")[2].lower(), "attached_other") if "." in end else "attached_other"
        found[kind] = None
        if kind in ("attached_image", "attached_video") and _SCREENSHOT.search(name[:LONGEST]):
            found["screenshot"] = None
    return list(found)

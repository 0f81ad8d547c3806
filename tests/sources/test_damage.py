"""Whatever is done to a file, it opens and reads, or it is refused with an error of ours."""

from __future__ import annotations

import gzip
import io
import json
import random
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from tests.sources.reading import put
from tests.sources.test_containers import CSV, tarred, zipped
from tests.sources.test_mail import MAILS, mailbox
from tests.sources.test_tables import XLS, document, workbook
from tests.sources.test_zendesk import EXPORT

from deskpulse.core.errors import DeskpulseError
from deskpulse.core.settings import Settings
from deskpulse.sources.files import open_path


def parquet() -> bytes:
    file = io.BytesIO()
    pl.DataFrame({"id": range(50), "t": ["text"] * 50, "l": [["a"]] * 50}).write_parquet(file, row_group_size=10)
    return file.getvalue()


ODS_CELL = '<table:table-cell office:value-type="string"><text:p>id</text:p></table:table-cell>'
SEEDS: dict[str, Callable[[], bytes]] = {
    "t.csv": lambda: b"id,subject,note\n" + b"".join(b'%d,"a ""b""","x\ny"\n' % i for i in range(40)),
    "t.json": lambda: json.dumps(EXPORT["tickets.json"]).encode(),
    "t.jsonl": lambda: "\n".join(json.dumps(t) for t in EXPORT["tickets.json"]["tickets"]).encode(),
    "t.mbox": lambda: mailbox(MAILS),
    "t.eml": lambda: MAILS[1],
    "t.csv.gz": lambda: gzip.compress(CSV.encode()),
    "t.zip": lambda: zipped({"a.csv": CSV, "users.json": json.dumps(EXPORT["users.json"])}),
    "t.tar.gz": lambda: tarred({"a.csv": CSV, "b.csv": CSV}, "w:gz"),
    "t.tar": lambda: tarred({"a.csv": CSV, "b.csv": CSV}),
    "t.xlsx": lambda: workbook({"S": [["id", "subject"], *([i, "text"] for i in range(20))]}),
    "t.xls": lambda: XLS,
    "t.ods": lambda: document(f"<table:table-row>{ODS_CELL}</table:table-row>"),
    "t.parquet": parquet,
}  # fmt: skip
TRIES = 25


def damaged(data: bytes, chance: random.Random) -> bytes:
    kind = chance.randrange(4)
    place = chance.randrange(len(data))
    if kind == 0:
        return data[:place]
    if kind == 1:
        return data[:place] + bytes(chance.randrange(256) for _ in range(chance.randrange(1, 9))) + data[place:]
    if kind == 2:
        return data[:place] + data[place + chance.randrange(1, 40) :]
    hurt = bytearray(data)
    for _ in range(chance.randrange(1, 12)):
        hurt[chance.randrange(len(hurt))] = chance.randrange(256)
    return bytes(hurt)


@pytest.mark.parametrize("name", SEEDS)
def test_damage_is_told_and_never_a_crash(tmp_path: Path, settings: Settings, name: str) -> None:
    chance = random.Random(name)
    data = SEEDS[name]()
    refused = [refusal(put(tmp_path, name, damaged(data, chance)), settings) for _ in range(TRIES)]
    assert len(refused) == TRIES
    assert all(message is None or message.strip() for message in refused)


def refusal(path: Path, settings: Settings) -> str | None:
    """Read all of a file; return why it was refused, None when it was not."""
    try:
        for part in open_path(path, settings).parts:
            for chunk in part.chunks(7):
                assert chunk.frame.height == len(chunk.row_numbers)
    except DeskpulseError as error:
        return error.message
    return None

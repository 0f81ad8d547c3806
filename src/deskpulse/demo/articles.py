"""The help articles of the sample world: one for each topic, and those that tell what went wrong."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

import polars as pl

from deskpulse.demo.arrays import TIME, micros
from deskpulse.demo.block import World
from deskpulse.demo.phrases import AGENT, filled, patterns
from deskpulse.demo.topics import TOPICS


def article_frame(world: World) -> pl.DataFrame:
    """Return the rows of `articles`."""
    random = Random(f"articles {world.seed}")  # noqa: S311  a sample world, no secret
    rows = []
    for number, topic in enumerate(TOPICS):
        said = patterns()["en"]["topics"][topic.name]
        for part in range(2):
            title = filled(said["subjects"][part], random, "en").replace(AGENT, "us")
            body = " ".join(filled(answer, random, "en") for answer in said["answers"][part::2]).replace(AGENT, "We")
            written = world.line.start - timedelta(days=random.randrange(30, 900))
            rows.append(_row(f"h{number * 2 + part + 1}", title, body, topic.category, written=written,
                             views=random.randrange(200, 9_000)))  # fmt: skip
    return pl.DataFrame(rows + _news(world), infer_schema_length=None).with_columns(
        pl.col("created_at", "updated_at").cast(TIME)
    )


def _row(key: str, title: str, body: str, section: str, *, written: datetime, views: int) -> dict[str, str | int]:
    return {
        "article_id": key, "title": title, "body": body, "category": section, "language": "en",
        "url": f"https://help.lumora.example/{key}", "views": views, "created_at": micros(written),
        "updated_at": micros(written + timedelta(days=3)),
    }  # fmt: skip


def _news(world: World) -> list[dict[str, str | int]]:
    line, rows = world.line, []
    if line.outage is not None:
        rows.append(_row(
            "n-outage", "Report: nine dark hours",
            "From nine in the morning on, homes in all regions could not load. The cause was a data store that filled "
            "up during a move to new machines; its twin took over only after nine hours. No scenes were lost.",
            "technical", written=line.outage + timedelta(hours=11), views=18_400))  # fmt: skip
    if line.price is not None:
        rows.append(_row(
            "n-price", "The new price list",
            "From today on all plans but Starter cost about an eighth more. Running contracts keep their price until "
            "they renew themselves.",
            "billing", written=line.price, views=24_900))  # fmt: skip
    if line.silent is not None:
        rows.append(_row(
            "n-chat", "Chat was away for a day",
            "The certificate of the chat window had run out at midnight, so no chat reached us that day. It is new.",
            "technical", written=line.silent + timedelta(days=1), views=900))  # fmt: skip
    return rows

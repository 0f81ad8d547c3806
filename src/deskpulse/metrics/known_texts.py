"""What tickets were about, as it could be read at moments of the past: the subject and the customer's first words."""

from __future__ import annotations

import polars as pl

from deskpulse.warehouse import Reader

_ASKED = "SEMI JOIN (SELECT unnest($ids::VARCHAR[]) AS ticket_id) USING (ticket_id)"
MOST_CHARACTERS = 2_000


def known_texts(reader: Reader, moments: pl.DataFrame) -> pl.Series:
    """Return the text of each row of `moments` (ticket_id, known_at), in order; null where there is none.

    Messages count when they were sent before the moment. Nobody keeps what a subject was before: it is as it is now.
    For finding alike tickets, never to be shown: personal data is not masked.
    """
    ids: dict[str, object] = {"ids": moments["ticket_id"].unique().drop_nulls().to_list()}
    subjects = _frame(reader, f"SELECT t.ticket_id, t.subject FROM tickets t {_ASKED}", ids)
    said = _frame(
        reader,
        f"SELECT t.ticket_id, t.sent_at, t.body FROM messages t {_ASKED}"
        " WHERE t.author_kind = 'customer' AND t.sent_at IS NOT NULL",
        ids,
    )
    said = said.with_columns(pl.col("sent_at").cast(pl.Datetime("us", "UTC"))).sort("sent_at")
    first = said.unique("ticket_id", keep="first", maintain_order=True)
    told = (
        moments.select("ticket_id", pl.col("known_at").cast(pl.Datetime("us", "UTC")))
        .join(subjects, on="ticket_id", how="left", maintain_order="left")
        .join(first, on="ticket_id", how="left", maintain_order="left")
        .with_columns(body=pl.when(pl.col("sent_at") < pl.col("known_at")).then("body"))
    )
    text = pl.concat_str("subject", "body", separator=" ", ignore_nulls=True).str.slice(0, MOST_CHARACTERS)
    return told.select(pl.when(text != "").then(text).alias("text")).to_series()


def _frame(reader: Reader, sql: str, params: dict[str, object]) -> pl.DataFrame:
    found = pl.from_arrow(reader.arrow(sql, params))
    assert isinstance(found, pl.DataFrame)  # noqa: S101  narrows the type
    return found

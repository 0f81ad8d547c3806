"""Messages: their conversation, who wrote them, and the tickets they make."""

from __future__ import annotations

import polars as pl

from deskpulse.ingest.transform.identity import with_source
from deskpulse.ingest.transform.model import Mapped, TransformState
from deskpulse.ingest.transform.people import identify, stubs
from deskpulse.ingest.transform.rows import Origin, ReadRows
from deskpulse.ingest.transform.tables import keyed, provenance
from deskpulse.warehouse.schema import MESSAGES, TICKETS

LINKS = ("in_reply_to", "replied_by")


def learn_threads(read: ReadRows, state: TransformState) -> None:
    """Remember which messages of `read` answer which."""
    values = read.values
    if "message_id" in values.columns:
        answers_to, answered_by = (values[c] if c in values.columns else None for c in LINKS)
        state.threads.learn(values["message_id"], answers_to, answered_by)


def message_rows(read: ReadRows, origin: Origin, state: TransformState) -> Mapped:
    """Return messages, and stubs of the tickets they belong to and of those who wrote them.

    The ticket is the conversation that the row names, else the thread that reply ids make, else the message alone.
    """
    if "ticket_id" not in read.values.columns and state.threads.is_empty:
        learn_threads(read, state)
    values = keyed(read, origin, state, "message_id")
    thread = state.threads.of(values["external_id"])
    conversation = [pl.col("ticket_id")] if "ticket_id" in values.columns else []
    values = values.with_columns(thread.alias("thread")).with_columns(
        ticket_external=pl.coalesce([*conversation, pl.col("thread")])
    )
    values = _with_authors(values, origin.source)
    values = values.with_columns(
        with_source(origin.source, pl.col("ticket_external")).alias("ticket_id"),
        *(with_source(origin.source, pl.col(c)).alias(c) for c in ("in_reply_to",) if c in values.columns),
    )
    if read.extra is not None:
        values = values.with_columns(read.extra.alias("extra"))
    carried = provenance(origin)
    kept = [c for c in MESSAGES.column_names if c in values.columns]
    rows = values.select(kept).with_columns(**carried)
    return Mapped(
        tables={"messages": rows} if rows.height else {},
        stubs=_tickets_and_people(values, origin, carried) if rows.height else {},
        rejected=read.rejected, rows=0, notes=read.notes,
    )  # fmt: skip


def _with_authors(values: pl.DataFrame, source: str) -> pl.DataFrame:
    """Fill `author_id` and `author`: who is named by one of id, e-mail address and name alone gets the rest of it."""
    known = [c for c in ("author_id", "author_email", "author") if c in values.columns]
    if not known:
        return values
    external = pl.coalesce(pl.col(c).str.to_lowercase() if c == "author_email" else pl.col(c) for c in known)
    handle = pl.when(external.str.contains(r"\p{L}")).then(external)
    shown = [pl.col(c) for c in ("author", "author_email") if c in values.columns]
    values = values.with_columns(author_external=external)
    return values.with_columns(
        author_id=with_source(source, pl.col("author_external")), author=pl.coalesce([*shown, handle])
    )


def _tickets_and_people(values: pl.DataFrame, origin: Origin, carried: dict[str, pl.Expr]) -> dict[str, pl.DataFrame]:
    about = {c: c.removeprefix("tickets.") for c in values.columns if c.startswith("tickets.")}
    tickets = values.select(
        "ticket_id", pl.col("ticket_external").alias("external_id"),
        *(pl.col(c).alias(name) for c, name in about.items()),
        *(c for c in ("customers.email", "channel") if c in values.columns),
    )  # fmt: skip
    if {"channel", "author_kind", "author"} <= set(values.columns):
        # A handle that answers on a social network is a brand's; a person's name beside an id of its own is not.
        is_handle = (pl.col("channel") == "social") & (pl.col("author") == pl.col("author_external"))
        speaks = pl.when((pl.col("author_kind") == "agent") & is_handle).then("author")
        handles = values.select(speaks.alias("handle")).to_series()
        tickets = tickets.with_columns(handles.alias(c) for c in ("brand", "team") if c not in tickets.columns)
    tickets = identify(tickets, origin.source)
    own = [c for c in TICKETS.column_names if c in tickets.columns and c not in ("ticket_id", "external_id")]
    rows = tickets.group_by("ticket_id", maintain_order=True).agg(
        pl.col("external_id").first(), *(pl.col(c).drop_nulls().first() for c in own)
    )
    made = {"tickets": rows.with_columns(**carried), **stubs(tickets, carried)}
    for table, people in _authors(values, carried).items():
        both = pl.concat([made[table], people], how="diagonal") if table in made else people
        made[table] = both.unique(f"{table[:-1]}_id", keep="first", maintain_order=True)
    return made


def _authors(values: pl.DataFrame, carried: dict[str, pl.Expr]) -> dict[str, pl.DataFrame]:
    if "author_external" not in values.columns or "author_kind" not in values.columns:
        return {}
    kind = pl.col("author_kind")
    made = {}
    for table, key, kinds in (("customers", "customer_id", ["customer"]), ("agents", "agent_id", ["agent", "bot"])):
        email = [pl.col("author_email").drop_nulls().first().alias("email")] if "author_email" in values.columns else []
        people = (
            values.filter(kind.is_in(kinds) & pl.col("author_id").is_not_null())
            .group_by("author_id", maintain_order=True)
            .agg(
                pl.col("author").drop_nulls().first().alias("name"), *email,
                pl.col("author_external").first().alias("external_id"),
                (kind == "bot").all().alias("is_bot"),
            )
            .rename({"author_id": key})
        )  # fmt: skip
        if table == "customers":
            people = people.drop("is_bot")
        if people.height:
            made[table] = people.with_columns(**carried)
    return made

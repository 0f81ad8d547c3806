"""Agents' labels: a name as shown that no other agent of the workspace has, wherever agents are named."""

from __future__ import annotations

import polars as pl

from deskpulse.ingest.stored import agents, by_values
from deskpulse.warehouse import Transaction
from deskpulse.warehouse.schema import ENTITIES

CARRIERS = tuple(
    name
    for name, table in ENTITIES.items()
    if {"agent_id", "agent"} <= set(table.column_names) and name not in ("tickets", "ticket_basis")
)
"""Tables that show an agent's label beside the id; tickets get it with their other facts."""


def labelled(known: pl.DataFrame) -> pl.DataFrame:
    """Return `agent_id, label` for all agents.

    The label is the name (else the e-mail address, else the source's id). Agents who would share one get
    "Name (id)", by the source where the id is but the name, by our whole id where even that is shared.
    """
    plain = pl.coalesce("name", "email", "external_id", "agent_id")
    told = pl.when(pl.col("external_id") == pl.col("name")).then("source").otherwise("external_id")
    finer = pl.format("{} ({})", "plain", pl.coalesce(told, "agent_id"))
    return (
        known.with_columns(plain=plain)
        .with_columns(label=pl.when(pl.len().over("plain") > 1).then(finer).otherwise("plain"))
        .with_columns(
            label=pl.when(pl.len().over("label") > 1).then(pl.format("{} ({})", "plain", "agent_id")).otherwise("label")
        )
        .select("agent_id", "label")
    )


def relabel(transaction: Transaction, run_id: str) -> pl.Series:
    """Bring the labels of all agents up to date, in every table but tickets; return the ids that changed."""
    known = agents(transaction)
    fresh = labelled(known)
    changed = fresh.join(known.select("agent_id", old="label"), on="agent_id").filter(
        pl.col("label").ne_missing(pl.col("old"))
    )
    if changed.height:
        transaction.upsert("agents", changed.select("agent_id", "label").to_arrow(), undo_run=run_id)
        for name in CARRIERS:
            key = ENTITIES[name].key[0]
            named = by_values(transaction, name, "agent_id", changed["agent_id"].to_list(), [key, "agent_id", "agent"])
            stale = named.join(changed, on="agent_id").filter(pl.col("agent").ne_missing(pl.col("label")))
            if stale.height:
                renamed = stale.select(key, agent="label")
                transaction.upsert(name, renamed.to_arrow(), undo_run=run_id)
    return changed["agent_id"]


def with_labels(frame: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with the label of each agent whose id it has."""
    if not {"agent_id", "agent"} <= set(frame.columns):
        return frame
    labels = known.select("agent_id", label_="label")
    joined = frame.join(labels, on="agent_id", how="left", maintain_order="left")
    return joined.with_columns(agent=pl.coalesce("label_", "agent")).drop("label_")

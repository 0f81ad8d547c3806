"""Customers, companies, agents, teams and brands that rows name: their ids, and stubs for their own tables."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from deskpulse.ingest.transform.identity import with_source


@dataclass(frozen=True)
class Role:
    """How rows name one kind of person or group: `id`, `name` and the dotted columns that tell more of them."""

    table: str
    id: str
    name: str
    more: tuple[str, ...] = ()


ROLES = (
    Role("companies", "company_id", "company", ("domain", "industry", "tier", "plan", "revenue")),
    Role("customers", "customer_id", "customer", ("email", "phone", "tier", "plan", "language", "timezone")),
    Role("teams", "team_id", "team"),
    Role("agents", "agent_id", "agent", ("email", "role", "timezone")),
    Role("brands", "brand_id", "brand"),
)


def identify(values: pl.DataFrame, source: str, *, besides: str = "") -> pl.DataFrame:
    """Fill the `_id` column of every role from its id, else its e-mail address, else its name; names from e-mail.

    The id becomes "source:…" and a column "<role>_id:external" keeps it bare. Roles that rows do not name are
    left out, and so is that of the table `besides`.
    """
    for role in (r for r in ROLES if r.table != besides):
        email = f"{role.table}.email"
        name = role.name if role.name in values.columns else f"{role.table}.name"
        known = [c for c in (role.id, email, name) if c in values.columns]
        if not known:
            continue
        external = pl.coalesce(pl.col(c).str.to_lowercase() if c == email else pl.col(c).cast(pl.String) for c in known)
        shown = [c for c in (name, email) if c in values.columns]
        columns = {f"{role.id}:external": external, role.id: with_source(source, external)}
        if shown:
            columns[role.name] = pl.coalesce(shown)
        values = values.with_columns(**columns)
    return values


def stubs(values: pl.DataFrame, provenance: dict[str, pl.Expr]) -> dict[str, pl.DataFrame]:
    """Return one row for each customer, company, agent, team and brand that `values` (identified) names."""
    made = {}
    for role in ROLES:
        bare = f"{role.id}:external"
        if bare not in values.columns:
            continue
        columns = {role.id: pl.col(role.id)}
        if role.name in values.columns:
            columns["name"] = pl.col(role.name)
        for column in role.more:
            if f"{role.table}.{column}" in values.columns:
                columns[column] = pl.col(f"{role.table}.{column}")
        if role.table == "customers":
            columns |= {c: pl.col(c) for c in ("company_id", "company") if c in values.columns}
        named = values.lazy().filter(pl.col(role.id).is_not_null())
        rows = named.group_by(role.id, maintain_order=True).agg(
            *(expr.drop_nulls().first().alias(name) for name, expr in columns.items() if name != role.id),
            pl.col(bare).first().alias("external_id"),
        )
        frame = rows.collect()
        if frame.height:
            made[role.table] = frame.with_columns(**provenance)
    return made

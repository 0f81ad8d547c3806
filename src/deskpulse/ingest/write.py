"""Writes one batch of mapped rows: duplicates out, the rest in, and the facts of every ticket they touch."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import polars as pl

from deskpulse.core.clock import now
from deskpulse.ingest.changes import BOOKKEEPING, STORED, changes, filled
from deskpulse.ingest.event_history import names_of
from deskpulse.ingest.given import UNDERSTOOD, note_given
from deskpulse.ingest.labels import relabel, with_labels
from deskpulse.ingest.lifecycle import GIVEN_COLUMNS
from deskpulse.ingest.refresh import refresh
from deskpulse.ingest.resolution import TIME_PROBLEMS
from deskpulse.ingest.rules import Rules
from deskpulse.ingest.stored import agents, as_stored, by_values, empty_frame, without
from deskpulse.ingest.teams import join_stored, same_teams, with_whole_teams
from deskpulse.ingest.understanding import TEXTS, beside_said, settled, with_decider
from deskpulse.warehouse import Transaction
from deskpulse.warehouse.schema import ENTITIES, REJECTED, TICKET_BASIS, TICKETS

HISTORY_TABLES = ("ticket_events", "messages", "surveys", "calls", "ticket_links", "sla_events")
"""Tables whose rows change the facts of the ticket that they belong to."""


@dataclass(kw_only=True)
class Batch:
    """Rows to write together.

    `tables` and `stubs` as `transform.Mapped` has them; `rejected` in the columns of rejected_rows. `understood`, by
    table, is what enrichment says of the texts: row i belongs to row i of the table's frame.
    """

    tables: dict[str, pl.DataFrame]
    stubs: dict[str, pl.DataFrame] = field(default_factory=dict)
    rejected: pl.DataFrame | None = None
    understood: dict[str, pl.DataFrame] = field(default_factory=dict)


@dataclass(kw_only=True)
class Written:
    """What a batch did: rows new or changed and rows that changed nothing, by table; tickets whose facts changed.

    `updated`: tickets' rows that another run had given, by that run. `held`: stubs of tickets that were to get no row
    yet.
    """

    written: dict[str, int] = field(default_factory=dict)
    duplicates: dict[str, int] = field(default_factory=dict)
    tickets: int = 0
    updated: dict[str, int] = field(default_factory=dict)
    held: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema={"ticket_id": pl.String}))


def write_batch(
    transaction: Transaction, batch: Batch, *, run_id: str, rules: Rules, awaits_tickets: bool = False
) -> Written:
    """Write `batch` as part of run `run_id`, inside the caller's transaction.

    Of rows with one key the last version wins. A row that says what is stored already is a duplicate and
    changes nothing. What is replaced is kept, so that the run can be undone. With `awaits_tickets` a ticket that has
    no row yet gets none: what is known of it is told in `held`.
    """
    work = _Work(transaction, batch, run_id, rules)
    work.join_teams()
    if awaits_tickets:
        work.hold_stubs()
    # Agents come first: other rows show their labels, and bots are told apart by them.
    work.write_agents()
    for name in batch.stubs:
        if name != "agents":
            work.write_stubs(name)
    for name in batch.tables:
        if name not in ("agents", "tickets"):
            work.write_table(name)
    if awaits_tickets:
        work.hold_touched()
    work.write_tickets()
    if batch.rejected is not None and batch.rejected.height:
        transaction.upsert(REJECTED.name, _told_apart(batch.rejected).to_arrow())
    return work.done


class _Work:
    """One batch on its way into the warehouse."""

    def __init__(self, transaction: Transaction, batch: Batch, run_id: str, rules: Rules) -> None:
        self.done = Written()
        self._transaction = transaction
        self._batch = batch
        self._run_id = run_id
        self._rules = rules
        self._moment = now()
        self._touched = [pl.Series("ticket_id", [], dtype=pl.String)]
        self._agents = agents(transaction)

    def join_teams(self) -> None:
        """Give rows the ids of teams that they know by name, and those that are stored already."""
        if not any("team_id" in f.columns for f in (*self._batch.tables.values(), *self._batch.stubs.values())):
            return
        same = same_teams(self._transaction, self._batch.tables, self._batch.stubs)
        if not same.height:
            return
        tables = {name: f if name == "teams" else with_whole_teams(f, same) for name, f in self._batch.tables.items()}
        stubs = {name: f if name == "teams" else with_whole_teams(f, same) for name, f in self._batch.stubs.items()}
        if "teams" in stubs:
            stubs["teams"] = stubs["teams"].filter(~pl.col("team_id").is_in(same["by_name"].implode()))
        self._batch = replace(self._batch, tables=tables, stubs=stubs)
        self._touched.append(join_stored(self._transaction, same, self._run_id))

    def write_agents(self) -> None:
        """Write agents and their labels; touch the tickets of those who are shown otherwise, or turned out bots."""
        if "agents" not in self._batch.stubs and "agents" not in self._batch.tables:
            return
        before = self._agents.select("agent_id", was_bot=pl.col("is_bot").fill_null(False))
        if "agents" in self._batch.stubs:
            self.write_stubs("agents")
        if "agents" in self._batch.tables:
            self.write_table("agents")
        self._touch_by("tickets", "agent_id", relabel(self._transaction, self._run_id))
        self._agents = agents(self._transaction)
        is_bot, was_bot = pl.col("is_bot").fill_null(False), pl.col("was_bot").fill_null(False)
        self._touch_named(before["agent_id"])
        turned = self._agents.join(before, on="agent_id", how="left").filter(is_bot != was_bot)
        self._touch_by("messages", "author_id", turned["agent_id"])

    def _touch_named(self, known: pl.Series) -> None:
        """Touch the tickets whose events name an agent of whom nothing was known, by any of an agent's names."""
        fresh = self._agents.filter(~pl.col("agent_id").is_in(known.implode()))
        words = names_of(fresh)["said"]
        if len(words):
            self._touch_by("ticket_events", "new_value", words)
            self._touch_by("ticket_events", "old_value", words)

    def _touch_by(self, table: str, column: str, values: pl.Series) -> None:
        found = by_values(self._transaction, table, column, values.to_list(), ["ticket_id"])
        self._touched.append(found["ticket_id"])

    def write_stubs(self, name: str) -> None:
        """Add what rows about something else tell of `name`'s rows, overwriting nothing."""
        table = ENTITIES[name]
        stubs = self._batch.stubs[name].drop(*BOOKKEEPING, strict=False)
        if table is TICKETS:
            # When a ticket began and last changed follows from its whole history; a stub knows a part of it.
            stubs = stubs.drop("created_at", "updated_at", strict=False)
        rows = filled(self._transaction, table, stubs)
        if not rows.height:
            return
        self._count(name, int(rows["is_new"].sum()))
        is_new = rows["is_new"]
        rows = rows.drop("is_new")
        if table is TICKETS:
            self._touched.append(rows["ticket_id"])
            given = [c for c in rows.columns if c in GIVEN_COLUMNS]
            if len(given) > 1:
                self._upsert("ticket_basis", rows.select(*given, *_provenance(rows)))
            rows = rows.drop(given[1:])
        self._write(name, rows, is_new)

    def write_table(self, name: str) -> None:
        """Write the rows of a table other than tickets."""
        rows, is_new = self._changed(name, with_labels(self._batch.tables[name], self._agents))
        if rows.height:
            self._write(name, rows.select(c for c in rows.columns if c in ENTITIES[name].column_names), is_new)

    def write_tickets(self) -> None:
        """Write tickets' rows, what history may overrule of them apart, and the facts of all that were touched."""
        rows = pl.DataFrame(schema={"ticket_id": pl.String})
        fresh = empty_frame(TICKET_BASIS, GIVEN_COLUMNS)
        if "tickets" in self._batch.tables:
            frame = self._batch.tables["tickets"]
            if "time_problem" in frame.columns:
                # Found anew from the settled times, which history may put right.
                found_anew = pl.col("time_problem").is_in(TIME_PROBLEMS)
                frame = frame.with_columns(time_problem=pl.when(~found_anew).then("time_problem"))
            whole, is_new = self._changed("tickets", frame)
            given = [c for c in whole.columns if c in GIVEN_COLUMNS]
            if whole.height:
                self._touched.append(whole["ticket_id"])
                self._note_updated(whole["ticket_id"].filter(~is_new))
                self._write("ticket_basis", whole.select(*given, *_provenance(whole)), is_new)
                fresh = pl.concat([fresh, as_stored(TICKET_BASIS, whole.filter(is_new).select(given))], how="diagonal")
                rows = whole.drop([c for c in given if c != "ticket_id"])
        self.done.tickets = refresh(
            self._transaction,
            self._all_touched(),
            rows,
            fresh=fresh,
            run_id=self._run_id,
            moment=self._moment,
            rules=self._rules,
        )

    def _note_updated(self, ticket_ids: pl.Series) -> None:
        """Count the tickets whose rows other runs had given, by run."""
        if len(ticket_ids):
            given = by_values(self._transaction, "ticket_basis", "ticket_id", ticket_ids, ["ticket_id", "run_id"])
            runs = given["run_id"].drop_nulls().value_counts(name="rows")
            self.done.updated = {run: rows for run, rows in runs.iter_rows() if run != self._run_id}

    def _all_touched(self) -> pl.Series:
        return pl.concat(self._touched).drop_nulls().unique(maintain_order=True)

    def hold_stubs(self) -> None:
        """Take out the stubs of tickets that have no row."""
        stubs = self._batch.stubs.get("tickets")
        if stubs is not None:
            is_known = pl.col("ticket_id").is_in(self._with_row(stubs["ticket_id"]).implode())
            self._batch = replace(self._batch, stubs={**self._batch.stubs, "tickets": stubs.filter(is_known)})
            self.done.held = stubs.filter(~is_known)

    def hold_touched(self) -> None:
        """Take the tickets that have no row out of those that were touched."""
        touched = self._all_touched()
        known = self._with_row(touched)
        self._touched = [known]
        others = without(without(touched, known), self.done.held["ticket_id"])
        if len(others):
            # A ticket that nothing but its history names has its source and number in its id.
            parts = pl.col("ticket_id").str.splitn(":", 2).struct
            named = others.to_frame().with_columns(source=parts.field("field_0"), external_id=parts.field("field_1"))
            self.done.held = pl.concat([self.done.held, named], how="diagonal")

    def _with_row(self, ticket_ids: pl.Series) -> pl.Series:
        return by_values(self._transaction, "tickets", "ticket_id", ticket_ids, ["ticket_id"])["ticket_id"]

    def _changed(self, name: str, frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series]:
        """Return the rows that are new or differ, their texts' columns filled, and which of them are new.

        Counts them and the duplicates.
        """
        frame = frame.drop(*BOOKKEEPING, strict=False)
        if name in TEXTS:
            note_given(self._transaction, name, frame)
        also: tuple[str, ...] = ("ticket_id",) if name in HISTORY_TABLES else ()
        if name == "tickets":
            frame = with_decider(frame)
        understood = self._batch.understood.get(name)
        if understood is not None:
            decider = ("category_by",) if name == "tickets" else ()
            also = (*also, *TEXTS[name], *(c for c in understood.columns if c in UNDERSTOOD), *decider)
            frame = beside_said(frame, understood)
        found = changes(self._transaction, ENTITIES[name], frame, also=also)
        self.done.duplicates[name] = found.duplicates
        self._count(name, found.rows.height)
        if name in HISTORY_TABLES:
            places = [c for c in ("ticket_id", STORED + "ticket_id") if c in found.rows.columns]
            self._touched += [found.rows[c].alias("ticket_id").cast(pl.String) for c in places]
        return settled(found.rows, name, self._rules.cuts), found.rows["is_new"]

    def _count(self, name: str, rows: int) -> None:
        if rows:
            self.done.written[name] = self.done.written.get(name, 0) + rows

    def _write(self, name: str, rows: pl.DataFrame, is_new: pl.Series) -> None:
        """Add the rows that are new, which needs no search for what they replace, and upsert the others."""
        if len(ENTITIES[name].key) > 1:  # new is what has a new first part of its key
            self._upsert(name, rows)
            return
        if is_new.any():
            stamped = rows.filter(is_new).with_columns(ingested_at=pl.lit(self._moment), run_id=pl.lit(self._run_id))
            self._transaction.append(name, stamped.to_arrow())
        if not is_new.all():
            self._upsert(name, rows.filter(~is_new))

    def _upsert(self, name: str, rows: pl.DataFrame) -> None:
        stamped = rows.with_columns(ingested_at=pl.lit(self._moment))
        self._transaction.upsert(name, stamped.to_arrow(), undo_run=self._run_id)


def _told_apart(rejected: pl.DataFrame) -> pl.DataFrame:
    """Return rejected rows with ids that differ: a row whose place is not known gets one from its content."""
    content = pl.format("{}:{}", "rejected_id", pl.concat_str("row_json", "reason", ignore_nulls=True).hash(1))
    has_no_place = pl.col("rejected_id").str.ends_with(":0")
    named = rejected.with_columns(rejected_id=pl.when(has_no_place).then(content).otherwise("rejected_id"))
    return named.unique("rejected_id", keep="last", maintain_order=True)


def _provenance(rows: pl.DataFrame) -> list[str]:
    return [c for c in ("source", "external_id") if c in rows.columns]

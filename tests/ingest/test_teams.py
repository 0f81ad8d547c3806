"""A team given by id in one file and by name in another is one team."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.ingest.imports import content, workspace
from tests.worlds import write_csv

from deskpulse.ingest.context import ImportContext
from deskpulse.ingest.model import ImportOptions
from deskpulse.ingest.run import run_import, undo

HELP = ImportOptions(source="help")
FILES: dict[str, list[dict[str, Any]]] = {
    "tickets.csv": [
        {"Ticket ID": f"{n}", "Subject": f"Parcel {n}", "Status": "Open", "Created At": f"2026-02-0{n} 09:00:00",
         "Team": team}
        for n, team in enumerate(("Tier 1", "Tier 2", "Billing"), 1)
    ],
    "groups.csv": [{"Group ID": "71", "Group Name": "Tier 1"}, {"Group ID": "72", "Group Name": "Tier 2"}],
    "agents.csv": [{"Agent ID": "7", "Full Name": "Jana Kraus", "Email": "jana@desk.io", "Team": "Tier 2",
                    "Role": "Agent"}],
}  # fmt: skip


@pytest.fixture
def context(tmp_path: Path) -> Iterator[ImportContext]:
    with workspace(tmp_path / "data", import_batch_rows=100) as found:
        yield found


def put(context: ImportContext, folder: Path, name: str, rows: list[dict[str, Any]] | None = None) -> str:
    done = run_import(context, write_csv(folder / name, rows or FILES[name]), HELP)
    assert (done.status, done.rejected) == ("done", 0)
    return done.run_id


def teams(context: ImportContext) -> list[tuple[Any, ...]]:
    with context.warehouse.reader() as reader:
        return reader.rows("SELECT team_id, name FROM teams ORDER BY 1")


def held(context: ImportContext) -> list[tuple[Any, ...]]:
    with context.warehouse.reader() as reader:
        return reader.rows("SELECT external_id, team_id, team FROM tickets ORDER BY 1")


@pytest.mark.parametrize("order", list(itertools.permutations(FILES)), ids=" ".join)
def test_a_name_is_the_team_that_has_it_in_whatever_order_files_come(
    context: ImportContext, tmp_path: Path, order: tuple[str, ...]
) -> None:
    for name in order:
        put(context, tmp_path, name)
    assert teams(context) == [("help:71", "Tier 1"), ("help:72", "Tier 2"), ("help:Billing", "Billing")]
    assert [row[1] for row in held(context)] == ["help:71", "help:72", "help:Billing"]
    with context.warehouse.reader() as reader:
        assert reader.rows("SELECT team_id FROM agents") == [("help:72",)]
    before = content(context)
    again = run_import(context, tmp_path / "tickets.csv", HELP)
    assert (again.written.get("tickets", 0), again.duplicates, content(context) == before) == (0, 3, True)


def test_undoing_the_file_that_told_the_ids_brings_back_the_names(context: ImportContext, tmp_path: Path) -> None:
    put(context, tmp_path, "tickets.csv")
    before = content(context)
    told = put(context, tmp_path, "groups.csv")
    assert content(context) != before
    undo(context, told)
    assert content(context) == before


def test_two_teams_of_one_name_are_not_guessed(context: ImportContext, tmp_path: Path) -> None:
    put(context, tmp_path, "tickets.csv")
    put(context, tmp_path, "groups.csv", [*FILES["groups.csv"], {"Group ID": "73", "Group Name": "Tier 1"}])
    assert [team for team, _ in teams(context)] == ["help:71", "help:72", "help:73", "help:Billing", "help:Tier 1"]
    assert held(context)[0] == ("1", "help:Tier 1", "Tier 1")


def test_another_sources_team_of_the_name_is_another(context: ImportContext, tmp_path: Path) -> None:
    put(context, tmp_path, "tickets.csv")
    run_import(context, write_csv(tmp_path / "groups.csv", FILES["groups.csv"]), ImportOptions(source="other"))
    assert held(context)[0] == ("1", "help:Tier 1", "Tier 1")

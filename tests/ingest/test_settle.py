"""What rests on a setting follows it; time spent is read in its own unit."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.ingest.histories import at, event, message
from tests.ingest.imports import number, workspace
from tests.ingest.writing import column, write

from deskpulse.ingest.model import ImportOptions
from deskpulse.ingest.rules import Rules
from deskpulse.ingest.run import run_import
from deskpulse.ingest.settle import settle
from deskpulse.warehouse import Warehouse

DAY = 24 * 60
FACT = "is_first_contact_resolved"


def test_days_that_a_first_contact_must_hold_are_a_setting_that_recomputes(warehouse: Warehouse) -> None:
    for name, days in (("desk:1", 3), ("desk:2", 10), ("desk:3", None)):
        course = [event(10, "status", "solved", "open", ticket_id=name)]
        if days is not None:
            course.append(event(10 + days * DAY, "status", "open", "solved", ticket_id=name))
        write(warehouse, tickets=[{"ticket_id": name, "created_at": at(0)}], ticket_events=course,
              messages=[message(0, "customer", ticket_id=name), message(9, "agent", ticket_id=name)])  # fmt: skip
    assert column(warehouse, "tickets", FACT) == {"desk:1": False, "desk:2": True, "desk:3": True}
    assert settle(warehouse, Rules(fcr_days=7)) == 0
    assert settle(warehouse, Rules(fcr_days=2)) == 1
    assert column(warehouse, "tickets", FACT) == {"desk:1": True, "desk:2": True, "desk:3": True}
    version = warehouse.version
    assert settle(warehouse, Rules(fcr_days=2)) == 0
    assert warehouse.version == version
    assert settle(warehouse, Rules(fcr_days=14)) == 2
    assert column(warehouse, "tickets", FACT) == {"desk:1": False, "desk:2": False, "desk:3": True}
    assert set(column(warehouse, "tickets", "run_id").values()) == {"run_1"}


@pytest.mark.parametrize(
    ("heading", "cell", "seconds"),
    [
        ("Time spent (minutes)", "90", 5400), ("Worked minutes", "90", 5400), ("Handle time", "01:30:00", 5400),
        ("Time tracked (hours)", "1.5", 5400), ("Bearbeitungszeit in Minuten", "90", 5400),
        ("Temps passé (minutes)", "90", 5400), ("Tiempo trabajado (horas)", "1,5", 5400),
        ("Tempo gasto (minutos)", "90", 5400), ("Gewerkte minuten", "90", 5400),
    ],
)  # fmt: skip
def test_time_spent_is_the_time_that_agents_worked(heading: str, cell: str, seconds: float, tmp_path: Path) -> None:
    path = tmp_path / "tickets.csv"
    path.write_text(f'Ticket ID;Subject;Status;Created at;{heading}\n1;No bill;open;2026-03-02 09:00;{cell}\n'
                    f'2;No bread;open;2026-03-02 10:00;\n', "utf-8")  # fmt: skip
    with workspace(tmp_path / "data") as context:
        run_import(context, path, ImportOptions(source="desk"))
        assert number(context, "SELECT handle_seconds FROM tickets WHERE external_id = '1'") == seconds
        assert number(context, "SELECT handle_seconds FROM tickets WHERE external_id = '2'") is None

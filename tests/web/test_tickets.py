from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from tests.web.worlds import HOSTILE, open_desk

from deskpulse.core.errors import UnknownNameError
from deskpulse.desk import Desk
from deskpulse.web.tickets.listing import cell_of, chosen_sort, heads, list_columns, list_query, row_of
from deskpulse.web.tickets.thread import ticket_card
from deskpulse.web.tickets.why import parts_of
from deskpulse.web.view import View

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with open_desk(tmp_path_factory.mktemp("tickets"), 500) as found:
        yield found


def listed(desk: Desk, view: View, workspace: str = "default") -> list[dict[str, object]]:
    principal = desk.principal(workspace)
    about = desk.describe_workspace(principal)
    found = desk.tickets(principal, list_query(view, about))
    columns = tuple(head["name"] for head in heads(found.columns[:-3]))
    return [row_of(row, columns, view, about) for row in found.rows]


def test_times_are_those_of_the_workspaces_clocks() -> None:
    cell = cell_of("created_at", datetime(2026, 6, 30, 22, 30, tzinfo=UTC), BERLIN)
    assert cell == {"text": "Jul 1, 2026, 00:30", "title": "Wednesday, Jul 1, 2026, 00:30:00 (Europe/Berlin)"}


def test_cells_read_as_people_write_them() -> None:
    assert cell_of("full_resolution_seconds", 5400.0, BERLIN)["text"] == "1.5 h"
    assert cell_of("status", "on_hold", BERLIN) == {"text": "On hold", "tone": "even"}
    assert cell_of("solved_at", None, BERLIN) == {"text": "–"}
    assert cell_of("is_one_touch", True, BERLIN)["text"] == "yes"


def test_a_metrics_list_shows_what_makes_its_number_plain(desk: Desk) -> None:
    from deskpulse.metrics.lookup import METRICS

    for metric in METRICS.values():
        columns = list_columns(metric)
        assert (columns[0] == "subject") == (metric.fact.ticket_key is not None)
        assert metric.moment in columns
    for metric in {(m.fact.name, m.moment): m for m in reversed(METRICS.values())}.values():
        found = listed(desk, View(period="12m", own={"metric": metric.name}))
        assert found or metric.name not in ("tickets_created", "tickets_solved", "backlog", "csat"), metric.name


def test_an_unknown_metric_is_refused() -> None:
    with pytest.raises(UnknownNameError):
        list_query(View(own={"metric": "nonsense"}), {"timezone": "UTC", "last_at": None, "first_at": None})


def test_what_cannot_be_sorted_by_is_not() -> None:
    columns = list_columns(None)
    assert chosen_sort(View(own={"sort": "team"}), columns) == ("team", False)
    assert chosen_sort(View(own={"sort": "-priority"}), columns) == ("priority", True)
    assert chosen_sort(View(own={"sort": "1; drop"}), columns) == ("created_at", True)


def test_hostile_texts_go_through_as_texts(desk: Desk) -> None:
    (row,) = listed(desk, View(), "hostile")
    assert row["cells"][0]["text"] == HOSTILE  # type: ignore[index]
    principal = desk.principal("hostile")
    card = ticket_card(desk.ticket(principal, "h-1"), desk.describe_workspace(principal))
    assert card["title"] == HOSTILE
    assert [item["kind"] for item in card["thread"]] == ["message", "event"]
    assert card["thread"][0]["body"] == HOSTILE


def test_a_thread_is_in_order_and_tells_who_wrote(desk: Desk) -> None:
    principal = desk.principal()
    about = desk.describe_workspace(principal)
    first = desk.tickets(principal, list_query(View(), about)).rows[0]["ticket_id"]
    card = ticket_card(desk.ticket(principal, first), about)
    messages = [item for item in card["thread"] if item["kind"] == "message"]
    assert {item["side"] for item in messages} <= {"ours", "theirs", "neither"}
    assert all(item["at"] for item in messages)
    assert {"Status", "Channel", "Created"} <= {fact["label"] for fact in card["facts"]}


def test_words_that_decided_stand_out_in_the_text() -> None:
    parts = parts_of(
        "Refund! Facturación — charged  twice.", {"refund": True, "facturacion": False, "charged twice": True}
    )
    assert parts == [["Refund", "for"], ["! ", ""], ["Facturación", "against"], [" — ", ""],
                     ["charged  twice", "for"], [".", ""]]  # fmt: skip
    assert parts_of("prefunded <b>", {"refund": True}) == [["prefunded <b>", ""]]
    assert "".join(part for part, _ in parts_of("İßﬁ refund", {"refund": True})) == "İßﬁ refund"
    assert parts_of("(.* [x", {"(.*": True, "...": False})[0] == ["(.*", "for"]

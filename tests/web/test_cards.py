from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.web.worlds import open_desk

from deskpulse.core.periods import zone
from deskpulse.desk import Desk
from deskpulse.insights.brief.room import BriefRoom
from deskpulse.metrics.model import Filter, MetricQuery, QueryResult, Row, Value
from deskpulse.web.insights.cards import problems
from deskpulse.web.overview import cards
from deskpulse.web.overview.questions import KPIS, Answers, questions
from deskpulse.web.tickets.listing import list_query
from deskpulse.web.view import NOTHING, View

VIEW = View()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder: Path = tmp_path_factory.mktemp("cards")
    with open_desk(folder, 3_000) as found:
        yield found


@pytest.fixture(scope="module")
def answers(desk: Desk) -> Answers:
    principal = desk.principal()
    return Answers.of(desk.query_many(principal, questions(VIEW, desk.describe_workspace(principal))))


def answer(*rows: Row, by: tuple[str, ...] = ("channel",)) -> QueryResult:
    moments = {"start": datetime(2026, 6, 1, tzinfo=UTC), "end": datetime(2026, 7, 1, tzinfo=UTC)}
    query = MetricQuery(metrics=("tickets_created",), by=by, **moments)
    return QueryResult(query=query, rows=rows, totals={}, as_of=moments["end"], version=1, seconds=0, is_cached=False)


def row(name: str | None, value: float | None, *, is_other: bool = False) -> Row:
    values = {"tickets_created": Value(value=value, n=int(value or 0))}
    return Row(by=(name,), period=None, values=values, is_other=is_other)


@pytest.mark.parametrize("metric", KPIS)
def test_a_key_figure_tells_value_change_basis_and_its_tickets(answers: Answers, metric: str) -> None:
    card = cards.kpi(answers.pulse, metric, VIEW, "default")
    assert card["value"] not in ("", "–")
    assert [fact["name"] for fact in card["facts"]] == ["Based on", "Period before", "Formula"]
    assert card["facts"][0]["text"].split()[1] in ("tickets", "answers", "ticket", "answer")
    assert card["href"] == f"/tickets?workspace=default&metric={metric}"
    assert card["line"].startswith("M")


def test_the_volume_adds_up_to_the_tickets_created(answers: Answers) -> None:
    card = cards.volume(answers.volume, "category", VIEW, cards.Slots(), base={"title": "Volume"})
    drawn = sum(value or 0 for series in card["option"]["series"] for value in series["data"])
    assert drawn == answers.pulse.totals["tickets_created"].value
    assert [item["name"] for item in card["legend"]][-1] == cards.OTHER
    assert card["legend"][-1]["value"] is None
    assert len(card["table"]["rows"]) == 30


def test_hours_and_ranges_add_up_too(answers: Answers) -> None:
    heat = cards.hours(answers.hours, VIEW, {"title": "Hours"})
    assert sum(cell[2] for cell in heat["option"]["series"][0]["data"]) == answers.pulse.totals["tickets_created"].value
    bars = cards.buckets(answers.resolution, "full_resolution_bucket", "tickets_solved", VIEW, {"title": "Time"})
    assert bars["option"]["xAxis"]["data"][0] == "<1h"


def test_a_missing_value_can_be_picked_and_the_rest_cannot() -> None:
    found = answer(row("web_form", 5), row(None, 3), row("other", 9, is_other=True))
    card = cards.share(found, "channel", VIEW, cards.Slots(), {"title": "Channels"})
    assert [item["name"] for item in card["legend"]] == ["Web form", NOTHING, cards.OTHER]
    assert cards.values_by_name("channel", found) == {"Web form": "web_form", NOTHING: NOTHING}


def test_names_keep_their_colors_when_their_order_changes() -> None:
    slots = cards.Slots()
    before = cards.share(answer(row("a", 5), row("b", 3)), "team", VIEW, slots, {"title": "T"})
    after = cards.share(answer(row("b", 9), row("a", 3)), "team", VIEW, slots, {"title": "T"})
    tokens = [{item["name"]: item["token"] for item in card["legend"]} for card in (before, after)]
    assert tokens[0] == tokens[1]


def test_what_is_not_selected_is_dimmed() -> None:
    view = VIEW.with_values("channel", ["web_form"])
    card = cards.share(answer(row("web_form", 5), row("email", 3)), "channel", view, cards.Slots(), {"title": "C"})
    assert [(item["isOn"], item["isDimmed"]) for item in card["legend"]] == [(True, False), (False, True)]


def test_no_data_says_so() -> None:
    assert cards.share(answer(), "channel", VIEW, cards.Slots(), {"title": "C"})["state"] == "empty"


def test_a_ranking_row_leads_to_exactly_its_tickets(desk: Desk, answers: Answers) -> None:
    card = cards.ranking(answers.people, "agent", VIEW, "default", {"columns": []})
    assert card["rows"][0]["href"].startswith("/tickets?workspace=default&where=agent+%3D+Agent")
    assert all(len(found["cells"]) == 5 for found in card["rows"])


def test_filtered_numbers_are_those_of_the_filter(desk: Desk) -> None:
    principal = desk.principal()
    workspace = desk.describe_workspace(principal)
    view = VIEW.with_values("channel", ["email"])
    found = Answers.of(desk.query_many(principal, questions(view, workspace)))
    by_channel = {r.by[0]: r.values["tickets_created"].value for r in found.channels.rows}
    assert len(by_channel) > 1, "the donut keeps what is not selected"
    assert found.pulse.totals["tickets_created"].value == by_channel["email"]


def test_a_level_is_not_asked_for_by_hour(desk: Desk) -> None:
    principal = desk.principal()
    view = VIEW.with_values("hour", ["10"])
    found = Answers.of(desk.query_many(principal, questions(view, desk.describe_workspace(principal))))
    assert "backlog" not in found.pulse.totals
    assert cards.kpi(found.pulse, "backlog", view, "default")["value"] == "–"
    assert cards.line(found.pulse, "backlog", view, {"title": "Backlog"}, slot=0)["state"] == "empty"


def test_a_list_that_needs_a_look_leads_to_just_its_tickets(desk: Desk) -> None:
    principal = desk.principal()
    workspace, view = (
        desk.describe_workspace(principal),
        replace(VIEW, filters=(Filter(dimension="channel", values=("email",)),)),
    )
    found = BriefRoom(desk, principal).brief({"days": "30", "where": ["channel = email"]})
    local = zone(workspace["timezone"])
    days = {f"{side}_day": datetime.fromisoformat(found[side]).astimezone(local).date().isoformat()
            for side in ("from", "to")}  # fmt: skip
    card = problems(found | days, {}, view, workspace)
    linked = 0
    for told, shown in zip(found["problems"], card["rows"], strict=True):
        if shown["href"].startswith("/problems?"):
            assert parse_qs(urlsplit(shown["href"]).query)["list"] == [told["name"]]
            continue
        page = desk.tickets(principal, list_query(View.read(urlsplit(shown["href"]).query), workspace))
        assert (page.total, f"{page.total:,}") == (told["count"], shown["cells"][1])
        linked += 1
    assert linked >= 3
    assert {told["name"] for told, shown in zip(found["problems"], card["rows"], strict=True)
            if shown["href"].startswith("/problems?")} <= {
                "repeat_customers", "unresolved_critical", "sla_at_risk"}  # fmt: skip

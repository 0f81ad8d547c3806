"""Any cell of any answer leads to exactly as many rows as it counts."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from tests.metrics.conftest import World
from tests.metrics.world import OWNER, at

from deskpulse.core.errors import DeskpulseError, InputError, NotFoundError
from deskpulse.core.settings import Settings
from deskpulse.metrics.cells import as_query, rows_of_cell
from deskpulse.metrics.model import MetricQuery
from deskpulse.metrics.query import QueryEngine
from deskpulse.metrics.segments import Saved
from deskpulse.metrics.tickets import TicketQuery

METRICS = ("tickets_created", "tickets_solved", "csat", "reopen_rate", "first_reply_time_seconds_p90", "sentiment_mean",
           "backlog")  # fmt: skip
DIMENSIONS = ("channel", "team", "tag", "priority", "is_escalated", "first_reply_bucket", "weekday", "hour", "agent",
              "segment:loud")  # fmt: skip
FILTERS = ("channel in [email, chat]", "message_count >= 2 or team is null", "not tag = vip", "segment = loud",
           "priority >= normal and agent != Ann")  # fmt: skip
SAVED = Saved(lambda: {"loud": "tag = vip or priority >= high"}, dict)


@pytest.fixture(scope="module")
def engine(world: World, tmp_path_factory: pytest.TempPathFactory) -> QueryEngine:
    return QueryEngine(world[0], Settings(_env_file=None, data_dir=tmp_path_factory.mktemp("cells")), SAVED)


def random_query(rng: random.Random) -> MetricQuery:
    metric = rng.choice(METRICS)
    fit = [d for d in DIMENSIONS if metric != "backlog" or d not in ("weekday", "hour")]
    by = tuple(rng.sample(fit, rng.choice((0, 1, 1, 2))))
    return MetricQuery(
        metrics=(metric,), start=at("2026-01-11"), end=at("2026-02-20T13:30"), by=by,
        timezone=rng.choice(("UTC", "Europe/Berlin", "America/New_York")),
        grain=rng.choice((None, "week", "month")), where=tuple(rng.sample(FILTERS, rng.choice((0, 0, 1, 2)))),
        compare=rng.choice((None, None, "previous", "year", "segment:loud")),
        top=2 if len(by) == 1 and rng.random() < 0.5 else None,
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(12))
def test_every_cell_leads_to_as_many_rows_as_it_counts(engine: QueryEngine, seed: int) -> None:
    rng = random.Random(seed)
    result = engine.query(OWNER, random_query(rng))
    metric = result.query.metrics[0]
    value = result.totals[metric]
    assert engine.tickets(OWNER, rows_of_cell(result, {})).total == value.n
    sides = ("now", "compared") if value.compared_n is not None else ("now",)
    for row in rng.sample(result.rows, min(10, len(result.rows))):
        by = {} if row.is_other else dict(zip(result.query.by, row.by, strict=True))
        for side in sides:
            cell: dict[str, Any] = {"by": by, "period": row.period, "is_other": row.is_other, "side": side}
            counted = row.values[metric].n if side == "now" else row.values[metric].compared_n
            if counted is None:
                continue
            found = rows_of_cell(result, cell)
            if not by and row.period is None and not row.is_other:
                continue
            assert engine.tickets(OWNER, found).total == counted, (result.query, cell)
            if side == "now":
                told = engine.explain(OWNER, as_query(found))
                assert told["totals"][metric]["n"] == counted
                assert told["timezone"] == result.query.timezone


QUERY = MetricQuery(
    metrics=("tickets_created",), start=at("2026-01-11"), end=at("2026-02-20"), by=("team",), grain="month"
)


@pytest.mark.parametrize(("more", "cell", "kind", "told"), [
    ({}, {"by": {"team": "Tier 9"}, "period": "2026-01-01"}, NotFoundError, "Tier 9"),
    ({}, {"by": {"agent": "Ann"}, "period": "2026-01-01"}, InputError, "team"),
    ({}, {"metric": "csat"}, InputError, "tickets_created"),
    ({}, {"colour": "red"}, InputError, "metric"),
    ({}, {"side": "before"}, InputError, "compared"),
    ({}, {"side": "compared"}, InputError, "previous"),
    ({"compare": "peers"}, {"side": "compared"}, InputError, "no rows of its own"),
])  # fmt: skip
def test_a_cell_that_is_not_there_is_told(
    engine: QueryEngine, more: dict[str, Any], cell: dict[str, Any], kind: type[DeskpulseError], told: str
) -> None:
    result = engine.query(OWNER, replace(QUERY, **more))
    with pytest.raises(kind) as refused:
        rows_of_cell(result, cell)
    assert told in str(refused.value)


def test_all_rows_of_a_list_come_page_after_page(world: World, tmp_path_factory: pytest.TempPathFactory) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path_factory.mktemp("pages"), page_max_rows=37)
    engine = QueryEngine(world[0], settings, SAVED)
    columns, pages = engine.every_row(OWNER, TicketQuery(where=("segment = loud",)))
    rows = [row for page in pages for row in page]
    total = engine.tickets(OWNER, TicketQuery(where=("segment = loud",), limit=1)).total
    assert len(rows) == len({row["ticket_id"] for row in rows}) == total > 74
    assert tuple(rows[0]) == columns

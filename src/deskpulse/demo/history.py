"""The events of a block of tickets, and the tickets' rows as they stand at the end."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from deskpulse.demo import cast
from deskpulse.demo.arrays import DAY, MINUTE, NEVER, SECOND, TIME, Ints, dice, skewed, times, worded
from deskpulse.demo.block import CHANNELS, PRIORITIES, REPLIES, SOCIAL, Block
from deskpulse.demo.customers import company_names, first_names, full_names, ids
from deskpulse.demo.phrases import named, phrases
from deskpulse.demo.threads import messages
from deskpulse.demo.topics import TOPICS

GIVEN_CATEGORY, GIVEN_PRIORITY, TAGGED = 0.62, 0.85, 0.35
TARGET_DAYS = (3, 2, 1, 1)
"""Days to the due date, by priority."""


def events(made: Block) -> pl.DataFrame:
    """Return the rows of `ticket_events` of a block, by ticket and time."""
    rows = pl.concat([frame for frame in _events(made) if frame.height])
    ordered = rows.filter(pl.col("at") < made.world.end).sort("ticket", "at", maintain_order=True)
    before = pl.col("new_value").shift(1).over("ticket", "field")
    return (
        ordered.with_columns(
            ticket_id=made.ids.gather(ordered["ticket"].to_numpy().astype(np.uint32)),
            happened_at=pl.col("at").cast(TIME),
            old_value=pl.when(pl.col("field").is_in(["status", "agent", "team"])).then(
                pl.coalesce(before, pl.when(pl.col("field") == "status").then(pl.lit("new")))
            ),
            place=pl.int_range(1, pl.len() + 1).over("ticket"),
        )
        .with_columns(event_id=pl.format("{}-e{}", "ticket_id", "place"))
        .drop("place", "at")
    )


def _events(made: Block) -> list[pl.DataFrame]:
    crew, count = made.world.crew, made.count
    agent_names, teams = pl.Series(crew.names), [t.name for t in cast.TEAMS]
    customer, agent = _customers(made), _agents(made, made.last_agent)
    router = {"actor_kind": "bot", "actor_id": cast.BOTS[1][0], "actor": cast.BOTS[1][1]}
    system = {"actor_kind": "system", "actor_id": None, "actor": None}
    routed = made.created + SECOND
    taken = np.where(made.replies[:, 0] < NEVER, np.minimum(made.created + 2 * MINUTE, made.replies[:, 0]), NEVER)
    first = agent_names.gather(made.first_agent.astype(np.uint32))
    then = agent_names.gather(made.agent.astype(np.uint32))
    last = agent_names.gather(made.last_agent.astype(np.uint32))
    found = [
        _frame("created", made.created, None, **customer),
        _frame("team", np.where(made.moved < NEVER, routed, NEVER), worded("team", teams, made.first_team), **router),
        _frame("agent", taken, first, **router),
        _frame("team", made.moved, worded("team", teams, made.team), **_agents(made, made.first_agent)),
        _frame(
            "agent", np.where(made.moved < NEVER, made.moved + SECOND, NEVER), then, **_agents(made, made.first_agent)
        ),
        _frame("agent", made.handed, last, **_agents(made, made.agent)),
        _frame("escalated", made.escalated, "true", **agent),
    ]
    for n in range(REPLIES - 1):
        pending = np.where(made.answers[:, n] < NEVER, made.replies[:, n], NEVER)
        found.append(_frame("status", pending, "pending", **agent))
        found.append(_frame("status", made.answers[:, n], "open", **customer))
    found += [
        _frame("status", made.solved, "solved", **agent),
        _frame("status", made.reopened, "open", **customer),
        _frame("status", made.solved_again, "solved", **agent),
        _frame("status", made.closed, "closed", **system),
    ]
    assert all(frame.height <= count for frame in found)  # noqa: S101  one event of a kind per ticket
    return found


def _customers(made: Block) -> dict[str, Any]:
    return {
        "actor_kind": "customer", "actor_id": ids("c", made.customer),
        "actor": full_names(made.world.people, made.customer),
    }  # fmt: skip


def _agents(made: Block, agent: Ints) -> dict[str, Any]:
    crew = made.world.crew
    return {
        "actor_kind": "agent", "actor_id": pl.Series(crew.ids).gather(agent.astype(np.uint32)),
        "actor": pl.Series(crew.names).gather(agent.astype(np.uint32)),
    }  # fmt: skip


def _frame(field: str, moments: Ints, value: pl.Series | str | None, **actor: Any) -> pl.DataFrame:
    columns = {"ticket": np.arange(moments.size), "at": moments}
    whole = pl.DataFrame(columns).with_columns(
        pl.lit(field).alias("field"),
        (value if isinstance(value, pl.Series) else pl.lit(value, dtype=pl.String)).alias("new_value"),
        *((v if isinstance(v, pl.Series) else pl.lit(v, dtype=pl.String)).alias(k) for k, v in actor.items()),
    )
    return whole.filter(pl.col("at") < NEVER)


def tickets(made: Block) -> pl.DataFrame:
    """Return the rows of `tickets` of a block, as an export at the world's end has them."""
    random, count = dice(made.world.seed, 61, made.number), made.count
    people, crew = made.world.people, made.world.crew
    holder = np.where(made.handed < made.world.end, made.last_agent, np.where(
        (made.moved < NEVER) & (made.moved >= made.world.end), made.first_agent, made.agent))  # fmt: skip
    team = np.where((made.moved < NEVER) & (made.moved >= made.world.end), made.first_team, made.team)
    is_taken = np.minimum(made.created + 2 * MINUTE, made.replies[:, 0]) < made.world.end
    is_taken &= made.replies[:, 0] < NEVER
    company = people.company[made.customer]
    works = company >= 0
    said = phrases(made.world.seed)
    subject = named(
        said.draw("subjects", made.topic, made.language, random),
        first_names(people, made.customer),
        pl.Series(crew.names).gather(holder.astype(np.uint32)).str.split(" ").list.first(),
    )
    due = made.created + np.array(TARGET_DAYS)[made.priority] * DAY
    frame = pl.DataFrame(
        {
            "ticket": np.arange(count), "ticket_id": made.ids,
            "subject": subject.set(pl.Series(made.channel == SOCIAL), None),
            "channel": worded("channel", tuple(CHANNELS), made.channel),
            "priority": worded("priority", PRIORITIES, made.priority, random.random(count) < GIVEN_PRIORITY),
            "category": worded("category", [t.category for t in TOPICS], made.topic,
                               (random.random(count) < GIVEN_CATEGORY) & ~made.is_spam),
            "tags": _tags(made, random.random(count), random.random(count)),
            "customer_id": ids("c", made.customer), "customer": full_names(people, made.customer),
            "company_id": ids("o", np.maximum(company, 0), works),
            "company": company_names(np.maximum(company, 0), works),
            "agent_id": ids("a", holder, is_taken), "agent": worded("agent", crew.names, holder, is_taken),
            "team_id": ids("t", team), "team": worded("team", [t.name for t in cast.TEAMS], team),
            "brand": worded("brand", cast.BRANDS, made.brand), "created_at": times("created_at", made.created),
            "due_at": times("due_at", due), "is_spam": made.is_spam,
            "is_escalated": made.happened(made.escalated), "handle_seconds": _handled(made),
        }
    )  # fmt: skip
    return _with_state(made, frame).drop("ticket")


def _handled(made: Block) -> pl.Series:
    """Return how long agents worked on each ticket: some minutes a reply, more when it changed hands or came back."""
    random = dice(made.world.seed, 62, made.number)
    end = made.world.end
    replies = (made.replies < end).sum(axis=1) + 2 * made.happened(made.replied_again)
    seconds = skewed(random, made.count, 260.0, 0.5) * replies + 420 * made.happened(made.handed)
    return pl.Series(np.round(seconds)).set(pl.Series(replies == 0), None)


def _with_state(made: Block, frame: pl.DataFrame) -> pl.DataFrame:
    happened = events(made)
    last = happened.group_by("ticket").agg(
        status=pl.col("new_value").filter(pl.col("field") == "status").last(),
        changed=pl.col("happened_at").max(),
    )
    written = messages(made).group_by("ticket_id").agg(written=pl.col("sent_at").max())
    return (
        frame.join(last, on="ticket", how="left", maintain_order="left")
        .join(written, on="ticket_id", how="left", maintain_order="left")
        .with_columns(status=pl.col("status").fill_null("new"), updated_at=pl.max_horizontal("changed", "written"))
        .drop("changed", "written")
    )


def _tags(made: Block, aim: Any, which: Any) -> pl.Series:
    known = [list(t.tags) for t in TOPICS]
    whole = pl.Series("tags", known, dtype=pl.List(pl.String)).gather(made.topic.astype(np.uint32))
    first = whole.list.head(1).zip_with(pl.Series(which < 0.6), whole)
    empty = pl.Series([[]], dtype=pl.List(pl.String)).new_from_index(0, made.count)
    tagged = first.zip_with(pl.Series(aim < TAGGED), empty)
    vip = made.world.people.tier[made.customer] == 2
    extra = pl.Series([["vip"]], dtype=pl.List(pl.String)).new_from_index(0, made.count)
    return pl.DataFrame({"a": tagged, "b": extra.zip_with(pl.Series(vip), empty)}).select(
        pl.concat_list("a", "b").alias("tags")
    ).to_series()  # fmt: skip

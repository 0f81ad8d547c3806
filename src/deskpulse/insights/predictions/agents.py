"""Agents as something is expected of them: their months so far, and what is known of them before the next."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import polars as pl

from deskpulse.insights.predictions.model import Entity, Lesson, Prediction
from deskpulse.metrics.past import Past
from deskpulse.models.tables.level import WINDOWS

MOST_MONTHS = 36
RECENT_DAYS = 90
LOAD = "solved"
LABELS = {
    **{f"own_{days}": f"Own last {days} days" for days in WINDOWS}, "team_90": "The team in the last 90 days",
    "trend": "Own last month against the last 90 days", "team_trend": "The team's last month against its last 90 days",
    "load_30": "First solutions a day", "load_change": "First solutions a day against the last 90 days",
    "tenure_days": "Days at work here",
}  # fmt: skip


def lesson(work: pl.DataFrame, prediction: Prediction, until: datetime, most: int) -> Lesson:
    """Return months to learn from: each agent at work, with the value of the days that follow, all before `until`."""
    past, length = work.filter(pl.col("happened_at") < until), timedelta(days=prediction.horizon_days)
    own = past.filter(pl.col("measure") == prediction.happens)
    parts: list[pl.DataFrame] = []
    begin = until - length
    first = own["happened_at"].min()
    while isinstance(first, datetime) and begin > first and len(parts) < MOST_MONTHS:
        value = _means(_between(own, begin, begin + length), prediction, "agent")
        parts.append(_at_work(own, begin).join(value, on="agent").with_columns(known_at=pl.lit(begin)))
        begin -= length
    if not parts:
        none = pl.DataFrame(schema={"agent": pl.String, "known_at": pl.Datetime("us", "UTC")})
        return Lesson(moments=none, values=np.zeros(0), hits=np.zeros(0, bool), sizes=np.zeros(0))
    looks = pl.concat(parts).filter(pl.col("n") >= prediction.rows).sort("known_at", "agent")
    looks = looks.with_columns(pl.col("known_at").cast(pl.Datetime("us", "UTC")))
    return Lesson(
        moments=looks.select("agent", "known_at"), values=looks["value"].to_numpy(), hits=np.ones(looks.height, bool),
        sizes=looks["n"].cast(pl.Float64).to_numpy(),
    ).latest(most)  # fmt: skip


def agents_at_work(work: pl.DataFrame, prediction: Prediction, now: datetime) -> pl.DataFrame:
    """Return whose next month can be told: agents with rows in the last days, with the rows of the last month."""
    own = work.filter((pl.col("measure") == prediction.happens) & (pl.col("happened_at") < now))
    return _at_work(own, now).with_columns(known_at=pl.lit(now).cast(pl.Datetime("us", "UTC")))


def seen_of(work: pl.DataFrame, moments: pl.DataFrame, prediction: Prediction) -> pl.DataFrame:
    """Return what a model sees of agents at moments: means of the days before, of them, their team and everybody.

    Values of times are logarithms. The team is that of the agent's latest row; load is first solutions a day.
    """
    parts = []
    for (moment,), group in moments.group_by("known_at", maintain_order=True):
        assert isinstance(moment, datetime)  # noqa: S101  narrows the type
        parts.append(_seen_at(work.filter(pl.col("happened_at") < moment), group, moment, prediction))
    return pl.concat(parts)


def _seen_at(past: pl.DataFrame, asked: pl.DataFrame, now: datetime, prediction: Prediction) -> pl.DataFrame:
    own = past.filter(pl.col("measure") == prediction.happens)
    begun = past.group_by("agent").agg(begun_at=pl.col("happened_at").min())
    teams = own.sort("happened_at").group_by("agent").agg(team=pl.col("team").last())
    found = asked.select("agent", "known_at").join(teams, on="agent", how="left", maintain_order="left")
    for days in WINDOWS:
        means = _means(_lately(own, now, days), prediction, "agent").rename({"value": f"own_{days}", "n": f"n_{days}"})
        found = found.join(means, on="agent", how="left", maintain_order="left")
    late = _lately(own, now, RECENT_DAYS)
    for days, window in ((30, _lately(own, now, 30)), (90, late)):
        means = _means(window, prediction, "team").rename({"value": f"team_{days}", "n": f"team_rows_{days}"})
        found = found.join(means, on="team", how="left", maintain_order="left")
    # A rate a day is a mean over agents' days, whosever they are.
    whole = _means(late.with_columns(all=pl.lit("")), prediction, "all")
    work = past.filter(pl.col("measure") == LOAD)
    loads = {
        days: _lately(work, now, days).group_by("agent").agg(pl.len().alias(f"solved_{days}")) for days in (30, 90)
    }
    for solved in loads.values():
        found = found.join(solved, on="agent", how="left", maintain_order="left")
    found = found.join(begun, on="agent", how="left", maintain_order="left")
    tenure = (pl.lit(now) - pl.col("begun_at")).dt.total_microseconds() / 86_400e6
    load = pl.col("solved_30").fill_null(0) / 30
    return found.select(
        "agent", "known_at", "team",
        *(pl.col(f"{kind}_{days}").cast(pl.Float64) for days in WINDOWS for kind in ("own", "n")),
        pl.col("team_90").cast(pl.Float64), team_rows=pl.col("team_rows_90").cast(pl.Float64),
        all_90=pl.lit(whole["value"].item() if whole.height else None, pl.Float64),
        trend=pl.col("own_30") - pl.col("own_90"), team_trend=pl.col("team_30") - pl.col("team_90"),
        load_30=load, load_change=load - pl.col("solved_90").fill_null(0) / 90, tenure_days=tenure,
    )  # fmt: skip


def _means(rows: pl.DataFrame, prediction: Prediction, by: str) -> pl.DataFrame:
    """Return value and n by agent or team: the mean, that of logarithms, or rows a day with any (n: such days)."""
    if prediction.measured == "per_day":
        whose = list(dict.fromkeys((by, "agent")))
        days = rows.group_by(*whose, pl.col("happened_at").dt.date().alias("day")).len()
        return days.group_by(by).agg(value=pl.col("len").mean(), n=pl.len())
    value = pl.col("value").clip(1.0).log() if prediction.measured == "log_mean" else pl.col("value")
    return rows.group_by(by).agg(value=value.mean(), n=pl.len())


def _at_work(own: pl.DataFrame, now: datetime) -> pl.DataFrame:
    """Return the agents with rows in the last days."""
    return _lately(own, now, RECENT_DAYS).select("agent").unique().sort("agent")


def _lately(rows: pl.DataFrame, now: datetime, days: int) -> pl.DataFrame:
    return _between(rows, now - timedelta(days=days), now)


def _between(rows: pl.DataFrame, begin: datetime, end: datetime) -> pl.DataFrame:
    return rows.filter((pl.col("happened_at") >= begin) & (pl.col("happened_at") < end))


def _seen(past: Past, moments: pl.DataFrame, prediction: Prediction, _timezone: str) -> pl.DataFrame:
    return seen_of(past.agent_work(), moments, prediction)


AGENTS = Entity(
    name="agent", key="agent", became=lambda past: past.agent_work(), lesson=lesson, seen=_seen, labels=LABELS
)

"""The list of kept forecasts: which question, when made, how it does. What was forecast is the result of its job."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, select, update

from deskpulse.control.database import Database
from deskpulse.control.repository import Repository
from deskpulse.control.schema import ForecastTable, JobTable
from deskpulse.core.errors import NotFoundError
from deskpulse.core.events import bus


@dataclass(frozen=True, kw_only=True)
class KeptForecast:
    """One kept forecast. `state` is "open" (too little came to say), "holds" or "drifted"; `figures` what it rests on.

    `whole_at` is the moment from which the first forecast period is wholly known: before it, nothing new is.
    """

    forecast_id: str
    question: dict[str, Any]
    made_by: str
    made_at: datetime
    whole_at: datetime
    ends_at: datetime
    state: str
    figures: dict[str, Any]
    checked_at: datetime | None


COLUMNS = (ForecastTable.forecast_id, ForecastTable.question, ForecastTable.made_by, ForecastTable.made_at,
           ForecastTable.whole_at, ForecastTable.ends_at, ForecastTable.state, ForecastTable.figures,
           ForecastTable.checked_at)  # fmt: skip


class Forecasts(Repository):
    """The kept forecasts of workspaces, newest first."""

    def __init__(self, database: Database, *, most: int) -> None:
        super().__init__(database)
        self._most = most

    def save(self, workspace: str, kept: KeptForecast) -> None:
        """Note a forecast that was made; the oldest of the same question go when there are too many."""
        key = question_key(kept.question)
        keys = {"workspace": workspace, "forecast_id": kept.forecast_id}
        values = {name: value for name, value in vars(kept).items() if name != "forecast_id"}
        table = ForecastTable
        same = and_(table.workspace == workspace, table.question_key == key)
        order = select(table.forecast_id).where(same).order_by(table.made_at.desc(), table.forecast_id.desc())
        with self._database.write(workspace) as connection:
            self._database.put(connection, table, keys, {**values, "question_key": key})
            gone = list(connection.execute(order.offset(self._most)).scalars())
            if gone:
                connection.execute(delete(table).where(table.workspace == workspace, table.forecast_id.in_(gone)))
                connection.execute(delete(JobTable).where(JobTable.workspace == workspace, JobTable.job_id.in_(gone)))

    def list(self, workspace: str, *, newest: bool = False, state: str | None = None) -> tuple[KeptForecast, ...]:
        """Return the kept forecasts, newest first; with `newest` that of each question alone."""
        found = self._found(ForecastTable.workspace == workspace)
        if newest:
            found = tuple({question_key(one.question): one for one in reversed(found)}.values())[::-1]
        return tuple(one for one in found if state is None or one.state == state)

    def get(self, workspace: str, forecast_id: str) -> KeptForecast:
        """Return one; NotFoundError when this workspace has none of that id."""
        found = self._found(and_(ForecastTable.workspace == workspace, ForecastTable.forecast_id == forecast_id))
        if not found:
            raise NotFoundError(f"There is no forecast {forecast_id!r}.", hint="deskpulse forecasts lists them.")
        return found[0]

    def latest(self, workspace: str, question: dict[str, Any]) -> KeptForecast | None:
        """Return the newest forecast of a question, or None."""
        table = ForecastTable
        found = self._found(and_(table.workspace == workspace, table.question_key == question_key(question)), limit=1)
        return found[0] if found else None

    def set_state(
        self, workspace: str, forecast_id: str, state: str, figures: dict[str, Any], checked_at: datetime
    ) -> None:
        """Note how a forecast does; when it begins to drift, `forecast.drifted` is announced."""
        which = and_(ForecastTable.workspace == workspace, ForecastTable.forecast_id == forecast_id)
        with self._database.write(workspace) as connection:
            before = connection.execute(select(ForecastTable.state).where(which)).scalar()
            values = {"state": state, "figures": figures, "checked_at": checked_at}
            connection.execute(update(ForecastTable).where(which).values(**values))
        if state == "drifted" and before not in (None, "drifted"):
            bus.announce("forecast.drifted", workspace, forecast_id=forecast_id, figures=figures)

    def count(self, workspace: str) -> int:
        """Return how many are kept."""
        with self._database.read() as connection:
            statement = select(func.count()).where(ForecastTable.workspace == workspace)
            return int(connection.execute(statement).scalar() or 0)

    def _found(self, where: ColumnElement[bool], *, limit: int | None = None) -> tuple[KeptForecast, ...]:
        statement = select(*COLUMNS).where(where)
        statement = statement.order_by(ForecastTable.made_at.desc(), ForecastTable.forecast_id.desc()).limit(limit)
        with self._database.read() as connection:
            return tuple(KeptForecast(**row._mapping) for row in connection.execute(statement).all())


def question_key(question: dict[str, Any]) -> str:
    """Return what is the same for the same question, whatever the order of its fields."""
    return hashlib.sha256(json.dumps(question, sort_keys=True).encode()).hexdigest()[:32]

"""What predictions are made with now: the active models of a workspace, the moment up to which all is known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from deskpulse.control.models import ModelVersion
from deskpulse.core.errors import ForbiddenError, InputError
from deskpulse.core.periods import zone
from deskpulse.core.principal import Principal
from deskpulse.core.settings import Settings
from deskpulse.insights.predictions.learning import is_better
from deskpulse.insights.predictions.model import Prediction, predictions
from deskpulse.insights.predictions.moments import now_of
from deskpulse.metrics.host import Host
from deskpulse.metrics.past import Past
from deskpulse.models.files import signing_key
from deskpulse.models.tables.kept import TableModel, opened_table
from deskpulse.models.tables.nearest import Nearest, opened_nearest

HINT = "Learn from the past: deskpulse predict train"


@dataclass(frozen=True, kw_only=True, eq=False)
class Active:
    """A prediction with the model that makes it now."""

    prediction: Prediction
    version: ModelVersion
    model: TableModel


@dataclass(frozen=True, kw_only=True, eq=False)
class Simple:
    """A prediction that was learned, and whose model was no better than the simple answer: that is told instead."""

    prediction: Prediction
    version: ModelVersion


class Opened:
    """The predictions of one workspace, for one principal."""

    def __init__(self, host: Host, principal: Principal) -> None:
        self.host, self.principal = host, principal
        self.settings = host.settings

    @property
    def past(self) -> Past:
        """What happened in the workspace."""
        return self.host.numbers(self.principal).past

    def active(self, entity: str) -> list[Active]:
        """Return the predictions of an entity that are made, with their models."""
        slug = self.principal.workspace
        by_task = {one.task: one for one in self.host.control.models.active(slug)}
        key = signing_key(self.settings.data_dir)
        return [
            Active(prediction=p, version=(v := by_task[p.task]),
                   model=opened_table(model_path(self.settings, slug, v.file), key))
            for p in predictions().values() if p.entity.name == entity and p.task in by_task
        ]  # fmt: skip

    def simple(self, entity: str) -> list[Simple]:
        """Return the predictions of an entity whose latest model was no better than the simple answer."""
        found = self.host.control.models.list(self.principal.workspace)
        versions = {
            p: [v for v in found if v.task == p.task] for p in predictions().values() if p.entity.name == entity
        }
        return [
            Simple(prediction=p, version=mine[0]) for p, mine in versions.items()
            if mine and not any(v.is_active for v in mine) and not is_better(p, mine[0].metrics["held_out"])
        ]  # fmt: skip

    def similar(self, one: Active | Simple) -> Nearest | None:
        """Return what alike cases are sought among: those of the latest version that kept any; None where none did."""
        slug = self.principal.workspace
        found = self.host.control.models.list(slug, one.prediction.task)
        file = next((kept for version in found if (kept := version.features.get("similar"))), None)
        if file is None:
            return None
        path = model_path(self.settings, self.principal.workspace, file)
        return opened_nearest(path, signing_key(self.settings.data_dir))

    def now(self) -> datetime | None:
        """Return the end of the data; None without any."""
        return now_of(self.host.describe_workspace(self.principal).get("last_at"))

    def zone(self) -> str:
        """Return the workspace's time zone."""
        return zone(self.host.describe_workspace(self.principal)["timezone"]).key

    def refuse_some(self) -> None:
        """Raise ForbiddenError for who sees some rows only: what is predicted of people rests on all."""
        if self.principal.row_filters:
            raise ForbiddenError(
                "You see some tickets only: what is predicted of people rests on all.", hint="Ask an administrator."
            )


def model_path(settings: Settings, workspace: str, file: str) -> Path:
    """Return where a model of the workspace lies."""
    return settings.data_dir / "models" / workspace / file


def limit_of(given: Any, most: int) -> int:
    """Return how many rows are asked for, 20 when nothing is said; InputError for what is no such number."""
    try:
        limit = 20 if given in (None, "") else int(given)
    except (TypeError, ValueError):
        raise InputError(f"The limit is a whole number, not {given!r}.", hint="Write 20.") from None
    if not 1 <= limit <= most:
        raise InputError(f"The limit is 1 to {most:,}, not {limit:,}.", hint="Write 20.")
    return limit

"""Scenarios as people keep and ask for them: saved by name in the workspace, compared with what is expected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from deskpulse.access.principals import require
from deskpulse.control.scenarios import SavedScenario
from deskpulse.core.errors import InputError, NotFoundError
from deskpulse.core.principal import Principal
from deskpulse.forecast.kept import finder
from deskpulse.forecast.known_days import known_days
from deskpulse.forecast.scenarios.asked import Scenario, read_scenario
from deskpulse.forecast.scenarios.base import read_base
from deskpulse.forecast.scenarios.compare import Comparison
from deskpulse.forecast.scenarios.kinds import KINDS
from deskpulse.metrics.host import Host

Json = dict[str, Any]


class ScenarioRoom:
    """The scenarios of one workspace, for one principal, from whose rows their base is made."""

    def __init__(self, host: Host, principal: Principal, *, apart: bool = False) -> None:
        """`apart`: fit in other processes, so that who else is in this one is not held up."""
        self._apart = apart
        self._host, self._control, self._settings = host, host.control, host.settings
        self._principal = principal

    def kinds(self) -> Json:
        """List the kinds of changes."""
        return {"kinds": [
            {"kind": kind.name, "about": kind.about, "takes": {name: list(span) for name, span in kind.numbers.items()},
             "needs_window": kind.needs_window}
            for kind in KINDS.values()
        ]}  # fmt: skip

    def list(self) -> Json:
        """List the saved scenarios, by name."""
        require(self._principal, "viewer")
        return {"scenarios": [_line(one) for one in self._control.scenarios.list(self._principal.workspace)]}

    def show(self, name: str) -> Json:
        """Return a saved scenario as it was written."""
        require(self._principal, "viewer")
        found = self._control.scenarios.get(self._principal.workspace, name)
        if found is None:
            raise NotFoundError(f"There is no scenario {name!r}.", hint="deskpulse whatif list shows them.")
        return {**_line(found), "scenario": found.spec}

    def save(self, name: str, spec: Mapping[str, Any]) -> Json:
        """Keep a scenario under a name, replacing the one of this name; InputError when it cannot be."""
        require(self._principal, "analyst")
        read = read_scenario({**spec, "name": name}, self._settings)
        self._control.scenarios.save(self._principal.workspace, read.name, read.spec, by=self._principal.user)
        return self.show(read.name)

    def remove(self, name: str) -> Json:
        """Forget a scenario."""
        require(self._principal, "analyst")
        if not self._control.scenarios.delete(self._principal.workspace, name):
            raise NotFoundError(f"There is no scenario {name!r}.", hint="deskpulse whatif list shows them.")
        return {"removed": name}

    def compare(self, what: str | Mapping[str, Any]) -> Json:
        """Return a scenario, saved (its name) or given, beside what is expected without it."""
        require(self._principal, "viewer")
        spec = self.show(what)["scenario"] if isinstance(what, str) else what
        scenario = read_scenario(spec, self._settings)
        if not scenario.changes:
            raise InputError("The scenario changes nothing.", hint="Give changes: [{kind: volume, percent: 20}].")
        return self.comparison(scenario).answer()

    def comparison(self, scenario: Scenario) -> Comparison:
        """Return the base of a scenario, ready to be compared with; this fits the forecast."""
        workspace = self._principal.workspace
        timezone = self._control.workspaces.get(workspace).timezone
        base = read_base(
            self._host.numbers(self._principal), self._principal, scenario, timezone=timezone, settings=self._settings,
            known=known_days(self._control, workspace, self._settings),
            kept=finder(self._control, self._principal, self._settings, timezone), apart=self._apart,
        )  # fmt: skip
        return Comparison(base, scenario)


def _line(one: SavedScenario) -> Json:
    return {"name": one.name, "about": one.spec.get("about", ""), "metric": one.spec["metric"],
            "changes": len(one.spec["changes"]), "saved_by": one.saved_by,
            "updated_at": one.updated_at.isoformat()}  # fmt: skip

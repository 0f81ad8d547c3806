"""What the Forecast page waits for, in threads: kept forecasts first, and what was made once is not made again."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from deskpulse.core.principal import Principal
from deskpulse.forecast.known_days import known_stamps
from deskpulse.forecast.room import ForecastRoom
from deskpulse.forecast.scenarios.asked import read_scenario
from deskpulse.forecast.scenarios.compare import Comparison
from deskpulse.forecast.scenarios.room import ScenarioRoom
from deskpulse.forecast.staffing.ahead import NoHandleTimeError
from deskpulse.forecast.staffing.room import StaffingRoom
from deskpulse.web.forecast.questions import ASSUMED_SECONDS, scenario_of
from deskpulse.web.view import View

if TYPE_CHECKING:
    from deskpulse.desk import Desk

Json = dict[str, Any]
T = TypeVar("T")
MOST = 64


class Made:
    """The latest answers by what they depend on, for the pages of this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[str, Any] = OrderedDict()

    def get(self, desk: Desk, principal: Principal, asked: Any, make: Callable[[], T]) -> T:
        """Return the answer to `asked`, made now unless nothing that it depends on has changed."""
        key = json.dumps([id(desk), desk.fingerprint(principal), asked], default=str, sort_keys=True)
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                found: T = self._known[key]
                return found
        answer = make()
        with self._lock:
            self._known[key] = answer
            while len(self._known) > MOST:
                self._known.popitem(last=False)
        return answer


MADE = Made()


def forecast_of(desk: Desk, principal: Principal, asked: Json) -> Json:
    """Return the newest kept forecast of a question; where there is none, one that is made now in other processes."""
    room = ForecastRoom(desk, principal, apart=True)
    if not principal.row_filters and (found := room.stored(asked)) is not None:
        return found
    return MADE.get(desk, principal, ["forecast", asked], lambda: room.make(asked))


def known_stamp(desk: Desk, principal: Principal) -> str:
    """Return what changes with every change of what is known of days, listed or marked."""
    return json.dumps(known_stamps(desk.control, principal.workspace), default=str, sort_keys=True)


def remember(desk: Desk, principal: Principal, name: str, first: str, last: str) -> None:
    """Keep days, the last included, as a known outage."""
    end = (date.fromisoformat(last) + timedelta(days=1)).isoformat()
    desk.events(principal).add({"name": name, "kind": "outage", "start": first, "end": end})


def base_of(desk: Desk, principal: Principal, view: View, kind: str) -> Comparison:
    """Return the base that the sliders are put on; where no handle time is known, ten minutes are taken, and told."""
    room = ScenarioRoom(desk, principal, apart=True)
    scenario = scenario_of(view, kind, desk.settings)

    def make() -> Comparison:
        try:
            return room.comparison(scenario)
        except NoHandleTimeError:
            return room.comparison(scenario_of(view, kind, desk.settings, aht=ASSUMED_SECONDS))

    return MADE.get(desk, principal, ["base", kind, scenario.spec], make)


def saved_of(desk: Desk, principal: Principal) -> list[str]:
    """Return the names of the saved scenarios."""
    return [one["name"] for one in ScenarioRoom(desk, principal).list()["scenarios"]]


def save_scenario(desk: Desk, principal: Principal, name: str, spec: Json) -> None:
    """Keep a scenario under a name."""
    ScenarioRoom(desk, principal).save(name, spec)


def opened_of(desk: Desk, principal: Principal, name: str) -> Comparison:
    """Return a saved scenario's base, ready to be compared with; NotFoundError when there is none of this name."""
    room = ScenarioRoom(desk, principal, apart=True)
    scenario = read_scenario(room.show(name)["scenario"], desk.settings)
    return MADE.get(desk, principal, ["saved", scenario.spec], lambda: room.comparison(scenario))


def staffed(desk: Desk, principal: Principal, spec: Json) -> Json:
    """Return the people that a usual week of calls or the coming days need, with the shifts where they are asked for.

    What comes is fitted in other processes.
    """
    room = StaffingRoom(desk, principal, apart=True)
    return MADE.get(desk, principal, ["staffing", known_stamp(desk, principal), spec], lambda: room.answer(spec))

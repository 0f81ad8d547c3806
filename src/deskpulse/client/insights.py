"""Insights through the Python door: in this process, or through a running server."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote

from deskpulse.client.door import Json
from deskpulse.core.principal import Principal

if TYPE_CHECKING:
    from deskpulse.metrics.host import Host


class InsightsDoor(Protocol):
    """What can be asked of the insights room."""

    def why(self, spec: Json) -> Json:
        """Explain why a metric changed between two periods."""
        ...

    def brief(self, spec: Json) -> Json:
        """Tell what is not as usual, why, and what needs a look."""
        ...

    def phrases(self, spec: Json) -> Json:
        """Tell what customers say more than before, and most."""
        ...

    def problems(self, spec: Json) -> Json:
        """List what needs a look, the largest impact first."""
        ...

    def recommendations(self, spec: Json) -> Json:
        """Tell what to do, from measured evidence, and what came of what was done."""
        ...

    def decide(self, recommendation_id: str, status: str, note: str, spec: Json) -> Json:
        """Keep that a recommendation is accepted, declined, done or open again."""
        ...

    def scorecards(self, spec: Json) -> Json:
        """Tell how agents or teams stand against targets, on the same kinds of tickets."""
        ...

    def patterns(self, spec: Json) -> Json:
        """Tell what comes again: seasons, growth, customers who come back, what goes before escalations."""
        ...


class RemoteInsights:
    """The insights of a server; `call` sends a request and returns its JSON."""

    def __init__(self, call: Callable[..., Json]) -> None:
        self._call = call

    def why(self, spec: Json) -> Json:
        """Explain why a metric changed between two periods."""
        return self._call("POST", "/drivers", json={k: v for k, v in spec.items() if v is not None})

    def brief(self, spec: Json) -> Json:
        """Tell what is not as usual, why, and what needs a look."""
        return self._call("GET", "/insights", params={k: v for k, v in spec.items() if v not in (None, [], "")})

    def phrases(self, spec: Json) -> Json:
        """Tell what customers say more than before, and most."""
        return self._call("GET", "/phrases", params={k: v for k, v in spec.items() if v not in (None, [], "")})

    def problems(self, spec: Json) -> Json:
        """List what needs a look, the largest impact first."""
        return self._call("GET", "/problems", params={k: v for k, v in spec.items() if v not in (None, [], "")})

    def recommendations(self, spec: Json) -> Json:
        """Tell what to do, from measured evidence, and what came of what was done."""
        return self._call("GET", "/recommendations", params={k: v for k, v in spec.items() if v not in (None, [], "")})

    def decide(self, recommendation_id: str, status: str, note: str, spec: Json) -> Json:
        """Keep that a recommendation is accepted, declined, done or open again."""
        path = f"/recommendations/{quote(recommendation_id, safe='')}"
        return self._call(
            "PUT",
            path,
            json={"status": status, "note": note, **{k: v for k, v in spec.items() if v not in (None, [], "")}},
        )

    def scorecards(self, spec: Json) -> Json:
        """Tell how agents or teams stand against targets, on the same kinds of tickets."""
        return self._call("GET", "/scorecards", params={k: v for k, v in spec.items() if v not in (None, [], "")})

    def patterns(self, spec: Json) -> Json:
        """Tell what comes again: seasons, growth, customers who come back, what goes before escalations."""
        return self._call("GET", "/patterns", params={k: v for k, v in spec.items() if v not in (None, [], "")})


class LocalInsights:
    """The insights of this process; `host` holds the data folder."""

    def __init__(self, host: Host, principal: Principal) -> None:
        self._host, self._principal = host, principal

    def why(self, spec: Json) -> Json:
        """Explain why a metric changed between two periods."""
        from deskpulse.insights.drivers.room import DriverRoom

        return DriverRoom(self._host, self._principal).why(spec)

    def brief(self, spec: Json) -> Json:
        """Tell what is not as usual, why, and what needs a look."""
        from deskpulse.insights.brief.room import BriefRoom

        return BriefRoom(self._host, self._principal).brief(spec)

    def phrases(self, spec: Json) -> Json:
        """Tell what customers say more than before, and most."""
        from deskpulse.insights.phrases.room import PhraseRoom

        return PhraseRoom(self._host, self._principal).phrases(spec)

    def problems(self, spec: Json) -> Json:
        """List what needs a look, the largest impact first."""
        from deskpulse.insights.problems.room import ProblemRoom

        return ProblemRoom(self._host, self._principal).problems(spec)

    def recommendations(self, spec: Json) -> Json:
        """Tell what to do, from measured evidence, and what came of what was done."""
        from deskpulse.insights.recommend.room import RecommendationRoom

        return RecommendationRoom(self._host, self._principal).all(spec)

    def decide(self, recommendation_id: str, status: str, note: str, spec: Json) -> Json:
        """Keep that a recommendation is accepted, declined, done or open again."""
        from deskpulse.insights.recommend.room import RecommendationRoom

        return RecommendationRoom(self._host, self._principal).decide(recommendation_id, status, note, spec)

    def scorecards(self, spec: Json) -> Json:
        """Tell how agents or teams stand against targets, on the same kinds of tickets."""
        from deskpulse.insights.scorecards.room import ScorecardRoom

        return ScorecardRoom(self._host, self._principal).scorecards(spec)

    def patterns(self, spec: Json) -> Json:
        """Tell what comes again: seasons, growth, customers who come back, what goes before escalations."""
        from deskpulse.insights.patterns.room import PatternRoom

        return PatternRoom(self._host, self._principal).patterns(spec)

"""Forecasts through the Python door: in this process, or through a running server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol
from urllib.parse import quote

from deskpulse.client.door import Json


class ForecastsDoor(Protocol):
    """What can be done with forecasts."""

    def methods(self) -> Json:
        """List the methods."""
        ...

    def make(self, spec: Json) -> Json:
        """Forecast a metric; with `keep` the outcome is stored."""
        ...

    def list(self, *, state: str | None = None, newest: bool = False) -> Json:
        """List the kept forecasts, newest first: all, those in a state, or the newest of each question."""
        ...

    def show(self, forecast_id: str) -> Json:
        """Return a kept forecast as it was made."""
        ...

    def check(self, forecast_id: str) -> Json:
        """Return a kept forecast beside what came."""
        ...

    def check_all(self) -> Json:
        """Compare every kept forecast with what came, and list them with their error so far."""
        ...

    def recompute(self) -> Json:
        """Make every kept question anew."""
        ...


class RemoteForecasts:
    """The forecasts of a server; `call` sends a request and returns its JSON."""

    def __init__(self, call: Callable[..., Json]) -> None:
        self._call = call

    def methods(self) -> Json:
        """List the methods."""
        return self._call("GET", "/forecast-methods")

    def make(self, spec: Json) -> Json:
        """Forecast a metric; with `keep` the outcome is stored."""
        return self._call("POST", "/forecasts", json={k: v for k, v in spec.items() if v is not None})

    def list(self, *, state: str | None = None, newest: bool = False) -> Json:
        """List the kept forecasts, newest first: all, those in a state, or the newest of each question."""
        asked = {"newest": newest} | ({"state": state} if state else {})
        return self._call("GET", "/forecasts", params=asked)

    def show(self, forecast_id: str) -> Json:
        """Return a kept forecast as it was made."""
        return self._call("GET", _path(forecast_id))

    def check(self, forecast_id: str) -> Json:
        """Return a kept forecast beside what came."""
        return self._call("GET", f"{_path(forecast_id)}/check")

    def check_all(self) -> Json:
        """Compare every kept forecast with what came, and list them with their error so far."""
        return self._call("POST", "/forecasts/check")

    def recompute(self) -> Json:
        """Make every kept question anew."""
        return self._call("POST", "/forecasts/recompute")


def _path(forecast_id: str) -> str:
    return f"/forecasts/{quote(forecast_id, safe='')}"

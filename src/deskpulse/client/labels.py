"""Labels of texts through the Python door: in this process, or through a running server."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import quote

from deskpulse.client.door import Json


class LabelsDoor(Protocol):
    """What can be done with labels."""

    def explain(self, text: str) -> Json:
        """Label a text, and say why."""
        ...

    def reasons(self, ticket_id: str) -> Json:
        """Return why a ticket has its labels."""
        ...

    def correct(self, corrections: Sequence[Mapping[str, Any]]) -> Json:
        """Correct labels: `{ticket_id, label, value, finer}` each; `value` None takes a correction back."""
        ...

    def corrections(
        self, *, label: str | None = None, ticket_id: str | None = None, before: int | None = None, limit: int = 50
    ) -> Json:
        """List what people said of labels, the latest first."""
        ...

    def measures(self) -> Json:
        """Tell how right labels were by people's word."""
        ...


class RemoteLabels:
    """The labels of a server's workspace; `call` sends a request and returns its JSON."""

    def __init__(self, call: Callable[..., Json]) -> None:
        self._call = call

    def explain(self, text: str) -> Json:
        """Label a text, and say why."""
        return self._call("POST", "/labels/explain", json={"text": text})

    def reasons(self, ticket_id: str) -> Json:
        """Return why a ticket has its labels."""
        return self._call("GET", f"/tickets/{quote(ticket_id, safe='')}/reasons")

    def correct(self, corrections: Sequence[Mapping[str, Any]]) -> Json:
        """Correct labels."""
        return self._call("POST", "/labels/corrections", json={"corrections": [dict(one) for one in corrections]})

    def corrections(
        self, *, label: str | None = None, ticket_id: str | None = None, before: int | None = None, limit: int = 50
    ) -> Json:
        """List what people said of labels, the latest first."""
        wanted = {"label": label, "ticket_id": ticket_id, "before": before, "limit": limit}
        params = {name: value for name, value in wanted.items() if value is not None}
        return self._call("GET", "/labels/corrections", params=params)

    def measures(self) -> Json:
        """Tell how right labels were by people's word."""
        return self._call("GET", "/labels/measures")


def correct_all(labels: LabelsDoor, corrections: Sequence[Mapping[str, Any]], *, at_once: int = 1_000) -> Json:
    """Correct any number of labels, so many in a request; what was kept stays when a later one fails."""
    done = {"corrections": 0, "tickets": 0}
    for start in range(0, len(corrections), at_once):
        answer = labels.correct(corrections[start : start + at_once])
        done = {name: done[name] + answer[name] for name in done}
    return done

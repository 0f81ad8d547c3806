"""Quality reviews through the Python door: in this process, or through a running server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol
from urllib.parse import quote

from deskpulse.client.door import Json


class ReviewsDoor(Protocol):
    """What can be done with quality reviews; `docs/reviews.md` tells how they count."""

    def form(self) -> Json:
        """Return the form of new reviews."""
        ...

    def set_form(self, criteria: Any, note: str = "") -> Json:
        """Let new reviews be made by other criteria; None: the default ones."""
        ...

    def sample(self, spec: Json | None = None) -> Json:
        """Offer tickets to review: by, per, random, period, where, seed, limit."""
        ...

    def add(self, review: Mapping[str, Any]) -> Json:
        """Review a ticket: ticket_id, answers, and if wanted agent, comment, chosen."""
        ...

    def get(self, review_id: str) -> Json:
        """Return a review with what was done to it."""
        ...

    def correct(self, review_id: str, changes: Mapping[str, Any]) -> Json:
        """Change answers or comment of a review."""
        ...

    def remove(self, review_id: str) -> Json:
        """Take a review out of lists and metrics."""
        ...

    def respond(self, review_id: str, status: str, note: str = "") -> Json:
        """Keep that the agent has acknowledged or disputes a review."""
        ...

    def list(
        self, *, ticket_id: str | None = None, agent: str | None = None, reviewer: str | None = None,
        before: int | None = None, limit: int = 50,
    ) -> Json:  # fmt: skip
        """List the reviews made here, changed last first."""
        ...


class RemoteReviews:
    """The quality reviews of a server; `call` sends a request and returns its JSON."""

    def __init__(self, call: Callable[..., Json]) -> None:
        self._call = call

    def form(self) -> Json:
        """Return the form of new reviews."""
        return self._call("GET", "/reviews/form")

    def set_form(self, criteria: Any, note: str = "") -> Json:
        """Let new reviews be made by other criteria; None: the default ones."""
        return self._call("PUT", "/reviews/form", json={"criteria": criteria, "note": note})

    def sample(self, spec: Json | None = None) -> Json:
        """Offer tickets to review: by, per, random, period, where, seed, limit."""
        params = {name: value for name, value in (spec or {}).items() if value not in (None, [], "")}
        return self._call("GET", "/reviews/sample", params=params)

    def add(self, review: Mapping[str, Any]) -> Json:
        """Review a ticket: ticket_id, answers, and if wanted agent, comment, chosen."""
        return self._call("POST", "/reviews", json=dict(review))

    def get(self, review_id: str) -> Json:
        """Return a review with what was done to it."""
        return self._call("GET", _path(review_id))

    def correct(self, review_id: str, changes: Mapping[str, Any]) -> Json:
        """Change answers or comment of a review."""
        return self._call("PATCH", _path(review_id), json=dict(changes))

    def remove(self, review_id: str) -> Json:
        """Take a review out of lists and metrics."""
        return self._call("DELETE", _path(review_id))

    def respond(self, review_id: str, status: str, note: str = "") -> Json:
        """Keep that the agent has acknowledged or disputes a review."""
        return self._call("PUT", f"{_path(review_id)}/response", json={"status": status, "note": note})

    def list(
        self, *, ticket_id: str | None = None, agent: str | None = None, reviewer: str | None = None,
        before: int | None = None, limit: int = 50,
    ) -> Json:  # fmt: skip
        """List the reviews made here, changed last first."""
        wanted = {"ticket_id": ticket_id, "agent": agent, "reviewer": reviewer, "before": before, "limit": limit}
        return self._call("GET", "/reviews", params={n: value for n, value in wanted.items() if value is not None})


def _path(review_id: str) -> str:
    return f"/reviews/{quote(review_id, safe='')}"

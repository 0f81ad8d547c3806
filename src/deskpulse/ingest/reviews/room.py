"""Quality reviews as doors ask for them: the form, reviewing, correcting, removing, answering, listing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from deskpulse.access.principals import require
from deskpulse.control.reviews import ReviewAct
from deskpulse.core.clock import now
from deskpulse.core.errors import ForbiddenError, InputError, NotFoundError, UnknownNameError
from deskpulse.core.ids import new_id
from deskpulse.ingest.context import ImportContext
from deskpulse.ingest.reviews.applied import apply_reviews
from deskpulse.ingest.reviews.form import DEFAULT, Criterion, form_json, read_answers, read_form, scored
from deskpulse.ingest.stored import agents, by_values

Json = dict[str, Any]
FORM = "review_form"
"""The preference that holds a workspace's own form."""
MOST_CHARS, MOST_LISTED = 5_000, 1_000
RANDOM, OWN = "random", "own"
REASONS = ("negative_ending", "reopened", "long", "escalated", "low_csat", "risk", "contradiction")
"""Why a ticket is worth a look; `insights.reviews` finds them."""
RESPONSES = ("acknowledged", "disputed")
_ADDED = frozenset({"ticket_id", "agent", "answers", "comment", "chosen"})
_CORRECTED = frozenset({"answers", "comment"})


class ReviewRoom:
    """The quality reviews of one workspace. Reading needs a viewer, reviewing an analyst, the form a manager."""

    def __init__(self, context: ImportContext) -> None:
        self._context, self._principal = context, context.principal
        self._reviews, self._workspace = context.control.reviews, context.workspace

    def form(self) -> Json:
        """Return the form that new reviews are made by; `is_default`: it is the one that workspaces begin with."""
        require(self._principal, "viewer")
        kept = self._context.control.preferences.get(self._workspace, FORM)
        empty = {"version": 0, "note": "", "written_at": None, "written_by": None}
        told = {"criteria": form_json(DEFAULT), **empty, **(kept or {})}
        return told | {"is_default": told["criteria"] == form_json(DEFAULT)}

    def set_form(self, criteria: Any, note: str = "") -> Json:
        """Let new reviews be made by other criteria (None: the default ones); old reviews keep theirs."""
        require(self._principal, "manager")
        form = DEFAULT if criteria is None else read_form(criteria)
        wording = {
            "criteria": form_json(form), "version": self.form()["version"] + 1, "note": _text("note", note, 500),
            "written_at": now().isoformat(), "written_by": self._principal.user,
        }  # fmt: skip
        self._context.control.preferences.set(self._workspace, FORM, wording)
        return self.form()

    def add(self, given: Mapping[str, Any]) -> Json:
        """Review how an agent worked on a ticket: ticket_id, answers, and if wanted agent, comment, chosen.

        The agent is the ticket's where none is named; `chosen` says how the ticket was chosen (random, own, or a reason
        of the sample). ForbiddenError for one's own work; ConflictError where one has reviewed it already.
        """
        require(self._principal, "analyst")
        _refuse_surplus(given, _ADDED)
        chosen = given.get("chosen") or OWN
        if chosen not in (RANDOM, OWN, *REASONS):
            raise UnknownNameError("way to choose tickets", str(chosen)[:50], {RANDOM, OWN, *REASONS})
        who = self._agent(str(given.get("ticket_id") or ""), given.get("agent"))
        form = self.form()
        body = {
            **who, "reviewer": self._principal.user, "reviewed_at": now().isoformat(), "chosen": chosen,
            "form_version": form["version"], "criteria": form["criteria"], "response": None,
            **_judged(read_form(form["criteria"]), given.get("answers"), given.get("comment")),
        }  # fmt: skip
        kept = self._reviews.put(self._workspace, new_id("review"), body, act="made", by=self._principal.user)
        return self._applied(kept)

    def correct(self, review_id: str, given: Mapping[str, Any]) -> Json:
        """Change answers or comment, by the form that it was made with; its reviewer may, and managers."""
        _refuse_surplus(given, _CORRECTED)
        found = self._mine(review_id)
        answers = {**found.body["answers"], **_mapping(given.get("answers"))}
        comment = found.body["comment"] if given.get("comment") is None else given["comment"]
        body = {**found.body, **_judged(read_form(found.body["criteria"]), answers, comment)}
        return self._applied(self._keep(found, body, "corrected"))

    def remove(self, review_id: str) -> Json:
        """Take a review out of the lists and of all metrics; its acts stay readable by its id."""
        found = self._mine(review_id)
        self._applied(self._keep(found, found.body, "removed"))
        return {"removed": review_id}

    def respond(self, review_id: str, status: str, note: str = "") -> Json:
        """Keep that the agent has acknowledged or disputes a review; the agent may, and managers for them."""
        require(self._principal, "agent")
        if status not in RESPONSES:
            raise UnknownNameError("answer to a review", str(status)[:50], RESPONSES)
        found = self._reviews.get(self._workspace, review_id)
        if not (self._is_me(found.body) or self._principal.may("manager")):
            raise ForbiddenError("This review is about somebody else.", hint="Its agent answers, or a manager.")
        said = {"status": status, "note": _text("note", note, MOST_CHARS), "by": self._principal.user,
                "at": now().isoformat()}  # fmt: skip
        return self._applied(self._keep(found, {**found.body, "response": said}, "answered"))

    def get(self, review_id: str) -> Json:
        """Return a review as it stands, with `history`: who did what when, the score after it."""
        require(self._principal, "viewer")
        acts = self._reviews.history(self._workspace, review_id)
        told = review_dict(self._reviews.get(self._workspace, review_id))
        return told | {"history": [
            {"act": one.act, "by": one.acted_by, "at": one.acted_at.isoformat(), "score": one.body["score"]}
            for one in acts
        ]}  # fmt: skip

    def _agent(self, ticket_id: str, named: Any) -> Json:
        """Return ticket, agent and team that are reviewed; NotFoundError or InputError where they are not known."""
        with self._context.warehouse.reader() as reader:
            columns = ("ticket_id", "agent_id", "agent", "team")
            rows = by_values(reader, "tickets", "ticket_id", [ticket_id], columns)
            known = agents(reader)
        if not rows.height:
            raise NotFoundError(f"There is no ticket {ticket_id!r}.", hint="Look for it in the list of tickets.")
        ticket: Json = rows.row(0, named=True)
        people = {str(row["agent_id"]): row for row in known.iter_rows(named=True)}
        if named:
            labels = {str(row["label"]): key for key, row in people.items()} | {key: key for key in people}
            if str(named) not in {*labels, ticket["agent"], ticket["agent_id"]}:
                raise UnknownNameError("agent", str(named)[:100], set(labels))
            if (key := labels.get(str(named))) is not None and key != ticket["agent_id"]:
                ticket |= {"agent_id": key, "agent": people[key]["label"], "team": None}
        if not ticket["agent"]:
            raise InputError(f"Ticket {ticket_id} has no agent.", hint="Name the agent whose work you reviewed.")
        person = people.get(str(ticket["agent_id"]), {})
        ticket["agent_names"] = sorted({
            str(value) for value in (ticket["agent"], ticket["agent_id"], *(person.get(n) for n in _NAMES)) if value
        })  # fmt: skip
        if self._is_me(ticket):
            raise ForbiddenError("You cannot review your own work.", hint="Let a colleague do it.")
        return ticket

    def _is_me(self, body: Mapping[str, Any]) -> bool:
        return self._principal.user.casefold() in {name.casefold() for name in body["agent_names"]}

    def _mine(self, review_id: str) -> ReviewAct:
        require(self._principal, "analyst")
        found = self._reviews.get(self._workspace, review_id)
        if found.reviewer != self._principal.user and not self._principal.may("manager"):
            raise ForbiddenError(f"{found.reviewer} made this review.", hint="Its reviewer changes it, or a manager.")
        if self._is_me(found.body):
            raise ForbiddenError(
                "This review is about your own work.", hint="Dispute it instead: deskpulse reviews answer"
            )
        return found

    def _keep(self, found: ReviewAct, body: Mapping[str, Any], act: str) -> ReviewAct:
        return self._reviews.put(
            self._workspace, found.review_id, body, act=act, by=self._principal.user, after=found.number
        )

    def _applied(self, kept: ReviewAct) -> Json:
        apply_reviews(self._context)
        return review_dict(kept)

    def list(
        self, *, ticket_id: str | None = None, agent: str | None = None, reviewer: str | None = None,
        before: int | None = None, limit: int = 50,
    ) -> Json:  # fmt: skip
        """Return reviews, changed last first; `next` asks for the page behind. Imported ones are not among them."""
        require(self._principal, "viewer")
        if not 1 <= limit <= MOST_LISTED:
            raise InputError(f"A page may hold 1 to {MOST_LISTED:,} reviews, not {limit:,}.", hint="Page with next.")
        found = self._reviews.list(
            self._workspace, limit=limit, before=before, ticket_id=ticket_id, agent=agent, reviewer=reviewer
        )
        return {"reviews": [review_dict(one) for one in found],
                "next": found[-1].number if len(found) == limit else None}  # fmt: skip


_NAMES = ("external_id", "name", "label", "email")


def review_dict(one: ReviewAct) -> Json:
    """Return a review as people see it."""
    body = {name: value for name, value in one.body.items() if name != "agent_names"}
    return {"review_id": one.review_id, **body, "changed_at": one.acted_at.isoformat(), "changed_by": one.acted_by,
            "number": one.number}  # fmt: skip


def _judged(form: tuple[Criterion, ...], answers: Any, comment: Any) -> Json:
    read = read_answers(form, answers)
    found = scored(form, read)
    return {"answers": read, "score": found.score, "share": found.share, "failed": list(found.failed),
            "comment": _text("comment", comment or "", MOST_CHARS)}  # fmt: skip


def _text(what: str, given: Any, most: int) -> str:
    if not isinstance(given, str) or len(given) > most:
        raise InputError(f"The {what} is a text of at most {most:,} characters.", hint="Shorten it.")
    return given.strip()


def _mapping(given: Any) -> Mapping[str, Any]:
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise InputError("The answers are no object.", hint='Give {"tone": 2}.')
    return given


def _refuse_surplus(given: Mapping[str, Any], known: frozenset[str]) -> None:
    if surplus := sorted(str(name) for name in set(given) - known):
        raise InputError(f"A review takes no {surplus[0][:50]!r}.", hint=f"It takes {', '.join(sorted(known))}.")

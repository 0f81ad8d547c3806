"""Corrections as doors ask for them: say what a label is, take it back, list, and measure how right labels were."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from deskpulse.access.principals import require
from deskpulse.control.corrections import Correction, Said
from deskpulse.core.errors import InputError, NotFoundError
from deskpulse.ingest.context import ImportContext
from deskpulse.ingest.corrections import CORRECTABLE, check_label
from deskpulse.ingest.labels_carried import is_held_out
from deskpulse.ingest.lifecycle import compute
from deskpulse.ingest.relabel import apply_corrections
from deskpulse.ingest.stored import by_values, history

Json = dict[str, Any]
AT_ONCE = 1_000
"""Most corrections taken in one request; a longer file comes in several."""
PEOPLE = "person"
_COLUMNS = {"category": "category", "sentiment": "sentiment_label", "urgency": "urgency", "emotion": "emotion"}
_MOST_MIXED_UP = 10
_KEYS = frozenset({"ticket_id", "label", "value", "finer"})


class CorrectionRoom:
    """The corrections of one workspace. Reading needs a viewer, correcting an agent."""

    def __init__(self, context: ImportContext) -> None:
        self._context = context
        self._corrections = context.control.corrections

    def correct(self, given: Sequence[Mapping[str, Any]]) -> Json:
        """Keep corrections `{ticket_id, label, value, finer}` and apply them at once; `value` None takes one back.

        The value that a label has already confirms it. All are kept or, when one cannot be, none.
        """
        require(self._context.principal, "agent")
        if len(given) > AT_ONCE:
            raise InputError(f"{len(given):,} corrections at once are too many.", hint=f"Give {AT_ONCE:,} at most.")
        said = [_read(place, one) for place, one in enumerate(given, start=1)]
        kept = self._corrections.add(self._context.workspace, self._beside_old(said), by=self._context.principal.user)
        return {"corrections": kept, "tickets": apply_corrections(self._context)}

    def _beside_old(self, said: list[Said]) -> list[Said]:
        """Return what was said with what each label was, and who said so."""
        ids = sorted({one.ticket_id for one in said})
        wanted = ["ticket_id", "category_by", *_COLUMNS.values()]
        with self._context.warehouse.reader() as reader:
            rows = {row["ticket_id"]: row for row in by_values(reader, "tickets", "ticket_id", ids, wanted).to_dicts()}
        if missing := [name for name in ids if name not in rows]:
            raise NotFoundError(
                f"There is no ticket {missing[0]!r}.", hint="Ids are those of the list of tickets: source:number."
            )
        workspace, control = self._context.workspace, self._context.control
        told = {(c.ticket_id, c.label): c.value for c in self._corrections.of_tickets(workspace, ids)}
        models = {one.task: f"model {one.version}" for one in control.models.active(workspace)}
        found = []
        for one in said:
            key, row = (one.ticket_id, one.label), rows[one.ticket_id]
            by = models.get(one.label, "words")
            if one.label == "category":
                by = models.get("category", "model") if row["category_by"] == "model" else row["category_by"]
            is_told = told.get(key) is not None
            value = told[key] if is_told else row[_COLUMNS[one.label]]
            found.append(replace(one, old_value=value, old_by=PEOPLE if is_told else by))
            told[key] = one.value
        return found

    def list(
        self, *, label: str | None = None, ticket_id: str | None = None, before: int | None = None, limit: int = 50
    ) -> Json:
        """Return what people said, the latest first; `next` asks for the page behind."""
        require(self._context.principal, "viewer")
        if not 1 <= limit <= AT_ONCE:
            raise InputError(f"A page may hold 1 to {AT_ONCE:,} corrections, not {limit:,}.", hint="Page with next.")
        found = self._corrections.list(
            self._context.workspace, limit=limit, before=before, label=label, ticket_id=ticket_id
        )
        return {"corrections": [correction_dict(one) for one in found],
                "next": found[-1].number if len(found) == limit else None}  # fmt: skip

    def measures(self) -> Json:
        """Return how right labels were by the word of those who looked at them, label by label.

        `judged`: by whoever had decided the label (`by`), how often people looked at it (`n`), found it `right`, and by
        month; `mixed_up`: what was corrected to what. `now`: what is said of the same tickets without the corrections,
        `now_held_out` of those alone that no model learns from.
        """
        require(self._context.principal, "viewer")
        first: dict[tuple[str, str], Correction] = {}
        for act in self._corrections.history(self._context.workspace):
            if act.value is not None and act.old_by != PEOPLE:
                first.setdefault((act.ticket_id, act.label), act)
        standing = [one for one in self._corrections.standing(self._context.workspace) if one.label in CORRECTABLE]
        said_now = self._without_corrections(sorted({one.ticket_id for one in standing}))
        labels = {}
        for label in CORRECTABLE:
            acts = [act for (_, name), act in first.items() if name == label]
            pairs = [(one.ticket_id, said_now.get(one.ticket_id, {}).get(_COLUMNS[label]) == one.value)
                     for one in standing if one.label == label]  # fmt: skip
            held_out = [is_right for name, is_right in pairs if is_held_out(name)]
            labels[label] = {
                "judged": _judged(acts), "mixed_up": _mixed_up(acts), "now": _share([r for _, r in pairs]),
                "now_held_out": _share(held_out),
            }  # fmt: skip
        return {"labels": labels, "labelled": self._labelled()}

    def _without_corrections(self, ticket_ids: Sequence[str]) -> dict[str, Json]:
        """Return the labels of tickets as they would be if nobody had corrected them."""
        rules = replace(self._context.rules, corrections=None)
        with self._context.warehouse.reader() as reader:
            facts = compute(
                history(reader, pl.Series("ticket_id", ticket_ids, pl.String), top_tiers=rules.top_tiers), rules
            ).tickets
        return {row["ticket_id"]: row for row in facts.select("ticket_id", *_COLUMNS.values()).iter_rows(named=True)}

    def _labelled(self) -> Json:
        """Return how many tickets have each label, and of the categories how many by whom."""
        with self._context.warehouse.reader() as reader:
            counts = reader.rows(f"SELECT {', '.join(f'count({name})' for name in _COLUMNS.values())} FROM tickets")[0]
            by = reader.rows(
                "SELECT category_by, count(*) FROM tickets WHERE category IS NOT NULL GROUP BY 1 ORDER BY 1"
            )
        return {**dict(zip(_COLUMNS, counts, strict=True)), "category_by": dict(by)}


def correction_dict(one: Correction) -> Json:
    """Return a correction as people see it."""
    return {
        "number": one.number, "ticket_id": one.ticket_id, "label": one.label, "value": one.value, "finer": one.finer,
        "old_value": one.old_value, "old_by": one.old_by, "corrected_at": one.corrected_at.isoformat(),
        "corrected_by": one.corrected_by,
    }  # fmt: skip


def _read(place: int, given: Mapping[str, Any]) -> Said:
    """Return a correction that somebody gave; InputError says which one cannot be used, and why."""
    if surplus := sorted(set(given) - _KEYS):
        raise InputError(f"Correction {place} has {surplus[0]!r}.", hint=f"It takes {', '.join(sorted(_KEYS))}.")
    texts = {name: given.get(name) for name in sorted(_KEYS)}
    for name, value in texts.items():
        if not (isinstance(value, str) or (value is None and name in ("value", "finer"))):
            raise InputError(f"Correction {place}: {name} must be a text.", hint="Give ticket_id, label and value.")
    said = Said(
        ticket_id=given["ticket_id"].strip(), label=given["label"].strip(),
        value=None if texts["value"] is None else given["value"].strip(), finer=(texts["finer"] or "").strip() or None,
    )  # fmt: skip
    try:
        check_label(said.label, said.value, said.finer)
    except InputError as error:
        raise InputError(f"Correction {place} ({said.ticket_id}): {error.message}", hint=error.hint) from error
    return said


def _share(right: Sequence[bool]) -> Json:
    return {"n": len(right), "right": sum(right), "share": sum(right) / len(right) if right else None}


def _judged(acts: Iterable[Correction]) -> list[Json]:
    by_whom: dict[str, list[Correction]] = {}
    for act in acts:
        by_whom.setdefault(act.old_by or "nobody", []).append(act)
    found = []
    for by, theirs in sorted(by_whom.items()):
        months: dict[str, list[bool]] = {}
        for act in theirs:
            months.setdefault(f"{act.corrected_at:%Y-%m}", []).append(act.value == act.old_value)
        by_month = [{"month": month, **_share(right)} for month, right in sorted(months.items())]
        found.append({"by": by, **_share([act.value == act.old_value for act in theirs]), "months": by_month})
    return found


def _mixed_up(acts: Iterable[Correction]) -> list[Json]:
    pairs = Counter((act.old_value, act.value) for act in acts if act.value != act.old_value)
    ordered = sorted(pairs.items(), key=lambda item: (-item[1], str(item[0])))[:_MOST_MIXED_UP]
    return [{"old": old, "new": new, "times": times} for (old, new), times in ordered]

"""The workspace's own categories: shown, edited by version, and tried on tickets before they count."""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from collections.abc import Mapping
from typing import Any

import orjson

from deskpulse.access.principals import require
from deskpulse.control.taxonomies import TaxonomyVersion
from deskpulse.core.errors import ConflictError, InputError, NotFoundError
from deskpulse.enrich.lexicon import read_data, split_terms
from deskpulse.enrich.taxonomy import DESCRIPTION, WEIGHTS, Taxonomy
from deskpulse.ingest.categories import built
from deskpulse.ingest.context import ImportContext
from deskpulse.ingest.reenrich import queue_reenrichment

Json = dict[str, Any]
MOST_CHARS = 1_000_000
MOST_PREVIEWED = 5_000
_MOST_EXAMPLES, _MOST_MOVES = 10, 20
_PREVIEW = """
SELECT t.ticket_id, t.subject, t.category_by,
    coalesce(nullif(concat_ws(chr(10) || chr(10), nullif(t.subject, ''), nullif(t.description, '')), ''),
        (SELECT m.body FROM messages m WHERE m.ticket_id = t.ticket_id AND m.author_kind = 'customer'
         ORDER BY m.sent_at LIMIT 1)) AS text
FROM tickets t ORDER BY t.created_at DESC NULLS LAST, t.ticket_id LIMIT $most
"""


class TaxonomyRoom:
    """The categories of one workspace, for one principal. Reading needs a viewer, editing a manager."""

    def __init__(self, context: ImportContext) -> None:
        self._context = context
        self._taxonomies = context.control.taxonomies

    def show(self, version: int | None = None) -> Json:
        """Return the categories that count (or those of a version), what speaks for each, and all as TOML."""
        require(self._context.principal, "viewer")
        workspace = self._context.workspace
        found = self._taxonomies.get(workspace, version) if version else self._taxonomies.current(workspace)
        wording = _wording(found)
        return {**_version_dict(found), "categories": [_category(name, given) for name, given in wording.items()],
                "toml": to_toml(wording)}  # fmt: skip

    def versions(self) -> Json:
        """Return all versions, the newest first."""
        require(self._context.principal, "viewer")
        return {"versions": [_version_dict(one) for one in self._taxonomies.list(self._context.workspace)]}

    def save(self, toml: str, note: str = "") -> Json:
        """Keep new categories, given as TOML; the texts are read anew by them in the background (`job`)."""
        require(self._context.principal, "manager")
        return self._saved(read_toml(toml), note or "edited")

    def add(self, name: str, description: str = "", under: str | None = None) -> Json:
        """Add a category (or a subcategory of `under`) by its name and what it is about."""
        require(self._context.principal, "manager")
        wording = dict(_wording(self._taxonomies.current(self._context.workspace)))
        name, said = name.strip(), {DESCRIPTION: description.strip()} if description.strip() else {}
        if under is not None and under not in wording:
            raise NotFoundError(f"There is no category {under!r}.", hint="deskpulse taxonomy shows them.")
        holder = wording if under is None else {**wording[under]}
        if name in holder:
            raise ConflictError(f"There is a category {name!r} already.", hint="Edit it, or choose another name.")
        if name in ("terms", DESCRIPTION) or not name:
            raise InputError(f"A category cannot be named {name!r}.", hint="Choose another name.")
        holder[name] = said
        return self._saved(wording if under is None else {**wording, under: holder}, f"{name} added")

    def remove(self, name: str) -> Json:
        """Take a category out; its tickets are sorted into the others."""
        require(self._context.principal, "manager")
        wording = dict(_wording(self._taxonomies.current(self._context.workspace)))
        if name not in wording:
            raise NotFoundError(f"There is no category {name!r}.", hint="deskpulse taxonomy shows them.")
        del wording[name]
        return self._saved(wording, f"{name} removed")

    def reset(self) -> Json:
        """Go back to the shipped categories."""
        require(self._context.principal, "manager")
        return self._saved(None, "the shipped categories")

    def preview(self, toml: str, tickets: int = 1_000) -> Json:
        """Tell what categories given as TOML would change on the latest tickets; nothing is kept.

        `changes` counts tickets by the words alone; those whose category a source, a person or a model gave are
        `decided_otherwise` and stay as they are.
        """
        require(self._context.principal, "viewer")
        if not 1 <= tickets <= MOST_PREVIEWED:
            raise InputError(f"A preview looks at 1 to {MOST_PREVIEWED:,} tickets.", hint="Ask for fewer.")
        taxonomy = built(orjson.dumps(read_toml(toml)))
        with self._context.warehouse.reader() as reader:
            rows = reader.rows(_PREVIEW, {"most": tickets})
        free = [row for row in rows if row[2] not in ("source", "person", "model")]
        before, after = self._sorted(free, self._context.taxonomy), self._sorted(free, taxonomy)
        changed = [(row, old, new) for row, old, new in zip(free, before, after, strict=True) if old != new]
        moves = Counter((old[0], new[0]) for _, old, new in changed)
        sees = self._context.principal.sees_personal_data
        return {
            "tickets": len(rows), "decided_otherwise": len(rows) - len(free), "changes": len(changed),
            "categories": _counted([one[0] for one in before], [one[0] for one in after]),
            "moves": [{"old": old, "new": new, "tickets": n} for (old, new), n in moves.most_common(_MOST_MOVES)],
            "examples": [
                {"ticket_id": row[0], "subject": row[1] if sees else None, "old": _joined(old), "new": _joined(new)}
                for row, old, new in changed[:_MOST_EXAMPLES]
            ],
        }  # fmt: skip

    def _sorted(self, rows: list[tuple[Any, ...]], taxonomy: Taxonomy | None) -> list[tuple[str | None, str | None]]:
        assert self._context.enricher is not None  # noqa: S101  who has doors has one
        texts = [row[3] for row in rows]
        told = self._context.enricher.submit(texts, steps=["category"], taxonomy=taxonomy).result()
        return list(zip(told["category"].to_pylist(), told["subcategory"].to_pylist(), strict=True))

    def _saved(self, wording: Any, note: str) -> Json:
        if wording is not None:
            built(orjson.dumps(wording))
        made = self._taxonomies.save(self._context.workspace, wording, note=note[:500], by=self._context.principal.user)
        job = queue_reenrichment(self._context, f"categories version {made.version}")
        return {**_version_dict(made), "job": {"job_id": job.job_id, "status": job.status} if job else None}


def read_toml(text: str) -> Json:
    """Return the mapping that TOML says; InputError tells the line that cannot be read."""
    if len(text) > MOST_CHARS:
        raise InputError(f"The categories have more than {MOST_CHARS:,} characters.", hint="Take some out.")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(
            f"The categories cannot be read: {error}.", hint="They are TOML; export them to see."
        ) from error


def to_toml(wording: Mapping[str, Any]) -> str:
    """Return a taxonomy's mapping as TOML, terms as texts with commas between."""
    lines: list[str] = []
    for name, given in wording.items():
        lines.append(f"[{_quoted(name)}]")
        if given.get(DESCRIPTION):
            lines.append(f"{DESCRIPTION} = {_quoted(given[DESCRIPTION])}")
        lines.append("")
        for part, lists in given.items():
            if part == DESCRIPTION:
                continue
            lines.append(f"[{_quoted(name)}.{_quoted(part)}]")
            for key in (DESCRIPTION, *WEIGHTS):
                if lists.get(key):
                    value = lists[key] if isinstance(lists[key], str) else ", ".join(lists[key])
                    lines.append(f"{key} = {_quoted(value)}")
            lines.append("")
    return "\n".join(lines)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _wording(found: TaxonomyVersion | None) -> Json:
    return read_data("taxonomy") if found is None or found.wording is None else dict(found.wording)


def _version_dict(found: TaxonomyVersion | None) -> Json:
    if found is None:
        return {"version": 0, "is_own": False, "note": "", "written_at": None, "written_by": None}
    return {"version": found.version, "is_own": found.wording is not None, "note": found.note,
            "written_at": found.written_at.isoformat(), "written_by": found.written_by}  # fmt: skip


def _category(name: str, given: Mapping[str, Any]) -> Json:
    parts = {part: lists for part, lists in given.items() if part != DESCRIPTION}
    return {
        "name": name, "description": given.get(DESCRIPTION, ""), "terms": sum(map(_count, parts.values())),
        "subcategories": [part for part in parts if part != "terms"],
    }  # fmt: skip


def _count(lists: Mapping[str, Any]) -> int:
    given = [value for key, value in lists.items() if key in WEIGHTS]
    return sum(len(list(split_terms(value)) if isinstance(value, str) else value) for value in given)


def _counted(before: list[str | None], after: list[str | None]) -> list[Json]:
    old, new = Counter(before), Counter(after)
    names = sorted({*old, *new}, key=lambda name: (-new[name], str(name)))
    return [{"category": name, "before": old[name], "after": new[name]} for name in names]


def _joined(said: tuple[str | None, str | None]) -> str | None:
    return " / ".join(part for part in said if part) or None

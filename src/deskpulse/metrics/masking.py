"""What a principal sees of rows: texts and names as they were written, or masked.

Every row that leaves the metrics room passes `shown`, so that no list, ticket, export, phrase or example forgets it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from deskpulse.core.principal import Principal
from deskpulse.enrich.personal import masked_copy
from deskpulse.metrics.model import Fact
from deskpulse.metrics.pages import MASKED, kind_of

TEXTS = frozenset({"subject", "description", "body", "comment", "question", "answer"})
"""Columns of free text: masked where personal data stands in them."""
HIDDEN = frozenset({
    "customer", "customer_id", "author_id", "actor_id", "author", "attachments", "extra", "actor", "old_value",
    "new_value", "form", "place", "name", "email", "phone",
})  # fmt: skip
"""Columns that hold a customer's name, address or words (an id may be an address): null for who may not see them."""
PERSONAL = TEXTS | HIDDEN


def read_columns(fact: Fact, columns: Iterable[str], principal: Principal) -> tuple[str, ...]:
    """Return the columns to read so that `columns` can be shown to this principal: the stored copies beside them."""
    if principal.sees_personal_data:
        return tuple(columns)
    copies = (name + MASKED for name in columns if name in TEXTS and kind_of(fact, name + MASKED) is not None)
    return tuple(dict.fromkeys((*columns, *copies)))


def shown(row: dict[str, Any], principal: Principal) -> dict[str, Any]:
    """Return the row as this principal may see it, without the masked copies.

    A text that has no copy yet (it was stored before there were any, or is of a kind that keeps none) is masked now.
    """
    if principal.sees_personal_data:
        return {name: value for name, value in row.items() if not name.endswith(MASKED)}
    return {
        name: _text(value, row.get(name + MASKED)) if name in TEXTS else None if name in HIDDEN else value
        for name, value in row.items()
        if not name.endswith(MASKED)
    }


def _text(original: Any, copy: str | None) -> Any:
    if original is None or copy == "":
        return original
    return masked_copy(str(original)) if copy is None else copy

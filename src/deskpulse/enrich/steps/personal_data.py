"""Personal data: where it stands in a text as it was written, so that a masked copy can be kept beside it."""

from __future__ import annotations

from typing import Any

from deskpulse.enrich.model import Batch, Evidence, Step
from deskpulse.enrich.personal import spans_of, write_spans


def find(batch: Batch) -> dict[str, list[Any]]:
    """Return `kind:start:end` of each piece of personal data, in the text as it came; an empty list for none."""
    told: list[list[str] | None] = []
    for text, body in zip(batch.texts, batch.bodies, strict=True):
        # A text without words of its own may still quote somebody else's.
        spans = spans_of(text) if text else []
        told.append(write_spans(spans) if spans or body else None)
    return {"personal_data": told}


def explain(batch: Batch) -> list[Evidence]:
    """Return each piece of personal data found, once."""
    return [
        [(said, 1.0) for said in dict.fromkeys(text[start:end] for _, start, end in spans_of(text))] if text else []
        for text in batch.texts
    ]


PERSONAL_DATA = Step(
    name="personal_data",
    version=5,
    about="Where e-mail addresses, telephones, cards, accounts, identities, addresses and names stand in the text.",
    writes={"personal_data": "texts"},
    run=find,
    explain=explain,
)

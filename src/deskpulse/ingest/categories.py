"""The categories that a workspace sorts tickets into, as the steps take them."""

from __future__ import annotations

from functools import lru_cache

import orjson

from deskpulse.control import Control
from deskpulse.core.errors import InputError
from deskpulse.enrich.taxonomy import Taxonomy

MOST_TERMS = 20_000


@lru_cache(maxsize=16)
def built(wording: bytes) -> Taxonomy:
    """Return the taxonomy that a wording (JSON) says; InputError for one that says none."""
    taxonomy = Taxonomy.from_mapping(orjson.loads(wording))
    if len(taxonomy.terms) > MOST_TERMS:
        raise InputError(f"{len(taxonomy.terms):,} terms are more than {MOST_TERMS:,}.", hint="Take some out.")
    return taxonomy


def taxonomy_of(control: Control, workspace: str) -> Taxonomy | None:
    """Return the workspace's own categories; None where the shipped ones count."""
    found = control.taxonomies.current(workspace)
    return None if found is None or found.wording is None else built(orjson.dumps(found.wording))

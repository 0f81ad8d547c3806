"""What an enrichment step is, and the batch of texts that steps share their preparation through."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from deskpulse.enrich.cleaning import own_text, plain_text
from deskpulse.enrich.vocabulary import Numbers, Words, words_of

if TYPE_CHECKING:
    from deskpulse.enrich.taxonomy import Taxonomy
    from deskpulse.warehouse.schema import Kind

Evidence: TypeAlias = list[tuple[str, float]]
"""Words and phrases that decided a value, with their weights; those that speak against it are negative."""


@dataclass(frozen=True, eq=False)
class Step:
    """Reads texts and writes columns.

    `run` takes a batch of n texts and returns a list of n values for every column in `writes` and for no other.
    It is pure: the same text gives the same values, whatever stands beside it; no I/O. A text without words of
    its own gives None. Its time grows linearly with the text. `needs` names columns of other steps that it reads
    with `batch.column`. `explain` gives the evidence of each text, `rank` its likeliest values with their shares.
    Raise `version` whenever values may change.
    """

    name: str
    version: int
    about: str
    writes: Mapping[str, Kind]
    run: Callable[[Batch], dict[str, list[Any]]]
    needs: tuple[str, ...] = ()
    explain: Callable[[Batch], list[Evidence]] | None = None
    rank: Callable[[Batch], list[Evidence]] | None = None


class Batch:
    """Texts to enrich. What several steps need of them is worked out once, when first asked for."""

    def __init__(self, texts: Sequence[str | None], *, taxonomy: Taxonomy | None = None) -> None:
        self.texts = texts
        self._taxonomy = taxonomy
        self._columns: dict[str, list[Any]] = {}

    def __len__(self) -> int:
        return len(self.texts)

    @cached_property
    def taxonomy(self) -> Taxonomy:
        """The categories to sort texts into: the caller's, else those that come with Deskpulse."""
        from deskpulse.enrich.taxonomy import default_taxonomy

        return self._taxonomy or default_taxonomy()

    @cached_property
    def bodies(self) -> list[str]:
        """What the writer wrote: without quoted history, signature and markup; "" for an empty or missing text."""
        return [own_text(text) if text else "" for text in self.texts]

    @cached_property
    def plain(self) -> list[str]:
        """The bodies without links, addresses and mentions, in their own letter case."""
        return [plain_text(body) for body in self.bodies]

    @cached_property
    def words(self) -> Words:
        """The tokens of all texts as numbers, for steps that look words up in arrays."""
        return words_of(self.plain)

    @cached_property
    def language_scores(self) -> Numbers:
        """What the words of each text tell of its language: see `languages.scores`."""
        from deskpulse.enrich.languages import scores

        return scores(self.words)

    @cached_property
    def may_deny(self) -> list[bool]:
        """Whether each text holds a negation: see `negation.found_and_denied`."""
        from deskpulse.enrich.negation import may_deny

        return may_deny(self.words)

    @cached_property
    def tokens(self) -> list[list[str]]:
        """Lower-case words without accents, and marks (`!`, `?`, `.`, `,`, emoji, emoticons), in order."""
        return self.words.tokens()

    @cached_property
    def padded(self) -> list[str]:
        """The tokens as one string each, in the form that `lexicon.PhraseFinder` searches."""
        return self.words.padded()

    def column(self, name: str) -> list[Any]:
        """Return a column that an earlier step wrote; KeyError when no step that is needed writes it."""
        return self._columns[name]

    def add_columns(self, columns: Mapping[str, list[Any]]) -> None:
        """Make a step's columns readable to the steps that need them."""
        self._columns.update(columns)

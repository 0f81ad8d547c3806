"""Features of texts for linear models: words, pairs of words, letters of words, and signs, each block of length one.

Weights are those of TF-IDF: (1 + ln count) × (1 + ln((1 + n) / (1 + texts with it))), each block scaled to length one
(Salton and Buckley 1988). What a word's letters are depends on the word alone, so it is worked out once a word.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deskpulse.core.errors import InputError
from deskpulse.models.stems import stem

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]

SHORTEST, LONGEST = 2, 5
"""Lengths of the runs of letters taken from a word with a space on either side."""
WORD_CHARS = 40
"""Of a longer word (encoded data, one letter held down) only so many letters count."""
MOST_REMEMBERED = 200_000
GAP = 2
"""Pairs with one word between count too."""
WEIGHTS = {"words": 1.0, "letters": 1.4, "apart": 0.5, "signs": 0.5}
"""What each block counts, chosen by cross-validation on customers' questions (docs/quality.md)."""
MEANING = "(the meaning of the whole)"
"""How the features of an encoder are told, all together."""
_START, _END = "^", "$"


@dataclass(frozen=True)
class Documents:
    """Texts as words: `words` lists distinct ones, `numbers` the place in it of each word of all texts in order.

    Text i has numbers[begins[i]:begins[i + 1]]. `signs` are other things known of each text, by name, with a value;
    `vectors` (texts × dimensions) what an encoder says of them.
    """

    words: Sequence[str]
    numbers: Ints
    begins: Ints
    signs: Sequence[dict[str, float]] = ()
    vectors: Floats | None = None

    def __len__(self) -> int:
        return len(self.begins) - 1


@dataclass
class _Block:
    """The known features of a kind: column numbers by key, and the idf of each."""

    idf: Floats
    weight: float

    def scaled(self, counts: Any) -> Any:
        """Turn counts (sparse, texts × features) into weights of length `weight` a text."""
        counts.data = (1.0 + np.log(counts.data)) * self.idf[counts.indices]
        squares = np.add.reduceat(np.append(counts.data**2, 0.0), counts.indptr[:-1]) if len(counts.data) else None
        if squares is not None:
            squares[np.diff(counts.indptr) == 0] = 1.0
            scale = self.weight / np.sqrt(squares)
            counts.data *= np.repeat(scale, np.diff(counts.indptr))
        counts.data = counts.data.astype(np.float32)
        return counts


def _letters(word: str) -> list[str]:
    """Return the runs of letters of a word, with spaces for its borders; a short word once as a whole."""
    padded = f" {word[:WORD_CHARS]} "
    found = []
    for length in range(SHORTEST, LONGEST + 1):
        if len(padded) <= length:
            found.append(padded)
            break
        found += [padded[i : i + length] for i in range(len(padded) - length + 1)]
    return found


@dataclass
class Features:
    """What a model knows of texts; made by `learn`, and used by `transform`. Safe to share between threads.

    `words`, `pairs` (two numbers of words in one), `apart` and `letters` are the known features in order of column,
    then signs, and last the `meaning` dimensions of the vectors that `encoder` (its identity) gives. Where it
    `is_stemmed`, words and pairs are of stems; models of before were not.
    """

    words: list[str]
    pairs: Ints
    apart: Ints
    letters: list[str]
    signs: list[str]
    idf: dict[str, Floats]
    weights: dict[str, float] = field(default_factory=lambda: dict(WEIGHTS))
    meaning: int = 0
    encoder: str = ""
    is_stemmed: bool = True

    def __post_init__(self) -> None:
        self._numbers = {word: number for number, word in enumerate(self.words)}
        self._columns = {letters: number for number, letters in enumerate(self.letters)}
        self._sign_columns = {name: number for number, name in enumerate(self.signs)}
        self._remembered: dict[str, list[int]] = {}

    @property
    def width(self) -> int:
        """How many features there are."""
        return self.told_width + self.meaning

    @property
    def told_width(self) -> int:
        """How many features there are before those of an encoder."""
        return len(self.words) + len(self.pairs) + len(self.letters) + len(self.apart) + len(self.signs)

    def has_word(self, word: str) -> bool:
        """Whether a word, in the form that words are known in, was learned."""
        return word in self._numbers

    def has_letters(self, letters: str) -> bool:
        """Whether a run of letters was learned."""
        return letters in self._columns

    @classmethod
    def learn(cls, documents: Documents, *, least: int = 1) -> tuple[Features, Any]:
        """Return the features that at least `least` texts have (single words: any), and the texts' matrix.

        InputError when the texts have no words.
        """
        words = [_START, _END, *dict.fromkeys(map(stem, documents.words))]
        if not len(documents.numbers):
            raise InputError("The texts to learn from have no words.", hint="Look at the column with the texts.")
        signs = sorted({name for signs in documents.signs for name in signs})
        made = cls(words, np.empty(0, np.int64), np.empty(0, np.int64), [], signs, {})
        made.meaning = 0 if documents.vectors is None else documents.vectors.shape[1]
        numbers, begins = made._framed(documents)
        made.pairs = _frequent(made._keys(numbers, begins, 1), least)
        made.apart = _frequent(made._keys(numbers, begins, GAP), max(least, 2))
        made.letters = sorted({run for word in documents.words for run in _letters(word)})
        made._columns = {letters: number for number, letters in enumerate(made.letters)}
        counted = made._counted(documents)
        n = len(documents)
        kept_letters = np.bincount(counted["letters"].indices, minlength=len(made.letters)) >= min(least + 1, 2)
        if not kept_letters.all():
            counted["letters"] = counted["letters"][:, np.flatnonzero(kept_letters)]
            made.letters = [run for run, kept in zip(made.letters, kept_letters.tolist(), strict=True) if kept]
            made._columns = {letters: number for number, letters in enumerate(made.letters)}
            made._remembered = {}
        for name, counts in counted.items():
            texts = np.bincount(counts.indices, minlength=counts.shape[1])
            made.idf[name] = (1.0 + np.log((1 + n) / (1 + texts))).astype(np.float32)
        return made, made._joined(counted, documents)

    def transform(self, documents: Documents) -> Any:
        """Return the texts as a sparse matrix, texts × features, of 32-bit floats."""
        return self._joined(self._counted(documents), documents)

    def _joined(self, counted: dict[str, Any], documents: Documents) -> Any:
        from scipy import sparse

        blocks = [_Block(self.idf[name], self.weights[name]).scaled(counts) for name, counts in counted.items()]
        if self.signs:
            blocks.append(self._signs(documents))
        if self.meaning:
            blocks.append(sparse.csr_matrix(self._vectors(documents)))
        return sparse.hstack(blocks, format="csr", dtype=np.float32)

    def _vectors(self, documents: Documents) -> Floats:
        vectors = documents.vectors
        if vectors is None or vectors.shape[1] != self.meaning:
            raise InputError(
                f"The model was learned with the encoder {self.encoder!r}, which is not at hand.",
                hint="Set DESKPULSE_TEXT_ENCODER as it was, or train the model again.",
            )
        return vectors

    def _framed(self, documents: Documents) -> tuple[Ints, Ints]:
        """Return known words' numbers (-1 for others) with a start and an end about every text, and the begins."""
        forms = map(stem, documents.words) if self.is_stemmed else documents.words
        known = np.fromiter((self._numbers.get(word, -1) for word in forms), np.int64, len(documents.words))
        counts = np.diff(documents.begins)
        begins = np.concatenate([[0], np.cumsum(counts + 2)])
        numbers = np.empty(begins[-1], np.int64)
        numbers[begins[:-1]] = 0
        numbers[begins[1:] - 1] = 1
        places = np.arange(len(documents.numbers)) + np.repeat(2 * np.arange(len(documents)) + 1, counts)
        numbers[places] = known[documents.numbers] if len(known) else 0
        return numbers, begins

    def _keys(self, numbers: Ints, begins: Ints, gap: int) -> tuple[Ints, Ints]:
        """Return the (key, text) of all pairs of known words `gap` apart."""
        texts = np.repeat(np.arange(len(begins) - 1), np.diff(begins))
        first, second = numbers[:-gap], numbers[gap:]
        kept = (texts[:-gap] == texts[gap:]) & (first >= 0) & (second >= 0)
        return first[kept] * np.int64(len(self.words)) + second[kept], texts[:-gap][kept]

    def _counted(self, documents: Documents) -> dict[str, Any]:
        from scipy import sparse

        n = len(documents)
        numbers, begins = self._framed(documents)
        texts = np.repeat(np.arange(n), np.diff(begins))
        single = numbers >= 2
        columns, rows = [numbers[single]], [texts[single]]
        keys, at = self._keys(numbers, begins, 1)
        places, found = _places(self.pairs, keys)
        columns.append(places[found] + len(self.words))
        rows.append(at[found])
        words = _counts(np.concatenate(rows), np.concatenate(columns), (n, len(self.words) + len(self.pairs)))
        keys, at = self._keys(numbers, begins, GAP)
        places, found = _places(self.apart, keys)
        apart = _counts(at[found], places[found], (n, len(self.apart)))
        runs = [self._runs(word) for word in documents.words]
        ends = np.concatenate([[0], np.cumsum(np.fromiter(map(len, runs), np.int64, len(runs)))])
        flat = np.fromiter((run for one in runs for run in one), np.int64, int(ends[-1]))
        of_words = sparse.csr_matrix((np.ones(len(flat), np.float32), flat, ends), shape=(len(runs), len(self.letters)))
        in_texts = sparse.csr_matrix(
            (np.ones(len(documents.numbers), np.float32), documents.numbers, documents.begins), shape=(n, len(runs))
        )
        return {"words": words, "letters": (in_texts @ of_words).tocsr(), "apart": apart}

    def _runs(self, word: str) -> list[int]:
        """Return the columns of a word's runs of letters, remembered."""
        found = self._remembered.get(word)
        if found is None:
            columns = self._columns
            found = [columns[run] for run in _letters(word) if run in columns]
            if len(self._remembered) >= MOST_REMEMBERED:
                self._remembered = {}
            self._remembered[word] = found
        return found

    def _signs(self, documents: Documents) -> Any:
        from scipy import sparse

        weight = self.weights["signs"]
        columns, values, ends = [], [], [0]
        for signs in documents.signs or [{}] * len(documents):
            for name, value in signs.items():
                if (column := self._sign_columns.get(name)) is not None:
                    columns.append(column)
                    values.append(value * weight)
            ends.append(len(columns))
        data = (np.array(values, np.float32), np.array(columns, np.int64), np.array(ends, np.int64))
        return sparse.csr_matrix(data, shape=(len(documents), len(self.signs)))

    def told(self, columns: Ints, weights: Floats, words: Sequence[str]) -> list[tuple[str, float]]:
        """Return (name, weight) of features of a text with these words; what its letters weigh goes to the words."""
        first = len(self.words) + len(self.pairs)
        totals: dict[str, float] = {}
        spelled = {stem(word): word for word in reversed(words)} if self.is_stemmed else {}
        of_letters = (columns >= first) & (columns < first + len(self.letters))
        for name, weight in zip(self.names(columns[~of_letters], spelled), weights[~of_letters].tolist(), strict=True):
            totals[name] = totals.get(name, 0.0) + weight
        for letters, weight in zip(self.names(columns[of_letters]), weights[of_letters].tolist(), strict=True):
            standing = _told_words(words, letters)
            for word in standing:
                totals[word] = totals.get(word, 0.0) + weight / len(standing)
        return list(totals.items())

    def names(self, columns: Ints, spelled: Mapping[str, str] | None = None) -> list[str]:
        """Return features as people read them: "refund", "my card", "card … stolen", "(letters) efun", "sign: …".

        `spelled`: how words of the text are written, by stem.
        """
        written = spelled or {}

        def word(number: int) -> str:
            return written.get(self.words[number], self.words[number])

        sizes = np.cumsum([len(self.words), len(self.pairs), len(self.letters), len(self.apart)])
        names = []
        for column in columns.tolist():
            if column < sizes[0]:
                names.append(word(column))
            elif column < sizes[1]:
                first, second = divmod(int(self.pairs[column - sizes[0]]), len(self.words))
                names.append(f"{word(first)} {word(second)}")
            elif column < sizes[2]:
                names.append(self.letters[column - sizes[1]])
            elif column < sizes[3]:
                first, second = divmod(int(self.apart[column - sizes[2]]), len(self.words))
                names.append(f"{word(first)} … {word(second)}")
            elif column < self.told_width:
                names.append(self.signs[column - sizes[3]])
            else:
                names.append(MEANING)
        return names


def _told_words(words: Sequence[str], letters: str) -> list[str]:
    return [word for word in dict.fromkeys(words) if letters in f" {word[:WORD_CHARS]} "]


def _counts(rows: Ints, columns: Ints, shape: tuple[int, int]) -> Any:
    from scipy import sparse

    made = sparse.coo_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape=shape).tocsr()
    made.sum_duplicates()
    return made


def _places(known: Ints, keys: Ints) -> tuple[Ints, NDArray[np.bool_]]:
    """Return where keys stand among the sorted `known` ones, and whether they do."""
    if not len(known):
        return np.zeros(len(keys), np.int64), np.zeros(len(keys), bool)
    places = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    return places, known[places] == keys


def _frequent(found: tuple[Ints, Ints], least: int) -> Ints:
    """Return the keys that at least so many texts have, sorted."""
    keys, texts = found
    if not len(keys):
        return keys
    order = np.lexsort((texts, keys))
    keys, texts = keys[order], texts[order]
    once = np.append(True, (keys[1:] != keys[:-1]) | (texts[1:] != texts[:-1]))
    kept, counts = np.unique(keys[once], return_counts=True)
    frequent: Ints = kept[counts >= least]
    return frequent

"""Which words are one word: inflections and slips of the keyboard; and which say nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

_PLAIN_WORDS = """
    a about after again ai al all also am an and any are as at au auch auf aus aux avec be bedankt been before
    bei best bin bonjour buongiorno but by can can't ce cela ces cet cette che ciao com como con cordialement
    could da danke dans das de dear del della dem den depuis der des didn't dies diese dieser do does doesn't
    doing don't dos du e each een ein eine einem einen einer el ela ele elle em en er era es esta este et even
    ever every for from get getting got gracias grazie guten ha had hallo han has hat have he heb hebben hello
    help her here het hi hier him his hola how i i'm i've ich if ihr ik il im in into is isn't ist it it's its
    j'ai jai je just kann kind la las le les leur like lo los lui ma mais man me merci meu mi mich mijn minha
    mio mir mit mon more most mu much muy my na naar nach ne nicht niet no noch nog non nos not notre nous now
    nu nur o obrigada obrigado oder of off ola on once one only ons or os our out over par para pas per pero
    please por pour qu que quel qui quiero regards sa saludos se sehr sein seit she sich sie since sincerely
    sind so some son sono sont still su sua sue support sur tag te team than thank thanks that the their them
    then there these they this those to too tu u ueber um uma un una und une uns up us van very voor vor vos
    votre vous wann war warum was wat we weil well wenn wer werden were what when where which who why wie will
    wir with won't would wurde y you your yours zo zu zum zur
"""
PLAIN = frozenset(_PLAIN_WORDS.split())
"""Words that say nothing alone, in the languages that sentiment is read in; phrases do not begin or end with one."""
_ENDINGS = ("'s", "ing", "ies", "ed", "es", "en", "as", "os", "s", "e", "n", "a", "o", "d")
LEAST_STEM, LEAST_TYPO = 4, 5
RARER = 8
"""A word is a slip of one that stands in so many times as many texts."""


def canonical(counts: Mapping[str, int]) -> dict[str, str]:
    """Return, for words that have another form, the most frequent form of theirs; `counts` says how often each stands.

    Inflections share a stem of four letters or more. A slip differs from a word that is eight times as frequent by one
    letter left out, added, changed or swapped with its neighbour; both begin alike. Time grows with the letters.
    """
    heads = _heads(counts)
    frequent: dict[str, int] = {}
    for word, count in counts.items():
        head = heads.get(word, word)
        frequent[head] = frequent.get(head, 0) + count
    wanted = {w: c for w, c in frequent.items() if c >= RARER and len(w) >= LEAST_TYPO}
    near: dict[str, list[str]] = {}
    for word in wanted:
        for shorter in _shorter(word):
            near.setdefault(shorter, []).append(word)
    slips: dict[str, str] = {}
    for word, count in frequent.items():
        if len(word) >= LEAST_TYPO and (found := _meant(word, count, wanted, near)) is not None:
            slips[word] = found
    told = {word: slips.get(head, head) for word, head in heads.items()}
    return told | {word: meant for word, meant in slips.items() if word not in told}


def _heads(counts: Mapping[str, int]) -> dict[str, str]:
    """Return the most frequent form of each word that shares its stem with another."""
    groups: dict[str, list[str]] = {}
    for word in counts:
        groups.setdefault(stem(word), []).append(word)
    heads: dict[str, str] = {}
    for words in groups.values():
        if len(words) > 1:
            head = max(words, key=lambda w: (counts[w], -len(w), w))
            heads |= {word: head for word in words if word != head}
    return heads


def stem(word: str) -> str:
    """Return a word without its ending, where four letters are left."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= LEAST_STEM:
            left = word[: -len(ending)]
            if ending in ("ing", "ed") and len(left) > LEAST_STEM and left[-1] == left[-2] and left[-1] not in "sl":
                left = left[:-1]
            return left
    return word


def _shorter(word: str) -> Iterator[str]:
    """Yield the word with one letter left out, and the word."""
    yield word
    for place in range(1, len(word)):
        yield word[:place] + word[place + 1 :]


def _meant(word: str, count: int, wanted: Mapping[str, int], near: Mapping[str, list[str]]) -> str | None:
    found: Iterable[str] = (one for shorter in _shorter(word) for one in near.get(shorter, ()))
    meant = [one for one in set(found) if one != word and wanted[one] >= RARER * count and _is_slip(word, one)]
    return max(meant, key=lambda one: (wanted[one], one)) if meant else None


def _is_slip(written: str, meant: str) -> bool:
    """Whether two words that are alike but for one letter each differ by one slip."""
    if written[0] != meant[0] or abs(len(written) - len(meant)) > 1:
        return False
    if len(written) != len(meant):
        return True
    apart = [place for place, (a, b) in enumerate(zip(written, meant, strict=True)) if a != b]
    if len(apart) == 1:
        return True
    first, last = apart[0], apart[-1]
    return len(apart) == 2 and last == first + 1 and written[first] == meant[last] and written[last] == meant[first]

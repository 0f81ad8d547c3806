"""How well a column's values suit a target, with the evidence in words."""

from __future__ import annotations

from collections.abc import Callable

from deskpulse.ingest.shapes import Target
from deskpulse.ingest.suggest.codes import codes_of
from deskpulse.ingest.suggest.profile import Profile
from deskpulse.ingest.values.words import VOCABULARIES

Fit = tuple[float, str]

_EMPTY = 0.7


def fit(profile: Profile, target: Target) -> Fit:
    """Return how well the values suit, from 0 to 1, and why: "100% of 500 values are dates"."""
    if profile.is_empty:
        return _EMPTY, "it is empty in the sample"
    if target.vocabulary is not None:
        return _by_vocabulary(profile, target)
    return _BY_EXPECTED[target.expects](profile)


def different(p: Profile, what: str) -> str:
    """Return "5 different names"."""
    return f"{p.distinct} different {what}s" if p.distinct != 1 else f"always the same {what}"


def percent(share: float, of: int, what: str) -> str:
    """Return "98% of 500 values are …"."""
    return f"{share:.0%} of {of} values are {what}"


def _key(p: Profile) -> Fit:
    if p.time_share > 0.9 or (p.mean_length > 80):
        return 0.1, "its values are no ids"
    if p.unique >= 0.995:
        return 1.0, f"all {p.filled} values differ" if p.unique == 1 else f"nearly all of {p.filled} values differ"
    if p.unique >= 0.9:
        return 0.85, percent(p.unique, p.filled, "different")
    return max(0.15, p.unique * 0.5), f"only {p.distinct} of {p.filled} values differ"


def _ref(p: Profile) -> Fit:
    if p.time_share > 0.9 or p.mean_length > 80:
        return 0.1, "its values are no ids"
    if p.spaces > 0.5 and p.letters > 0.9:
        return 0.6, "its values look like names"
    return 1.0, different(p, "id") + f" in {p.filled} rows"


def _name(p: Profile) -> Fit:
    is_one_letter = p.distinct == 1 and len(p.words[0]) == 1  # a team called T, not "true"
    if p.time_share > 0.9 or p.mean_length > 80 or (p.bools > 0.98 and not is_one_letter):
        return 0.1, "its values are no names"
    if p.emails > 0.5:
        return 0.75, percent(p.emails, p.filled, "e-mail addresses")
    if p.letters < 0.3:
        return 0.55, "its values are numbers"
    return 1.0, different(p, "name")


def _email(p: Profile) -> Fit:
    return (1.0 if p.emails > 0.5 else 0.15), percent(p.emails, p.filled, "e-mail addresses")


def _title(p: Profile) -> Fit:
    if p.time_share > 0.9 or p.letters < 0.5:
        return 0.15, "its values are no text"
    return (1.0 if p.mean_length <= 250 else 0.5), f"texts of {p.mean_length:.0f} characters on average"


def _prose(p: Profile) -> Fit:
    if p.time_share > 0.9 or p.letters < 0.5 or p.bools > 0.9:
        return 0.1, "its values are no text"
    share = 1.0 if p.mean_length >= 40 or p.spaces > 0.8 else 0.85 if p.spaces > 0.3 else 0.55
    return share, f"texts of {p.mean_length:.0f} characters on average"


def _label(p: Profile) -> Fit:
    if p.time_share > 0.9 or p.mean_length > 120:
        return 0.1, "its values are no short words"
    if p.unique > 0.95 and p.filled > 50:
        return 0.6, different(p, "value")
    return 1.0, different(p, "value")


def _time(p: Profile) -> Fit:
    if p.is_typed_time:
        return 1.0, "its values are times"
    if p.time_share >= 0.5:
        return (1.0 if p.time_share > 0.9 else 0.8), percent(p.time_share, p.filled, "dates")
    if p.numbers > 0.95 and codes_of(p) is not None:
        return 0.9, percent(p.numbers, p.filled, str(codes_of(p)))
    return 0.05, "its values are no dates"


def _number(p: Profile) -> Fit:
    if p.numbers >= 0.9:
        return 1.0, percent(p.numbers, p.filled, "numbers")
    return (0.7 if p.numbers > 0.5 else 0.1), percent(p.numbers, p.filled, "numbers")


def _duration(p: Profile) -> Fit:
    share = max(p.numbers, p.durations)
    if p.time_share > 0.9:
        return 0.05, "its values are dates"
    return (1.0 if share >= 0.9 else 0.6 if share > 0.4 else 0.05), percent(share, p.filled, "durations")


def _score(p: Profile) -> Fit:
    from deskpulse.ingest.suggest.scores import score_words

    if p.time_share > 0.9 or p.mean_length > 60:
        return 0.05, "its values are no scores"
    known = score_words(p.words)
    share = max(p.numbers, _row_share(p, set(known)))
    return (1.0 if share >= 0.8 else 0.6 if share > 0.3 else 0.1), percent(share, p.filled, "scores")


def _bool(p: Profile) -> Fit:
    return (1.0 if p.bools > 0.98 else 0.5 if p.bools > 0.6 else 0.1), percent(p.bools, p.filled, "yes or no")


def _list(p: Profile) -> Fit:
    return (0.1, "its values are dates") if p.time_share > 0.9 else (1.0, different(p, "list"))


def _by_vocabulary(p: Profile, target: Target) -> Fit:
    vocabulary = VOCABULARIES[target.expects]
    if p.time_share > 0.9 or p.mean_length > 80:
        return 0.05, f"its values are no {vocabulary.name}"
    known = {w for w in p.words if vocabulary.meaning(w) is not None}
    share = _row_share(p, {w.lower() for w in known})
    if share < 0.5 and target.expects == "author_kind" and p.bools > 0.98:
        return 1.0, "its values are yes or no"
    if share < 0.5 and p.numbers > 0.98 and p.distinct <= 10 and target.expects in ("status", "priority", "urgency"):
        return 0.85, f"its {p.distinct} values are codes"
    if share >= 0.5:
        return 1.0, percent(share, p.filled, f"known words for {vocabulary.name}")
    if p.words and p.distinct <= 30:
        return 0.5 + 0.3 * share, f"its {p.distinct} values are mostly unknown words"
    return 0.15, f"its values are no words for {vocabulary.name}"


def _row_share(p: Profile, words: set[str]) -> float:
    if not words or not p.filled:
        return 0.0
    return float(p.cells.drop_nulls().str.to_lowercase().is_in(list(words)).mean() or 0.0)  # type: ignore[arg-type]


_BY_EXPECTED: dict[str, Callable[[Profile], Fit]] = {
    "key": _key, "ref": _ref, "name": _name, "email": _email, "title": _title, "prose": _prose, "label": _label,
    "time": _time, "number": _number, "count": _number, "duration": _duration, "score": _score, "quality": _score,
    "bool": _bool, "list": _list,
}  # fmt: skip

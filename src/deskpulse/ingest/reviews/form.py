"""What reviewers look at: a form of weighted criteria, and the score from 1 to 5 that answers to it make."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from math import isfinite
from typing import Any

from deskpulse.core.errors import InputError, UnknownNameError

Json = dict[str, Any]
Answers = dict[str, float | None]
YES_NO = "yes_no"
LEAST_SCORE, MOST_SCORE = 1.0, 5.0
MOST_CRITERIA, MOST_CHARS, MOST_WEIGHT, MOST_POINTS = 30, 200, 100.0, 10
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_SPAN = re.compile(r"(\d{1,2})-(\d{1,2})")
_WORDS: Mapping[str, float | None] = {
    "yes": 1.0,
    "no": 0.0,
    "true": 1.0,
    "false": 0.0,
    "na": None,
    "n/a": None,
    "": None,
}


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """One thing to look at. `scale` is yes_no, or from and to, such as 0-2; an answer may always be "does not apply".

    With `is_fatal` the worst answer makes the whole review the lowest score, whatever the others are.
    """

    name: str
    label: str
    weight: float = 1.0
    scale: str = "0-2"
    is_fatal: bool = False
    about: str = ""

    @property
    def ends(self) -> tuple[int, int]:
        """Return the worst and the best answer."""
        found = _SPAN.fullmatch(self.scale)
        return (int(found[1]), int(found[2])) if found else (0, 1)

    def read(self, given: Any) -> float | None:
        """Return an answer as a number on the scale, None for "does not apply"; InputError when it is none of it."""
        value = _WORDS.get(given.strip().lower(), given) if isinstance(given, str) else given
        if value is None:
            return None
        low, high = self.ends
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = float("nan")
        if not (isfinite(number) and number == int(number) and low <= number <= high):
            scale = "yes, no" if self.scale == YES_NO else f"a whole number from {low} to {high}"
            raise InputError(f"{self.name}: {str(given)[:50]!r} is not on its scale.", hint=f"Give {scale}, or na.")
        return number

    def share(self, answer: float) -> float:
        """Return how good an answer is, 0 to 1."""
        low, high = self.ends
        return (answer - low) / (high - low)


@dataclass(frozen=True, kw_only=True)
class Scored:
    """What answers make: `score` from 1 to 5, `share` of the points (0 to 1), and the criteria that failed it."""

    score: float
    share: float
    failed: tuple[str, ...]


DEFAULT = (
    Criterion(name="tone", label="Greeting and tone", weight=1, about="Friendly, fitting and personal."),
    Criterion(name="understanding", label="Understood the problem", weight=2, about="Saw what the customer meant."),
    Criterion(name="solution", label="Correct solution", weight=3, about="What was said and done is right."),
    Criterion(name="completeness", label="Complete", weight=2, about="All questions answered, next steps told."),
    Criterion(name="process", label="Process followed", weight=1, scale=YES_NO, about="Fields, notes, hand-overs."),
    Criterion(name="language", label="Language", weight=1, about="Clear, correct, easy to read."),
    Criterion(name="data_protection", label="Data protected", weight=1, scale=YES_NO, is_fatal=True,
              about="Nothing told to somebody who may not know it."),
)  # fmt: skip
"""The form of a workspace that has none of its own."""


def scored(form: Sequence[Criterion], answers: Answers) -> Scored:
    """Return the score: 1 + 4 × the weighted mean of the shares of what applies; 1 where a fatal answer is the worst.

    InputError when nothing applies.
    """
    told = [(one, one.share(value)) for one in form if (value := answers.get(one.name)) is not None]
    if not told:
        raise InputError("Nothing of the form applies: there is no score.", hint="Answer one criterion or more.")
    share = sum(one.weight * part for one, part in told) / sum(one.weight for one, _ in told)
    failed = tuple(one.name for one, part in told if one.is_fatal and part == 0)
    score = LEAST_SCORE if failed else LEAST_SCORE + (MOST_SCORE - LEAST_SCORE) * share
    return Scored(score=round(score, 4), share=round(share, 4), failed=failed)


def read_answers(form: Sequence[Criterion], given: Any) -> Answers:
    """Return an answer for each criterion; InputError or UnknownNameError says which is missing or wrong."""
    if not isinstance(given, Mapping):
        raise InputError("The answers are no object.", hint='Give {"tone": 2, "process": "yes", …}.')
    known = {one.name: one for one in form}
    if unknown := sorted(str(name) for name in set(given) - set(known)):
        raise UnknownNameError("criterion", unknown[0][:50], set(known))
    if missing := [name for name in known if name not in given]:
        raise InputError(f"There is no answer to {', '.join(missing)}.", hint="Write na where one does not apply.")
    return {name: one.read(given[name]) for name, one in known.items()}


def read_form(given: Any) -> tuple[Criterion, ...]:
    """Return the criteria of a form as JSON says it; InputError says what is wrong with which."""
    if not isinstance(given, Sequence) or isinstance(given, str) or not 1 <= len(given) <= MOST_CRITERIA:
        raise InputError(f"A form is a list of 1 to {MOST_CRITERIA} criteria.", hint="See: deskpulse reviews form")
    form = tuple(_read_criterion(place, one) for place, one in enumerate(given, start=1))
    if twice := sorted({one.name for one in form if sum(other.name == one.name for other in form) > 1}):
        raise InputError(f"There are two criteria {twice[0]!r}.", hint="Give each a name of its own.")
    return form


def form_json(form: Sequence[Criterion]) -> list[Json]:
    """Return a form as JSON."""
    return [asdict(one) for one in form]


def _read_criterion(place: int, given: Any) -> Criterion:
    what = f"Criterion {place}"
    if not isinstance(given, Mapping):
        raise InputError(f"{what} is no object.", hint='Give {"name": "tone", "label": "Tone", "weight": 1}.')
    if surplus := sorted({str(key) for key in given} - {one.name for one in fields(Criterion)}):
        raise InputError(f"{what} has {surplus[0][:50]!r}.",
                         hint=f"It takes {', '.join(one.name for one in fields(Criterion))}.")  # fmt: skip
    name, scale = given.get("name"), given.get("scale", "0-2")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise InputError(f"{what}: {str(name)[:50]!r} is no name.", hint="Use a-z, 0-9 and _, such as first_contact.")
    weight = given.get("weight", 1.0)
    is_number = isinstance(weight, int | float) and not isinstance(weight, bool)
    if not is_number or not 0 < weight <= MOST_WEIGHT:
        raise InputError(
            f"{name}: the weight is above 0 and at most {MOST_WEIGHT:g}, not {str(weight)[:30]}.", hint="Write 1."
        )
    ends = _SPAN.fullmatch(scale) if isinstance(scale, str) else None
    if scale != YES_NO and not (ends and int(ends[1]) < int(ends[2]) <= MOST_POINTS):
        raise InputError(
            f"{name}: {str(scale)[:50]!r} is no scale.", hint=f"Write yes_no, 0-2 or up to 0-{MOST_POINTS}."
        )
    texts = {
        key: given.get(key, name.replace("_", " ").capitalize() if key == "label" else "") for key in ("label", "about")
    }
    for key, text in texts.items():
        if not isinstance(text, str) or len(text) > MOST_CHARS or (key == "label" and not text.strip()):
            raise InputError(f"{name}: the {key} is a text of at most {MOST_CHARS} characters.", hint="Shorten it.")
    if not isinstance(given.get("is_fatal", False), bool):
        raise InputError(f"{name}: is_fatal is true or false.", hint="Leave it out for false.")
    return Criterion(name=name, label=texts["label"].strip(), weight=float(weight), scale=str(scale),
                     is_fatal=given.get("is_fatal", False), about=texts["about"].strip())  # fmt: skip

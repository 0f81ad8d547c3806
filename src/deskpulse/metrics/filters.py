"""Filters as people write them, read by hand: `team = "Tier 1" and (channel in [email, chat] or csat_score <= 2)`.

The grammar, closed:

    filter    = all ("or" all)*            all  = one ("and" one)*
    one       = "not" one | "(" filter ")" | condition
    condition = NAME ("=" | "!=" | "<" | "<=" | ">" | ">=") value
              | NAME ["not"] "in" ("[" values "]" | "(" values ")" | values)
              | NAME ["not"] "between" value "and" value
              | NAME ["not"] ("contains" | "starts with") value
              | NAME "other than" values | NAME "is" ["not"] "null"

A value stands in double quotes ("" inside for one), or bare: then it ends before `and` or `or` when another condition
follows, before a closing bracket of the filter, and in a list before a comma.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from deskpulse.core.errors import InputError, LimitError
from deskpulse.core.settings import Settings
from deskpulse.metrics.model import Clause, Filter, Operator, Where

HINT = "Write channel=email, team!=Tier 1, priority in high,urgent, csat_score <= 2, or agent is null."
_NAME = re.compile(r"[A-Za-z_]\w*")
_SPACE = re.compile(r"\s*")
_WORD = {word: re.compile(rf"{word}\b", re.I) for word in ("and", "or", "not", "null")}
_OPERATORS: tuple[tuple[re.Pattern[str], Operator], ...] = (
    (re.compile(r"<=|≤"), "le"),
    (re.compile(r">=|≥"), "ge"),
    (re.compile(r"!=|<>|≠"), "not_in"),
    (re.compile(r"<"), "lt"),
    (re.compile(r">"), "gt"),
    (re.compile(r"==?"), "in"),
    (re.compile(r"is\s+not\s+null\b", re.I), "not_null"),
    (re.compile(r"is\s+null\b", re.I), "is_null"),
    (re.compile(r"(?:(not)\s+)?in\b", re.I), "in"),
    (re.compile(r"(?:(not)\s+)?between\b", re.I), "between"),
    (re.compile(r"(?:(not)\s+)?contains\b", re.I), "contains"),
    (re.compile(r"(?:(not)\s+)?starts\s+with\b", re.I), "starts_with"),
    (re.compile(r"other\s+than\b", re.I), "other_than"),
)
_SIGNS = {"in": "=", "not_in": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_PLAIN = re.compile(r"\w[\w.@:/+-]*( [\w.@:/+-]+)*")
_CLOSERS = {"[": "]", "(": ")"}


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """How large a filter may be: characters of all together, brackets within brackets, conditions."""

    chars: int = 20_000
    depth: int = 20
    terms: int = 200

    @classmethod
    def of(cls, settings: Settings) -> Bounds:
        """Return the bounds that the settings name."""
        return cls(chars=settings.filter_max_chars, depth=settings.filter_max_depth, terms=settings.filter_max_terms)


def parse_where(where: Iterable[Where | str], bounds: Bounds) -> tuple[Where, ...]:
    """Return the conditions, texts read, those joined by "and" apart; InputError tells the place of a mistake.

    LimitError when the filters are larger than `bounds`.
    """
    found: list[Where] = []
    left = bounds.chars
    for given in where:
        item = given
        if isinstance(item, str):
            left -= len(item)
            if left < 0:
                raise LimitError(
                    f"The filters are longer than {bounds.chars:,} characters.", setting="filter_max_chars"
                )
            item = _Parser(item, bounds).whole()
        found += item.items if isinstance(item, Clause) and item.kind == "and" else (item,)
    terms = sum(1 for item in found for _ in leaves_of(item))
    if terms > bounds.terms:
        raise LimitError(
            f"The filters have {terms:,} conditions; {bounds.terms:,} are allowed.",
            setting="filter_max_terms",
            hint="Write a list (channel in [a, b, c]) instead of many conditions, or raise filter_max_terms.",
        )
    return tuple(found)


def leaves_of(item: Where) -> Iterable[Filter]:
    """Yield the conditions of a filter, in order."""
    if isinstance(item, Filter):
        yield item
        return
    for part in item.items:
        yield from leaves_of(part)


def parse_filters(texts: Iterable[str]) -> list[Filter]:
    """Return the single conditions that `texts` say, one each; InputError says how to write them."""
    return [parse_filter(text) for text in texts]


def parse_filter(text: str) -> Filter:
    """Return the one condition that `text` says."""
    found = parse_where([text], Bounds())
    if len(found) != 1 or not isinstance(found[0], Filter):
        raise InputError(f"{text[:200]!r} is more than one condition.", hint=HINT)
    return found[0]


def filter_text(item: Where) -> str:
    """Return a condition as `parse_where` reads it back."""
    if isinstance(item, Clause):
        if item.kind == "not":
            return f"not ({filter_text(item.items[0])})"
        return f" {item.kind} ".join(
            f"({filter_text(part)})" if isinstance(part, Clause) else filter_text(part) for part in item.items
        )
    values = [_quoted(value) for value in item.values]
    match item.operator:
        case "is_null" | "not_null":
            return f"{item.dimension} is {'not ' if item.operator == 'not_null' else ''}null"
        case "in" | "not_in" if len(values) != 1:
            return f"{item.dimension} {'not in' if item.operator == 'not_in' else 'in'} [{', '.join(values)}]"
        case "between":
            return f"{item.dimension} between {values[0]} and {values[1]}"
        case "other_than":
            return f"{item.dimension} other than [{', '.join(values)}]"
        case "contains" | "starts_with":
            return f"{item.dimension} {item.operator.replace('_', ' ')} {values[0]}"
    return f"{item.dimension} {_SIGNS[item.operator]} {values[0]}"


def _quoted(value: str) -> str:
    words = re.split(r"\W+", value.lower())
    if _PLAIN.fullmatch(value) and not {"and", "or", "not", "null"} & set(words):
        return value
    return '"' + value.replace('"', '""') + '"'


class _Parser:
    """Reads one text from left to right, by recursive descent."""

    def __init__(self, text: str, bounds: Bounds) -> None:
        self._text, self._bounds, self._at, self._depth = text, bounds, 0, 0

    def whole(self) -> Where:
        """Return all of the text."""
        found = self._joined("or")
        self._skip()
        if self._at < len(self._text):
            raise self._broken("A closing bracket without an opening one" if self._text[self._at] in ")]" else
                               "Something follows the filter's end")  # fmt: skip
        return found

    def _joined(self, kind: str) -> Where:
        parts = [self._joined("and") if kind == "or" else self._one()]
        while self._take(_WORD[kind]):
            parts.append(self._joined("and") if kind == "or" else self._one())
        if len(parts) == 1:
            return parts[0]
        flat: list[Where] = []
        for part in parts:
            flat += part.items if isinstance(part, Clause) and part.kind == kind else (part,)
        return Clause(kind="or" if kind == "or" else "and", items=tuple(flat))

    def _one(self) -> Where:
        self._skip()
        if (is_not := self._take(_WORD["not"])) or self._text.startswith("(", self._at):
            self._depth += 1
            if self._depth > self._bounds.depth:
                raise LimitError(
                    f"The filter is nested deeper than {self._bounds.depth} levels (at character {self._at + 1}).",
                    setting="filter_max_depth", position=self._at,
                )  # fmt: skip
            if is_not:
                found: Where = Clause(kind="not", items=(self._one(),))
            else:
                found = self._in_brackets()
            self._depth -= 1
            return found
        return self._condition()

    def _in_brackets(self) -> Where:
        opened = self._at
        self._at += 1
        found = self._joined("or")
        self._skip()
        if not self._text.startswith(")", self._at):
            self._at = opened if self._at >= len(self._text) else self._at
            raise self._broken("This bracket is never closed" if self._at == opened else "Here a ) or and/or belongs")
        self._at += 1
        return found

    def _condition(self) -> Where:
        self._skip()
        began = self._at
        if not (name := self._take(_NAME)):
            raise self._broken("Here the name of a dimension or column belongs")
        self._skip()
        operator, is_not, is_sign = self._operator(name)
        leaf = Filter(dimension=name, operator=operator, position=began)
        if operator in ("is_null", "not_null"):
            return leaf
        if operator == "between":
            low = self._value("and")
            if not self._take(_WORD["and"]):
                raise self._broken("between needs two values, with and between them")
            leaf = replace(leaf, values=(low, self._value()))
        elif operator in ("in", "other_than") and not is_sign:
            leaf = replace(leaf, values=self._values())
        else:
            leaf = replace(leaf, values=(self._value(),))
        if is_not and operator == "in":
            return replace(leaf, operator="not_in")
        return Clause(kind="not", items=(leaf,)) if is_not else leaf

    def _operator(self, name: str) -> tuple[Operator, bool, bool]:
        """Return the operator here, whether "not" stands before it, and whether it is a sign such as =."""
        for pattern, operator in _OPERATORS:
            if found := pattern.match(self._text, self._at):
                self._at = found.end()
                return operator, bool(pattern.groups and found.group(1)), not found.group()[0].isalpha()
        raise self._broken(f"After {name!r} belongs =, !=, <, <=, >, >=, in, between, contains, starts with or is")

    def _values(self) -> tuple[str, ...]:
        self._skip()
        opened = self._at
        closer = _CLOSERS.get(self._text[self._at : self._at + 1], "")
        self._at += bool(closer)
        found = [self._value(",", closer)]
        while self._text.startswith(",", self._at):
            self._at += 1
            found.append(self._value(",", closer))
        if closer:
            if not self._text.startswith(closer, self._at):
                self._at = opened
                raise self._broken(f"This list is never closed with {closer}")
            self._at += 1
        return tuple(found)

    def _value(self, stop: str = "", closer: str = "") -> str:
        """Return the next value; a bare one ends at `stop` ("," of a list, "and" of between) or `closer`."""
        self._skip()
        began = self._at
        if self._text.startswith('"', began):
            return self._string()
        brackets: list[str] = []
        while self._at < len(self._text):
            sign = self._text[self._at]
            if not brackets and (sign in (stop, closer) or (sign in ")]" and not closer) or self._ends(stop, closer)):
                break
            if sign in '";':
                raise self._broken(f"A value with {sign} in it must stand in double quotes")
            if sign in _CLOSERS and not closer:
                brackets.append(_CLOSERS[sign])
            elif brackets and sign == brackets[-1]:
                brackets.pop()
            self._at += 1
        if brackets:
            self._at = began
            raise self._broken("A value with an open bracket must stand in double quotes")
        value = self._text[began : self._at].strip()
        if not value:
            raise self._broken("Here a value belongs")
        self._skip()
        return value

    def _string(self) -> str:
        began, parts = self._at, []
        while True:
            end = self._text.find('"', self._at + 1)
            if end < 0:
                self._at = began
                raise self._broken("This quote is never closed")
            parts.append(self._text[self._at + 1 : end])
            self._at = end
            if not self._text.startswith('""', end):
                break
            self._at += 1
        self._at += 1
        self._skip()
        value = '"'.join(parts)
        if not value:
            self._at = began
            raise self._broken("An empty value matches nothing; write is null for no value")
        return value

    def _ends(self, stop: str, closer: str) -> bool:
        """Return whether a bare value ends here, before the word that joins it to what follows."""
        if closer or not self._text[self._at - 1 : self._at].isspace():
            return False
        if stop == "and":
            return _WORD["and"].match(self._text, self._at) is not None
        joint = _WORD["and"].match(self._text, self._at) or _WORD["or"].match(self._text, self._at)
        return joint is not None and self._begins_condition(joint.end())

    def _begins_condition(self, at: int) -> bool:
        while True:
            at = _after(_SPACE, self._text, at)
            if self._text.startswith("(", at):
                at += 1
            elif found := _WORD["not"].match(self._text, at):
                at = found.end()
            else:
                break
        if at >= len(self._text):
            return True
        name = _NAME.match(self._text, at)
        after = _after(_SPACE, self._text, name.end()) if name else at
        return name is not None and any(pattern.match(self._text, after) for pattern, _ in _OPERATORS)

    def _skip(self) -> None:
        self._at = _after(_SPACE, self._text, self._at)

    def _take(self, pattern: re.Pattern[str]) -> str:
        self._skip()
        found = pattern.match(self._text, self._at)
        if found is None:
            return ""
        self._at = found.end()
        return found.group()

    def _broken(self, what: str) -> InputError:
        near = self._text[self._at : self._at + 20] or "the end"
        return InputError(
            f"{what}, at character {self._at + 1} of the filter (before {near!r}).", hint=HINT, position=self._at
        )


def _after(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at

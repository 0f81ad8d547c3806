"""Filters as people write them."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskpulse.core.errors import InputError, LimitError
from deskpulse.metrics.filters import Bounds, filter_text, parse_filter, parse_where
from deskpulse.metrics.model import Clause, Filter, Operator, Where


@pytest.mark.parametrize(("text", "expected"), [
    ("channel=email", Filter(dimension="channel", values=("email",))),
    ("team != Tier 1", Filter(dimension="team", operator="not_in", values=("Tier 1",))),
    ('team="Tier 1"', Filter(dimension="team", values=("Tier 1",))),
    ("priority in high,urgent", Filter(dimension="priority", values=("high", "urgent"))),
    ("priority in [high, urgent]", Filter(dimension="priority", values=("high", "urgent"))),
    ("priority not in low", Filter(dimension="priority", operator="not_in", values=("low",))),
    ('team in "Paris, Texas",Bonn', Filter(dimension="team", values=("Paris, Texas", "Bonn"))),
    ("agent is null", Filter(dimension="agent", operator="is_null")),
    ("agent IS NOT NULL", Filter(dimension="agent", operator="not_null")),
    ("team=a=b", Filter(dimension="team", values=("a=b",))),
    ('team="\'; DROP TABLE tickets; --"', Filter(dimension="team", values=("'; DROP TABLE tickets; --",))),
    ("agent=O'Neil", Filter(dimension="agent", values=("O'Neil",))),
    ("category=Billing and payments", Filter(dimension="category", values=("Billing and payments",))),
    ("team=Support (EU)", Filter(dimension="team", values=("Support (EU)",))),
    ('team="say ""hi"""', Filter(dimension="team", values=('say "hi"',))),
    ("csat_score <= 2", Filter(dimension="csat_score", operator="le", values=("2",))),
    ("first_reply_seconds between 15m and 4h",
     Filter(dimension="first_reply_seconds", operator="between", values=("15m", "4h"))),
    ("category starts with Bill", Filter(dimension="category", operator="starts_with", values=("Bill",))),
    ("tag other than (vip, eu)", Filter(dimension="tag", operator="other_than", values=("vip", "eu"))),
])  # fmt: skip
def test_texts(text: str, expected: Filter) -> None:
    assert parse_filter(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "team",
        "=x",
        "team=",
        "team in ",
        "team in a,,b",
        "1=1",
        "a b = c",
        "team=a;b",
        'team="a',
        "team in [a, b",
        "(team=a",
        "team=a)",
        'team=""',
        "team between 1",
        "team=a and (",
        "not",
        "team=a or",
    ],
)
def test_what_is_no_filter_is_refused_with_examples(text: str) -> None:
    with pytest.raises(InputError) as refused:
        parse_filter(text)
    assert "channel=email" in refused.value.hint


values = st.text(
    st.characters(codec="utf-8", exclude_characters="\r\n\x00\x85\u2028\u2029\x0b\x0c\x1c\x1d\x1e"), min_size=1
)


@given(st.lists(values.map(str.strip).filter(bool), min_size=1, max_size=4), st.sampled_from(["in", "not_in"]))
def test_what_is_written_is_read_back(values: list[str], operator: str) -> None:
    given_filter = Filter(dimension="team", operator=operator, values=tuple(values))  # type: ignore[arg-type]
    assert parse_filter(filter_text(given_filter)) == given_filter


def leaf(dimension: str, *values: str, operator: Operator = "in") -> Filter:
    return Filter(dimension=dimension, operator=operator, values=values)


@pytest.mark.parametrize(("text", "expected"), [
    ("channel=email and team=Tier 1", (leaf("channel", "email"), leaf("team", "Tier 1"))),
    ('team = "Tier 1" and (channel in [email, chat] or csat_score <= 2) and not tag = vip', (
        leaf("team", "Tier 1"),
        Clause(kind="or", items=(leaf("channel", "email", "chat"), leaf("csat_score", "2", operator="le"))),
        Clause(kind="not", items=(leaf("tag", "vip"),)))),
    ("a=1 or b=2 and c=3", (Clause(kind="or", items=(
        leaf("a", "1"), Clause(kind="and", items=(leaf("b", "2"), leaf("c", "3"))))),)),
    ("a not between 1 and 2 or b not contains x", (Clause(kind="or", items=(
        Clause(kind="not", items=(leaf("a", "1", "2", operator="between"),)),
        Clause(kind="not", items=(leaf("b", "x", operator="contains"),)))),)),
    ("((a = 1))", (leaf("a", "1"),)),
])  # fmt: skip
def test_conditions_are_joined_as_they_are_read(text: str, expected: tuple[Where, ...]) -> None:
    assert parse_where([text], Bounds()) == expected


@pytest.mark.parametrize(("text", "place"), [("team=a and", 11), ('a=1 and (b=2 or c="x)', 19), ("(b ~ 2)", 4)])
def test_a_mistake_has_a_place(text: str, place: int) -> None:
    with pytest.raises(InputError, match=f"at character {place} "):
        parse_where([text], Bounds())


@pytest.mark.parametrize(("text", "setting"), [
    (" or ".join("team=a" for _ in range(201)), "filter_max_terms"),
    ("(" * 21 + "team=a" + ")" * 21, "filter_max_depth"),
    ("not " * 1000 + "team=a", "filter_max_depth"),
    ("team in [" + "a," * 1_000_000 + "a]", "filter_max_chars"),
])  # fmt: skip
def test_what_is_too_large_names_the_setting(text: str, setting: str) -> None:
    with pytest.raises(LimitError) as refused:
        parse_where([text], Bounds())
    assert refused.value.details["setting"] == setting


def trees() -> st.SearchStrategy[Where]:
    texts = values.map(str.strip).filter(bool)
    operators: st.SearchStrategy[Operator] = st.sampled_from(["in", "not_in", "lt", "ge", "contains", "starts_with"])
    leaves: st.SearchStrategy[Where] = st.builds(
        lambda operator, value: Filter(dimension="team", operator=operator, values=(value,)), operators, texts
    )

    def joined(parts: st.SearchStrategy[Where]) -> st.SearchStrategy[Where]:
        several = st.lists(parts, min_size=2, max_size=3).map(tuple)
        return st.one_of(
            st.builds(lambda p: Clause(kind="not", items=(p,)), parts),
            st.builds(lambda kind, p: Clause(kind=kind, items=p), st.sampled_from(["and", "or"]), several),
        )

    return st.recursive(leaves, joined, max_leaves=8)


@given(trees())
def test_what_is_joined_is_written_and_read_back(tree: Where) -> None:
    text = filter_text(tree)
    found = parse_where([text], Bounds())
    whole = found[0] if len(found) == 1 else Clause(kind="and", items=found)
    assert filter_text(whole) == filter_text(flat(tree))


def flat(item: Where) -> Where:
    """Return the tree with "and" inside "and" (and "or" inside "or") joined, as a reader does."""
    if isinstance(item, Filter):
        return item
    parts: list[Where] = []
    for part in map(flat, item.items):
        parts += part.items if isinstance(part, Clause) and part.kind == item.kind != "not" else (part,)
    return Clause(kind=item.kind, items=tuple(parts))


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(InputError, LimitError):
        parse_where([text], Bounds())

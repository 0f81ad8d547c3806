"""Filters as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskpulse.core.errors import InputError
from deskpulse.metrics.filters import filter_text, parse_filter
from deskpulse.metrics.model import Filter


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
    ("team='; DROP TABLE tickets; --", Filter(dimension="team", values=("'; DROP TABLE tickets; --",))),
])  # fmt: skip
def test_texts(text: str, expected: Filter) -> None:
    assert parse_filter(text) == expected


@pytest.mark.parametrize("text", ["", "team", "=x", "team=", "team in ", "team in a,,b", "1=1", "team > 3", "a b = c"])
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

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from deskpulse.control import Control
from deskpulse.core.errors import InputError

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc\x00é", max_size=4), inner, max_size=4),
    max_leaves=10,
)  # fmt: skip
MAPPING = {
    "shape": "tickets",
    "columns": [{"target": "subject", "column": "Betreff\u0000", "values": {"ja": "yes"}, "confidence": 0.5}],
    "timezone": "UTC",
}


def test_a_mapping_is_kept_replaced_listed_and_forgotten(control: Control) -> None:
    assert control.mappings.get("acme", "files", "f1") is None
    control.mappings.save("acme", "files", "f2", {"shape": "calls"})
    control.mappings.save("acme", "files", "f1", {"shape": "surveys"})
    control.mappings.save("acme", "files", "f1", MAPPING)
    control.mappings.save("acme", "zendesk", "f1", {"shape": "agents"})
    assert control.mappings.get("acme", "files", "f1") == MAPPING
    assert [(m.source, m.fingerprint) for m in control.mappings.list("acme")] == [
        ("files", "f1"), ("files", "f2"), ("zendesk", "f1"),
    ]  # fmt: skip
    assert [m.mapping["shape"] for m in control.mappings.list("acme", "zendesk")] == ["agents"]
    assert control.mappings.delete("acme", "files", "f1")
    assert not control.mappings.delete("acme", "files", "f1")
    assert control.mappings.get("acme", "files", "f1") is None


def test_preferences_by_key(control: Control) -> None:
    assert control.preferences.get("acme", "theme") is None
    assert control.preferences.get("acme", "theme", "light") == "light"
    control.preferences.set("acme", "theme", None)
    assert control.preferences.get("acme", "theme", "light") is None
    control.preferences.set("acme", "theme", "dark")
    control.preferences.set("acme", "first_day", 6)
    assert control.preferences.list("acme") == {"first_day": 6, "theme": "dark"}
    assert control.preferences.list("globex") == {}
    assert control.preferences.delete("acme", "theme")
    assert not control.preferences.delete("acme", "theme")
    assert control.preferences.list("acme") == {"first_day": 6}


@hypothesis_settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=JSON)
def test_any_json_comes_back_as_it_was(control: Control, value: Any) -> None:
    control.preferences.set("acme", "any", value)
    assert control.preferences.get("acme", "any") == value


@pytest.mark.parametrize("value", [object(), "half \ud800 pair", 2**70, {1, 2}])
def test_what_is_no_json_is_refused(control: Control, value: Any) -> None:
    with pytest.raises(InputError, match="cannot be stored as JSON"):
        control.preferences.set("acme", "any", value)
    assert control.preferences.list("acme") == {}


@pytest.mark.parametrize("key", ["", "x" * 501, "a\x00b", "\udc80"])
def test_a_key_that_no_database_keeps_is_refused(control: Control, key: str) -> None:
    with pytest.raises(InputError):
        control.preferences.set("acme", key, 1)
    with pytest.raises(InputError):
        control.mappings.save("acme", "files", key, {})
    assert control.preferences.list("acme") == {}


@pytest.mark.parametrize("key", ["a\x00b", "\udc80"])
def test_looking_for_such_a_key_is_refused_alike(control: Control, key: str) -> None:
    for look in (control.workspaces.get, lambda k: control.preferences.get("acme", k), control.runs.list):
        with pytest.raises(InputError, match="NUL or half a surrogate"):
            look(key)


def test_keys_are_compared_as_written(control: Control) -> None:
    control.preferences.set("acme", "Key", 1)
    control.preferences.set("acme", "key", 2)
    assert control.preferences.get("acme", "Key") == 1

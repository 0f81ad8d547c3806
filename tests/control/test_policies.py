"""Service-level policies: versions follow each other, nothing is forgotten, and workspaces stay apart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from deskpulse.control import Control
from deskpulse.core.errors import InputError, LimitError, NotFoundError
from deskpulse.core.service_levels import Policy, parse_targets

MAY = datetime(2026, 5, 1, tzinfo=UTC)


def policy(name: str = "gold", text: str = "first_reply: urgent 30m, * 4h business", **more: object) -> Policy:
    return Policy(name=name, targets=parse_targets(text), **more)  # type: ignore[arg-type]


def test_a_policy_comes_back_as_it_was_set(control: Control) -> None:
    wanted = policy(conditions={"team": ("Tier 1", "Tier 2"), "company_tier": ("gold",)}, position=3)
    assert control.policies.set("acme", wanted, by="ana") == wanted
    assert control.policies.versions("acme") == (wanted,)
    (record,) = control.policies.records("acme", "gold")
    assert (record.written_by, record.ended_by) == ("ana", None)
    assert control.policies.versions("globex") == ()


def test_a_new_version_ends_the_one_before(control: Control) -> None:
    control.policies.set("acme", policy(), by="ana")
    second = control.policies.set("acme", policy(text="first_reply: 1h", valid_from=MAY), by="ben")
    before, after = control.policies.versions("acme")
    assert (before.valid_from, before.valid_until) == (None, MAY)
    assert (after, after.version, after.valid_from) == (second, 2, MAY)
    with pytest.raises(InputError, match="begin after"):
        control.policies.set("acme", policy(valid_from=MAY), by="ana")
    third = control.policies.set("acme", policy(), by="ana")
    assert third.valid_from is not None
    assert third.valid_from > MAY


def test_a_retired_policy_stays_for_what_began_before(control: Control) -> None:
    control.policies.set("acme", policy(valid_from=MAY), by="ana")
    with pytest.raises(InputError, match="begins"):
        control.policies.retire("acme", "gold", by="ana", at=MAY - timedelta(days=1))
    control.policies.retire("acme", "gold", by="ana", at=MAY + timedelta(days=9))
    (kept,) = control.policies.versions("acme")
    assert kept.valid_until == MAY + timedelta(days=9)
    with pytest.raises(NotFoundError):
        control.policies.retire("acme", "gold", by="ana")
    with pytest.raises(InputError, match="in force until"):
        control.policies.set("acme", policy(valid_from=MAY + timedelta(days=8)), by="ana")
    again = control.policies.set("acme", policy(valid_from=MAY + timedelta(days=30)), by="ana")
    assert again.version == 2


def test_policies_are_tried_by_position_then_name(control: Control) -> None:
    for name, position in (("zeta", 0), ("beta", 1), ("alpha", 1)):
        control.policies.set("acme", policy(name, position=position), by="ana")
    assert [p.name for p in control.policies.versions("acme")] == ["zeta", "alpha", "beta"]


def test_impossible_policies_are_refused(control: Control) -> None:
    for text, more in (("first_reply: 1h", {"conditions": {"mood": ("bad",)}}), ("", {})):
        with pytest.raises(InputError):
            control.policies.set("acme", policy(text=text, **more), by="ana")
    with pytest.raises(InputError):
        control.policies.set("acme", policy(name="x" * 300), by="ana")
    with pytest.raises(NotFoundError):
        control.policies.set("nowhere", policy(), by="ana")
    with pytest.raises(NotFoundError):
        control.policies.records("acme", "nothing")


def test_versions_have_a_limit(control: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control.policies, "_max_versions", 2)
    for day in (1, 2):
        control.policies.set("acme", policy(valid_from=MAY + timedelta(days=day)), by="ana")
    with pytest.raises(LimitError, match=r"(?i)policy_max_versions"):
        control.policies.set("acme", policy(valid_from=MAY + timedelta(days=3)), by="ana")

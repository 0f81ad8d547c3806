from __future__ import annotations

import pytest

from deskpulse.control import Control
from deskpulse.control.workspaces import checked_slug
from deskpulse.core.errors import ConflictError, InputError, NotFoundError
from deskpulse.core.events import Event, bus


def test_a_workspace_is_created_once_and_found_again(control: Control) -> None:
    made = control.workspaces.create("initech", "Initech GmbH", "America/New_York", "demo")
    assert control.workspaces.get("initech") == made
    assert (made.timezone, made.kind, made.name) == ("America/New_York", "demo", "Initech GmbH")
    with pytest.raises(ConflictError, match="exists already"):
        control.workspaces.create("initech", "Another")
    assert [w.slug for w in control.workspaces.list()] == ["acme", "globex", "initech"]


def test_ensure_makes_it_once(control: Control) -> None:
    first = control.workspaces.ensure("hooli", timezone="Asia/Tokyo")
    assert (first.name, first.timezone) == ("hooli", "Asia/Tokyo")
    assert control.workspaces.ensure("hooli", "Other name", "UTC") == first


def test_what_is_not_there_is_said(control: Control) -> None:
    for call in (
        lambda: control.workspaces.get("nobody"),
        lambda: control.workspaces.delete("nobody"),
        lambda: control.workspaces.set_timezone("nobody", "UTC"),
        lambda: control.preferences.set("nobody", "key", 1),
        lambda: control.mappings.save("nobody", "files", "f", {}),
        lambda: control.runs.create("nobody", "run_1", source="files", label="x"),
        lambda: control.journal.append("nobody", "push", "tickets", b"[]"),
        lambda: control.jobs.create("nobody", "train"),
    ):
        with pytest.raises(NotFoundError, match="no workspace 'nobody'"):
            call()


def test_the_time_zone_can_be_changed(control: Control) -> None:
    changed = control.workspaces.set_timezone("acme", "Australia/Lord_Howe")
    assert changed == control.workspaces.get("acme")
    assert changed.timezone == "Australia/Lord_Howe"
    assert changed.updated_at >= changed.created_at
    with pytest.raises(InputError, match="no IANA time zone"):
        control.workspaces.set_timezone("acme", "Mars/Olympus")


def test_deleting_takes_everything_of_it_along(control: Control) -> None:
    for workspace in ("acme", "globex"):
        control.preferences.set(workspace, "taxonomy", {"a": 1})
        control.mappings.save(workspace, "files", "f", {"shape": "tickets"})
        control.runs.create(workspace, "run_1", source="files", label="x")
        control.journal.append(workspace, "push", "tickets", b"[]", idempotency_key="k")
        control.jobs.create(workspace, "train")
    control.workspaces.delete("acme")
    control.workspaces.create("acme", "Acme again")
    assert control.preferences.list("acme") == {}
    assert control.mappings.list("acme") == ()
    assert control.runs.list("acme").items == ()
    assert control.journal.batch("acme", 0, 10) == ()
    assert control.jobs.list("acme").items == ()
    assert len(control.runs.list("globex").items) == len(control.jobs.list("globex").items) == 1


@pytest.mark.parametrize(
    "slug",
    ["", "A", "a_b", "a b", "../up", "..", ".", "a/b", "a\\b", "-a", "a-", "a" * 61, "con", "nul", "com1", "lpt9",
     "ä", "a\n", "a\x00", "a.b", "½", "１"],
)  # fmt: skip
def test_a_slug_must_be_safe_in_paths(slug: str) -> None:
    with pytest.raises(InputError, match="cannot name a workspace"):
        checked_slug(slug)


@pytest.mark.parametrize("slug", ["a", "0", "acme-support", "a" * 60, "console", "x--y"])
def test_usual_slugs_pass(slug: str) -> None:
    assert checked_slug(slug) == slug


@pytest.mark.parametrize(
    ("name", "timezone", "kind"), [("", "UTC", "user"), ("x" * 201, "UTC", "user"), ("a\x00", "UTC", "user"),
                                  ("a\ud800", "UTC", "user"), ("a", "utc+1", "user"), ("a", "UTC", "trial")],
)  # fmt: skip
def test_bad_words_are_refused_before_they_reach_the_database(
    control: Control, name: str, timezone: str, kind: str
) -> None:
    with pytest.raises(InputError):
        control.workspaces.create("fresh", name, timezone, kind)  # type: ignore[arg-type]
    assert len(control.workspaces.list()) == 2


def test_what_happens_to_workspaces_is_announced(control: Control) -> None:
    heard: list[Event] = []
    stop = bus.listen("*", heard.append)
    control.workspaces.ensure("hooli")
    control.workspaces.ensure("hooli")
    control.workspaces.set_timezone("hooli", "Asia/Tokyo")
    control.workspaces.delete("hooli")
    stop()
    assert [(e.topic, e.workspace) for e in heard] == [
        ("workspace.created", "hooli"), ("workspace.changed", "hooli"), ("workspace.deleted", "hooli"),
    ]  # fmt: skip

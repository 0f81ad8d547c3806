"""Settings, errors, ids, registry, events, logs and the server file."""

from __future__ import annotations

import json
import logging
import os
import threading
import types
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from deskpulse.core import clock, errors, ids, registry, server_file
from deskpulse.core import logging as logs
from deskpulse.core.configuration import load_settings
from deskpulse.core.events import Bus, Event
from deskpulse.core.principal import Principal, local_owner
from deskpulse.core.settings import Settings


def test_every_setting_has_help() -> None:
    assert [n for n, f in Settings.model_fields.items() if not f.description] == []


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DESKPULSE_PORT", "9000")
    monkeypatch.setenv("DESKPULSE_DATA_DIR", str(tmp_path))
    settings = Settings(_env_file=None)
    assert (settings.port, settings.data_dir) == (9000, tmp_path)
    assert settings.control_database_url.endswith("control.sqlite3")
    with pytest.raises(ValidationError, match="no IANA time zone"):
        Settings(_env_file=None, timezone="Mars/Olympus")


def test_settings_come_from_a_file_beside_what_runs_and_the_environment_goes_before(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in [name for name in os.environ if name.startswith("DESKPULSE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    assert (Settings().port, Settings().timezone) == (8080, "UTC")
    lines = ["# ours", "DESKPULSE_PORT=9001", "DESKPULSE_TIMEZONE='Europe/Rome'", "DESKPULSE_OF_OTHERS=1", "PATH=x", ""]
    (tmp_path / ".env").write_text("\n".join(lines), encoding="utf-8")
    assert (Settings().port, Settings().timezone) == (9001, "Europe/Rome")
    monkeypatch.setenv("DESKPULSE_PORT", "9002")
    assert (Settings().port, Settings().timezone) == (9002, "Europe/Rome")
    assert load_settings(port=9003).port == 9003
    (tmp_path / ".env").write_text("DESKPULSE_TIMEZONE=Mars/Olympus\n", encoding="utf-8")
    with pytest.raises(ValidationError, match="no IANA time zone"):
        Settings()


@pytest.mark.parametrize(("host", "secret", "refused"), [
    ("127.0.0.1", "deskpulse-local-only", False), ("::1", "x", False), ("0.0.0.0", "deskpulse-local-only", True),
    ("0.0.0.0", "short", True), ("0.0.0.0", "a" * 32, False),
])  # fmt: skip
def test_serving_beyond_loopback_needs_a_secret(host: str, secret: str, refused: bool) -> None:
    settings = Settings(_env_file=None, host=host, secret=secret)
    if not refused:
        settings.refuse_unsafe_serving()
        return
    with pytest.raises(errors.InputError, match="DESKPULSE_SECRET"):
        settings.refuse_unsafe_serving()


def _subclasses(kind: type[errors.DeskpulseError]) -> set[type[errors.DeskpulseError]]:
    return {kind}.union(*(_subclasses(s) for s in kind.__subclasses__()))


def test_errors_have_codes_of_their_own_and_stand_in_the_tree() -> None:
    tree = errors.__doc__ or ""
    kinds = _subclasses(errors.DeskpulseError)
    assert [k.__name__ for k in kinds if k.__module__ == errors.__name__ and k.__name__ not in tree] == []
    assert len({k.code for k in kinds}) == len(kinds)


def test_an_unknown_name_suggests_the_nearest() -> None:
    error = errors.UnknownNameError("metric", "csatt", ["csat", "backlog"])
    assert "'csat'" in str(error)
    assert error.details["nearest"] == ["csat"]
    assert "backlog" in str(errors.UnknownNameError("metric", "zzzz", ["csat", "backlog"]))


def test_ids_sort_by_time_and_hashes_see_borders() -> None:
    with clock.frozen_at(datetime(2026, 1, 1, tzinfo=UTC)):
        first = ids.new_id("run")
    assert first < ids.new_id("run")
    assert ids.content_hash(["ab", "c"]) != ids.content_hash(["a", "bc"])
    assert ids.content_hash([None]) != ids.content_hash([""])
    assert ids.slug("Größe & Co. / 2026") == "gr-e-co-2026"


def test_the_clock_can_be_held_only_at_an_aware_moment() -> None:
    with pytest.raises(ValueError, match="aware"), clock.frozen_at(datetime(2026, 1, 1)):  # noqa: DTZ001
        pass


def test_the_registry_refuses_two_of_one_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "catalogue_under_test"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "a.py").write_text("from deskpulse.core.principal import Principal\nfrom types import SimpleNamespace\n"
                                  "A = SimpleNamespace(name='a')\nMORE = (SimpleNamespace(name='b'),)\n")  # fmt: skip
    monkeypatch.syspath_prepend(tmp_path)
    module = __import__("catalogue_under_test")
    assert list(registry.collect(module, types.SimpleNamespace)) == ["a", "b"]
    (package / "c.py").write_text("from types import SimpleNamespace\nA = SimpleNamespace(name='a')\n")
    with pytest.raises(ValueError, match="two SimpleNamespace named 'a'"):
        registry.collect(module, types.SimpleNamespace)


def test_a_failing_listener_does_not_stop_the_others(caplog: pytest.LogCaptureFixture) -> None:
    bus, heard = Bus(), []

    def broken(event: Event) -> None:
        raise RuntimeError("no")

    bus.listen("run.progress", broken)
    stop = bus.listen("*", heard.append)
    with caplog.at_level(logging.ERROR):
        bus.announce("run.progress", "w", rows=1)
    stop()
    bus.announce("run.progress", "w", rows=2)
    assert [e.data for e in heard] == [{"rows": 1}]


def test_logs_are_json_with_a_correlation_id() -> None:
    record = logging.makeLogRecord({"msg": "hello %s", "args": ("you",), "rows": 3})
    with logs.correlated("abc"):
        entry = json.loads(logs.JsonFormatter().format(record))
    assert (entry["message"], entry["rows"], entry["correlation_id"]) == ("hello you", 3, "abc")


def test_roles_include_the_lower_ones() -> None:
    viewer = Principal(workspace="w", user="u", role="viewer")
    assert local_owner("w").may("admin")
    assert not viewer.may("analyst")


def test_the_server_file_is_private_found_and_stale_ones_go(tmp_path: Path) -> None:
    assert server_file.find(tmp_path) is None
    mine = server_file.claim(tmp_path, "http://127.0.0.1:1", "token")
    assert server_file.find(tmp_path) == mine
    if os.name == "posix":
        assert (tmp_path / server_file.NAME).stat().st_mode & 0o077 == 0
    with pytest.raises(errors.ConflictError, match="already runs"):
        server_file.claim(tmp_path, "http://127.0.0.1:2", "other")
    server_file.release(tmp_path)
    assert server_file.find(tmp_path) is None
    for stale in ('{"pid": 1, "started": 1.0, "url": "u", "token": "t"}', "not json", "{}", "[]"):
        (tmp_path / server_file.NAME).write_text(stale)
        assert server_file.find(tmp_path) is None
        assert not (tmp_path / server_file.NAME).exists()


def test_a_server_file_is_never_seen_half_written(tmp_path: Path) -> None:
    """Who looks while it is being written must not take it for a stale one and remove it."""
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            server_file.find(tmp_path)

    watching = threading.Thread(target=look)
    watching.start()
    try:
        for number in range(200):
            claimed = server_file.claim(tmp_path, f"http://127.0.0.1:{number}", "token" * 200)
            assert server_file.find(tmp_path) == claimed
            server_file.release(tmp_path)
    finally:
        done.set()
        watching.join()
    assert list(tmp_path.iterdir()) == []


def test_a_server_file_is_placed_without_hard_links_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError("no hard links here")

    monkeypatch.setattr(server_file.os, "link", refuse)
    mine = server_file.claim(tmp_path, "http://127.0.0.1:1", "token")
    assert server_file.find(tmp_path) == mine
    (tmp_path / "finished").write_text("x")
    with pytest.raises(FileExistsError):
        server_file._place(tmp_path / "finished", tmp_path / server_file.NAME)

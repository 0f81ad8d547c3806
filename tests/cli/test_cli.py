"""The command line, alone and through a running server, by real processes.

What only has to do what a command does runs in one process after the other, which is started once (`commands.py`)."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.worlds import ticket_rows, write_csv

ROOT = Path(__file__).resolve().parents[2]
DESKPULSE = (sys.executable, "-m", "deskpulse")
YEAR = ("--from", "2026-01-01", "--to", "2027-01-01")


@pytest.fixture(scope="module", autouse=True)
def program() -> Iterator[None]:
    """The process that runs commands."""
    words = (sys.executable, "-m", "tests.cli.commands")
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as process:
        _running.append(process)
        yield
        _running.clear()
        assert process.stdin is not None
        process.stdin.close()
        process.wait(timeout=60)


_running: list[subprocess.Popen[bytes]] = []


def command(*words: str | Path, data: Path | None = None, code: int = 0, alone: bool = False) -> str:
    """Run `deskpulse` with `words`; return its output, or with another `code` what it said of the error.

    `alone`: as a process of its own.
    """
    environment = {k: v for k, v in os.environ.items() if not k.startswith("DESKPULSE_")}
    environment |= {"DESKPULSE_WORKERS": "1", "PYTHONUTF8": "1"}
    if data is not None:
        environment["DESKPULSE_DATA_DIR"] = str(data)
    if alone:
        done = subprocess.run([*DESKPULSE, *map(str, words)], capture_output=True, check=False,
                              env=environment, timeout=120)  # fmt: skip
        ended, out, err = done.returncode, done.stdout.decode(), done.stderr.decode()
    else:
        (process,) = _running
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps({"words": [*map(str, words)], "environment": environment}).encode() + b"\n")
        process.stdin.flush()
        told = json.loads(process.stdout.readline())
        ended, out, err = told["code"], told["out"], told["err"]
    assert ended == code, f"exit {ended}\n{out}\n{err}"
    return out if code == 0 else err


def as_json(*words: str | Path, data: Path) -> Any:
    return json.loads(command(*words, "--json", data=data))


@pytest.fixture
def export(tmp_path: Path) -> Path:
    return write_csv(tmp_path / "export.csv", ticket_rows(80))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def server(data: Path) -> Iterator[dict[str, Any]]:
    """A real server on `data`; ended by its id."""
    environment = {**os.environ, "DESKPULSE_WORKERS": "1", "DESKPULSE_WARM_PAGES": "0"}
    words = [*DESKPULSE, "serve", "--port", "0", "--json", "--data-dir", str(data)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
    assert process.stdout is not None
    said = b""
    until = time.monotonic() + 60
    while b"}" not in said and process.poll() is None and time.monotonic() < until:
        said += process.stdout.readline()
    try:
        yield {**json.loads(said), "pid": process.pid}
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)


def test_help_is_quick_and_names_every_command() -> None:
    took = []
    for _ in range(3):
        before = os.times()
        told = command("--help", alone=True)
        after = os.times()
        # Processor time: a busy machine does not stretch it.
        took.append(after.children_user - before.children_user + after.children_system - before.children_system)
    for name in (
        "demo",
        "import",
        "imports",
        "serve",
        "query",
        "report",
        "rejected",
        "doctor",
        "bench",
        "metrics",
        "tickets",
    ):
        assert f" {name} " in told
    assert "..." not in told.split("Commands:")[1], "each command tells its whole first sentence"
    assert min(took) < 0.5, took


def test_from_file_to_numbers_alone(data: Path, export: Path) -> None:
    seen = as_json("import", export, "--dry-run", data=data)
    mapping = seen["parts"][0]["mapping"]
    assert {c["target"]: c["column"] for c in mapping["columns"]}["created_at"] == "Opened At"
    assert all(c["reason"] for c in mapping["columns"])
    done = json.loads(command("import", export, "--json", data=data, alone=True))
    wanted = {"run_id", "rows_read", "tickets", "messages", "events", "calls", "surveys", "rejected", "duplicates",
              "seconds", "mapping"}  # fmt: skip
    assert wanted <= set(done)
    assert (done["rows_read"], done["tickets"]) == (80, 80)
    answer = as_json("query", "tickets_created", "csat", "--by", "team", "--grain", "month", *YEAR, data=data)
    assert sum(r["tickets_created"]["value"] or 0 for r in answer["rows"]) == 80
    assert {"team", "period", "tickets_created", "csat"} == set(answer["rows"][0])
    assert {"value", "n"} == set(answer["rows"][0]["csat"])
    csv = command("query", "tickets_created", "--by", "team", *YEAR, "--format", "csv", data=data)
    assert csv.startswith("team,tickets_created,tickets_created_n\n")
    table = command("query", "tickets_created", "--by", "team", "--compare", "previous", *YEAR, data=data)
    assert "Billing" in table
    assert "total" in table
    assert as_json("tickets", "--metric", "tickets_created", *YEAR, data=data)["total"] == 80
    assert "Support insights" in command("report", *YEAR, data=data, alone=True)
    assert as_json("imports", data=data)["runs"][0]["run_id"] == done["run_id"]
    assert as_json("imports", "undo", done["run_id"], data=data)["taken_back"]["tickets"] == 80
    assert as_json("doctor", data=data)["ok"]


def test_the_same_through_a_running_server(server: dict[str, Any], data: Path, export: Path) -> None:
    done = as_json("import", export, data=data)
    assert (done["tickets"], done["status"]) == (80, "done")
    assert as_json("import", export, data=data)["duplicates"] == 80
    answer = as_json("query", "tickets_created", *YEAR, data=data)
    assert answer["totals"]["tickets_created"]["value"] == 80
    request = urllib.request.Request(f"{server['url'].rstrip('/')}/api/v1/tickets")
    with urllib.request.urlopen(request, timeout=10) as response:
        assert json.load(response)["total"] == 80
    assert as_json("doctor", data=data)["ok"]
    assert "csat" in command("query", "csatt", data=data, code=2)
    assert "already runs" in command("serve", "--port", "0", data=data, code=4, alone=True)
    assert "Support insights" in command("report", "--format", "html", *YEAR, data=data)
    assert as_json("imports", "undo", done["run_id"], data=data)["taken_back"]["tickets"] == 80


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a server that is started after this commit few rows at once, so that there is time to stop it."""
    monkeypatch.setenv("DESKPULSE_IMPORT_BATCH_ROWS", "100")


def test_an_import_is_stopped_and_goes_on_where_it_was(
    small_batches: None, server: dict[str, Any], data: Path, tmp_path: Path
) -> None:
    rows = [{**row, "Ticket ID": f"{row['Ticket ID']}-{n}"} for n in range(2) for row in ticket_rows(2_000)]
    tickets, file = len(rows), write_csv(tmp_path / "long.csv", rows)
    words = [*DESKPULSE, "import", str(file), "--no-enrich", "--json", "--data-dir", str(data)]
    importing = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        run_id = _under_way(data)
        assert "will stop" in command("imports", "cancel", run_id, data=data)
    finally:
        told, _ = importing.communicate(timeout=120)
    stopped = json.loads(told)
    assert (stopped["run_id"], stopped["status"]) == (run_id, "cancelled")
    assert 0 < stopped["tickets"] < tickets
    assert as_json("tickets", data=data)["total"] == stopped["tickets"]
    assert as_json("imports", data=data)["runs"][0]["status"] == "cancelled"

    done = as_json("imports", "resume", run_id, data=data)
    assert (done["status"], done["tickets"], done["rows_read"], done["duplicates"]) == ("done", tickets, tickets, 0)
    assert as_json("tickets", data=data)["total"] == tickets
    for act in ("cancel", "resume"):
        assert "is done" in command("imports", act, run_id, data=data, code=4)
        assert "no run" in command("imports", act, "run_none", data=data, code=3)


def _under_way(data: Path) -> str:
    """Wait until an import has committed rows; return its run's id."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        for run in as_json("imports", data=data)["runs"]:
            if run["status"] == "running" and (run["progress"] or {}).get("rows_read"):
                return str(run["run_id"])
        time.sleep(0.02)
    raise AssertionError("no import came under way")


def test_a_dead_servers_file_does_not_stand_in_the_way(server: dict[str, Any], data: Path, export: Path) -> None:
    psutil.Process(server["pid"]).kill()
    psutil.wait_procs([psutil.Process(server["pid"])] if psutil.pid_exists(server["pid"]) else [], timeout=10)
    assert (data / "server.json").exists()
    assert as_json("import", export, data=data)["tickets"] == 80
    assert not (data / "server.json").exists()


def test_errors_have_exit_codes_and_json(data: Path, tmp_path: Path) -> None:
    assert "nothing.csv" in command("import", tmp_path / "nothing.csv", data=data, code=2)
    assert "metric" in command("query", "nonsense", data=data, code=2)
    error = json.loads(command("query", "nonsense", "--json", data=data, code=2))["error"]
    assert {"code", "message", "hint"} <= set(error)
    assert "workspace" in command("query", "csat", "-w", "nobody", data=data, code=3)
    assert "maps nothing" in command("import", tmp_path, "--map", "created_at", data=data, code=2)
    assert "DESKPULSE_SECRET" in command("serve", "--host", "0.0.0.0", "--port", "0", data=data, code=2, alone=True)


def test_two_commands_at_once_do_not_damage_anything(data: Path, export: Path) -> None:
    words = [*DESKPULSE, "import", str(export), "--json", "--data-dir", str(data)]
    first = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    second = subprocess.run(words, capture_output=True, check=False, timeout=120)
    first.communicate(timeout=120)
    codes = {first.returncode, second.returncode}
    assert codes <= {0, 8}
    assert 0 in codes
    assert as_json("tickets", data=data)["total"] == 80


def test_cells_shapes_segments_and_targets(data: Path, export: Path) -> None:
    command("import", export, data=data)
    answer = as_json("query", "tickets_created", "--by", "team", *YEAR, data=data)
    row = answer["rows"][0]
    team = row["team"] or "(none)"
    asked = ("query", "tickets_created", "--by", "team", *YEAR, "--drill", f"team={team}")
    assert as_json(*asked, data=data)["total"] == row["tickets_created"]["n"]
    lines = command(*asked, "--format", "csv", data=data).splitlines()
    assert len(lines) == row["tickets_created"]["n"] + 1
    told = as_json(*asked, "--explain", data=data)
    assert told["totals"]["tickets_created"]["n"] == row["tickets_created"]["n"]
    shown = command("query", "tickets_created", "--grain", "month", "--show", "running_total", *YEAR, data=data)
    assert "running total" in shown
    assert "without a value" in command("distribution", "message_count", *YEAR, data=data)
    assert "Monday" in command("heatmap", "tickets_created", *YEAR, data=data)
    assert len(as_json("cohort", *YEAR, data=data)["cohorts"]) == 12
    assert "tickets are in it" in command("segments", "save", "early", "created_at < 2026-06-01", data=data)
    assert "early" in command("segments", "list", data=data)
    assert "should be" in command("targets", "set", "tickets_created", "50", data=data)
    compared = as_json("query", "tickets_created", "--compare", "target", *YEAR, data=data)
    assert compared["totals"]["tickets_created"]["compared"] == 50


def test_reconcile_in_the_terminal_and_through_a_server(
    data: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    rows = [f"{n},solved,2026-03-02T09:00:00Z,{n}" for n in range(1, 4)]
    (tmp_path / "t.csv").write_text("\n".join(["id,Status,Created at,First reply time (min)", *rows]) + "\n", "utf-8")
    (tmp_path / "theirs.csv").write_text("id,First reply time (min)\n1,1\n2,7\n", "utf-8")
    missing = command("reconcile", "desk", data=data, code=3)
    assert "Nothing is imported here yet" in missing
    command("import", tmp_path / "t.csv", "--source", "desk", "--no-enrich", data=data)
    words = ("reconcile", tmp_path / "theirs.csv", "--limit", "1")
    told = command(*words, "--csv", tmp_path / "all.csv", data=data)
    assert "First reply time: 1 of 2 agree to the minute" in told
    assert len((tmp_path / "all.csv").read_text("utf-8").splitlines()) == 4
    alone = as_json(*words, data=data)
    request.getfixturevalue("server")
    assert as_json(*words, data=data) == alone
    assert command("reconcile", "desk", "--out", tmp_path / "r.md", data=data) == ""
    assert "taken over" in (tmp_path / "r.md").read_text("utf-8")


def test_mended_rows_are_taken_and_others_put_away(tmp_path: Path) -> None:
    data, rows = tmp_path / "data", ticket_rows(6)
    rows[1]["Opened At"] = rows[2]["Opened At"] = rows[3]["Opened At"] = "one day"
    run = as_json("import", write_csv(tmp_path / "t.csv", rows), "--no-enrich", data=data)
    assert run["rejected"] == 3
    listed = tmp_path / "rejected.csv"
    listed.write_text(command("rejected", "--csv", data=data).replace("one day", "2026-03-02T10:00:00Z", 1), "utf-8")
    head, first, *_ = listed.read_text("utf-8").splitlines()
    cells = dict(zip(head.split(","), next(csv.reader([first])), strict=True))
    cells["Opened At"] = "2026-03-02T10:00:00Z"
    listed.write_text(f"{head}\n{','.join(json.dumps(one) for one in cells.values())}\n", "utf-8")
    assert "mend" in command("import", listed, data=data, code=2)
    assert command("rejected", "mend", listed, data=data).startswith("1 rows were taken; 0 could not be; 0 were not")
    assert command("rejected", "replay", run["run_id"], data=data).startswith("0 rows were taken; 2 could not be.")
    assert as_json("rejected", "dismiss", "--run", run["run_id"], data=data) == {"dismissed": 2}
    assert as_json("rejected", data=data)["total"] == 0


def test_a_workspace_is_made_and_its_data_is_its_own(tmp_path: Path) -> None:
    data, file = tmp_path / "data", write_csv(tmp_path / "t.csv", ticket_rows(4))
    assert "workspaces add acme" in command("import", file, "-w", "acme", data=data, code=3)
    assert as_json("workspaces", "add", "acme", "--timezone", "Asia/Tokyo", data=data)["timezone"] == "Asia/Tokyo"
    command("import", file, "-w", "acme", "--no-enrich", data=data)
    assert as_json("tickets", "-w", "acme", data=data)["total"] == 4
    assert as_json("tickets", data=data)["total"] == 0


def test_a_failed_import_ends_as_its_error_does(tmp_path: Path) -> None:
    import gzip

    data, whole = tmp_path / "data", write_csv(tmp_path / "t.csv", ticket_rows(3_000)).read_bytes()
    cut = tmp_path / "t.csv.gz"
    cut.write_bytes(gzip.compress(whole)[:-2_000])
    told = json.loads(command("import", cut, "--no-enrich", "--json", data=data, code=2))
    assert told["error"]["code"] == "unreadable_file"
    assert "imports resume run_" in told["error"]["hint"]


def test_wrong_words_are_told_as_json_too() -> None:
    told = json.loads(command("query", "--json", code=2))
    assert (told["error"]["code"], "--help" in told["error"]["hint"]) == ("invalid_input", True)
    assert "Missing argument" in command("query", code=2)


def test_a_report_in_a_file_is_what_was_asked_for(tmp_path: Path) -> None:
    data, out = tmp_path / "data", tmp_path / "r.html"
    command("import", write_csv(tmp_path / "t.csv", ticket_rows(20)), "--no-enrich", data=data)
    told = as_json("report", "--format", "html", "-o", out, data=data)
    assert told == {"written": str(out), "format": "html"}
    assert out.read_text("utf-8").lstrip().startswith("<!")


@pytest.mark.skipif(os.name != "posix", reason="signals are those of POSIX")
def test_a_server_told_to_stop_tidies_up(tmp_path: Path) -> None:
    words = [*DESKPULSE, "serve", "--port", "0", "--json", "--data-dir", str(tmp_path)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        said = b""
        while b"}" not in said:
            said += process.stdout.readline()
        assert (tmp_path / "server.json").exists()
        process.terminate()
        assert process.wait(timeout=60) == 0
    assert not (tmp_path / "server.json").exists()
    assert list(tmp_path.glob("workspaces/*/*.wal")) == []


def test_a_warehouse_of_a_newer_version_is_refused_by_the_server_too(tmp_path: Path) -> None:
    import duckdb

    command("import", write_csv(tmp_path / "t.csv", ticket_rows(3)), "--no-enrich", data=tmp_path / "data")
    with duckdb.connect(str(tmp_path / "data/workspaces/default/warehouse.duckdb")) as connection:
        connection.execute("UPDATE meta SET value = 999 WHERE name = 'schema_version'")
    assert "newer" in command("serve", "--port", "0", data=tmp_path / "data", code=7, alone=True)
    assert not (tmp_path / "data/server.json").exists()


ABOUT_THE_FOLDER = {"demo", "serve", "doctor", "workspaces", "workspaces add"}
ABOUT_FILES = {"bench", "evaluate text", "evaluate anomalies", "evaluate forecast", "evaluate predictions remaining",
               "evaluate predictions duration", "evaluate predictions outcome"}  # fmt: skip
"""What measures in a folder of its own, or reads files alone."""


def test_every_command_takes_the_same_options() -> None:
    import typer

    from deskpulse.cli.main import app

    def walk(group: Any, path: str) -> Iterator[tuple[str, set[str]]]:
        for name, one in getattr(group, "commands", {}).items():
            yield from walk(one, f"{path} {name}".strip())
        if path and (not getattr(group, "commands", None) or group.invoke_without_command):
            yield path, {option for parameter in group.params for option in parameter.opts}

    found = dict(walk(typer.main.get_command(app), ""))
    assert len(found) > 80
    assert found.keys() >= ABOUT_THE_FOLDER | ABOUT_FILES
    assert [name for name, options in found.items() if "--json" not in options] == []
    assert {name for name, options in found.items() if "--data-dir" not in options} <= ABOUT_FILES
    assert {name for name, options in found.items() if "--workspace" not in options} <= ABOUT_FILES | ABOUT_THE_FOLDER

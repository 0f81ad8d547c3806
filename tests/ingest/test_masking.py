"""Masked copies are kept beside the texts, and only where they differ."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
from tests.ingest.imports import workspace
from tests.worlds import ticket_rows, write_csv

from deskpulse.ingest.masking import masked_parts
from deskpulse.ingest.model import ImportOptions
from deskpulse.ingest.rejected import export_csv, list_rejected
from deskpulse.ingest.run import run_import

COPIES = "SELECT subject, subject_masked, description, description_masked FROM tickets ORDER BY ticket_id"


def test_each_part_of_a_text_has_its_own_copy() -> None:
    parts = pl.DataFrame({"subject": ["Call Mo", None, "b"], "description": ["mo@x.org", "a@b.de here", None]})
    spans = [["email:9:17"], ["email:0:6"], None]
    assert masked_parts(parts, spans, ["Mo Zed", None, None]).rows() == [
        ("", "[email]"), (None, "[email] here"), ("", None),
    ]  # fmt: skip
    assert masked_parts(parts, spans, ["Moira Zed", "Here", "x"])["subject_masked"].to_list() == ["", None, ""]
    named = masked_parts(pl.DataFrame({"body": ["Moira asks"]}), [[]], ["Moira Zed"])
    assert named.rows() == [("[name] asks",)]


def test_an_import_keeps_copies_and_a_changed_text_gets_a_new_one(tmp_path: Path) -> None:
    rows = [{**row, "Description": "Where is it?", "Customer": "Mo Quillfeather"} for row in ticket_rows(3)]
    rows[0]["Description"] = "Write to mo@example.org, says Quillfeather"
    with workspace(tmp_path / "data") as context:
        run_import(context, write_csv(tmp_path / "a.csv", rows), ImportOptions(source="help desk"))
        with context.warehouse.reader() as reader:
            first, second, _ = reader.rows(COPIES)
        assert first[2:] == (rows[0]["Description"], "Write to [email], says [name]")
        assert (first[1], second[1], second[3]) == ("", "", "")
        rows[1]["Subject"] = "My card 4111 1111 1111 1111"
        run_import(context, write_csv(tmp_path / "b.csv", rows), ImportOptions(source="help desk"))
        with context.warehouse.reader() as reader:
            assert reader.rows(COPIES)[:2] == [first, (rows[1]["Subject"], "My card [card]", "Where is it?", "")]


def test_rejected_rows_show_no_cells_to_who_sees_masked_texts(tmp_path: Path) -> None:
    rows = [{**row, "Customer": "Mo Quillfeather"} for row in ticket_rows(3)]
    rows[0]["Opened At"] = "mo@example.org"
    with workspace(tmp_path / "data") as context:
        chosen = ImportOptions(source="help desk", overrides={"created_at": "Opened At"})
        run_import(context, write_csv(tmp_path / "a.csv", rows), chosen)
        masked = replace(context, principal=replace(context.principal, sees_personal_data=False))
        assert "Quillfeather" in str(list_rejected(context)) + export_csv(context).decode()
        told = str(list_rejected(masked)) + export_csv(masked).decode()
    assert "[email]" in told
    assert not any(secret in told for secret in ("Quillfeather", "mo@example.org"))


def test_files_that_came_with_a_message_show_signs(tmp_path: Path) -> None:
    rows = [
        {"Message ID": str(n), "Ticket ID": "1", "Sent At": f"2026-01-0{n}T10:00:00Z", "Author Type": "customer",
         "Body": "It fails, sorry", "Attachments": files}
        for n, files in enumerate(("screenshot.png, trace.log", ""), 1)
    ]  # fmt: skip
    with workspace(tmp_path / "data") as context:
        run_import(context, write_csv(tmp_path / "m.csv", rows), ImportOptions(source="help desk", shape="messages"))
        with context.warehouse.reader() as reader:
            (first,), (second,) = reader.rows("SELECT indicators FROM messages ORDER BY message_id")
            assert reader.rows("SELECT list_contains(indicators, 'attached_log') FROM tickets") == [(True,)]
    assert {"attached_image", "screenshot", "attached_log", "apology"} <= set(first)
    assert "apology" in second
    assert not any(sign.startswith("attached") for sign in second)

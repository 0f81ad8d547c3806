from __future__ import annotations

from deskpulse.enrich.attachments import attachment_signs


def test_files_are_told_by_their_names() -> None:
    names = [
        "Screenshot 2026-01-02.PNG",
        "invoice.pdf",
        "app.log",
        "image001.jpg",
        "README",
        "x.unknown",
        "Bildschirmfoto.mov",
    ]
    assert attachment_signs(names) == [
        "attached_image", "screenshot", "attached_document", "attached_log", "attached_other", "attached_video",
    ]  # fmt: skip
    assert attachment_signs(["a" * 1_000_000 + ".zip", "screenshot.txt", ""]) == [
        "attached_archive", "attached_document", "attached_other",
    ]  # fmt: skip
    assert attachment_signs([]) == []

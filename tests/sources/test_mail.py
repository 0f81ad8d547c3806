"""E-mail: messages and the tickets that their threads make."""

from __future__ import annotations

import gzip
import random
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from tests.sources.reading import opened, put, rows_of, tables_of

from deskpulse.core.settings import Settings
from deskpulse.sources.files import open_path
from deskpulse.sources.mail import MailRecord

START = datetime(2024, 5, 1, 10, tzinfo=UTC)


def mail(id_: str, sender: str, to: str, subject: str, body: str, minute: int, **headers: str) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Date"] = format_datetime(START + timedelta(minutes=minute))
    message["Message-ID"] = f"<{id_}>"
    for name, text in headers.items():
        message[name.replace("_", "-")] = text
    message.set_content(body)
    return message.as_bytes()


ANN, BOB, DESK = '"Ann, the customer" <Ann@c.com>', "Bob <bob@desk.com>", "Support <support@desk.com>"
MAILS = [
    mail("1@c", ANN, DESK, "It broke", "Help!\n\nFrom my phone", 0),
    mail("2@d", BOB, ANN, "Re: It broke", "Try again.", 5, In_Reply_To="<1@c>", References="<1@c>"),
    mail("3@c", ANN, DESK, "AW: Re: It broke", "Works.", 9, References="<1@c> <2@d>", In_Reply_To="<2@d>"),
    mail("4@e", "eve@e.com", DESK, "Invoice", "Where is it?", 20),
    mail("5@d", BOB, "eve@e.com, " + DESK, "Re: invoice", "Here.", 25),
    mail("6@e", "eve@e.com", DESK, "Away", "Away.", 26, Auto_Submitted="auto-replied", In_Reply_To="<5@d>"),
    mail("7@d", BOB, DESK, "Fwd: It broke", "fyi", 30, In_Reply_To="<1@c>"),
    mail("8@f", "fay@f.com", DESK, "Invoice", "Another one.", 40),
]  # fmt: skip


def mailbox(mails: list[bytes], line_end: bytes = b"\n") -> bytes:
    box = b""
    for raw in mails:
        body = raw.replace(b"\r\n", b"\n").replace(b"\nFrom ", b"\n>From ")
        box += b"From someone@x Wed May  1 10:00:00 2024\n" + body.rstrip(b"\n") + b"\n\n"
    return box.replace(b"\n", line_end)


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_a_mailbox_becomes_messages_and_tickets(tmp_path: Path, settings: Settings, line_end: bytes) -> None:
    found = opened(tmp_path, "inbox.mbox", mailbox(MAILS, line_end), settings)
    assert [p.entity for p in found.parts] == ["agents", "customers", "tickets", "messages"]
    tables = tables_of(found, rows=3)
    assert [(m["external_id"], m["ticket_id"], m["author_kind"], m["is_public"]) for m in tables["messages"]] == [
        ("1@c", "1@c", "customer", True), ("2@d", "1@c", "agent", True), ("3@c", "1@c", "customer", True),
        ("4@e", "4@e", "customer", True), ("5@d", "4@e", "agent", True), ("6@e", "4@e", "system", True),
        ("7@d", "1@c", "agent", False), ("8@f", "8@f", "customer", True),
    ]  # fmt: skip
    assert tables["messages"][0]["body"] == "Help!\n\nFrom my phone"
    assert tables["messages"][0]["author"] == "Ann, the customer"
    assert [(t["ticket_id"], t["subject"], t["customer_id"], t.get("agent_id")) for t in tables["tickets"]] == [
        ("1@c", "It broke", "ann@c.com", "bob@desk.com"), ("4@e", "Invoice", "eve@e.com", "bob@desk.com"),
        ("8@f", "Invoice", "fay@f.com", None),
    ]  # fmt: skip
    assert tables["tickets"][0]["created_at"] == START
    assert {a["external_id"] for a in tables["agents"]} == {"bob@desk.com"}
    assert {c["email"] for c in tables["customers"]} == {"ann@c.com", "eve@e.com", "fay@f.com"}
    assert any("taken for an agent" in note for note in found.notes)


def test_single_messages_in_a_folder_are_one_mailbox(tmp_path: Path, settings: Settings) -> None:
    for place, raw in enumerate(MAILS):
        put(tmp_path, f"mails/{place}.eml", raw)
    tables = tables_of(open_path(tmp_path / "mails", settings))
    assert [t["ticket_id"] for t in tables["tickets"]] == ["1@c", "4@e", "8@f"]
    assert len(tables["messages"]) == 8


def test_the_order_of_the_messages_does_not_matter(tmp_path: Path, settings: Settings) -> None:
    shuffled = random.Random(3).sample(MAILS, len(MAILS))
    tables = tables_of(opened(tmp_path, "t.mbox", mailbox(shuffled), settings))
    threads = {m["external_id"]: m["ticket_id"] for m in tables["messages"]}
    assert threads == {
        "1@c": "1@c", "2@d": "1@c", "3@c": "1@c", "4@e": "4@e", "5@d": "4@e", "6@e": "4@e", "7@d": "1@c", "8@f": "8@f",
    }  # fmt: skip
    assert {t["external_id"] for t in tables["tickets"]} == {"1@c", "4@e", "8@f"}


def test_reading_goes_on_from_any_position(tmp_path: Path, settings: Settings) -> None:
    for part in opened(tmp_path, "t.mbox.gz", gzip.compress(mailbox(MAILS)), settings).parts:
        chunks = list(part.chunks(2))
        for place, chunk in enumerate(chunks):
            rest = rows_of(part, 3, chunk.position)
            assert rest == [row for c in chunks[place + 1 :] for row in c.frame.to_dicts()]


def test_what_is_in_a_message() -> None:
    message = EmailMessage()
    message["From"], message["Subject"] = "=?utf-8?q?Ann_M=C3=BCller?= <ANN@c.com>", "Größe\n  folded"[:5]
    message["Message-ID"], message["Received"] = "<x@y>", "from a by b; Wed, 1 May 2024 12:00:00 +0200"
    message.set_content("<p>Hello<br>there</p><script>x</script>", subtype="html")
    message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="Größe.pdf")
    record = MailRecord(message.as_bytes())
    assert record["from"] == {"address": "ann@c.com", "name": "Ann Müller"}
    assert record["subject"] == "Größe"
    assert record["date"] == START.isoformat()
    assert (record["body"], record["attachments"]) == ("Hello\nthere", ["Größe.pdf"])


@pytest.mark.parametrize(
    ("raw", "body"),
    [
        (b"From: a@b.c\nContent-Type: text/plain; charset=nonsense\n\ncaf\xe9", "café"),
        (b"Content-Type: text/plain; charset=latin1\nContent-Transfer-Encoding: quoted-printable\n\ncaf=E9", "café"),
        (b"From: a@b.c\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\n!!!not base64", None),
        (b"From: a@b.c\nContent-Type: multipart/mixed; boundary=x\n\nno parts at all", None),
        (b"From: a@b.c\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\nplain text\n", "plain text"),
        (b"From: a@b.c\nSubject: a\0b\n\nx\0y", "xy"),
        (b"\xff\xfe\xff", None),
        (b"", None),
    ],
)  # fmt: skip
def test_damaged_messages_give_what_can_be_read(raw: bytes, body: str | None) -> None:
    record = MailRecord(raw)
    assert body is None or record["body"] == body
    assert record["message_id"]


def test_a_message_with_a_huge_attachment_gives_its_text(tmp_path: Path, settings: Settings) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Message-ID"] = ANN, DESK, "<big@c>"
    message.set_content("See the file.")
    message.add_attachment(b"x" * 9_000_000, maintype="application", subtype="zip", filename="big.zip")
    small = settings.model_copy(update={"import_max_row_bytes": 100_000})
    found = opened(tmp_path, "t.mbox", mailbox([MAILS[0], message.as_bytes(), MAILS[3]]), small)
    messages = tables_of(found)["messages"]
    assert [(m["external_id"], m["body"]) for m in messages] == [
        ("1@c", "Help!\n\nFrom my phone"), ("big@c", "See the file."), ("4@e", "Where is it?"),
    ]  # fmt: skip
    assert messages[1]["attachments"] == ["big.zip"]


@hypothesis_settings(max_examples=80, deadline=None)
@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"From: a@b.c\n", b"Content-Type: multipart/mixed; boundary=x\n\n--x"]),
)
def test_any_bytes_are_taken(raw: bytes, start: bytes) -> None:
    record = MailRecord(start + raw)
    values: dict[str, Any] = dict(record.items())
    assert set(values) >= {"message_id", "from", "body", "attachments"}

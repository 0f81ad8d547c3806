"""Made-up exports that look like those of help desks: headings as the systems write them, and values of their kind.

`KINDS` makes the values; exports.txt says which columns an export has. Nothing here is real.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

ROWS = 60
START = datetime(2024, 1, 2, 8, 15)  # noqa: DTZ001  exports carry local times
_PEOPLE = ("Emma Duarte", "Noah Lindqvist", "Ivy Okafor", "Liam Petrov", "Zoe Marchetti")
_CUSTOMERS = ("Ana Ruiz", "Ben Clarke", "Chen Wei", "Dora Novak", "Eli Brandt", "Fay Morgan", "Gus Holm")
_SUBJECTS = ("Cannot log in", "Invoice is wrong", "Delivery is late", "App crashes on start", "How do I export data")
_TEXT = "Hello, since yesterday it does not work any more. I tried it {} times. Could you please help me with this?"


def _at(i: int, days: int = 0, hours: int = 0) -> datetime:
    return START + timedelta(days=i % 40 + days, hours=(i * 7) % 11 + hours, minutes=(i * 13) % 60)


def _when(form: str, days: int = 0, hours: int = 0, *, gaps: int = 0) -> Callable[[int], str | None]:
    return lambda i: None if gaps and i % gaps == 0 else _at(i, days, hours).strftime(form)


def _of(*words: str | None) -> Callable[[int], str | None]:
    return lambda i: words[i % len(words)]


KINDS: dict[str, Callable[[int], str | None]] = {
    "id": lambda i: str(41_000 + i),
    "bigid": lambda i: str(360_008_426_314 + 17 * i),
    "key": lambda i: f"SUP-{100 + i}",
    "number": lambda i: f"INC00{10_000 + i}",
    "repeated id": lambda i: str(900 + i // 5),
    "uuid": lambda i: f"{i:08x}-aa-bb",
    "case": lambda i: f"CS-{i // 5}",
    "person id": lambda i: str(7_000_000 + i % 9),
    "agent id": lambda i: str(500 + i % 4),
    "subject": lambda i: f"{_SUBJECTS[i % 5]} #{i}",
    "text": _TEXT.format,
    "html": lambda i: f"<p>{_TEXT.format(i)}</p>",
    "agent": _of(*_PEOPLE),
    "agent?": _of(*_PEOPLE, None),
    "customer": _of(*_CUSTOMERS),
    "first": _of("Ana", "Ben", "Chen"),
    "last": _of("Ruiz", "Clarke", "Wei", "Holm"),
    "mail": lambda i: f"user{i % 23}@example.org",
    "agent mail": lambda i: f"a{i % 4}@desk.example",
    "company": _of("Acme", "Globex", "Initech", None),
    "team": _of("Billing", "Technical", "Sales"),
    "brand": _of("North", "South"),
    "iso": _when("%Y-%m-%dT%H:%M:%SZ"),
    "iso later": _when("%Y-%m-%dT%H:%M:%SZ", 2, gaps=4),
    "iso last": _when("%Y-%m-%dT%H:%M:%SZ", 5),
    "plain": _when("%Y-%m-%d %H:%M:%S"),
    "plain later": _when("%Y-%m-%d %H:%M:%S", 2, gaps=5),
    "plain soon": _when("%Y-%m-%d %H:%M:%S", 0, 3),
    "us": _when("%m/%d/%Y %I:%M %p"),
    "us later": _when("%m/%d/%Y %I:%M %p", 3, gaps=6),
    "us long": _when("%m/%d/%Y %I:%M:%S %p"),
    "eu": _when("%d.%m.%Y %H:%M"),
    "eu later": _when("%d.%m.%Y %H:%M", 2, gaps=5),
    "uk": _when("%d/%m/%Y %H:%M"),
    "uk later": _when("%d/%m/%Y %H:%M", 4, gaps=3),
    "uk dash": _when("%d-%m-%Y %H:%M:%S"),
    "uk dash later": _when("%d-%m-%Y %H:%M:%S", 2, gaps=3),
    "jira": _when("%d/%b/%y %I:%M %p"),
    "jira later": _when("%d/%b/%y %I:%M %p", 2, gaps=4),
    "date": _when("%Y-%m-%d"),
    "us date": _when("%m/%d/%Y"),
    "clock": _when("%H:%M:%S"),
    "epoch": lambda i: str(1_704_183_300 + i * 5_000),
    "epoch ms": lambda i: str(1_704_183_300_000 + i * 5_000_000),
    "slack ts": lambda i: f"{1_704_183_300 + i * 60}.000{i:03d}",
    "twitter": _when("%a %b %d %H:%M:%S +0000 %Y"),
    "status": _of("Open", "Pending", "Solved", "Closed", "New", "On-hold"),
    "priority": _of("Low", "Medium", "High", "Urgent"),
    "p": _of("P1", "P2", "P3"),
    "snow priority": _of("1 - Critical", "2 - High", "3 - Moderate"),
    "snow state": _of("1", "2", "3", "6", "7"),
    "fd status": _of("2", "3", "4", "5"),
    "fd priority": _of("1", "2", "3", "4"),
    "channel": _of("Email", "Web form", "Chat", "Phone"),
    "type": _of("Question", "Incident", "Problem"),
    "topic": _of("Payment", "Login", "Shipping"),
    "tags": _of("vip, refund", "bug", None),
    "json tags": _of('["vip","refund"]', "[]"),
    "minutes": lambda i: str(12 + i * 3),
    "clock long": lambda i: f"{i % 30:02d}:{i % 60:02d}:10",
    "seconds": lambda i: str(30 + i % 300),
    "spelled": lambda i: f"{i % 9}h {i % 60}m",
    "count": lambda i: str(i % 4),
    "yes": _of("true", "false"),
    "y": _of("Y", "N"),
    "good": _of("Good", "Bad", "Offered", "Unoffered"),
    "five": _of("5", "4", "1", None),
    "ten": lambda i: str(i % 11),
    "comma": _of("4,5", "3,2", "1.234,75"),
    "money": _of("€ 12,50", "€ 1.200,00"),
    "dollars": _of("$1,200.50", "$15.00"),
    "sla": _of("Within SLA", "SLA Violated"),
    "phone": lambda i: f"+49 30 {100_000 + i}",
    "sender": _of("end-user", "agent", "bot"),
    "field": _of("status", "assignee_id", "priority"),
    "change": _of("open", "1111", "high"),
    "act": _of("Created", "Assigned", "Send reply", "Resolved", "Closed"),
    "states": _of("Available", "On call", "Lunch", "Offline"),
    "shift": _of("Work", "Break", "Training"),
    "currency": _of("EUR"),
    "income": _of("Invoice", "Refund"),
    "model": _of("small-1", "large-2"),
    "url": lambda i: f"https://help.example/articles/{i}",
    "country": _of("DE", "FR", "US"),
    "junk": _of("a1", "b2", "c3"),
    "empty": _of(None),
    "domain": lambda i: f"firm{i}.example",
    "zone": _of("Europe/Berlin", "UTC"),
    "language": _of("en", "de"),
    "reply id": lambda i: str(41_000 + i - 1) if i % 3 else None,
    "direction": _of("inbound", "outbound"),
    "de status": _of("Offen", "In Bearbeitung", "Gelöst", "Geschlossen"),
    "de prio": _of("Hoch", "Mittel", "Niedrig"),
    "fr status": _of("Ouvert", "En attente", "Résolu", "Fermé"),
    "fr prio": _of("Haute", "Moyenne", "Basse"),
    "es status": _of("Abierto", "Pendiente", "Resuelto", "Cerrado"),
    "es prio": _of("Alta", "Media", "Baja"),
    "pt status": _of("Aberto", "Em andamento", "Resolvido", "Fechado"),
    "it status": _of("Aperto", "In lavorazione", "Risolto", "Chiuso"),
    "nl status": _of("Open", "In behandeling", "Opgelost", "Gesloten"),
    "nl prio": _of("Hoog", "Normaal", "Laag"),
    "outcome": _of("Answered", "Abandoned", "Voicemail"),
}


@dataclass(frozen=True)
class Export:
    """An export: its file name, (heading, kind) of its columns, the shape, and what is to be suggested."""

    file: str
    shape: str
    columns: tuple[tuple[str, str], ...]
    expected: tuple[str, ...]

    def frame(self, rows: int = ROWS) -> pl.DataFrame:
        """Return the export's rows, all text."""
        return pl.DataFrame(
            {heading: [KINDS[kind](i) for i in range(rows)] for heading, kind in self.columns},
            schema={heading: pl.String for heading, _ in self.columns},
        )


def exports() -> list[Export]:
    """Return the exports of exports.txt: a file and its shape, then a line "heading = kind → target parse" a column;
    "target := word" says that every row is to be that, "target parse ← A + B" that two columns are to be joined.
    """
    text = (Path(__file__).parent / "exports.txt").read_text("utf-8")
    found = []
    for block in text.strip().split("\n\n"):
        head, *lines = block.splitlines()
        file, _, shape = head.partition(" → ")
        told = [line.partition(" → ") for line in lines if " = " in line]
        columns = tuple(tuple(left.split(" = ")) for left, _, _ in told)
        wanted = [f"{right} ← {left.split(' = ')[0]}" for left, _, right in told if right]
        fixed = [line for line in lines if " = " not in line]
        found.append(Export(file, shape, columns, tuple(sorted(wanted + fixed))))  # type: ignore[arg-type]
    return found

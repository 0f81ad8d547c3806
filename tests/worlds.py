"""Small worlds of data that several rooms' tests use."""

from __future__ import annotations

import csv
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

TEAMS = {"Billing": ("Ana Silva", "Ben Okafor"), "Tier 1": ("Chloe Meyer", "Dan Novak"), "Tier 2": ("Emma Duarte",)}
SUBJECTS = (
    "I was charged twice and want my money back", "Thank you, the export works now", "The app crashes when I log in",
    "Where is my parcel?", "Terrible service, still waiting for an answer", "How do I change my password?",
)  # fmt: skip
START = datetime(2026, 1, 5, tzinfo=UTC)
COLUMNS = ("Ticket ID", "Opened At", "Subject", "Status", "Priority", "Channel", "Group", "Assignee", "Customer",
           "First Response At", "Solved At", "CSAT")  # fmt: skip


def ticket_rows(count: int = 200, seed: int = 1) -> list[dict[str, str]]:
    """Return `count` tickets over about 60 days as a help desk would export them, in the words of its columns."""
    dice = random.Random(seed)
    rows = []
    for i in range(count):
        opened = START + timedelta(hours=7.2 * i + dice.random())
        team = dice.choice(list(TEAMS))
        is_solved = dice.random() < 0.8
        replied = opened + timedelta(minutes=dice.randint(3, 900))
        solved = replied + timedelta(minutes=dice.randint(5, 4000))
        rows.append({
            "Ticket ID": str(1000 + i), "Opened At": _text(opened), "Subject": dice.choice(SUBJECTS),
            "Status": "Solved" if is_solved else "Open", "Priority": dice.choice(["Low", "Normal", "High"]),
            "Channel": dice.choice(["Email", "Chat", "Phone"]), "Group": team, "Assignee": dice.choice(TEAMS[team]),
            "Customer": f"customer{dice.randint(1, 40)}@example.com", "First Response At": _text(replied),
            "Solved At": _text(solved) if is_solved else "", "CSAT": dice.choice(["", "", "3", "4", "5"]),
        })  # fmt: skip
    return rows


def write_csv(path: Path, rows: list[dict[str, str]]) -> Path:
    """Write rows as CSV and return the path."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")

"""Writes the documented answers of the API from real ones: `python -m tests.api.write_examples`."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from tests.api.example_runs import run_all, shortened

TARGET = Path(__file__).resolve().parents[2] / "src" / "deskpulse" / "api" / "examples.json"


def main() -> None:
    """Run the examples and write what they answered."""
    with tempfile.TemporaryDirectory() as folder:
        ran = run_all(Path(folder))
        for one in ran:
            if one.status != one.example.status:
                print(one.example.key, one.status, one.text[:300])  # noqa: T201  a tool for people
        answers = {
            one.example.key: {"type": one.type, "body": json.loads(
                json.dumps(shortened(one.body)).replace(str(Path(folder)), "/srv/deskpulse"))}
            for one in ran if one.status == one.example.status and one.text
        }  # fmt: skip
    TARGET.write_text(json.dumps(answers, ensure_ascii=False, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()

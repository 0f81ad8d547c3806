"""A process that runs one command line after another, as importing the program takes longer than most of them.

Each line of its input is JSON: `words` and `environment`. It answers with a line: `code`, `out` and `err`.
"""

from __future__ import annotations

import io
import json
import os
import sys
import tempfile
from typing import Any


def run(words: list[str], environment: dict[str, str]) -> dict[str, Any]:
    """Run `deskpulse` with `words` as if it had been started with this environment."""
    from deskpulse.cli.main import main

    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["deskpulse", *words]
    kept = sys.stdout, sys.stderr
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        sys.stdout, sys.stderr = (io.TextIOWrapper(f, "utf-8", write_through=True) for f in (out, err))
        code = 0
        try:
            main()
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        finally:
            told = [_text(stream) for stream in (sys.stdout, sys.stderr)]
            sys.stdout, sys.stderr = kept
    return {"code": code, "out": told[0], "err": told[1]}


def _text(stream: Any) -> str:
    stream.flush()
    file = stream.detach()
    file.seek(0)
    return str(file.read().decode())


if __name__ == "__main__":
    answers = sys.stdout
    for line in sys.stdin:
        answers.write(json.dumps(run(**json.loads(line))) + "\n")
        answers.flush()

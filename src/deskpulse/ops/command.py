"""The product's own commands, each in a process of its own, as people run them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from deskpulse.core.errors import DeskpulseError


def own_command(*words: str, folder: Path) -> Any:
    """Return what `deskpulse words --json` tells of the data in `folder`; DeskpulseError when it fails."""
    command = [sys.executable, "-m", "deskpulse", *words, "--data-dir", str(folder), "--json"]
    done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603  our own command
    if done.returncode:
        raise DeskpulseError(f"deskpulse {' '.join(words)} failed: {done.stderr.decode()[-500:]}")
    return json.loads(done.stdout)

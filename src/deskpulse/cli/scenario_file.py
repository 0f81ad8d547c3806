"""A scenario as a file: YAML or JSON, read without what could blow up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from deskpulse.core.errors import InputError, LimitError

MOST_BYTES = 1_000_000
MOST_DEPTH = 20
HINT = "Write it as YAML or JSON; docs/scenarios.md shows one."


def read_scenario_file(path: Path) -> dict[str, Any]:
    """Return what the file says; InputError when it is no object, or uses anchors or tags."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise LimitError(f"{path} is larger than a scenario may be.", setting="scenario_max_changes",
                             hint=f"Keep it under {MOST_BYTES:,} bytes.")  # fmt: skip
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}.", hint=HINT) from error
    found = _parsed(path, text)
    if not isinstance(found, dict):
        raise InputError(f"{path} holds no scenario, but a {type(found).__name__}.", hint=HINT)
    return {str(key): value for key, value in found.items()} | ({} if found.get("name") else {"name": path.stem})


def _parsed(path: Path, text: str) -> Any:
    import yaml

    try:
        depth = 0
        for event in yaml.parse(text, yaml.SafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            # An alias within an alias within an alias grows a file of a hundred bytes beyond any memory.
            if isinstance(event, yaml.AliasEvent) or depth > MOST_DEPTH:
                raise InputError(f"{path} uses aliases, or lists too deep.", hint="Write every value out.")
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:
        place = getattr(error, "problem_mark", None)
        where = f" in line {place.line + 1}" if place is not None else ""
        raise InputError(f"{path} cannot be understood{where}.", hint=HINT) from error

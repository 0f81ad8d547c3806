"""Reading the settings, with what is wrong said plainly."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from deskpulse.core.errors import InputError
from deskpulse.core.settings import Settings


def load_settings(**given: Any) -> Settings:
    """Return the settings: `given` first, then the environment, `.env`, defaults. InputError names what is wrong."""
    try:
        return Settings(**given)
    except ValidationError as error:
        found = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise InputError(f"A setting is wrong: {found}.", hint="See docs/settings.md.") from None

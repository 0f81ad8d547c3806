"""Who asks: every call acts for a principal in one workspace, from the first day."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Role = Literal["viewer", "agent", "analyst", "manager", "admin", "owner"]
ROLES: tuple[Role, ...] = ("viewer", "agent", "analyst", "manager", "admin", "owner")


@dataclass(frozen=True, kw_only=True)
class Principal:
    """One asker in one workspace.

    `row_filters` limit rows for this principal, as (dimension, allowed values) pairs that are
    ANDed; `sees_personal_data` False means masked text.
    """

    workspace: str
    user: str
    role: Role
    sees_personal_data: bool = True
    row_filters: tuple[tuple[str, tuple[str, ...]], ...] = field(default=())

    def may(self, role: Role) -> bool:
        """Return whether this principal's role is at least `role`."""
        return ROLES.index(self.role) >= ROLES.index(role)


def roles_of(text: str) -> frozenset[Role]:
    """Return the roles of a list with commas; ValueError for a word that is none."""
    words = [word.strip() for word in text.split(",") if word.strip()]
    for word in words:
        if word not in ROLES:
            raise ValueError(f"{word!r} is no role ({', '.join(ROLES)})")
    return frozenset(role for role in ROLES if role in words)


def local_owner(workspace: str) -> Principal:
    """Return the owner that a command on this machine acts as, until accounts exist."""
    return Principal(workspace=workspace, user="local", role="owner")

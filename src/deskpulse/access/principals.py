"""Who asks, in which workspace, and what they may."""

from __future__ import annotations

from deskpulse.control import Control
from deskpulse.core.errors import ForbiddenError
from deskpulse.core.principal import Principal, Role, local_owner


def local_principal(control: Control, workspace: str) -> Principal:
    """Return the owner that this machine's user acts as; NotFoundError when the workspace is not there."""
    return local_owner(control.workspaces.get(workspace).slug)


def require(principal: Principal, role: Role) -> None:
    """Raise ForbiddenError unless `principal` has at least `role`."""
    if not principal.may(role):
        message = f"{principal.user!r} is {principal.role} of {principal.workspace!r}; this needs {role}."
        raise ForbiddenError(message, hint=f"Ask an owner of the workspace for the role {role}.", role=role)

"""Who asks, in which workspace, and what they may."""

from __future__ import annotations

from deskpulse.core.errors import ForbiddenError
from deskpulse.core.principal import Principal, Role, roles_of
from deskpulse.core.settings import Settings


def may_see_personal_data(role: Role, settings: Settings) -> bool:
    """Return whether a role sees personal data as it was written, by the setting `personal_data_roles`."""
    return role in roles_of(settings.personal_data_roles)


def acting(workspace: str, settings: Settings, *, user: str = "local", role: Role = "owner") -> Principal:
    """Return who acts in a workspace, with what the role may see; without accounts, this machine's user owns it."""
    sees = may_see_personal_data(role, settings)
    return Principal(workspace=workspace, user=user, role=role, sees_personal_data=sees)


def require(principal: Principal, role: Role) -> None:
    """Raise ForbiddenError unless `principal` has at least `role`."""
    if not principal.may(role):
        message = f"{principal.user!r} is {principal.role} of {principal.workspace!r}; this needs {role}."
        raise ForbiddenError(message, hint=f"Ask an owner of the workspace for the role {role}.", role=role)

from __future__ import annotations

from pathlib import Path

import pytest

from deskpulse.access.principals import local_principal, require
from deskpulse.control import Control
from deskpulse.core.errors import ForbiddenError, NotFoundError
from deskpulse.core.principal import ROLES, Principal, Role
from deskpulse.core.settings import Settings


def test_this_machines_user_owns_the_workspaces_that_exist(tmp_path: Path, settings: Settings) -> None:
    with Control.open(settings.control_database_url, settings) as control:
        control.workspaces.create("acme", "Acme")
        principal = local_principal(control, "acme")
        assert (principal.workspace, principal.role, principal.sees_personal_data) == ("acme", "owner", True)
        with pytest.raises(NotFoundError, match="no workspace 'globex'"):
            local_principal(control, "globex")


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("needed", ROLES)
def test_a_role_holds_all_the_lower_ones(role: Role, needed: Role) -> None:
    principal = Principal(workspace="acme", user="kim", role=role)
    if ROLES.index(role) >= ROLES.index(needed):
        require(principal, needed)
    else:
        with pytest.raises(ForbiddenError, match=f"'kim' is {role} of 'acme'; this needs {needed}"):
            require(principal, needed)

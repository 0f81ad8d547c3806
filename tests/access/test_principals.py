from __future__ import annotations

import pytest
from pydantic import ValidationError

from deskpulse.access.principals import acting, require
from deskpulse.core.errors import ForbiddenError
from deskpulse.core.principal import ROLES, Principal, Role
from deskpulse.core.settings import Settings


def test_this_machines_user_owns_a_workspace_and_sees_what_was_written(settings: Settings) -> None:
    principal = acting("acme", settings)
    assert (principal.workspace, principal.role, principal.sees_personal_data) == ("acme", "owner", True)


@pytest.mark.parametrize("role", ROLES)
def test_roles_that_see_personal_data_are_a_setting(role: Role, settings: Settings) -> None:
    assert acting("acme", settings, role=role).sees_personal_data == (role not in ("viewer", "analyst"))
    chosen = settings.model_copy(update={"personal_data_roles": "owner, viewer"})
    assert acting("acme", chosen, role=role).sees_personal_data == (role in ("viewer", "owner"))
    nobody = settings.model_copy(update={"personal_data_roles": ""})
    assert not acting("acme", nobody, role=role).sees_personal_data


def test_a_role_that_is_none_is_refused() -> None:
    with pytest.raises(ValidationError, match="'boss' is no role"):
        Settings(personal_data_roles="owner,boss")


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("needed", ROLES)
def test_a_role_holds_all_the_lower_ones(role: Role, needed: Role) -> None:
    principal = Principal(workspace="acme", user="kim", role=role)
    if ROLES.index(role) >= ROLES.index(needed):
        require(principal, needed)
    else:
        with pytest.raises(ForbiddenError, match=f"'kim' is {role} of 'acme'; this needs {needed}"):
            require(principal, needed)

"""Pages of people: logging in, accounts, roles, halls, files, imports and the inbox.

Each module declares its routes on ``room``; a new one is imported at the end of this file.
"""

from __future__ import annotations

from training.core.web import Room

room = Room("people", __name__, template_folder="../templates")

from . import (  # noqa: E402
    account,  # noqa: F401
    accounts,  # noqa: F401
    activation,  # noqa: F401
    halls,  # noqa: F401
    imports,  # noqa: F401
    inbox,  # noqa: F401
    login,  # noqa: F401
    org_imports,  # noqa: F401
    orgs,  # noqa: F401
    persons,  # noqa: F401
    roles,  # noqa: F401
    slips,  # noqa: F401
)

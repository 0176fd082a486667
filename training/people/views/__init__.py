"""Pages of people: logging in, accounts, roles, halls, files, imports and the inbox.

Each module declares its routes on ``room``; a new one is imported at the end of this file.
"""

from __future__ import annotations

from training.core.web import Room

room = Room("people", __name__, template_folder="../templates")

from . import account, accounts, activation, halls, login, roles  # noqa: E402, F401

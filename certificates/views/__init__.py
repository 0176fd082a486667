"""Pages of certificates: the public check, the holder's page, issue, acts, board, cards."""

from __future__ import annotations

from training.core.web import Room

room = Room("certificates", __name__, template_folder="../templates")

from . import acts, board, cards, issue, mine, verify, wording  # noqa: E402, F401

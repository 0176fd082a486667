"""Pages of procedure, split by what they are about."""

from __future__ import annotations

from training.core import web

room = web.Room("proceedings", __name__, template_folder="../templates")

from . import notices, objections, panels, served  # noqa: E402, F401

"""The ground floor's own pages: health, style page, policy, calendar, access, audit, system."""

from __future__ import annotations

from training.core.web import Room

room = Room("core", __name__, template_folder="../templates")

from . import (  # noqa: E402
    audits,  # noqa: F401
    basics,  # noqa: F401
    calendars,  # noqa: F401
    policies,  # noqa: F401
    systems,  # noqa: F401
)

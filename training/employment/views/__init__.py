"""Pages of employment: announcements and applying, choosing among applicants, interviews."""

from __future__ import annotations

from training.core.web import Room

room = Room("employment", __name__, template_folder="../templates")

from .. import exit_closing, hearings  # noqa: E402, F401 - answer for their matters in proceedings
from . import (  # noqa: E402
    appointments,  # noqa: F401
    cases,  # noqa: F401
    exit_acts,  # noqa: F401
    exits,  # noqa: F401
    interviews,  # noqa: F401
    mine,  # noqa: F401
    my_exit,  # noqa: F401
    openings,  # noqa: F401
    public,  # noqa: F401
    terms,  # noqa: F401
)

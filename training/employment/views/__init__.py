"""Pages of employment: announcements and applying, choosing among applicants, interviews."""

from __future__ import annotations

from training.core.web import Room

room = Room("employment", __name__, template_folder="../templates")

from .. import (  # noqa: E402
    decision_following,  # noqa: F401 - says what followed from decisions on appraisals
    exit_closing,  # noqa: F401 - answer for their matters in proceedings
    hearings,  # noqa: F401
)
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

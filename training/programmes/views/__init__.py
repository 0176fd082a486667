"""Pages of training: sessions and hours for learners, classes for trainers, enrolments.

Each module declares its routes on ``room``; a new one is imported at the end of this file.
"""

from __future__ import annotations

from training.core.web import Room

room = Room("programmes", __name__, template_folder="../templates")

from . import (  # noqa: E402
    classes,  # noqa: F401
    enrolments,  # noqa: F401
    hours,  # noqa: F401
    sessions,  # noqa: F401
)

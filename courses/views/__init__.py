"""Pages of courses: the catalogue and lessons for learners, writing and publishing for trainers.

Each module declares its routes on ``room``; a new one is imported at the end of this file.
"""

from __future__ import annotations

from training.core.web import Room

room = Room("courses", __name__, template_folder="../templates")

from . import (  # noqa: E402
    learn,  # noqa: F401
    manage,  # noqa: F401
)

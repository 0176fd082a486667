"""Pages of the annual appraisal: rounds, a person's sheet, the panel, one's own."""

from __future__ import annotations

from training.core.web import Room

room = Room("appraisal", __name__, template_folder="../templates")

from . import (  # noqa: E402
    data,  # noqa: F401
    imports,  # noqa: F401
    mine,  # noqa: F401
    outcomes,  # noqa: F401
    panel,  # noqa: F401
    rounds,  # noqa: F401
    sheet,  # noqa: F401
)

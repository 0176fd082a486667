"""The blueprint that the pages of this room share."""

from __future__ import annotations

from dataclasses import dataclass

from training.core import web

room = web.Room("exams_sittings", "exams.sittings", url_prefix="/exams")


@dataclass(frozen=True, slots=True)
class Badge:
    """A state as components show it."""

    kind: str
    label: str

"""Pages of sittings: a candidate's own exams, the live exam, planning, corrections, the
proctor's hall."""

from . import changing, hall, live, mine, planning
from ._room import room

__all__ = ["changing", "hall", "live", "mine", "planning", "room"]

"""Pages of sittings: a candidate's own exams, the live exam, planning, the proctor's hall."""

from . import hall, live, mine, planning
from ._room import room

__all__ = ["hall", "live", "mine", "planning", "room"]

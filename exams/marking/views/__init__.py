"""Pages of marking: marks and their review, results and corrections, one's own result, appeals."""

from . import appeals, marking, mine, results
from ._room import room

__all__ = ["appeals", "marking", "mine", "results", "room"]

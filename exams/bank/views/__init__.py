"""Pages of the question bank: questions and their review, sheets in and out."""

from . import exchange, questions
from ._room import room

__all__ = ["exchange", "questions", "room"]

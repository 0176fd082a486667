"""The blueprint that the pages of this room share, and how they show a question."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext

from training.core import orgs, web
from training.core.models import OrgUnit

from ..models import QuestionVersion
from ..rules.question import QuestionKind
from ..rules.review import STATE_LABELS, ReviewState

room = web.Room("exams_bank", "exams.bank", url_prefix="/bank")

STATE_KINDS = {
    ReviewState.DRAFT: "none",
    ReviewState.NEEDS_REVIEW: "due",
    ReviewState.APPROVED: "ok",
    ReviewState.RETIRED: "stop",
}


@dataclass(frozen=True, slots=True)
class Badge:
    """A state as components show it."""

    kind: str
    label: str


def state_badge(state: ReviewState) -> Badge:
    return Badge(STATE_KINDS[state], gettext(STATE_LABELS[state]))


def key_letters(version: QuestionVersion) -> str:
    """The key in the letters of the bank's own order."""
    if version.kind is QuestionKind.TRUE_FALSE:
        return "对" if version.key == ["true"] else "错"
    ids = [o["id"] for o in version.options]
    return "".join("ABCDEFGH"[ids.index(k)] for k in version.key)


def units_of(permission: str) -> list[OrgUnit]:
    """The units in which the person who asks may do something."""
    return orgs.in_reach(web.actor(), permission)

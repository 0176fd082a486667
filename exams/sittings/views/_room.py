"""The blueprint that the pages of this room share."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext

from training.core import web

from ..rules.attempt import STATE_LABELS, AttemptState

room = web.Room("exams_sittings", "exams.sittings", url_prefix="/exams")


_KINDS = {
    AttemptState.IN_PROGRESS: "info",
    AttemptState.PASSED: "ok",
    AttemptState.FAILED: "stop",
    AttemptState.UNDER_APPEAL: "due",
}


@dataclass(frozen=True, slots=True)
class Badge:
    """A state as components show it."""

    kind: str
    label: str


def attempt_badge(state: AttemptState) -> Badge:
    """How far an attempt has come. Marks that are not released say only 已交卷."""
    hidden = (AttemptState.GRADED, AttemptState.REVIEWED, AttemptState.RELEASED)
    shown = AttemptState.SUBMITTED if state in hidden else state
    return Badge(_KINDS.get(shown, "none"), gettext(STATE_LABELS[shown]))

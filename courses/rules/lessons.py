"""Kinds of lessons, what may be published, and a case that is played step by step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from training.core.rules.verdict import ALLOWED, Verdict, refuse
from training.core.rules.vocabulary import TrainingForm
from training.core.rules.words import N_

BASIS = "学习培训制度"


class LessonKind(StrEnum):
    """How a lesson is made: written text, a film, a case written in Word, a case in steps."""

    TEXT = "text"
    VIDEO = "video"
    CASE_TEXT = "case_text"
    CASE_STEPS = "case_steps"


KIND_LABELS: dict[LessonKind, str] = {
    LessonKind.TEXT: N_("图文课"),
    LessonKind.VIDEO: N_("视频课"),
    LessonKind.CASE_TEXT: N_("案例评析"),
    LessonKind.CASE_STEPS: N_("案例推演"),
}

#: The forms under which study on the screen may be credited.
ONLINE_FORMS = (TrainingForm.ONLINE_STUDY, TrainingForm.CASE_STUDY)


class Assessment(StrEnum):
    """What the experts think of a choice in a case."""

    GOOD = "good"
    RISKY = "risky"
    WRONG = "wrong"


ASSESSMENT_LABELS: dict[Assessment, str] = {
    Assessment.GOOD: N_("稳妥"),
    Assessment.RISKY: N_("有风险"),
    Assessment.WRONG: N_("不可取"),
}


@dataclass(frozen=True, slots=True)
class Choice:
    key: str
    text: str
    consequence: str
    assessment: Assessment


@dataclass(frozen=True, slots=True)
class Step:
    """One moment of a case: what happens, the question, the choices, the experts' view."""

    situation: str
    question: str
    expert_comment: str
    choices: tuple[Choice, ...]

    def choice(self, key: str) -> Choice | None:
        return next((c for c in self.choices if c.key == key), None)


@dataclass(frozen=True, slots=True)
class Case:
    """A case that is played step by step; texts are Markdown."""

    facts: str
    steps: tuple[Step, ...]
    ending: str = ""
    learned: tuple[str, ...] = ()


def read_case(data: Mapping[str, Any]) -> Case:
    """A case out of its data. Raises ``KeyError`` or ``ValueError`` when a part is missing,
    a step offers fewer than two choices, or two choices share a key."""
    steps = tuple(
        Step(
            s["situation"],
            s["question"],
            s["expert_comment"],
            tuple(
                Choice(c["key"], c["text"], c["consequence"], Assessment(c["assessment"]))
                for c in s["choice"]
            ),
        )
        for s in data["step"]
    )
    if not steps:
        raise ValueError("a case has at least one step")
    for step in steps:
        keys = [c.key for c in step.choices]
        if len(keys) < 2 or len(set(keys)) != len(keys):
            raise ValueError("a step offers at least two choices with keys of their own")
    return Case(
        data["facts"], steps, data.get("ending", ""), tuple(data.get("lessons_learned", ()))
    )


def publish_gate(
    *, kind: LessonKind, title: str, minutes: int, body: str, steps: bool, film: bool
) -> Verdict:
    """Is a draft complete enough to be published? One reason for each thing that is missing."""
    verdict = ALLOWED
    if not title.strip():
        verdict &= refuse("lesson.no_title", N_("请填写标题"), basis=BASIS)
    if minutes <= 0:
        verdict &= refuse("lesson.no_minutes", N_("请填写学习时长"), basis=BASIS)
    if kind is LessonKind.VIDEO and not film:
        verdict &= refuse("lesson.no_film", N_("请先上传视频"), basis=BASIS)
    if kind in (LessonKind.TEXT, LessonKind.CASE_TEXT) and not body.strip():
        verdict &= refuse("lesson.no_text", N_("请先写好或者上传正文"), basis=BASIS)
    if kind is LessonKind.CASE_STEPS and not steps:
        verdict &= refuse("lesson.no_steps", N_("案例推演还没有步骤"), basis=BASIS)
    return verdict


def answer_gate(
    case: Case, *, step: int, choice: str, reason: str, answered: Sequence[int]
) -> Verdict:
    """May this answer be taken: the next step, a choice that exists, a reason in writing?"""
    if step != len(answered) or step >= len(case.steps):
        return refuse("case.not_this_step", N_("这一步已经作答，或者还没有轮到"), basis=BASIS)
    verdict = ALLOWED
    if case.steps[step].choice(choice) is None:
        verdict &= refuse("case.no_choice", N_("请先选择一种做法"), basis=BASIS)
    if not reason.strip():
        verdict &= refuse("REASON_REQUIRED", N_("请写下您的理由"), basis=BASIS)
    return verdict

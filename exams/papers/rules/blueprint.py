"""Blueprint (组卷方案) and draw (抽题): which questions stand on a paper, and for how much."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from exams.bank.rules.question import (
    DIFFICULTY_LABELS,
    KIND_LABELS,
    Difficulty,
    QuestionKind,
)
from training.core.rules.verdict import Reason, Verdict
from training.core.rules.vocabulary import TOPIC_LABELS, Topic
from training.core.rules.words import N_, Words

from .shuffle import shuffled

BASIS = "组卷方案"


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Some questions of one topic and kind.

    ``points`` for each question, in hundredths of a point. ``mix`` asks for a number of
    each difficulty; what it leaves open may be of any. ``core`` marks the law-and-ethics
    part that has a pass mark of its own (policy ``exam.core_section``).
    """

    code: str
    topic: Topic
    kind: QuestionKind
    count: int
    points: int
    core: bool = False
    mix: Mapping[Difficulty, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Blueprint:
    """The sections of a paper, in the order in which they are shown."""

    sections: tuple[Section, ...]

    @property
    def full_points(self) -> int:
        """The full mark in hundredths of a point."""
        return sum(s.count * s.points for s in self.sections)


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolQuestion:
    """An approved question version as the draw sees it: no text, no key.

    ``content_hash`` is shared by copies of one question, of which a paper takes one.
    ``fixed_order`` forbids shuffling its options.
    """

    id: str
    topic: Topic
    kind: QuestionKind
    difficulty: Difficulty | None
    content_hash: str
    options: tuple[str, ...]
    fixed_order: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperSlot:
    """One place on a published paper, frozen: which question version, for how many points.

    ``slot`` counts from 1 in the paper's own order; answers refer to it. ``points`` in
    hundredths; ``options`` are canonical ids in canonical order. The key is not here, so
    that what shows a paper never holds one.
    """

    slot: int
    question: str
    section: str
    kind: QuestionKind
    points: int
    core: bool
    options: tuple[str, ...]
    fixed_order: bool = False


class PoolTooSmall(ValueError):
    """A draw was asked of a pool that cannot fill the blueprint; see ``feasibility``."""


def check_blueprint(blueprint: Blueprint) -> Verdict:
    """Does the blueprint make sense by itself?"""
    reasons: list[Reason] = []
    if not blueprint.sections:
        reasons.append(Reason("blueprint.empty", Words(N_("组卷方案至少要有一个部分")), BASIS))
    for code, times in Counter(s.code for s in blueprint.sections).items():
        if times > 1:
            words = Words(N_("部分代码「%(code)s」重复"), {"code": code})
            reasons.append(Reason("blueprint.code_twice", words, BASIS))
    for section in blueprint.sections:
        if section.count < 1 or section.points < 1 or min(section.mix.values(), default=0) < 0:
            words = Words(N_("「%(code)s」的题数和分值必须大于零"), {"code": section.code})
            reasons.append(Reason("blueprint.not_positive", words, BASIS))
        if sum(section.mix.values()) > section.count:
            words = Words(N_("「%(code)s」各难度题数之和超过总题数"), {"code": section.code})
            reasons.append(Reason("blueprint.mix_exceeds", words, BASIS))
    return Verdict(tuple(reasons))


def feasibility(pool: Iterable[PoolQuestion], blueprint: Blueprint) -> Verdict:
    """Can the pool fill the blueprint? One reason for each section that comes up short.

    Sections of the same topic and kind share their questions; earlier ones are served
    first, and of each the difficulties asked for before the open places. A blueprint
    that makes no sense is refused for that first.
    """
    sense = check_blueprint(blueprint)
    if not sense:
        return sense
    reasons: list[Reason] = []
    _, short = _fill(pool, blueprint, "")
    for section, difficulty, wanted, found in short:
        words = Words(
            N_(
                "「%(section)s」需要%(topic)s%(kind)s（%(difficulty)s）%(wanted)s 题，可用 %(found)s 题"
            ),
            {
                "section": section.code,
                "topic": Words(TOPIC_LABELS[section.topic]),
                "kind": Words(KIND_LABELS[section.kind]),
                "difficulty": Words(
                    DIFFICULTY_LABELS[difficulty] if difficulty else N_("不限难度")
                ),
                "wanted": wanted,
                "found": found,
            },
        )
        reasons.append(
            Reason(
                "paper.section_short",
                words,
                BASIS,
                "bank.questions",
                (("topic", section.topic), ("kind", section.kind)),
            )
        )
    return Verdict(tuple(reasons))


def draw(pool: Iterable[PoolQuestion], blueprint: Blueprint, seed: str) -> tuple[PaperSlot, ...]:
    """The paper that ``seed`` draws: the same for ever, whatever the order of the pool.

    No question, and no copy of a question, stands on it twice. Raises ``PoolTooSmall``
    when the pool cannot fill the blueprint, ``ValueError`` for a senseless blueprint.
    """
    if not check_blueprint(blueprint):
        raise ValueError("the blueprint contradicts itself")
    filled, short = _fill(pool, blueprint, seed)
    if short:
        raise PoolTooSmall(", ".join(section.code for section, *_ in short))
    slots: list[PaperSlot] = []
    for section in blueprint.sections:
        chosen = {question.id: question for question in filled[section.code]}
        for question_id in shuffled(seed, f"order/{section.code}", chosen):
            question = chosen[question_id]
            slots.append(
                PaperSlot(
                    slot=len(slots) + 1,
                    question=question.id,
                    section=section.code,
                    kind=section.kind,
                    points=section.points,
                    core=section.core,
                    options=question.options,
                    fixed_order=question.fixed_order,
                )
            )
    return tuple(slots)


_Short = tuple[Section, Difficulty | None, int, int]


def _fill(
    pool: Iterable[PoolQuestion], blueprint: Blueprint, seed: str
) -> tuple[dict[str, list[PoolQuestion]], list[_Short]]:
    """The questions of each section, and (section, difficulty, wanted, found) of shortages.

    Every section's difficulties are served before any open place, so that an open place
    never takes the last hard question from a section that asks for it.
    """
    # Of the copies of one question the smallest id stands for all.
    distinct: dict[str, PoolQuestion] = {}
    for question in sorted(pool, key=lambda q: q.id):
        distinct.setdefault(question.content_hash, question)
    by_id = {question.id: question for question in distinct.values()}
    ranked = [by_id[i] for i in shuffled(seed, "draw", by_id)]
    taken: set[str] = set()
    filled: dict[str, list[PoolQuestion]] = {s.code: [] for s in blueprint.sections}
    short: list[_Short] = []

    def take(section: Section, difficulty: Difficulty | None, wanted: int) -> None:
        fitting = [
            q
            for q in ranked
            if q.id not in taken
            and (q.topic, q.kind) == (section.topic, section.kind)
            and difficulty in (None, q.difficulty)
        ][:wanted]
        taken.update(q.id for q in fitting)
        filled[section.code] += fitting
        if len(fitting) < wanted:
            short.append((section, difficulty, wanted, len(fitting)))

    for section in blueprint.sections:
        for difficulty in Difficulty:
            take(section, difficulty, section.mix.get(difficulty, 0))
    for section in blueprint.sections:
        take(section, None, section.count - sum(section.mix.values()))
    return filled, short

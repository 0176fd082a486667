"""A question (试题): its kinds, what makes it well-formed, and whether its law is current.

Answers and keys name options by canonical ids (``o1``, ``o2``, …; ``true`` and ``false``),
never by the letters on the screen, because each attempt shows the options in an order of
its own.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from training.core.rules.verdict import Reason, Verdict
from training.core.rules.vocabulary import Topic
from training.core.rules.words import N_, Words

from .text import bare, fingerprint, tidy

TRUE, FALSE = "true", "false"
LETTERS = "ABCDEFGH"
BASIS = "题库管理"
LAW_BASIS = "exam.law_review_before_year"


class QuestionKind(StrEnum):
    SINGLE = "single"
    MULTIPLE = "multiple"
    TRUE_FALSE = "true_false"


class Difficulty(StrEnum):
    EASY = "easy"
    MEDIUM = "medium"
    HARD = "hard"


KIND_LABELS: Mapping[QuestionKind, str] = MappingProxyType(
    {
        QuestionKind.SINGLE: N_("单选题"),
        QuestionKind.MULTIPLE: N_("多选题"),
        QuestionKind.TRUE_FALSE: N_("判断题"),
    }
)
DIFFICULTY_LABELS: Mapping[Difficulty, str] = MappingProxyType(
    {Difficulty.EASY: N_("易"), Difficulty.MEDIUM: N_("中"), Difficulty.HARD: N_("难")}
)
TRUE_FALSE_LABELS: Mapping[str, str] = MappingProxyType({TRUE: N_("正确"), FALSE: N_("错误")})


@dataclass(frozen=True, slots=True)
class QuestionDraft:
    """One version of a question, as written or imported.

    ``options`` are the texts of ``o1``, ``o2``, … in their canonical order (none for
    true/false); ``articles`` the provisions it rests on (法条); ``law_as_of`` the day on
    which the law it states was in force, None when unknown.
    """

    kind: QuestionKind
    stem: str
    options: tuple[str, ...]
    key: frozenset[str]
    topic: Topic | None = None
    difficulty: Difficulty | None = None
    explanation: str = ""
    articles: tuple[str, ...] = ()
    law_as_of: date | None = None
    source: str = ""

    @property
    def option_ids(self) -> tuple[str, ...]:
        """The canonical ids that an answer may name."""
        return option_ids(self.kind, len(self.options))

    @property
    def content_hash(self) -> str:
        """What two copies of one question share, in whatever order their options stand.

        The stem alone does not tell: 「关于累犯，下列说法正确的是？」 opens many questions.
        """
        parts = [self.kind, self.stem_hash, *sorted(map(bare, self.options))]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    @property
    def stem_hash(self) -> str:
        """The normalised stem, for finding questions that look alike."""
        return fingerprint(self.stem)

    @property
    def key_hash(self) -> str:
        """What two copies with the same right answer share, whatever the order of options."""
        texts = dict(zip(self.option_ids, self.options, strict=False))
        right = sorted(bare(texts.get(o, o)) for o in self.key)
        return hashlib.sha256("\n".join(right).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field of a form; ``field`` is ``stem``, ``options.2``, ``key``…"""

    field: str
    code: str
    words: Words


def option_ids(kind: QuestionKind, count: int) -> tuple[str, ...]:
    """The canonical ids of a question with ``count`` written options."""
    if kind is QuestionKind.TRUE_FALSE:
        return TRUE, FALSE
    return tuple(f"o{n}" for n in range(1, count + 1))


def tidied(draft: QuestionDraft) -> QuestionDraft:
    """The same question with all its texts tidied."""
    return QuestionDraft(
        draft.kind,
        tidy(draft.stem),
        tuple(map(tidy, draft.options)),
        draft.key,
        draft.topic,
        draft.difficulty,
        tidy(draft.explanation),
        tuple(article for article in map(tidy, draft.articles) if article),
        draft.law_as_of,
        tidy(draft.source),
    )


def check_draft(draft: QuestionDraft, today: date) -> tuple[FieldError, ...]:
    """Everything that is wrong with the form of a question; empty when well-formed.

    Topic and law date may be missing here: a question is stored before it is reviewed.
    """
    errors: list[FieldError] = []
    if not bare(draft.stem):
        errors.append(_error("stem", "stem.empty", N_("题干不能为空")))
    errors += _check_options(draft)
    errors += _check_key(draft)
    if draft.law_as_of is not None and draft.law_as_of > today:
        errors.append(_error("law_as_of", "law_as_of.future", N_("法律截至日期不能晚于今天")))
    return tuple(errors)


def well_formed(draft: QuestionDraft, today: date) -> Verdict:
    """The same check as a verdict, for gates."""
    return Verdict(tuple(Reason(e.code, e.words, BASIS) for e in check_draft(draft, today)))


def keeps_option_order(draft: QuestionDraft) -> bool:
    """Would shuffled options make nonsense of the words?

    True where the text points at options by letter (「A、B 两项」, 「A项错误」) or by place
    (「以上都对」), and for true/false.
    """
    if draft.kind is QuestionKind.TRUE_FALSE:
        return True
    texts = (draft.stem, draft.explanation, *draft.options)
    return any(_POINTS_AT_LETTER.search(tidy(text)) for text in texts) or any(
        _POINTS_AT_PLACE.search(tidy(option)) for option in draft.options
    )


_POINTS_AT_LETTER = re.compile(
    r"(?<![A-Za-z])[A-H](?:、?[A-H])*\s*(?:项|选项|两项|三项|四项|情形|说法|观点)|选项\s*[A-H](?![A-Za-z])"
    r"|^[A-H](?:\s*[、,，和与及]?\s*[A-H])*(?:都|均|皆|全)?(?:对|错|正确|错误|是|不是)?$"
)
_POINTS_AT_PLACE = re.compile(
    r"^(?:以上|上述|前述|前面|以下)(?:各项|诸项|选项|几项|[二两三四]项|答案|说法|内容|情形)?"
    r"(?:都|均|皆|全|全部)"
)


def _error(field: str, code: str, message: str, **params: object) -> FieldError:
    return FieldError(field, code, Words(message, dict(params)))


def _check_options(draft: QuestionDraft) -> list[FieldError]:
    if draft.kind is QuestionKind.TRUE_FALSE:
        if not draft.options:
            return []
        return [_error("options", "options.none_wanted", N_("判断题不需要选项"))]
    errors = []
    if len(draft.options) < 2:
        errors.append(_error("options", "options.too_few", N_("至少要有两个选项")))
    if len(draft.options) > len(LETTERS):
        errors.append(
            _error("options", "options.too_many", N_("最多 %(most)s 个选项"), most=len(LETTERS))
        )
    first: dict[str, int] = {}
    for number, text in enumerate(map(bare, draft.options), 1):
        field = f"options.{number}"
        if not text:
            errors.append(_error(field, "option.empty", N_("选项不能为空")))
        elif first.setdefault(text, number) != number:
            errors.append(
                _error(field, "option.repeated", N_("与第 %(other)s 个选项相同"), other=first[text])
            )
    return errors


def _check_key(draft: QuestionDraft) -> list[FieldError]:
    right = len(draft.key)
    if right == 0:
        return [_error("key", "key.empty", N_("请给出答案"))]
    if not draft.key <= set(draft.option_ids):
        return [_error("key", "key.unknown_option", N_("答案指向不存在的选项"))]
    if draft.kind is QuestionKind.MULTIPLE and right < 2:
        return [_error("key", "key.too_few", N_("多选题至少有两个正确选项"))]
    if draft.kind is not QuestionKind.MULTIPLE and right > 1:
        return [_error("key", "key.too_many", N_("此题型只能有一个正确答案"))]
    return []

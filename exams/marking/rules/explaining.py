"""「为什么」: the words beside each mark and beside the outcome."""

from __future__ import annotations

from collections.abc import Mapping

from exams.bank.rules.question import TRUE_FALSE_LABELS
from exams.papers.rules.arrangement import ArrangedSlot
from training.core.rules.explanation import Explanation, show_hundredths
from training.core.rules.words import N_, Words

from .grading import CORE_BASIS, PARTIAL_BASIS, TOTAL_BASIS, Mark, MarkReason, Outcome, Score

_HIDDEN: Mapping[MarkReason, str] = {
    MarkReason.CORRECT: N_("答对，得 %(points)s 分"),
    MarkReason.WRONG: N_("答错，得 0 分（本题 %(full)s 分）"),
    MarkReason.WRONG_OPTION: N_("选了错误选项，得 0 分（本题 %(full)s 分）"),
    MarkReason.INCOMPLETE: N_("选项都对但不全，按规定得 %(points)s 分（本题 %(full)s 分）"),
    MarkReason.UNANSWERED: N_("未作答，得 0 分（本题 %(full)s 分）"),
    MarkReason.VOIDED_FULL: N_("本题已作废，所有考生得满分 %(points)s 分"),
    MarkReason.VOIDED_REMOVED: N_("本题已取消，不计入总分"),
}
_SHOWN: Mapping[MarkReason, str] = {
    MarkReason.CORRECT: N_("您选 %(answer)s，答对，得 %(points)s 分"),
    MarkReason.WRONG: N_("您选 %(answer)s，正确答案是 %(key)s，得 0 分（本题 %(full)s 分）"),
    MarkReason.WRONG_OPTION: N_(
        "您选 %(answer)s，其中 %(extra)s 不正确，正确答案是 %(key)s，得 0 分（本题 %(full)s 分）"
    ),
    MarkReason.INCOMPLETE: N_(
        "您选 %(answer)s，漏选 %(left_out)s，正确答案是 %(key)s，"
        "按规定得 %(points)s 分（本题 %(full)s 分）"
    ),
    MarkReason.UNANSWERED: N_("未作答，正确答案是 %(key)s，得 0 分（本题 %(full)s 分）"),
}


def explain_mark(mark: Mark, shown: ArrangedSlot, *, reveal_key: bool) -> tuple[Explanation, ...]:
    """Why this question got its points, in the letters of the person's own screen.

    The key is named only where ``reveal_key`` allows it (after release, by policy).
    """
    params: dict[str, object] = {
        "points": show_hundredths(mark.points),
        "full": show_hundredths(mark.full),
    }
    message = _HIDDEN[mark.reason]
    if reveal_key and mark.reason in _SHOWN:
        message = _SHOWN[mark.reason]
        params |= {
            "answer": _name(shown, mark.answer),
            "key": _name(shown, mark.key),
            "extra": _name(shown, mark.answer - mark.key),
            "left_out": _name(shown, mark.key - mark.answer),
        }
    basis = PARTIAL_BASIS if mark.reason is MarkReason.INCOMPLETE else ""
    lines = [Explanation(f"mark.{mark.reason}", Words(message, params), basis)]
    if mark.corrected and mark.reason in _SHOWN:
        words = Words(N_("本题的标准答案已更正，按更正后的答案计分"))
        lines.append(Explanation("mark.rekeyed", words))
    return tuple(lines)


def explain_outcome(score: Score, outcome: Outcome) -> tuple[Explanation, ...]:
    """The whole result: total and law-and-ethics against what was needed, and lost points."""
    policy = outcome.policy
    lines = [
        _line(
            "outcome.total",
            N_("总分"),
            score.total.points,
            score.total.full,
            policy.pass_mark,
            TOTAL_BASIS,
        )
    ]
    if score.core is not None:
        lines.append(
            _line(
                "outcome.core",
                N_("法律政策与职业道德"),
                score.core.points,
                score.core.full,
                policy.core_share,
                CORE_BASIS,
            )
        )
    for reason, message in (
        (MarkReason.UNANSWERED, N_("未作答 %(count)s 题，失 %(lost)s 分")),
        (MarkReason.WRONG, N_("答错 %(count)s 题，失 %(lost)s 分")),
        (MarkReason.WRONG_OPTION, N_("多选题选错 %(count)s 题，失 %(lost)s 分")),
        (MarkReason.INCOMPLETE, N_("多选题漏选 %(count)s 题，失 %(lost)s 分")),
        (MarkReason.VOIDED_FULL, N_("作废 %(count)s 题，所有考生得满分")),
        (MarkReason.VOIDED_REMOVED, N_("取消 %(count)s 题，不计入总分")),
    ):
        marks = [mark for mark in score.marks if mark.reason is reason]
        if marks:
            lost = show_hundredths(sum(mark.full - mark.points for mark in marks))
            words = Words(message, {"count": len(marks), "lost": lost})
            lines.append(Explanation(f"outcome.{reason}", words))
    return tuple(lines)


def _line(code: str, label: str, points: int, full: int, share: int, basis: str) -> Explanation:
    words = Words(
        N_("%(label)s %(points)s 分，满分 %(full)s 分，合格线 %(needed)s 分（%(share)s%%）"),
        {
            "label": Words(label),
            "points": show_hundredths(points),
            "full": show_hundredths(full),
            "needed": show_hundredths(-(-full * share // 100)),
            "share": share,
        },
    )
    return Explanation(code, words, basis)


def _name(shown: ArrangedSlot, options: frozenset[str]) -> object:
    """Options as this person saw them: letters, or the words for right and wrong."""
    if len(options) == 1 and options <= TRUE_FALSE_LABELS.keys():
        return Words(TRUE_FALSE_LABELS[min(options)])
    return "、".join(shown.letters(options))

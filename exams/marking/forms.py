"""Forms of marking."""

from __future__ import annotations

from flask_babel import lazy_gettext
from wtforms import (
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, Optional

from training.core.forms import Form

from .rules.grading import CorrectionKind
from .rules.review import REVIEW_LABELS

CORRECTION_LABELS = {
    CorrectionKind.FULL_POINTS: lazy_gettext("作废，所有考生得满分"),
    CorrectionKind.REMOVED: lazy_gettext("取消，不计入总分"),
    CorrectionKind.REKEYED: lazy_gettext("更正答案，重新计分"),
    CorrectionKind.REINSTATED: lazy_gettext("撤回对此题的更正"),
}


class ReviewForm(Form):
    verdict = RadioField(lazy_gettext("复核结论"), choices=list(REVIEW_LABELS.items()))
    reason = TextAreaField(lazy_gettext("核实的情况"), [Optional(), Length(max=500)])


class ReviewCorrectionForm(Form):
    """The further review that corrects a mistaken one."""

    verdict = RadioField(
        lazy_gettext("更正后的结论"), [InputRequired(lazy_gettext("请选择结论"))],
        choices=list(REVIEW_LABELS.items()),
    )  # fmt: skip
    reason = TextAreaField(
        lazy_gettext("更正的理由"), [InputRequired(lazy_gettext("请写明理由")), Length(max=500)]
    )


class AppealForm(Form):
    text = TextAreaField(
        lazy_gettext("申诉的理由"),
        [InputRequired(lazy_gettext("请写明申诉的理由")), Length(max=2000)],
    )


class DecisionForm(Form):
    decision = RadioField(
        lazy_gettext("决定"),
        choices=[
            ("uphold", lazy_gettext("申诉成立，重新阅卷")),
            ("dismiss", lazy_gettext("驳回申诉")),
        ],
    )
    reason = TextAreaField(
        lazy_gettext("理由"), [InputRequired(lazy_gettext("请写明理由")), Length(max=500)]
    )


class CorrectionForm(Form):
    question = SelectField(lazy_gettext("试题"), [InputRequired(lazy_gettext("请选择试题"))])
    kind = RadioField(
        lazy_gettext("怎样更正"),
        choices=[(str(k), label) for k, label in CORRECTION_LABELS.items()],
    )
    key = SelectMultipleField(
        lazy_gettext("新的正确选项（仅用于更正答案）"),
        choices=[(f"o{n}", "ABCDEFGH"[n - 1]) for n in range(1, 9)]
        + [("true", lazy_gettext("正确")), ("false", lazy_gettext("错误"))],
    )
    reason = TextAreaField(
        lazy_gettext("理由"), [InputRequired(lazy_gettext("请写明更正理由")), Length(max=500)]
    )


class AdmitForm(Form):
    sequence = IntegerField(lazy_gettext("答案记录"), [InputRequired()])
    withdraw = HiddenField()
    reason = TextAreaField(
        lazy_gettext("理由"), [InputRequired(lazy_gettext("请写明理由")), Length(max=200)]
    )

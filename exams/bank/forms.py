"""Forms of the question bank."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext
from flask_wtf.file import FileField, FileRequired
from wtforms import DateField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from training.core.forms import Form
from training.core.i18n import say
from training.core.rules.vocabulary import TOPIC_LABELS, Topic

from .rules.key import parse_key
from .rules.question import (
    DIFFICULTY_LABELS,
    KIND_LABELS,
    Difficulty,
    FieldError,
    QuestionDraft,
    QuestionKind,
)


def _labels(labels: Mapping[Any, str]) -> list[tuple[str, Any]]:
    return [(str(code), lazy_gettext(label)) for code, label in labels.items()]


class QuestionForm(Form):
    """``options`` one a line; ``key`` in letters, or 对 / 错."""

    org = SelectField(lazy_gettext("所属单位"), [InputRequired(lazy_gettext("请选择单位"))])
    kind = RadioField(
        lazy_gettext("题型"),
        [InputRequired(lazy_gettext("请选择题型"))],
        choices=_labels(KIND_LABELS),
    )
    stem = TextAreaField(
        lazy_gettext("题干"), [InputRequired(lazy_gettext("请填写题干")), Length(max=2000)]
    )
    stem_en = TextAreaField(lazy_gettext("英文题干"), [Optional(), Length(max=2000)])
    options = TextAreaField(lazy_gettext("选项"), [Optional(), Length(max=4000)])
    options_en = TextAreaField(lazy_gettext("英文选项"), [Optional(), Length(max=4000)])
    key = StringField(
        lazy_gettext("答案"), [InputRequired(lazy_gettext("请填写答案")), Length(max=20)]
    )
    topic = SelectField(
        lazy_gettext("专题"), choices=[("", lazy_gettext("请选择")), *_labels(TOPIC_LABELS)]
    )
    difficulty = SelectField(
        lazy_gettext("难度"), choices=[("", lazy_gettext("未定")), *_labels(DIFFICULTY_LABELS)]
    )
    explanation = TextAreaField(lazy_gettext("解析"), [Optional(), Length(max=4000)])
    articles = StringField(lazy_gettext("法条"), [Optional(), Length(max=300)])
    law_as_of = DateField(lazy_gettext("法律截至日期"), [Optional()])
    source = StringField(lazy_gettext("来源"), [Optional(), Length(max=200)])
    note = StringField(lazy_gettext("修改理由"), [Optional(), Length(max=200)])
    seen = HiddenField()

    def draft(self) -> QuestionDraft | None:
        """What was typed, as the rules see it; None with the error beside the answer."""
        kind = QuestionKind(self.kind.data)
        options = () if kind is QuestionKind.TRUE_FALSE else lines(self.options.data)
        key = parse_key(self.key.data or "", kind, options)
        if isinstance(key, FieldError):
            self.key.errors = [say(key.words)]
            return None
        articles = (self.articles.data or "").replace("；", ";").split(";")
        return QuestionDraft(
            kind,
            self.stem.data or "",
            options,
            key,
            Topic(self.topic.data) if self.topic.data else None,
            Difficulty(self.difficulty.data) if self.difficulty.data else None,
            self.explanation.data or "",
            tuple(a.strip() for a in articles if a.strip()),
            self.law_as_of.data,
            self.source.data or "",
        )


def lines(text: str | None) -> tuple[str, ...]:
    """One option a line; empty lines mean nothing."""
    return tuple(line.strip() for line in (text or "").splitlines() if line.strip())


class ImportForm(Form):
    """The sheet, and what fills blanks in it."""

    org = SelectField(lazy_gettext("导入到"), [InputRequired(lazy_gettext("请选择单位"))])
    file = FileField(
        lazy_gettext("试题表格（Excel 或 CSV）"), [FileRequired(lazy_gettext("请选择文件"))]
    )
    topic = SelectField(
        lazy_gettext("表中没有专题的题目归入"),
        choices=[("", lazy_gettext("不指定")), *_labels(TOPIC_LABELS)],
    )
    source = StringField(lazy_gettext("表中没有来源的题目注明"), [Optional(), Length(max=200)])

"""Forms of courses."""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import (
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from training.core.forms import Form
from training.core.i18n import title_of
from training.core.rules.vocabulary import FORM_LABELS, TOPIC_LABELS, Topic, TrainingForm

from .authoring import Head
from .models import Course
from .rules.lessons import ONLINE_FORMS

LONGEST = 600
"""Minutes: a lesson of ten hours is a mistake of typing."""


def _required() -> DataRequired:
    return DataRequired(_l("请填写此项"))


class AnswerForm(Form):
    """One step of a case."""

    step = IntegerField(validators=[Optional()])
    choice = StringField(_l("您会怎么做"), [Length(max=4)])
    reason = TextAreaField(_l("为什么这样做"), [Length(max=2000)])


class NoteForm(Form):
    text = TextAreaField(_l("记一条"), [Length(max=2000)])


class CourseForm(Form):
    """A new course to put lessons into."""

    title = StringField(_l("课程名称"), [_required(), Length(max=100)])
    title_en = StringField(_l("英文名称"), [Length(max=200)])
    topic = RadioField(_l("专题"), [_required()])
    summary = TextAreaField(_l("简介"), [Length(max=2000)])
    summary_en = TextAreaField(_l("英文简介"), [Length(max=2000)])

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.topic.choices = [(str(t), gettext(TOPIC_LABELS[t])) for t in Topic]


class LessonForm(Form):
    """What a lesson is called, how long it is, and its text or file."""

    course = SelectField(_l("放入课程"))
    title = StringField(_l("标题"), [_required(), Length(max=100)])
    title_en = StringField(_l("英文标题"), [Length(max=200)])
    topic = RadioField(_l("专题"), [_required()])
    form = RadioField(_l("计入的形式"), [_required()])
    minutes = IntegerField(
        _l("学习时长（分钟）"),
        [InputRequired(_l("请填写此项")), NumberRange(1, LONGEST)],
        description=_l("如实填写认真学完需要的时间，学完按此计学时"),
    )
    summary = TextAreaField(_l("简介"), [Length(max=2000)])
    summary_en = TextAreaField(_l("英文简介"), [Length(max=2000)])
    source = TextAreaField(_l("正文"), [Length(max=200_000)])
    word = FileField(_l("Word 文件（.docx）"))
    film = FileField(_l("视频（MP4 或 WebM）"))

    def __init__(self, courses: list[Course], **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.course.choices = [(c.public_id, title_of(c)) for c in courses]
        self.topic.choices = [(str(t), gettext(TOPIC_LABELS[t])) for t in Topic]
        self.form.choices = [(str(f), gettext(FORM_LABELS[f])) for f in ONLINE_FORMS]

    def head(self) -> Head:
        return Head(
            title=str(self.title.data).strip(),
            title_en=(self.title_en.data or "").strip(),
            topic=Topic(str(self.topic.data)),
            form=TrainingForm(str(self.form.data)),
            minutes=int(self.minutes.data or 0),
            summary=(self.summary.data or "").strip(),
            summary_en=(self.summary_en.data or "").strip(),
        )


class ReasonForm(Form):
    reason = TextAreaField(_l("理由"), [Length(max=200)])

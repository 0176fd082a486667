"""Forms of programmes: a session, an enrolment, decisions with their reasons."""

from __future__ import annotations

from datetime import datetime, time

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import (
    DateField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from training.core import clock
from training.core.forms import Form
from training.core.models import OrgUnit
from training.core.rules.vocabulary import FORM_LABELS, TOPIC_LABELS, Topic, TrainingForm
from training.people.persons_forms import org_choices

from .models import Programme
from .rules.ledger import BLAMING_REASONS, REVERSAL_LABELS
from .sessions import Plan

_MOST_MINUTES = 24 * 60
_MOST_PLACES = 5000


def _required() -> DataRequired:
    return DataRequired(_l("请填写此项"))


class SessionForm(Form):
    """When, where and what a session is; times are those of a clock in Shanghai."""

    org = SelectField(_l("举办单位"), [_required()], description=_l("面向该单位及其下属机构的学员"))
    title = StringField(_l("名称"), [_required(), Length(max=100)])
    title_en = StringField(_l("英文名称"), [Length(max=200)])
    topic = RadioField(_l("专题"), [_required()])
    form = RadioField(_l("形式"), [_required()])
    day = DateField(_l("日期"), [InputRequired(_l("请填写此项"))])
    begins = TimeField(_l("开始时间"), [InputRequired(_l("请填写此项"))])
    ends = TimeField(_l("结束时间"), [InputRequired(_l("请填写此项"))])
    place = StringField(_l("地点"), [_required(), Length(max=200)])
    minutes = IntegerField(
        _l("计入学时的分钟数"),
        [InputRequired(_l("请填写此项")), NumberRange(1, _MOST_MINUTES)],
        description=_l("全程到场计入的分钟数，不含休息"),
    )
    capacity = IntegerField(
        _l("名额"), [Optional(), NumberRange(0, _MOST_PLACES)], description=_l("不填为不限")
    )
    summary = TextAreaField(_l("说明"), [Length(max=2000)])
    summary_en = TextAreaField(_l("英文说明"), [Length(max=2000)])

    def __init__(self, units: list[OrgUnit], **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.org.choices = org_choices(units)
        self.topic.choices = [(str(t), gettext(TOPIC_LABELS[t])) for t in Topic]
        self.form.choices = [
            (str(f), gettext(FORM_LABELS[f]))
            for f in TrainingForm
            if f is not TrainingForm.ONLINE_STUDY
        ]

    def _moment(self, at: time) -> datetime:
        day = self.day.data
        if day is None:
            raise ValueError("a session has a day")
        return clock.at_local(day, at.hour, at.minute)

    def plan(self) -> Plan:
        """Raises ``ValueError`` for a form that was not validated."""
        if self.begins.data is None or self.ends.data is None:
            raise ValueError("a session has a beginning and an end")
        return Plan(
            title=str(self.title.data).strip(),
            topic=Topic(str(self.topic.data)),
            form=TrainingForm(str(self.form.data)),
            place=str(self.place.data).strip(),
            starts_at=self._moment(self.begins.data),
            ends_at=self._moment(self.ends.data),
            minutes=int(self.minutes.data or 0),
            capacity=int(self.capacity.data or 0),
            title_en=(self.title_en.data or "").strip(),
            summary=(self.summary.data or "").strip(),
            summary_en=(self.summary_en.data or "").strip(),
        )


class SessionChangeForm(SessionForm):
    """What a session is to be instead, and why."""

    reason = TextAreaField(_l("修改的理由"), [Length(max=200)])


class EnrolForm(Form):
    """Whom to enrol in what."""

    programme = SelectField(_l("培训"), [_required()])
    person = StringField(
        _l("学员"), [_required(), Length(max=40)], description=_l("填人员编号或者完整姓名")
    )

    def __init__(self, programmes: list[Programme], **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.programme.choices = [(p.public_id, p.title) for p in programmes]


class VoidForm(Form):
    """Voiding all hours of an enrolment."""

    reason = RadioField(_l("原因"), [_required()])
    statement = TextAreaField(_l("事实与理由"), [_required(), Length(max=2000)])
    evidence = TextAreaField(
        _l("证据"), [_required(), Length(max=1000)], description=_l("写明材料名称和存放处")
    )
    served_on = DateField(
        _l("通知送达本人的日期"),
        [InputRequired(_l("请填写此项"))],
        description=_l("申诉期从送达次日起按工作日计算"),
    )

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.reason.choices = [
            (str(r), gettext(label)) for r, label in REVERSAL_LABELS.items() if r in BLAMING_REASONS
        ]


class ReverseForm(Form):
    """Taking one credit back."""

    reason = RadioField(_l("原因"), [_required()])
    note = TextAreaField(_l("情况说明"), [_required(), Length(max=200)])

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.reason.choices = [
            (str(r), gettext(label))
            for r, label in REVERSAL_LABELS.items()
            if r not in BLAMING_REASONS
        ]

"""Forms of sittings."""

from __future__ import annotations

from flask_babel import lazy_gettext
from wtforms import (
    BooleanField,
    DateTimeLocalField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from training.core.forms import Form

from .rules.sitting import ADMISSION_LABELS


class ArrangementForm(Form):
    """When, where and how a sitting is held."""

    title = StringField(
        lazy_gettext("名称"), [InputRequired(lazy_gettext("请填写名称")), Length(max=100)]
    )
    title_en = StringField(lazy_gettext("英文名称"), [Optional(), Length(max=100)])
    paper = SelectField(lazy_gettext("试卷"), [InputRequired(lazy_gettext("请选择试卷"))])
    doors_open_at = DateTimeLocalField(
        lazy_gettext("开放入场"),
        [InputRequired(lazy_gettext("请填写时间"))],
        format="%Y-%m-%dT%H:%M",
    )
    starts_at = DateTimeLocalField(
        lazy_gettext("开考时间"),
        [InputRequired(lazy_gettext("请填写时间"))],
        format="%Y-%m-%dT%H:%M",
    )
    ends_at = DateTimeLocalField(
        lazy_gettext("结束时间"),
        [InputRequired(lazy_gettext("请填写时间"))],
        format="%Y-%m-%dT%H:%M",
    )
    limit_minutes = IntegerField(
        lazy_gettext("答题时长（分钟）"),
        [InputRequired(lazy_gettext("请填写分钟数")), NumberRange(1, 600)],
    )
    admission = RadioField(
        lazy_gettext("入场方式"),
        [InputRequired(lazy_gettext("请选择入场方式"))],
        choices=[(way, lazy_gettext(label)) for way, label in ADMISSION_LABELS.items()],
    )
    place = StringField(lazy_gettext("地点"), [Optional(), Length(max=100)])


class PlanForm(ArrangementForm):
    org = SelectField(lazy_gettext("组织单位"), [InputRequired(lazy_gettext("请选择组织单位"))])


class ChangeForm(ArrangementForm):
    reason = TextAreaField(lazy_gettext("变更的理由"), [Optional(), Length(max=200)])


class ListForm(Form):
    """Taking a candidate off the list, or entering again."""

    reason = TextAreaField(
        lazy_gettext("理由"), [InputRequired(lazy_gettext("请写明理由")), Length(max=200)]
    )


class ExtendForm(Form):
    minutes = IntegerField(
        lazy_gettext("加时（分钟）"), [InputRequired(lazy_gettext("请填写分钟数"))]
    )
    reason = StringField(
        lazy_gettext("理由"), [InputRequired(lazy_gettext("请写明加时理由")), Length(max=200)]
    )


class NoteForm(Form):
    text = TextAreaField(
        lazy_gettext("监考记录"), [InputRequired(lazy_gettext("请填写监考记录")), Length(max=500)]
    )
    flags = BooleanField(lazy_gettext("需要复核"))


class NoteCorrectionForm(NoteForm):
    """A further note that corrects a former one, by its number."""

    number = HiddenField()
    why = StringField(
        lazy_gettext("更正的理由"),
        [InputRequired(lazy_gettext("请写明更正的理由")), Length(max=200)],
    )

"""The form of the working-day calendar."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from .forms import Form


class DaysForm(Form):
    """One line a day, as copied from the State Council's notice."""

    days = TextAreaField(
        _l("放假与调休日"),
        [DataRequired(), Length(max=5000)],
        description=_l(
            "照抄放假通知的原文，如「一、元旦：1月1日（周五）至3日（周日）放假，共3天。」；"
            "也可以每行一天：2027-01-01 元旦 休。调休上班写「班」，录错的日子写「平」"
        ),
    )
    reason = StringField(
        _l("理由"), [Optional(), Length(max=300)], description=_l("更改已录入的日期时填写")
    )

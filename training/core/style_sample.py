"""The form that the style page shows: every kind of field, with what can go wrong."""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateField,
    FileField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired

from .forms import Form

SAMPLES = (
    "today", "lesson", "case", "exam", "handin", "proctor",
    "board", "decision", "panel", "verify", "login",
)  # fmt: skip


class SampleForm(Form):
    """Never stored: the style page has no POST."""

    name = StringField(_l("姓名"), [DataRequired()])
    phone = StringField(_l("手机号码"), [DataRequired()], description=_l("用于登录和接收通知"))
    post = SelectField(
        _l("报名岗位"), choices=[("full", _l("专职人民调解员")), ("part", _l("兼职人民调解员"))]
    )
    route = RadioField(
        _l("选聘途径"), choices=[("open", _l("公开招聘")), ("org", _l("组织推荐"))], default="open"
    )
    born = DateField(_l("出生日期"))
    note = TextAreaField(_l("工作经历"))
    photo = FileField(_l("照片"))
    agree = BooleanField(_l("本人承诺所填内容属实"), [DataRequired()])


def bad_sample() -> SampleForm:
    """The form as it looks after it was sent half empty."""
    form = SampleForm(formdata=None)
    form.phone.data = "1390000"
    form.name.errors = [gettext("请填写姓名")]
    form.phone.errors = [gettext("手机号码应为 11 位，现在是 7 位")]
    return form

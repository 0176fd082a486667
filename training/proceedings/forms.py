"""Forms of procedure."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional, Regexp

from training.core.forms import Form


class ObjectionForm(Form):
    """An objection to a notice by somebody who is signed in."""

    about = RadioField(_l("对谁提出异议"), [InputRequired(_l("请选择"))])
    text = TextAreaField(
        _l("异议的事实和理由"),
        [DataRequired(_l("请写明事实和理由")), Length(max=4000)],
        description=_l("写明时间、地点、经过，有证据的说明证据在哪里；只有受理和复核的人员能看到"),
    )


class VisitorObjectionForm(ObjectionForm):
    """The same by a visitor, who says who they are."""

    filer = StringField(
        _l("您的姓名或者单位"),
        [DataRequired(_l("请填写姓名或者单位")), Length(max=100)],
        description=_l("加密保存，不告知被反映的人"),
    )
    phone = StringField(
        _l("联系电话"),
        [Optional(), Regexp(r"^[0-9+\- ]{5,20}$", message=_l("请填写电话号码"))],
        description=_l("用于告知您复核结果"),
    )


class AssignForm(Form):
    """Who reviews."""

    reviewer = SelectField(_l("复核人"), [InputRequired(_l("请选择复核人"))])


class ReassignForm(AssignForm):
    """Another reviews, and why."""

    reason = StringField(
        _l("更换的理由"),
        [DataRequired(_l("请写明理由")), Length(max=200)],
        description=_l("会告知原来的复核人，并记入历史"),
    )


class DecideForm(Form):
    """The decision of the reviewer."""

    outcome = RadioField(
        _l("复核决定"),
        [InputRequired(_l("请选择"))],
        choices=[("upheld", _l("成立")), ("dismissed", _l("不成立"))],
    )
    reason = TextAreaField(
        _l("理由"),
        [DataRequired(_l("请写明理由")), Length(max=4000)],
        description=_l("写明查明的事实和依据，会告知提出人并记入审计"),
    )


class WithdrawForm(Form):
    """Why a notice is taken back."""

    reason = StringField(_l("撤回的理由"), [DataRequired(_l("请写明理由")), Length(max=200)])


class DeclareForm(Form):
    """A member's declaration."""

    conflict = RadioField(
        _l("您与本次评审的对象是否有利害关系"),
        [InputRequired(_l("请选择"))],
        choices=[("no", _l("没有，可以参加评审")), ("yes", _l("有，应当回避"))],
    )
    text = StringField(
        _l("回避的原因"), [Optional(), Length(max=200)], description=_l("需要回避时填写")
    )


class CorrectDeclarationForm(DeclareForm):
    """The same, corrected by a further entry."""

    reason = StringField(
        _l("更正的理由"),
        [DataRequired(_l("请写明理由")), Length(max=200)],
        description=_l("原来的声明保留，组成小组的人会收到通知"),
    )

"""Forms of logging in and of one's own account."""

from __future__ import annotations

from flask_babel import lazy_gettext
from wtforms import BooleanField, DateField, PasswordField, SelectField, StringField
from wtforms.validators import DataRequired, EqualTo, Length

from training.core.forms import Form
from training.core.i18n import say
from training.core.rules.verdict import Verdict

_MAX_TYPED = 200


def _required() -> DataRequired:
    return DataRequired(lazy_gettext("请填写此项"))


class LoginForm(Form):
    name = StringField(lazy_gettext("手机号或者用户名"), [_required(), Length(max=60)])
    password = PasswordField(lazy_gettext("密码"), [_required(), Length(max=_MAX_TYPED)])


class CodeForm(Form):
    """The second factor: six digits, or a recovery code."""

    code = StringField(
        lazy_gettext("验证码"),
        [_required(), Length(max=40)],
        description=lazy_gettext("打开手机上的验证器，填写 6 位数字；手机不在身边时可填一个恢复码"),
    )


class StepUpForm(Form):
    password = PasswordField(lazy_gettext("密码"), [_required(), Length(max=_MAX_TYPED)])
    code = StringField(lazy_gettext("验证码"), [Length(max=40)])


class ActivateForm(Form):
    """The slip: telephone, one-time code, last four of the identity number."""

    phone = StringField(lazy_gettext("手机号"), [_required(), Length(max=30)])
    code = StringField(
        lazy_gettext("单上的激活码"),
        [_required(), Length(max=30)],
        description=lazy_gettext("10 个字符，不分大小写"),
    )
    ending = StringField(
        lazy_gettext("身份证号后四位"),
        [_required(), Length(max=8)],
        description=lazy_gettext("末位是 X 的照填"),
    )


class ForgotForm(Form):
    name = StringField(lazy_gettext("手机号或者用户名"), [_required(), Length(max=60)])


class NewPasswordForm(Form):
    """An own password, twice. The words for a denied one stand beside the field."""

    password = PasswordField(lazy_gettext("新密码"), [_required(), Length(max=_MAX_TYPED)])
    password_again = PasswordField(
        lazy_gettext("再填一次"),
        [_required(), EqualTo("password", lazy_gettext("两次填写的密码不一样"))],
    )

    @property
    def new(self) -> str:
        return self.password.data or ""

    def deny_password(self, verdict: Verdict) -> None:
        """Show why the new password will not do."""
        self.blame(self.password, verdict)


class ChangePasswordForm(NewPasswordForm):
    password_now = PasswordField(lazy_gettext("现在的密码"), [_required(), Length(max=_MAX_TYPED)])


class ChangePhoneForm(Form):
    phone = StringField(lazy_gettext("新手机号"), [_required(), Length(max=30)])
    password = PasswordField(lazy_gettext("现在的密码"), [_required(), Length(max=_MAX_TYPED)])


class PasswordOnlyForm(Form):
    password = PasswordField(lazy_gettext("现在的密码"), [_required(), Length(max=_MAX_TYPED)])


class OpenAccountForm(Form):
    username = StringField(
        lazy_gettext("用户名"),
        [_required(), Length(max=40)],
        description=lazy_gettext("字母开头，可用数字、点、横线；调解员可用编号"),
    )
    by_phone = BooleanField(lazy_gettext("也可用手机号登录"))
    as_mediator = BooleanField(
        lazy_gettext("授予「学员与调解员」角色"),
        description=lazy_gettext("其他角色由系统管理员授予"),
    )


class CloseForm(Form):
    reason = StringField(lazy_gettext("理由"), [_required(), Length(max=200)])


class GrantForm(Form):
    role = SelectField(lazy_gettext("角色"), [_required()])
    org = SelectField(
        lazy_gettext("机构"),
        [_required()],
        description=lazy_gettext("权限及于该机构和它的全部下级"),
    )


class HallForm(Form):
    name = StringField(lazy_gettext("考场名称"), [_required(), Length(max=100)])
    cidr = StringField(
        lazy_gettext("网段"),
        [_required(), Length(max=40)],
        description=lazy_gettext("例如 10.1.2.0/24，或者单个地址"),
    )
    org = SelectField(lazy_gettext("所属机构"), [_required()])
    start = DateField(lazy_gettext("开始日期"), [_required()])
    end = DateField(lazy_gettext("截止日期"), [_required()])

    def deny_range(self, verdict: Verdict) -> None:
        """Show why the range will not do, beside the field it is about."""
        for reason in verdict.reasons:
            dated = reason.code in ("hall.order", "hall.past", "hall.too_long")
            field = self.end if dated else self.cidr
            field.errors = [*field.errors, say(reason.words)]

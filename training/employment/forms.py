"""Forms of recruitment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    DateField,
    DecimalField,
    IntegerField,
    PasswordField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, EqualTo, Length, NumberRange, Optional

from training.core.forms import Form, MultiCheckboxField
from training.core.i18n import title_of
from training.core.models import OrgUnit
from training.core.rules.verdict import Verdict
from training.people.models import Person
from training.people.persons_forms import org_choices
from training.people.rules.person import EDUCATION_LABELS, SERVICE_LABELS, ServiceKind

from .announcements import Announcement
from .openings import Plan
from .rules.eligibility import (
    NEGATIVE_LABELS,
    PREFERENCE_LABELS,
    QUALITY_LABELS,
    Negative,
    PostKind,
    Preference,
    Quality,
)
from .rules.recruitment_gates import ROUTE_LABELS, Route

POST_LABELS = {
    PostKind.URBAN: _l("城区"),
    PostKind.PROFESSIONAL: _l("行业性专业性"),
    PostKind.RURAL: _l("村居"),
}
CLAIMED = tuple(p for p in Preference if p is not Preference.COLLEGE)
"""College is read from the education; the others are claimed."""


def _required() -> DataRequired:
    return DataRequired(_l("请填写此项"))


class _AnnouncementForm(Form):
    """What an announcement says."""

    title = StringField(_l("公告标题"), [_required(), Length(max=200)])
    title_en = StringField(_l("英文标题"), [Length(max=200)])
    positions = IntegerField(_l("名额"), [_required(), NumberRange(min=1, max=999)])
    body = TextAreaField(
        _l("公告正文"),
        [_required(), Length(max=5000)],
        description=_l("岗位职责、条件、待遇和报名须知；一行为一段"),
    )
    office = StringField(_l("受理部门"), [_required(), Length(max=100)])
    telephone = StringField(_l("受理电话"), [_required(), Length(max=40)])
    closes_on = DateField(_l("报名截止日期"), [_required()])


class AnnouncementForm(_AnnouncementForm):
    """What an announcement is to say instead, and why."""

    reason = TextAreaField(_l("更改的理由"), [_required(), Length(max=200)])

    def announcement(self) -> Announcement:
        return Announcement(
            title=self.title.data or "",
            title_en=self.title_en.data or "",
            body=self.body.data or "",
            positions=self.positions.data or 0,
            office=self.office.data or "",
            telephone=self.telephone.data or "",
            closes_on=self.closes_on.data or date.min,
        )


class PlanForm(_AnnouncementForm):
    """A recruitment plan, and so the announcement made of it."""

    org = SelectField(_l("选聘单位"), [_required()])
    service_kind = RadioField(_l("专职或兼职"), [_required()])
    post_kind = RadioField(_l("岗位类别"), [_required()], description=_l("决定按哪一张表加分"))
    routes = MultiCheckboxField(_l("选聘途径"))

    def offer(self, units: list[OrgUnit], routes: Iterable[str]) -> None:
        self.org.choices = org_choices(units)
        self.service_kind.choices = [(str(s), gettext(w)) for s, w in SERVICE_LABELS.items()]
        self.post_kind.choices = [(str(k), str(w)) for k, w in POST_LABELS.items()]
        self.routes.choices = [(str(r), gettext(ROUTE_LABELS[Route(r)])) for r in routes]

    def plan(self) -> Plan:
        return Plan(
            title=self.title.data or "",
            title_en=self.title_en.data or "",
            body=self.body.data or "",
            service_kind=ServiceKind(self.service_kind.data),
            post_kind=PostKind(self.post_kind.data),
            positions=self.positions.data or 0,
            routes=tuple(Route(r) for r in self.routes.data or ()),
            office=self.office.data or "",
            telephone=self.telephone.data or "",
            closes_on=self.closes_on.data or date.min,
        )


class ApplyForm(Form):
    """What every applicant states."""

    route = RadioField(_l("选聘途径"), [_required()])
    recommender = StringField(
        _l("推荐单位"), [Length(max=100)], description=_l("组织推荐的填写，并附推荐材料")
    )
    recommendation = FileField(
        _l("推荐材料"), description=_l("盖章的推荐表：PDF、JPG、PNG 或 Word，不超过 10 MB")
    )
    skills = MultiCheckboxField(_l("优先条件"), description=_l("符合的勾选，资格审查时核实"))
    negatives = MultiCheckboxField(
        _l("有无下列情形"), description=_l("有的如实勾选；都没有的不用勾")
    )
    statement = TextAreaField(_l("个人简历和自我介绍"), [Length(max=2000)])
    truthful = BooleanField(
        _l("本人承诺所填内容属实"), [DataRequired(_l("请先作出承诺，再提交报名"))]
    )

    def offer(self, routes: Iterable[str]) -> None:
        self.route.choices = [(str(r), gettext(ROUTE_LABELS[Route(r)])) for r in routes]
        self.skills.choices = [(str(p), gettext(PREFERENCE_LABELS[p])) for p in CLAIMED]
        self.negatives.choices = [(str(n), gettext(w)) for n, w in NEGATIVE_LABELS.items()]


class RegisterForm(ApplyForm):
    """The same for a visitor, who gets an account in the same step."""

    name = StringField(_l("姓名"), [_required(), Length(max=100)])
    id_number = StringField(
        _l("身份证号"), [_required(), Length(max=40)], description=_l("18 位，末位是 X 的照填")
    )
    phone = StringField(
        _l("手机号"), [_required(), Length(max=40)], description=_l("以后用它登录，接收办理结果")
    )
    education = SelectField(_l("文化程度"), [_required()])
    speciality = StringField(_l("专业或者专长"), [Length(max=100)])
    password = PasswordField(_l("设置密码"), [_required(), Length(max=200)])
    password_again = PasswordField(
        _l("再填一次"), [_required(), EqualTo("password", _l("两次填写的密码不一样"))]
    )

    def offer(self, routes: Iterable[str]) -> None:
        super().offer(routes)
        levels = [(str(e), gettext(w)) for e, w in EDUCATION_LABELS.items()]
        self.education.choices = [("", gettext("请选择")), *levels[1:]]

    def refuse(self, denied: Mapping[str, Verdict]) -> None:
        """Put a rule's words beside the field they are about."""
        for name, verdict in denied.items():
            self.blame(self[name], verdict)


class FindingForm(Form):
    """The reviewer's judgement on every condition."""

    fair = RadioField()
    willing = RadioField()
    educated = RadioField()
    policy_knowledge = RadioField()
    legal_knowledge = RadioField()
    citizen = RadioField(_l("中国公民"))
    negatives = MultiCheckboxField(_l("查明的不予选聘情形"))
    skills = MultiCheckboxField(_l("核实的优先条件"))
    note = TextAreaField(_l("审查说明"), [Optional(), Length(max=1000)])

    def offer(self) -> None:
        answers = [("1", gettext("符合")), ("0", gettext("不符合"))]
        for quality in Quality:
            field = self[str(quality)]
            field.choices, field.label.text = answers, gettext(QUALITY_LABELS[quality])
            field.validators = [DataRequired(gettext("请填写此项"))]
        self.citizen.choices = [("1", gettext("是")), ("0", gettext("不是"))]
        self.citizen.validators = [DataRequired(gettext("请填写此项"))]
        self.negatives.choices = [(str(n), gettext(w)) for n, w in NEGATIVE_LABELS.items()]
        self.skills.choices = [(str(p), gettext(PREFERENCE_LABELS[p])) for p in CLAIMED]

    def chosen_negatives(self) -> tuple[Negative, ...]:
        return tuple(Negative(n) for n in self.negatives.data or ())


class PanelForm(Form):
    """Who interviews."""

    members = MultiCheckboxField(_l("面试小组成员"))

    def offer(self, people: list[Person]) -> None:
        self.members.choices = [
            (p.public_id, f"{p.name}（{title_of(p.org, 'name')}）") for p in people
        ]


class ScoreForm(Form):
    """A panel member's score."""

    score = DecimalField(
        _l("评分"),
        [_required(), NumberRange(min=0, max=100, message=_l("评分应在 0 至 100 之间"))],
        places=2,
        description=_l("0 至 100 分，可到两位小数"),
    )
    comment = StringField(_l("评语"), [Length(max=200)])


class CheckForm(Form):
    """The background check."""

    negatives = MultiCheckboxField(_l("发现的不予选聘情形"), description=_l("没有的不用勾"))
    note = TextAreaField(
        _l("考察情况"),
        [_required(), Length(max=2000)],
        description=_l("走访了谁、核查了什么；加密保存"),
    )

    def offer(self) -> None:
        self.negatives.choices = [(str(n), gettext(w)) for n, w in NEGATIVE_LABELS.items()]


class NoticeForm(Form):
    """The public notice of those who are proposed."""

    title = StringField(_l("公示标题"), [_required(), Length(max=200)])
    body = TextAreaField(_l("公示正文"), [_required(), Length(max=3000)])
    office = StringField(_l("受理异议的部门"), [_required(), Length(max=100)])
    telephone = StringField(_l("受理异议的电话"), [_required(), Length(max=40)])


class ReasonForm(Form):
    """A decision says why."""

    reason = TextAreaField(_l("理由"), [_required(), Length(max=2000)])

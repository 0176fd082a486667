"""Forms of renewals, departures and exit reviews."""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from certificates.forms import GROUND_LABELS
from certificates.rules.lifecycle import RevocationGround
from training.core.forms import Form, MultiCheckboxField
from training.proceedings.rules.lifecycle import METHOD_LABELS, Method

from . import appointment_corrections as corrections
from .exit_closing import Line, Papers
from .exits import Evidence
from .forms import ReasonForm
from .renewals import NextTerm
from .rules.appointment import ENGAGEMENT_LABELS, Engagement
from .rules.exit_evidence import EvidenceKind
from .rules.exit_gates import EXIT_GROUND_LABELS, CertificateEnding, ExitGround


def _required() -> DataRequired:
    return DataRequired(_l("请填写此项"))


def _why() -> TextAreaField:
    return TextAreaField(_l("更正的理由"), [_required(), Length(max=200)])


class ProposeExitForm(Form):
    """Why a review is opened, and on what."""

    grounds = MultiCheckboxField(_l("审查事由"))
    proposal = TextAreaField(
        _l("事实和理由"),
        [_required(), Length(max=4000)],
        description=_l("写明时间、事实和依据；会送达本人"),
    )
    appraisals = MultiCheckboxField(_l("作为依据的年度考核"), description=_l("只列已经确定等次的"))
    certificates = MultiCheckboxField(_l("作为依据的证书"))
    evidence = TextAreaField(
        _l("其他依据材料"),
        [Length(max=2000)],
        description=_l("每份材料一行，写明它说明什么；原件可在提出后上传"),
    )

    def offer(self, appraisals: list[tuple[str, str]], certificates: list[tuple[str, str]]) -> None:
        """Final appraisals and certificates of the person: public id and words of each."""
        self.grounds.choices = [(str(g), gettext(w)) for g, w in EXIT_GROUND_LABELS.items()]
        self.appraisals.choices, self.certificates.choices = appraisals, certificates
        self._words = dict([*appraisals, *certificates])

    def chosen(self) -> tuple[ExitGround, ...]:
        return tuple(ExitGround(g) for g in self.grounds.data or ())

    def lines(self) -> tuple[Evidence, ...]:
        """One line of evidence for each appraisal and each line of text."""
        found = [
            Evidence(kind, self._words[ref], ref)
            for kind, field in (
                (EvidenceKind.APPRAISAL, self.appraisals),
                (EvidenceKind.CERTIFICATE, self.certificates),
            )
            for ref in field.data or ()
        ]
        found += [
            Evidence(EvidenceKind.STATEMENT, text.strip())
            for text in (self.evidence.data or "").splitlines()
            if text.strip()
        ]
        return tuple(found)


class EvidenceForm(Form):
    text = TextAreaField(
        _l("材料说明什么"),
        [_required(), Length(max=2000)],
        description=_l("补充后须重新送达，本人可以再陈述"),
    )


class CorrectForm(Form):
    """What is right, and why it is corrected; what stood there before stays readable."""

    text = TextAreaField(_l("更正后的内容"), [_required(), Length(max=4000)])
    why = _why()


class ServeForm(Form):
    method = RadioField(_l("送达方式"), [InputRequired(_l("请选择"))])
    remark = StringField(
        _l("备注"),
        [Length(max=200)],
        description=_l("直接送达写地点；留置送达写见证人；邮寄写单号"),
    )

    def offer(self) -> None:
        self.method.choices = [(str(m), gettext(w)) for m, w in METHOD_LABELS.items()]
        self.method.data = self.method.data or str(Method.SITE)

    def chosen(self) -> Method:
        return Method(self.method.data)


class StatementForm(Form):
    """The person's own words."""

    text = TextAreaField(
        _l("我的陈述和申辩"),
        [_required(), Length(max=4000)],
        description=_l("可以说明事实、提出理由和要求；会原样给评议和决定的人看"),
    )


class EnterStatementForm(Form):
    """The person's words as an officer heard them."""

    text = TextAreaField(
        _l("本人的陈述和申辩"), [_required(), Length(max=4000)], description=_l("照本人原话记录")
    )
    signed_record = StringField(
        _l("本人签名的谈话记录"),
        [_required(), Length(max=200)],
        description=_l("编号和签名日期；原件在本页「签名盖章的原件」上传"),
    )


class OpinionForm(Form):
    text = TextAreaField(
        _l("评议意见"),
        [_required(), Length(max=4000)],
        description=_l("写明讨论的事实、对本人陈述的看法、表决结果"),
    )


class DecisionForm(Form):
    """The decision: what, why, on whose resolution."""

    outcome = RadioField(_l("决定"), [InputRequired(_l("请选择"))])
    reason = TextAreaField(
        _l("理由"),
        [_required(), Length(max=4000)],
        description=_l("写明认定的事实和依据，并回应本人的陈述；会写入决定书"),
    )
    resolution = StringField(
        _l("推选或者聘任单位的决议"),
        [Length(max=200)],
        description=_l("会议名称、文号、日期；继续任职的不用填"),
    )
    seen = HiddenField()

    def offer(self, ending: str) -> None:
        self.outcome.choices = [("end", ending), ("retain", gettext("继续任职"))]


class LineForm(Form):
    """A line of the handover sheet."""

    item = StringField(
        _l("交接内容"), [_required(), Length(max=200)], description=_l("案件、卷宗、印章、设备等")
    )
    cases = IntegerField(
        _l("其中在办案件（件）"), [Optional(), NumberRange(0, 9999, _l("请填写 0 以上的整数"))]
    )
    receiver = StringField(_l("接收人"), [Length(max=100)])
    handed_on = DateField(
        _l("交接日期"), [Optional()], description=_l("还没有交接的先不填，交接后再更正这一行")
    )

    def line(self) -> Line:
        return Line(
            self.item.data or "", self.cases.data or 0, self.receiver.data or "",
            self.handed_on.data,
        )  # fmt: skip


class CorrectLineForm(LineForm):
    why = _why()


class PapersForm(Form):
    """What becomes of card and certificate."""

    card = BooleanField(_l("工作证已收回"), description=_l("遗失的，在交接单上写明"))
    ending = RadioField(_l("证书"), [Optional()])
    revocation = SelectField(_l("撤销的情形"), [Optional()])

    def offer(self) -> None:
        self.ending.choices = [
            (str(CertificateEnding.CANCELLED), gettext("注销（离岗）")),
            (str(CertificateEnding.REVOKED), gettext("撤销")),
        ]
        self.revocation.choices = [("", gettext("不撤销"))] + [
            (str(g), gettext(GROUND_LABELS[g])) for g in RevocationGround
        ]

    def papers(self) -> Papers:
        revocation = self.revocation.data or ""
        return Papers(
            bool(self.card.data),
            CertificateEnding(self.ending.data) if self.ending.data else None,
            RevocationGround(revocation) if revocation else None,
        )


class ReturnForm(Form):
    returned_on = DateField(_l("退回日期"), [_required()])
    paper = StringField(
        _l("退回函件"), [_required(), Length(max=200)], description=_l("文号、派遣单位的签收情况")
    )


class WhyForm(ReasonForm):
    """A grave step with its reason, on the file as it was read."""

    seen = HiddenField()


class ResignForm(Form):
    reason = TextAreaField(
        _l("辞任的原因"), [_required(), Length(max=2000)], description=_l("用您自己的话写")
    )
    sure = BooleanField(
        _l("我知道提交后任命当日终止"), [InputRequired(_l("请确认您知道辞任的结果"))]
    )


class DeathForm(Form):
    died_on = DateField(_l("死亡日期"), [_required()])
    proof = StringField(
        _l("死亡证明"), [_required(), Length(max=200)], description=_l("出具机关、编号；原件请上传")
    )
    why = StringField(_l("更正的理由"), [Length(max=200)], description=_l("更正前一次登记时填写"))


class SettleForm(ReasonForm):
    cancel = BooleanField(_l("同时注销证书"), description=_l("不勾选的，证书按其有效期保留"))


class _EngagementForm(Form):
    engagement = SelectField(_l("用工形式"), [_required()])
    agency = StringField(_l("派遣单位"), [Length(max=100)], description=_l("劳务派遣的填写"))
    contract_from = DateField(_l("合同起始日期"), [Optional()])
    contract_until = DateField(_l("合同截止日期"), [Optional()])

    def offer(self) -> None:
        self.engagement.choices = [(str(e), gettext(w)) for e, w in ENGAGEMENT_LABELS.items()]


class RenewalForm(_EngagementForm):
    """What is put forward for the next term."""

    opinion = TextAreaField(_l("单位意见"), [_required(), Length(max=2000)])
    resolution = StringField(
        _l("推选或者聘任单位的决议"),
        [_required(), Length(max=200)],
        description=_l("会议名称、文号"),
    )
    resolved_on = DateField(_l("决议日期"), [_required()])

    def terms(self) -> NextTerm:
        """Raises ``ValueError`` before the form was validated."""
        if self.resolved_on.data is None:
            raise ValueError("the form was not validated")
        return NextTerm(
            self.opinion.data or "", self.resolution.data or "", self.resolved_on.data,
            Engagement(self.engagement.data), self.agency.data or "", self.contract_from.data,
            self.contract_until.data,
        )  # fmt: skip


class CorrectTermsForm(_EngagementForm):
    """What is right of an appointment's record."""

    term_start = DateField(
        _l("任期起始日期"), [_required()], description=_l("只有审批人可以更正任期")
    )
    resolution = StringField(_l("推选或者聘任的决议"), [_required(), Length(max=200)])
    resolved_on = DateField(_l("决议日期"), [_required()])
    filing = StringField(_l("备案材料"), [Length(max=200)])
    reason = TextAreaField(_l("更正的理由"), [_required(), Length(max=500)])

    def terms(self) -> corrections.Terms:
        """Raises ``ValueError`` before the form was validated."""
        start, resolved = self.term_start.data, self.resolved_on.data
        if start is None or resolved is None:
            raise ValueError("the form was not validated")
        return corrections.Terms(
            start, self.resolution.data or "", resolved, self.filing.data or "",
            Engagement(self.engagement.data), self.agency.data or "", self.contract_from.data,
            self.contract_until.data,
        )  # fmt: skip

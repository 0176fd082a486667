"""Forms of appointment."""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import DateField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from training.core.forms import Form
from training.core.models import OrgUnit
from training.people.persons_forms import org_choices
from training.people.rules.person import SERVICE_LABELS, ServiceKind

from .appointments import Terms
from .rules.appointment import (
    APPOINTMENT_KIND_LABELS,
    ENGAGEMENT_LABELS,
    AppointmentKind,
    Engagement,
)


def _required() -> DataRequired:
    return DataRequired(_l("请填写此项"))


class TermsForm(Form):
    """What is proposed."""

    org = SelectField(_l("受聘的调委会"), [_required()])
    kind = RadioField(_l("产生方式"), [_required()])
    service_kind = RadioField(_l("专职或兼职"), [_required()])
    term_start = DateField(
        _l("任期起始日期"), [_required()], description=_l("任期长度按政策，届满不自动续任")
    )
    resolution = StringField(
        _l("推选或者聘任的决议"),
        [_required(), Length(max=200)],
        description=_l("会议名称、文号；决议原件可在提名后上传"),
    )
    resolved_on = DateField(_l("决议日期"), [_required()])
    reason = TextAreaField(_l("提名理由"), [_required(), Length(max=2000)])
    engagement = SelectField(_l("用工形式"), [_required()])
    agency = StringField(_l("派遣单位"), [Length(max=100)], description=_l("劳务派遣的填写"))
    contract_from = DateField(_l("合同起始日期"), [Optional()])
    contract_until = DateField(_l("合同截止日期"), [Optional()])

    def offer(self, units: list[OrgUnit]) -> None:
        self.org.choices = org_choices(units)
        self.kind.choices = [(str(k), gettext(w)) for k, w in APPOINTMENT_KIND_LABELS.items()]
        self.service_kind.choices = [(str(s), gettext(w)) for s, w in SERVICE_LABELS.items()]
        self.engagement.choices = [(str(e), gettext(w)) for e, w in ENGAGEMENT_LABELS.items()]

    def terms(self) -> Terms:
        """Raises ``ValueError`` before the form was validated."""
        start, resolved = self.term_start.data, self.resolved_on.data
        if start is None or resolved is None:
            raise ValueError("the form was not validated")
        return Terms(
            kind=AppointmentKind(self.kind.data),
            service_kind=ServiceKind(self.service_kind.data),
            term_start=start,
            resolution=self.resolution.data or "",
            resolved_on=resolved,
            reason=self.reason.data or "",
            engagement=Engagement(self.engagement.data),
            agency=self.agency.data or "",
            contract_from=self.contract_from.data,
            contract_until=self.contract_until.data,
        )


class AmendForm(TermsForm):
    """The same, corrected with a reason."""

    why = TextAreaField(_l("更正的理由"), [_required(), Length(max=500)])


class ApproveForm(Form):
    """The approver approves what was on the page."""

    seen = HiddenField()


class FilingForm(Form):
    filing = StringField(
        _l("备案材料"),
        [_required(), Length(max=200)],
        description=_l("备案表编号、报送日期；向基层人民法院通报的一并写明"),
    )

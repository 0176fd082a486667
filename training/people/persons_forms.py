"""Forms of the person's file and of organisations."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from training.core.forms import Form
from training.core.i18n import title_of
from training.core.models import OrgUnit
from training.core.orgs import depth
from training.core.rules.roles import ORG_KIND_LABELS, OrgKind
from training.core.rules.verdict import Verdict

from .entry import ENTRY_STANDINGS
from .rules.person import EDUCATION_LABELS, SERVICE_LABELS, STANDING_LABELS, Education

_INDENT = "　"


def _required() -> DataRequired:
    return DataRequired(_l("请填写此项"))


def org_choices(units: list[OrgUnit]) -> list[tuple[str, str]]:
    """Units by public id, indented as the tree is."""
    top = min((depth(u) for u in units), default=0)
    return [(u.public_id, _INDENT * (depth(u) - top) + title_of(u, "name")) for u in units]


class ReasonForm(Form):
    """A grave act says why."""

    reason = TextAreaField(
        _l("事由"), [_required(), Length(max=200)], description=_l("会记入审计，当事人可以看到")
    )


class PersonForm(Form):
    """Registering one person by hand."""

    name = StringField(_l("姓名"), [_required(), Length(max=100)])
    id_number = StringField(
        _l("身份证号"),
        [_required(), Length(max=40)],
        description=_l("18 位；性别和出生日期由此得出"),
    )
    phone = StringField(
        _l("联系电话"), [Length(max=40)], description=_l("填手机号，本人即可用它登录")
    )
    education = SelectField(_l("文化程度"))
    speciality = StringField(_l("专长"), [Length(max=100)])
    org = SelectField(_l("所在机构"), [_required()])
    service_kind = RadioField(_l("专职或兼职"), [_required()])
    standing = RadioField(_l("现在的状态"), [_required()])

    def offer(self, units: list[OrgUnit]) -> None:
        """Fill the choices in the reader's language."""
        self.education.choices = [(str(e), gettext(w)) for e, w in EDUCATION_LABELS.items()]
        self.service_kind.choices = [(str(s), gettext(w)) for s, w in SERVICE_LABELS.items()]
        self.standing.choices = [(str(s), gettext(STANDING_LABELS[s])) for s in ENTRY_STANDINGS]
        self.org.choices = org_choices(units)

    def refuse(self, denied: Mapping[str, Verdict]) -> None:
        """Put a rule's words beside the field they are about."""
        for field, verdict in denied.items():
            self.blame(self[field], verdict)


class _CorrectForm(Form):
    reason = TextAreaField(
        _l("更正的理由"),
        [_required(), Length(max=200)],
        description=_l("例如「与身份证核对，原录入有误」"),
    )


class CorrectTextForm(_CorrectForm):
    """One field of a file in its own words, with the reason."""

    value = StringField(_l("更正为"), [Length(max=100)])


class CorrectChoiceForm(_CorrectForm):
    """One field of a file out of a few, with the reason."""

    value = SelectField(_l("更正为"), [_required()])

    def offer(self, field: str) -> None:
        labels: Mapping[str, str] = (
            {str(e): w for e, w in EDUCATION_LABELS.items() if e is not Education.NONE}
            if field == "education"
            else {str(s): w for s, w in SERVICE_LABELS.items()}
        )
        self.value.choices = [(code, gettext(word)) for code, word in labels.items()]


class PhotoForm(Form):
    photo = FileField(
        _l("照片"),
        [FileRequired(_l("请选择照片"))],
        description=_l("近期免冠正面照，JPG 或 PNG，10 MB 以内；系统按 2 寸裁剪"),
    )


class UnitForm(Form):
    """An organisation; its kind is asked for only when it is set up."""

    name = StringField(_l("机构名称"), [_required(), Length(max=100)])
    name_en = StringField(_l("英文名称"), [Length(max=100)])
    address = StringField(_l("地址"), [Length(max=200)])
    phone = StringField(_l("电话"), [Length(max=40)])


class NewUnitForm(UnitForm):
    kind = RadioField(_l("机构类别"), [_required()])
    region_code = StringField(
        _l("行政区划代码"), [Length(max=6)], description=_l("区司法局填写 6 位代码，其他机构不填")
    )

    def offer(self, kinds: list[OrgKind]) -> None:
        self.kind.choices = [(str(k), gettext(ORG_KIND_LABELS[k])) for k in kinds]

"""Forms of the import. What they ask depends on the sheet, so they are made for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, RadioField, SelectField
from wtforms.validators import DataRequired

from training.core.forms import Form
from training.core.i18n import title_of
from training.core.models import OrgUnit
from training.core.rules.roles import OrgKind

from .entry import ENTRY_STANDINGS
from .import_check import UnknownUnit
from .persons_forms import org_choices
from .rules.org_names import Plan, PlanKind
from .rules.org_sheet import ORG_FIELD_LABELS
from .rules.person import SERVICE_LABELS, STANDING_LABELS
from .rules.roster import FIELD_LABELS

NOT_IMPORTED = ""


class UploadForm(Form):
    org = SelectField(_l("导入到哪个单位"), [DataRequired(_l("请选择单位"))])
    sheet = FileField(
        _l("花名册文件"),
        [FileRequired(_l("请选择文件"))],
        description=_l(
            "直接上传单位现有的表格（.xlsx 或 .csv，20 MB 以内），标题行、两行表头和合计行会自动识别"
        ),
    )

    def offer(self, units: list[OrgUnit]) -> None:
        self.org.choices = org_choices(units)


class ColumnsForm(Form):
    """Base of the form of one sheet: a choice for each of its columns is added to it."""

    service = RadioField(_l("表中没有注明的，按"), [DataRequired(_l("请选择"))])
    standing = RadioField(
        _l("新增人员的状态"),
        [DataRequired(_l("请选择"))],
        description=_l("名册中已有的人员不受影响"),
    )


def columns_form(labels: Mapping[str, str], chosen: Mapping[str, Any]) -> ColumnsForm:
    """The form for a sheet with these heads, filled in with what was ``chosen`` or guessed."""
    fields = {f"column_{letter}": SelectField(label) for letter, label in labels.items()}
    made = type("SheetColumnsForm", (ColumnsForm,), dict(fields))
    data = {f"column_{letter}": field for letter, field in chosen.get("columns", {}).items()}
    form: ColumnsForm = made(
        data=data | {"service": chosen.get("service"), "standing": chosen.get("standing")}
    )
    offered = [(NOT_IMPORTED, gettext("不导入"))]
    offered += [(str(f), gettext(word)) for f, word in FIELD_LABELS.items()]
    for name in fields:
        form[name].choices = offered
    form.service.choices = [(str(s), gettext(w)) for s, w in SERVICE_LABELS.items()]
    form.standing.choices = [(str(s), gettext(STANDING_LABELS[s])) for s in ENTRY_STANDINGS]
    return form


class OrgUploadForm(Form):
    org = SelectField(_l("导入到哪个单位"), [DataRequired(_l("请选择单位"))])
    sheet = FileField(
        _l("机构名册文件"),
        [FileRequired(_l("请选择文件"))],
        description=_l(
            "直接上传单位现有的表格（.xlsx 或 .csv，20 MB 以内），至少有一列机构名称；"
            "司法所、调委会可以在同一张表里"
        ),
    )

    def offer(self, units: list[OrgUnit]) -> None:
        self.org.choices = org_choices(units)


def org_columns_form(labels: Mapping[str, str], chosen: Mapping[str, str]) -> Form:
    """The form for a sheet of organisations, filled in with what was said or guessed."""
    fields = {f"column_{letter}": SelectField(label) for letter, label in labels.items()}
    made = type("OrgColumnsForm", (Form,), dict(fields))
    form: Form = made(data={f"column_{letter}": f for letter, f in chosen.items()})
    offered = [(NOT_IMPORTED, gettext("不导入"))]
    offered += [(str(f), gettext(word)) for f, word in ORG_FIELD_LABELS.items()]
    for name in fields:
        form[name].choices = offered
    return form


def units_form(unknown: Sequence[UnknownUnit], target: OrgUnit, units: list[OrgUnit]) -> Form:
    """One choice for each unknown unit: set up where, or which one it is."""
    fields = {
        f"unit_{i}": SelectField(u.name, [DataRequired(_l("请选择"))])
        for i, u in enumerate(unknown)
    }
    made = type("SheetUnitsForm", (Form,), dict(fields))
    form: Form = made(
        data={f"unit_{i}": u.plan.code if u.plan else "" for i, u in enumerate(unknown)}
    )
    for i, unit in enumerate(unknown):
        form[f"unit_{i}"].choices = _plans(unit, target, units)
    return form


def _plans(unknown: UnknownUnit, target: OrgUnit, units: list[OrgUnit]) -> list[tuple[str, str]]:
    found = [("", gettext("请选择"))]
    offices = [u for u in units if u.kind is OrgKind.JUDICIAL_OFFICE]
    if unknown.plan is not None and unknown.plan.kind is PlanKind.NEW_OFFICE:
        text = gettext("新设「%(office)s」，此调委会设在其下", office=unknown.plan.office)
        found.append((unknown.plan.code, text))
    if target.kind is not OrgKind.JUDICIAL_OFFICE:
        text = gettext("新设为%(unit)s直属的行业性专业性调委会", unit=title_of(target, "name"))
        found.append((Plan(PlanKind.PROFESSIONAL).code, text))
    for office in offices:
        text = gettext("新设在%(office)s下", office=title_of(office, "name"))
        found.append((Plan(PlanKind.UNDER, ref=str(office.id)).code, text))
    for unit in units:
        text = gettext("就是已有的「%(unit)s」", unit=title_of(unit, "name"))
        found.append((Plan(PlanKind.SAME_AS, ref=str(unit.id)).code, text))
    return found


class ApplyForm(Form):
    leave_out = BooleanField()

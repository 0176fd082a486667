"""The editor of a policy value: one form for every kind of value."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from . import clock
from .forms import Form, MultiCheckboxField
from .policy import Policy
from .rules.policy import Basis, Kind, PolicySpec

_PREFIX = "value_"


class PolicyForm(Form):
    """What stands around the value: from when, on what basis, why."""

    effective_from = DateField(_l("生效日期"), [InputRequired()])
    basis = SelectField(
        _l("依据种类"),
        choices=[
            (str(Basis.FOUNDING), _l("本市制度文件")),
            (str(Basis.STATUTE), _l("法律法规")),
            (str(Basis.ELSEWHERE), _l("参照外地规定")),
            (str(Basis.DEFAULT), _l("本机关决定")),
        ],
        validators=[InputRequired()],
    )
    basis_text = StringField(
        _l("依据"), [DataRequired(), Length(max=300)], description=_l("文件名称、文号或者条款")
    )
    binding = BooleanField(_l("下级机构不得变更"))
    reason = TextAreaField(_l("修改理由"), [DataRequired(), Length(max=300)])

    @classmethod
    def for_spec(cls, spec: PolicySpec, held: Policy) -> PolicyForm:
        """The form with fields for this kind of value, filled with the value in force."""
        namespace: dict[str, Any] = dict(_value_fields(spec, held.value))
        made = type("PolicyFormFor", (cls,), namespace)
        form: PolicyForm = made(
            data={
                "effective_from": clock.today(),
                "basis": held.basis,
                "basis_text": held.basis_text,
            }
        )
        form.value_names = list(namespace)
        return form

    value_names: list[str] = []


def _value_fields(spec: PolicySpec, value: Any) -> list[tuple[str, Any]]:
    unit = gettext(spec.unit) if spec.unit else ""
    bounds = [InputRequired(), NumberRange(spec.low, spec.high)]
    if spec.kind is Kind.INTEGER:
        return [
            (
                f"{_PREFIX}one",
                IntegerField(gettext(spec.label), bounds, default=value, description=unit),
            )
        ]
    if spec.kind is Kind.TABLE:
        return [
            (
                f"{_PREFIX}{code}",
                IntegerField(gettext(label), bounds, default=value[code], description=unit),
            )
            for code, label in spec.fields
        ]
    if spec.kind is Kind.BOOLEAN:
        return [(f"{_PREFIX}one", BooleanField(gettext(spec.label), default=value))]
    if spec.kind is Kind.CHOICES:
        field = MultiCheckboxField(
            gettext(spec.label),
            choices=[(code, gettext(label)) for code, label in spec.fields],
            default=value,
        )
        return [(f"{_PREFIX}one", field)]
    return [(f"{_PREFIX}one", StringField(gettext(spec.label), [DataRequired()], default=value))]


def read_value(spec: PolicySpec, form: PolicyForm) -> Any:
    """The value that was entered, in the shape in which it is stored."""
    if spec.kind is Kind.TABLE:
        return {code: form[f"{_PREFIX}{code}"].data for code, _ in spec.fields}
    return form[f"{_PREFIX}one"].data

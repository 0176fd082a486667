"""Policy: every number an office decides, where it comes from, and the editor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import abort, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response as BaseResponse

from .. import access, clock, i18n, names, orgs, policy, web
from ..errors import Refused
from ..models import OrgUnit, PolicyVersion
from ..policy_defaults import GROUPS, SPECS
from ..policy_forms import PolicyForm, read_value
from ..rules.policy import Basis, Kind, PolicySpec
from ..rules.roles import OrgKind
from . import room

_READ, _CHANGE = "core:policy:read", "core:policy:change"
_BUREAUS = (OrgKind.CITY_BUREAU, OrgKind.DISTRICT_BUREAU)


def _chosen_unit() -> tuple[OrgUnit, list[OrgUnit]]:
    """The bureau whose policy is shown, and those that may be chosen."""
    units = orgs.bureaus(_BUREAUS)
    wanted = request.args.get("org")
    return next((u for u in units if u.public_id == wanted), units[0]), units


_COUNTED: dict[str, Callable[[int], str]] = {
    "人": lambda n: str(ngettext("%(num)d 人", "%(num)d 人", n)),
    "分": lambda n: str(ngettext("%(num)d 分", "%(num)d 分", n)),
    "年": lambda n: str(ngettext("%(num)d 年", "%(num)d 年", n)),
    "天": lambda n: str(ngettext("%(num)d 天", "%(num)d 天", n)),
    "次": lambda n: str(ngettext("%(num)d 次", "%(num)d 次", n)),
    "秒": lambda n: str(ngettext("%(num)d 秒", "%(num)d 秒", n)),
    "学时": lambda n: str(ngettext("%(num)d 学时", "%(num)d 学时", n)),
    "分钟": lambda n: str(ngettext("%(num)d 分钟", "%(num)d 分钟", n)),
    "个工作日": lambda n: str(ngettext("%(num)d 个工作日", "%(num)d 个工作日", n)),
}
"""Units that are counted: one person, two people."""


def _amount(value: int, unit: str) -> str:
    """A number with its unit, in the reader's grammar."""
    counted = _COUNTED.get(unit)
    if counted is not None:
        return counted(value)
    return f"{value} {gettext(unit) if unit else ''}".strip()


def shown_value(spec: PolicySpec, value: Any) -> str:
    """A value in words, for people."""
    names = {code: gettext(label) for code, label in spec.fields}
    if spec.kind is Kind.BOOLEAN:
        return str(gettext("是") if value else gettext("否"))
    comma, semicolon = (", ", "; ") if i18n.is_english() else ("、", "；")
    if spec.kind is Kind.CHOICES:
        return comma.join(names.get(code, code) for code in value)
    if spec.kind is Kind.TABLE:
        return semicolon.join(
            f"{names[code]} {_amount(value[code], spec.unit)}" for code, _ in spec.fields
        )
    return _amount(value, spec.unit)


def basis_text(basis: str, text: str, confirmed: bool) -> str:
    """The 依据 as the screen says it: what is not confirmed yet says so."""
    text = gettext(text) if text else ""
    if confirmed or basis in (Basis.FOUNDING, Basis.STATUTE):
        return text
    if basis == Basis.ELSEWHERE:
        return str(gettext("参照外地规定（%(text)s），待主管机关确认", text=text))
    return str(gettext("默认值，待主管机关确认")) + (
        gettext("（") + text + gettext("）") if text else ""
    )


@room.page("/policy", _READ)
def policies() -> str:
    unit, units = _chosen_unit()
    wanted = request.args.get("q", "").strip().lower()
    held = policy.many(SPECS, unit, clock.today())
    groups = []
    for group in GROUPS:
        rows = [
            _row(spec, held[spec.key], unit)
            for spec in SPECS.values()
            if spec.group == group and _matches(spec, wanted)
        ]
        if rows:
            groups.append({"label": gettext(group), "rows": rows})
    return render_template(
        "core/policies.html", groups=groups, unit=unit, units=units, wanted=wanted
    )


def _matches(spec: PolicySpec, wanted: str) -> bool:
    return wanted in f"{spec.key} {spec.label} {gettext(spec.label)}".lower()


def _row(spec: PolicySpec, held: policy.Policy, unit: OrgUnit) -> dict[str, Any]:
    return {
        "label": gettext(spec.label),
        "value": shown_value(spec, held.value),
        "version": gettext("第 %(n)s 版", n=held.version),
        "basis": basis_text(held.basis, held.basis_text, held.confirmed),
        "state": _state(held),
        "url": url_for("core.policy_page", key=spec.key, org=unit.public_id),
    }


def _state(held: policy.Policy) -> dict[str, str]:
    if held.confirmed:
        return {"kind": "ok", "label": gettext("已确认")}
    return {"kind": "due", "label": gettext("待确认")}


def _spec(key: str) -> PolicySpec:
    spec = SPECS.get(key)
    if spec is None:
        abort(404)
    return spec


@room.page("/policy/<key>", _READ)
def policy_page(key: str) -> str:
    """One value: how it came about, and (for who may) the editor."""
    spec = _spec(key)
    unit, units = _chosen_unit()
    held = policy.get(key, unit, clock.today())
    return _page(spec, unit, units, PolicyForm.for_spec(spec, held))


@room.act("/policy/<key>", _CHANGE)
def change_policy(key: str) -> BaseResponse | tuple[str, int]:
    """Decide a new version."""
    spec = _spec(key)
    unit, units = _chosen_unit()
    if not access.may(web.actor(), _CHANGE, unit):
        abort(404)
    form = PolicyForm.for_spec(spec, policy.get(key, unit, clock.today()))
    if not form.validate():
        return _page(spec, unit, units, form), 422
    try:
        policy.change(
            web.actor(),
            unit,
            spec,
            read_value(spec, form),
            effective_from=form.effective_from.data or clock.today(),
            basis=Basis(form.basis.data),
            basis_text=(form.basis_text.data or "").strip(),
            binding=bool(form.binding.data),
            reason=(form.reason.data or "").strip(),
            today=clock.today(),
            now=clock.now(),
        )
    except Refused as refused:
        form.deny(refused)
        return _page(spec, unit, units, form), 422
    return web.done(
        gettext(
            "已保存新的版本，自 %(day)s 起施行", day=i18n.format_date(form.effective_from.data)
        ),
        url_for("core.policy_page", key=key, org=unit.public_id),
    )


def _page(spec: PolicySpec, unit: OrgUnit, units: list[OrgUnit], form: PolicyForm) -> str:
    today = clock.today()
    held = policy.get(spec.key, unit, today)
    versions = policy.history(spec.key, unit)
    known = names.of(v.created_by for v in versions)
    return render_template(
        "core/policy.html",
        spec=spec,
        unit=unit,
        units=units,
        held=held,
        value=shown_value(spec, held.value),
        basis=basis_text(held.basis, held.basis_text, held.confirmed),
        versions=[_version(spec, v, held, known.get(v.created_by, "")) for v in versions],
        form=form,
        may_change=access.may(web.actor(), _CHANGE, unit) and not spec.fixed,
    )


def _version(
    spec: PolicySpec, version: PolicyVersion, held: policy.Policy, who: str
) -> dict[str, Any]:
    if version.id == held.id:
        state = {"kind": "ok", "label": gettext("现行")}
    elif version.effective_from > clock.today():
        state = {"kind": "info", "label": gettext("将施行")}
    else:
        state = {"kind": "none", "label": gettext("历史")}
    return {
        "version": gettext("第 %(n)s 版", n=version.version),
        "value": shown_value(spec, version.value),
        "from": i18n.format_day(version.effective_from),
        "org": i18n.title_of(version.org, "name"),
        "basis": basis_text(version.basis, version.basis_text, version.confirmed),
        "reason": version.reason,
        "who": who or gettext("系统"),
        "when": i18n.format_datetime(version.created_at),
        "binding": gettext("下级不得变更") if version.binding else "",
        "state": state,
    }

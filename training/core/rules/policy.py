"""Policy: numbers that an office decides, as versions with an effective date and a basis.

Resolution: the organisation of the person at the event's date decides; the nearest
ancestor that has a version in force wins, unless a version higher up is ``binding``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from .verdict import ALLOWED, Verdict, refuse
from .words import N_


class Basis(StrEnum):
    """Where a number comes from (domain.md): founding document, statute, other place, ours."""

    FOUNDING = "H"
    STATUTE = "L"
    ELSEWHERE = "S"
    DEFAULT = "D"


class Kind(StrEnum):
    INTEGER = "integer"
    BOOLEAN = "boolean"
    CHOICES = "choices"
    TABLE = "table"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class PolicySpec:
    """What may be decided: key, kind, unit, bounds, names, and the default with its basis.

    A ``TABLE`` is an ordered map of codes to whole numbers; ``fields`` labels its codes.
    """

    key: str
    kind: Kind
    label: str
    group: str
    default: Any
    basis: Basis
    basis_text: str = ""
    unit: str = ""
    low: int = 0
    high: int = 1_000_000
    fields: tuple[tuple[str, str], ...] = ()
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Version:
    """One stored version, with the path of the organisation that decided it."""

    id: int
    key: str
    org_path: str
    version: int
    value: Any
    effective_from: date
    basis: str = "D"
    basis_text: str = ""
    binding: bool = False
    confirmed: bool = False


def resolve(versions: Iterable[Version], org_path: str, on: date) -> Version | None:
    """The version in force for an organisation on a day, or None."""
    in_force: dict[str, Version] = {}
    for v in versions:
        if org_path.startswith(v.org_path) and v.effective_from <= on:
            held = in_force.get(v.org_path)
            if held is None or (v.effective_from, v.version) > (held.effective_from, held.version):
                in_force[v.org_path] = v
    by_height = sorted(in_force.values(), key=lambda v: len(v.org_path))
    for v in by_height:
        if v.binding:
            return v
    return by_height[-1] if by_height else None


def check_value(spec: PolicySpec, value: Any) -> Verdict:
    """Is this a value that the key may take?"""
    if spec.fixed:
        return refuse("policy.fixed", N_("此项由法律规定，不能修改"), basis=spec.basis_text)
    if spec.kind is Kind.INTEGER:
        return _number(spec, spec.label, value)
    if spec.kind is Kind.BOOLEAN:
        ok = isinstance(value, bool)
    elif spec.kind is Kind.TEXT:
        ok = isinstance(value, str) and bool(value.strip())
    elif spec.kind is Kind.CHOICES:
        codes = {code for code, _ in spec.fields}
        ok = isinstance(value, list) and bool(value) and set(value) <= codes
    else:
        ok = isinstance(value, dict) and set(value) == {code for code, _ in spec.fields}
        if ok:
            for code, label in spec.fields:
                verdict = _number(spec, label, value[code])
                if not verdict:
                    return verdict
    return (
        ALLOWED if ok else refuse("policy.value", N_("填写的内容不符合此项的格式"), basis=spec.key)
    )


def _number(spec: PolicySpec, label: str, value: Any) -> Verdict:
    if isinstance(value, bool) or not isinstance(value, int):
        return refuse("policy.not_a_number", N_("%(label)s 应为整数"), basis=spec.key, label=label)
    if not spec.low <= value <= spec.high:
        return refuse(
            "policy.out_of_range",
            N_("%(label)s 应在 %(low)s 至 %(high)s 之间"),
            basis=spec.key, label=label, low=spec.low, high=spec.high,
        )  # fmt: skip
    return ALLOWED

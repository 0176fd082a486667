"""The policy store: read by every rule that needs a number, changed by the city bureau."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from .db import db
from .errors import Refused, require
from .models import OrgUnit, PolicyVersion
from .policy_defaults import SPECS
from .rules.permission import Actor
from .rules.policy import Basis, PolicySpec, Version, check_value, resolve
from .rules.words import N_
from .verbs import tell, verb

EPOCH = date(2019, 1, 1)


@dataclass(frozen=True, slots=True)
class Policy:
    """A value with the version it came from: outcomes store ``id`` beside what they computed."""

    key: str
    value: Any
    id: int
    version: int
    basis: str
    basis_text: str
    confirmed: bool


def _versions(keys: Iterable[str] | None = None) -> list[Version]:
    query = sa.select(PolicyVersion, OrgUnit.path).join(OrgUnit, OrgUnit.id == PolicyVersion.org_id)
    if keys is not None:
        query = query.where(PolicyVersion.key.in_(list(keys)))
    return [
        Version(
            p.id,
            p.key,
            path,
            p.version,
            p.value,
            p.effective_from,
            p.basis,
            p.basis_text,
            p.binding,
            p.confirmed,
        )
        for p, path in db.session.execute(query)
    ]


def get(key: str, org: OrgUnit, on: date) -> Policy:
    """The value in force for an organisation on a day. Raises ``KeyError`` for an unknown key."""
    return many((key,), org, on)[key]


def many(keys: Iterable[str], org: OrgUnit, on: date) -> dict[str, Policy]:
    """Several values in one query."""
    wanted = list(keys)
    versions = _versions(wanted)
    found: dict[str, Policy] = {}
    for key in wanted:
        spec = SPECS[key]
        v = resolve([x for x in versions if x.key == key], org.path, on)
        if v is None:
            raise LookupError(
                f"policy {key} has no version in force on {on}: was the store seeded?"
            )
        found[spec.key] = Policy(key, v.value, v.id, v.version, v.basis, v.basis_text, v.confirmed)
    return found


def history(key: str, org: OrgUnit) -> list[PolicyVersion]:
    """All versions that could bear on an organisation: its own and those above, newest first."""
    above = [int(part) for part in org.path.strip("/").split("/")]
    return list(
        db.session.scalars(
            sa.select(PolicyVersion)
            .where(PolicyVersion.key == key, PolicyVersion.org_id.in_(above))
            .options(joinedload(PolicyVersion.org))
            .order_by(PolicyVersion.effective_from.desc(), PolicyVersion.id.desc())
        )
    )


def seed(root: OrgUnit, now: datetime) -> int:
    """Write the default of each key that the root organisation lacks. Returns how many."""
    have = set(
        db.session.scalars(sa.select(PolicyVersion.key).where(PolicyVersion.org_id == root.id))
    )
    fresh = [spec for spec in SPECS.values() if spec.key not in have]
    for spec in fresh:
        db.session.add(
            PolicyVersion(
                key=spec.key,
                org_id=root.id,
                version=1,
                value=spec.default,
                effective_from=EPOCH,
                basis=str(spec.basis),
                basis_text=spec.basis_text,
                confirmed=spec.basis in (Basis.FOUNDING, Basis.STATUTE),
                created_at=now,
                created_by="system",
            )
        )
    return len(fresh)


@verb("core:policy:change", on="org")
def change(
    actor: Actor,
    org: OrgUnit,
    spec: PolicySpec,
    value: Any,
    *,
    effective_from: date,
    basis: Basis,
    basis_text: str,
    binding: bool,
    reason: str,
    today: date,
    now: datetime,
) -> PolicyVersion:
    """Decide a new version for an organisation and all below it.

    It takes effect today or later: what was computed before stays as it was computed.
    """
    require(check_value(spec, value), status=422, code="POLICY_VALUE")
    if effective_from < today:
        raise Refused.because(
            "POLICY_BACKDATED", N_("生效日期不能早于今天"), status=422, basis=spec.key
        )
    last = db.session.scalar(
        sa.select(sa.func.max(PolicyVersion.version)).where(
            PolicyVersion.key == spec.key, PolicyVersion.org_id == org.id
        )
    )
    version = PolicyVersion(
        key=spec.key,
        org_id=org.id,
        version=(last or 0) + 1,
        value=value,
        effective_from=effective_from,
        basis=str(basis),
        basis_text=basis_text,
        binding=binding,
        confirmed=True,
        reason=reason,
        created_at=now,
        created_by=actor.ref,
    )
    db.session.add(version)
    tell(
        key=spec.key,
        version=version.version,
        value=value,
        effective_from=effective_from.isoformat(),
    )
    return version

"""The words of a bureau's certificates: versions, each with its reason. A further version
changes no certificate that has been issued."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from training.core.db import db
from training.core.errors import Refused, require
from training.core.models import OrgUnit
from training.core.rules.permission import Actor
from training.core.rules.words import N_
from training.core.verbs import tell, verb

from .models import CertificateTemplate
from .rules.wording import Wording, wording_gate


def versions(org: OrgUnit) -> list[CertificateTemplate]:
    """A bureau's own versions, the latest first."""
    query = (
        sa.select(CertificateTemplate)
        .where(CertificateTemplate.org_id == org.id)
        .options(joinedload(CertificateTemplate.author))
        .order_by(CertificateTemplate.version.desc())
    )
    return list(db.session.scalars(query))


@verb("certificates:template:change", at="org")
def change(
    actor: Actor, org: OrgUnit, words: Wording, reason: str, *, now: datetime
) -> CertificateTemplate:
    """Decide a further version for a bureau and those below it. Codes
    ``template.forbidden_words``, ``template.place_missing``, ``template.place_unknown``."""
    require(wording_gate(words), status=422, code="TEMPLATE")
    if actor.person_id is None:
        raise Refused.because("NO_AUTHOR", N_("证书模板须由具体人员修改"), status=422)
    last = db.session.scalar(
        sa.select(sa.func.max(CertificateTemplate.version)).where(
            CertificateTemplate.org_id == org.id
        )
    )
    made = CertificateTemplate(
        org_id=org.id, version=(last or 0) + 1, title=words.title, title_en=words.title_en,
        body=words.body, note=words.note, reason=reason, created_by=actor.person_id,
        created_at=now,
    )  # fmt: skip
    db.session.add(made)
    tell(version=made.version)
    return made

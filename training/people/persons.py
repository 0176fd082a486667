"""The person's file: registering, correcting, the photo, and looking at what is masked."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import date, datetime

import sqlalchemy as sa
from PIL import Image, ImageOps

from training.core import access, clock, files, uploads
from training.core.audit import commitment
from training.core.db import db
from training.core.errors import Refused, require
from training.core.models import OrgUnit
from training.core.rules.contact import read_name, read_phone
from training.core.rules.identity import read_identity_number
from training.core.rules.permission import Actor
from training.core.rules.roles import Role
from training.core.rules.verdict import ALLOWED, Verdict, refuse
from training.core.rules.words import N_
from training.core.verbs import tell, verb

from . import entry, facts, numbering
from .models import Account, Person, RoleGrant
from .roster_models import PersonRevision
from .rules.person import Education, ServiceKind, Standing

PHOTO_SIZE = (413, 579)
"""A 2-inch photo at 300 dpi, in pixels."""

CORRECTABLE = ("name", "id_number", "phone", "education", "speciality", "service_kind")
SHORTEST_REASON = 4
"""Characters: enough to say something, 「核对证件」 say."""

SEALED_FIELDS = frozenset({"id_number", "phone"})


def read_field(field: str, raw: str, today: date) -> str | Verdict:
    """A field as somebody typed it, canonical, or the denial. Raises ``KeyError`` for a field
    that cannot be corrected here."""
    if field == "name":
        return read_name(raw)
    if field == "id_number":
        number = read_identity_number(raw, today)
        return number if isinstance(number, Verdict) else number.value
    if field == "phone":
        phone = read_phone(raw) if raw.strip() else None
        return "" if phone is None else phone if isinstance(phone, Verdict) else phone.value
    if field == "speciality":
        return " ".join(raw.split())[:100]
    members = {"education": Education, "service_kind": ServiceKind}[field]
    if raw not in [str(m) for m in members]:
        return refuse("person.choice", N_("请从列出的选项中选择"))
    return raw


def read_all(raw: Mapping[str, str], today: date) -> tuple[dict[str, str], dict[str, Verdict]]:
    """The fields of a registration: canonical values, and the denials by field."""
    values: dict[str, str] = {}
    denied: dict[str, Verdict] = {}
    for field in CORRECTABLE:
        read = read_field(field, raw.get(field, ""), today)
        if isinstance(read, Verdict):
            denied[field] = read
        else:
            values[field] = read
    if "id_number" in values:
        values |= _from_identity(values["id_number"], today)
    return values, denied


def _from_identity(id_number: str, today: date) -> dict[str, str]:
    number = read_identity_number(id_number, today)
    if isinstance(number, Verdict):
        return {}
    return {"sex": str(number.sex), "birth": number.birth_date.isoformat()}


def number_free(id_number: str, but: int | None = None) -> Verdict:
    """Is nobody else registered under this identity number?"""
    query = sa.select(Person.id).where(
        Person.id_number_index == Person.id_number.blind(id_number), Person.id != (but or 0)
    )
    if db.session.scalar(query) is None:
        return ALLOWED
    return refuse(
        "person.registered", N_("这个身份证号已经登记。如不在本单位名册中，请联系上级人事办理调动")
    )


@verb("people:person:change", at="org")
def register(
    actor: Actor, org: OrgUnit, values: Mapping[str, str], standing: Standing, *, now: datetime
) -> Person:
    """Enter one person with canonical ``values``; all but candidates get number and account."""
    require(number_free(values["id_number"]), status=422, code="REGISTERED")
    if standing not in entry.ENTRY_STANDINGS:
        raise Refused.because("STANDING", N_("请从列出的选项中选择"), status=422)
    if org.closed_on is not None:
        raise Refused.because("ORG_CLOSED", N_("所选机构已撤销"), status=422)
    number = None if standing is Standing.CANDIDATE else numbering.take(org, 1)[0]
    person = entry.new_person(values, org.id, standing, number, now)
    db.session.flush()
    if number is not None:
        index = entry.login_phone(values.get("phone", ""))
        free = index if index and not entry.taken_logins([index]) else None
        entry.waiting_accounts([(person, free)], actor, now)
    facts.record(
        actor, person, "people.registered", clock.today(now), {"standing": str(standing)}, now=now
    )
    tell(standing=str(standing))
    return person


@verb("people:person:change", on="person")
def correct(
    actor: Actor, person: Person, field: str, value: str, reason: str, *, now: datetime
) -> Person:
    """Correct one field (canonical ``value``) with a reason; the former value is kept in a
    revision. A corrected identity number corrects sex and birth date, a corrected mobile
    number the log-in."""
    if field not in CORRECTABLE:
        raise Refused.because("FIELD", N_("这一项不能在此更正"), status=422)
    if not reason.strip():
        raise Refused.because("REASON_REQUIRED", N_("请写明更正的理由"), status=422)
    if entry.held(person)[field] == value:
        raise Refused.because("NOTHING_CHANGED", N_("内容没有变化"), status=422)
    if field == "id_number":
        require(number_free(value, person.id), status=422, code="REGISTERED")
    tell(revised=revise(actor, person, {field: value}, reason, now))
    return person


def revise(
    actor: Actor, person: Person, changes: Mapping[str, str], reason: str, now: datetime
) -> dict[str, list[str]]:
    """Overwrite fields, each with its revision, in the current write transaction. Returns the
    commitments of old and new value by field, for the audit entry."""
    before = entry.held(person)
    changes = dict(changes)
    if "id_number" in changes:
        changes |= _from_identity(changes["id_number"], clock.today(now))
    proofs = {}
    for field, value in changes.items():
        if before[field] == value:
            continue
        proofs[field] = _revision(actor, person, field, before[field], value, reason, now)
        entry.put(person, field, value)
    if "phone" in proofs:
        _move_login(person, before["phone"])
    return proofs


def _revision(
    actor: Actor, person: Person, field: str, old: str, new: str, reason: str, now: datetime
) -> list[str]:
    revision = PersonRevision(
        person_id=person.id, org_id=person.org_id, field=field, reason=reason[:200],
        revised_at=now, revised_by=actor.ref,
    )  # fmt: skip
    revision.old, revision.new = old, new
    db.session.add(revision)
    return [commitment(person.salt, old), commitment(person.salt, new)]


@verb("people:person:change", on="person")
def transfer(actor: Actor, person: Person, org: OrgUnit, reason: str, *, now: datetime) -> Person:
    """Move a person to another unit that the actor may change too; the former one is kept in
    a revision, with the reason."""
    if not reason.strip():
        raise Refused.because("REASON_REQUIRED", N_("请写明更正的理由"), status=422)
    if org.id == person.org_id:
        raise Refused.because("NOTHING_CHANGED", N_("内容没有变化"), status=422)
    if org.closed_on is not None or not access.may(actor, "people:person:change", org):
        raise Refused.because("ORG_CLOSED", N_("请从列出的机构中选择"), status=422)
    tell(revised=move(actor, person, org, reason, now))
    return person


def move(
    actor: Actor, person: Person, org: OrgUnit, reason: str, now: datetime
) -> dict[str, list[str]]:
    """Move a person, and the learner's role, to another unit, in the current transaction."""
    former = db.session.get_one(OrgUnit, person.org_id)
    proof = _revision(actor, person, "org", former.public_id, org.public_id, reason, now)
    person.org_id = org.id
    grants = db.session.scalars(
        sa.select(RoleGrant)
        .join(Account, Account.id == RoleGrant.account_id)
        .where(
            Account.person_id == person.id,
            RoleGrant.role == Role.MEDIATOR,
            RoleGrant.org_id == former.id,
            RoleGrant.revoked_at.is_(None),
        )
    )
    for grant in list(grants):
        grant.revoked_at, grant.revoked_by = now, actor.ref
        db.session.add(
            RoleGrant(
                account_id=grant.account_id, role=Role.MEDIATOR, org_id=org.id, granted_at=now,
                granted_by=actor.ref,
            )
        )  # fmt: skip
    return {"org": proof}


def _move_login(person: Person, old_phone: str) -> None:
    """The account that logged in by the former number logs in by the new one, if it is free."""
    old, new = entry.login_phone(old_phone), entry.login_phone(person.phone)
    if new is not None and entry.taken_logins([new]):
        new = None
    query = sa.select(Account).where(Account.person_id == person.id).order_by(Account.id)
    for account in db.session.scalars(query):
        if account.login_phone_index == old:
            account.login_phone_index = new
            break


def id_photo(data: bytes, name: str) -> bytes:
    """A 2-inch ID photo out of any picture: checked, drawn anew without EXIF, cut to shape.
    Slow: call it outside a verb. Raises ``Refused`` as ``uploads.image`` does."""
    checked = uploads.image(data, name)
    with Image.open(io.BytesIO(checked.data)) as picture:
        flat = Image.new("RGB", picture.size, "white")
        layer = picture.convert("RGBA")
        flat.paste(layer, mask=layer.getchannel("A"))
    out = io.BytesIO()
    fitted = ImageOps.fit(flat, PHOTO_SIZE, centering=(0.5, 0.35))
    fitted.save(out, "JPEG", quality=90, dpi=(300, 300))
    return out.getvalue()


@verb("people:person:change", on="person")
def set_photo(actor: Actor, person: Person, jpeg: bytes, *, now: datetime) -> Person:
    """Put a photo (made by ``id_photo``) into the file; the former one stays stored."""
    record = files.keep(
        jpeg, name="photo.jpg", media_type="image/jpeg", purpose="photo", now=now,
        org_id=person.org_id, person_id=person.id,
    )  # fmt: skip
    db.session.flush()
    tell(former=person.photo.public_id if person.photo else "", sha256=record.sha256)
    person.photo_id = record.id
    return person


@verb("people:person:unmask", on="person")
def unmask(actor: Actor, person: Person, field: str, reason: str, *, now: datetime) -> Person:
    """Note that somebody looks at a masked field, and why; one audit entry each. The page
    reads the value afterwards: an answer that is stored must not hold it."""
    if field not in SEALED_FIELDS:
        raise Refused.because("FIELD", N_("这一项没有遮盖"), status=422)
    if len(reason.strip()) < SHORTEST_REASON:
        raise Refused.because("REASON_REQUIRED", N_("请写明查看的事由"), status=422)
    tell(field=field, reason=reason.strip()[:200])
    return person


@verb("people:person:export")
def note_export(actor: Actor, count: int, filters: str, *, now: datetime) -> None:
    """Note that a list left the house: how many lines, and by which filter names."""
    tell(count=count, filters=filters)


@verb("people:person:unmask")
def note_full_export(actor: Actor, count: int, filters: str, reason: str, *, now: datetime) -> None:
    """The same with identity numbers and telephones in full, for a reason."""
    if len(reason.strip()) < SHORTEST_REASON:
        raise Refused.because("REASON_REQUIRED", N_("请写明导出的事由"), status=422)
    tell(count=count, filters=filters, reason=reason.strip()[:200], export=True)

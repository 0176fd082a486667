"""Entering a person into the roster: the file, the number, a fact, and a waiting account.

Used by registration, one at a time, and by the import of a whole sheet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import sqlalchemy as sa

from training.core.db import db, new_public_id
from training.core.rules.contact import PhoneKind, read_phone
from training.core.rules.permission import Actor
from training.core.rules.roles import Role
from training.core.rules.verdict import Verdict

from . import auth
from .models import Account, Person, RoleGrant
from .names import pinyin_of
from .rules.person import (
    AccountState,
    DatePrecision,
    Education,
    ServiceKind,
    Sex,
    Standing,
)

ENTRY_STANDINGS = (Standing.IN_POST, Standing.TRAINEE, Standing.CANDIDATE)
"""With what standing a person can be entered; later only ``employment`` changes it."""


def new_person(
    values: Mapping[str, str], org_id: int, standing: Standing, number: str | None, now: datetime
) -> Person:
    """A person from canonical values by field, added to the current write transaction."""
    person = Person(
        public_id=new_public_id(), name=values["name"], pinyin=pinyin_of(values["name"]),
        org_id=org_id, standing=standing, mediator_no=number, created_at=now,
        birth_precision=DatePrecision.DAY,
    )  # fmt: skip
    for field, value in values.items():
        if field != "name":
            put(person, field, value)
    db.session.add(person)
    return person


def put(person: Person, field: str, value: str) -> None:
    """Set one field of the file from its canonical text. Fields that are not in the file
    (they are facts) are left alone."""
    if field == "name":
        person.name, person.pinyin = value, pinyin_of(value)
    elif field == "sex":
        person.sex = Sex(value) if value else None
    elif field == "birth":
        person.birth_date = date.fromisoformat(value) if value else None
    elif field == "education":
        person.education = Education(value)
    elif field == "service_kind":
        person.service_kind = ServiceKind(value)
    elif field in ("id_number", "phone", "speciality"):
        setattr(person, field, value)


def held(person: Person) -> dict[str, str]:
    """The file's fields as canonical text, as ``put`` takes them."""
    return {
        "name": person.name,
        "id_number": person.id_number,
        "sex": str(person.sex or ""),
        "birth": person.birth_date.isoformat() if person.birth_date else "",
        "phone": person.phone,
        "education": str(person.education),
        "speciality": person.speciality,
        "service_kind": str(person.service_kind),
    }


def login_phone(phone: str) -> str | None:
    """The index by which a telephone number logs in; None when it is no mobile number."""
    read = read_phone(phone) if phone else None
    if read is None or isinstance(read, Verdict) or read.kind is not PhoneKind.MOBILE:
        return None
    return auth.login_index(read.value)


def taken_logins(indexes: list[str]) -> set[str]:
    """Those of the login indexes that an account has already."""
    found: set[str] = set()
    for start in range(0, len(indexes), 500):
        query = sa.select(Account.login_phone_index).where(
            Account.login_phone_index.in_(indexes[start : start + 500])
        )
        found |= {index for index in db.session.scalars(query) if index}
    return found


def waiting_accounts(
    entered: Sequence[tuple[Person, str | None]], actor: Actor, now: datetime
) -> list[Account]:
    """Accounts that wait for their activation slips, each with the learner's role in the
    person's unit, for (stored person, index to log in by). The user name is the mediator
    number, or p and the file's number for those without one."""
    accounts = [
        Account(
            person_id=person.id, username=person.mediator_no or f"p{person.id}",
            login_phone_index=index, state=AccountState.WAITING, created_at=now,
        )
        for person, index in entered
    ]  # fmt: skip
    db.session.add_all(accounts)
    db.session.flush()
    db.session.add_all(
        RoleGrant(
            account_id=account.id, role=Role.MEDIATOR, org_id=person.org_id, granted_at=now,
            granted_by=actor.ref,
        )
        for account, (person, _) in zip(accounts, entered, strict=True)
    )  # fmt: skip
    return accounts

"""The demo force: 497 full-time and 3,302 part-time people, none of whom exists.

Names are made of demonstration characters, identity numbers use a region that does not
exist, telephone numbers a range that is not given out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import sqlalchemy as sa

from training.core import audit, clock, crypto
from training.core.db import db, new_public_id
from training.core.models import AuditEntry, OrgUnit
from training.core.rules.chain import canonical, digest
from training.core.rules.identity import FICTIONAL_REGION, check_character
from training.core.rules.permission import SYSTEM
from training.core.rules.roles import Role
from training.people import numbering
from training.people.models import Account, Person, RoleGrant
from training.people.names import pinyin_of
from training.people.rules.person import (
    AccountState,
    DatePrecision,
    Education,
    ServiceKind,
    Sex,
    Standing,
)

from .accounts import ACCOUNTS, DemoAccount
from .city import City

FULL_TIME, PART_TIME = 497, 3302
_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程苏魏吕丁任沈"
_GIVEN = "示例演样练构拟虚甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥"
_EDUCATION = (
    (Education.JUNIOR, 14), (Education.SENIOR, 34), (Education.COLLEGE, 30),
    (Education.BACHELOR, 20), (Education.MASTER, 2),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Crowd:
    """Ids of the people by what they are, for the rooms above to build on."""

    in_post: list[int]
    certified: list[int]
    trainees: list[int]
    suspended: list[int]
    left: list[int]
    part_time: list[int]


def _identity(random: Random, serial: int, male: bool) -> tuple[str, date]:
    born = date(1958, 1, 1) + timedelta(days=random.randrange(40 * 365))
    sequence = (serial * 2 + (1 if male else 0)) % 1000
    first = f"{FICTIONAL_REGION}{born:%Y%m%d}{sequence:03d}"
    return first + check_character(first), born


class _Maker:
    """Collects rows, then writes them in a few large inserts."""

    def __init__(self, now: datetime, password_hash: str) -> None:
        self.random = Random(20261123)  # noqa: S311 - fiction, not a secret
        self.now = now
        self.password_hash = password_hash
        self.people: list[dict[str, Any]] = []
        self.serial = 0
        self.seen: set[str] = set()

    def add(
        self,
        org: OrgUnit,
        kind: ServiceKind,
        standing: Standing,
        number: str | None,
        name: str = "",
    ) -> None:
        random = self.random
        self.serial += 1
        male = random.random() < 0.58
        identity, born = _identity(random, self.serial, male)
        while identity in self.seen:
            identity, born = _identity(random, random.randrange(500), male)
        self.seen.add(identity)
        public_id = f"{random.getrandbits(96):024x}"
        phone = f"199{self.serial:08d}"
        ring = crypto.ring()
        full = name or random.choice(_SURNAMES) + "".join(
            random.sample(_GIVEN, random.choice((1, 2, 2)))
        )
        self.people.append(
            {
                "public_id": public_id,
                "mediator_no": number,
                "name": full,
                "pinyin": pinyin_of(full),
                "sex": Sex.MALE if male else Sex.FEMALE,
                "birth_date": born,
                "birth_precision": DatePrecision.DAY,
                "id_number_sealed": ring.seal("person.id_number", public_id, identity),
                "id_number_index": ring.blind("person.id_number", identity),
                "phone_sealed": ring.seal("person.phone", public_id, phone),
                "phone_index": ring.blind("person.phone", phone),
                "education": random.choices([e for e, _ in _EDUCATION], [w for _, w in _EDUCATION])[
                    0
                ],
                "org_id": org.id,
                "service_kind": kind,
                "standing": standing,
                "salt": f"{random.getrandbits(128):032x}",
                "created_at": self.now - timedelta(days=random.randrange(40, 1600)),
            }
        )

    def write(self) -> list[Person]:
        db.session.execute(sa.insert(Person), self.people)
        ids = [p["public_id"] for p in self.people]
        by_ref: dict[str, Person] = {}
        for start in range(0, len(ids), 500):
            chunk = ids[start : start + 500]
            for person in db.session.scalars(sa.select(Person).where(Person.public_id.in_(chunk))):
                by_ref[person.public_id] = person
        return [by_ref[ref] for ref in ids]


def _entries(people: list[Person], now: datetime) -> None:
    """One audit entry a person, as a registration in the browser leaves."""
    rows = []
    for person in people:
        entry = AuditEntry(
            at=now,
            action="people:person:change",
            actor_ref=SYSTEM.ref,
            account_ref="",
            subject_type="person",
            subject_ref=person.public_id,
            org_id=person.org_id,
            detail=canonical({"demo": True, "standing": str(person.standing)}),
            request_id="demo",
            salt=new_public_id()[:16],
        )
        entry.entry_hash = digest(audit.content(entry))
        rows.append(
            {c.key: getattr(entry, c.key) for c in AuditEntry.__table__.columns if c.key != "id"}
        )
    db.session.execute(sa.insert(AuditEntry), rows)


def _standings(random: Random) -> list[Standing]:
    mix = (
        [Standing.IN_POST] * 432 + [Standing.CERTIFIED] * 14 + [Standing.TRAINEE] * 36
        + [Standing.SUSPENDED] * 6 + [Standing.LEFT] * 9
    )  # fmt: skip
    random.shuffle(mix)
    return mix


def build(city: City, password_hash: str, now: datetime) -> Crowd:
    """Write the whole force with accounts and grants, in the current write transaction."""
    maker = _Maker(now, password_hash)
    numbers = numbering.take(city.root, FULL_TIME + PART_TIME)
    posts = [*city.offices * 5, *city.professional * 8, *city.committees]
    for i, standing in enumerate(_standings(maker.random)):
        maker.add(posts[i % len(posts)], ServiceKind.FULL_TIME, standing, numbers[i])
    for i in range(PART_TIME):
        standing = Standing.LEFT if i % 97 == 0 else Standing.IN_POST
        org = city.committees[i % len(city.committees)]
        maker.add(org, ServiceKind.PART_TIME, standing, numbers[FULL_TIME + i])
    people = maker.write()
    _accounts(people, password_hash, now)
    _entries(people, now)
    _staff(city, password_hash, now)
    full = people[:FULL_TIME]

    def ids(standing: Standing) -> list[int]:
        return [p.id for p in full if p.standing is standing]

    return Crowd(
        in_post=ids(Standing.IN_POST),
        certified=ids(Standing.CERTIFIED),
        trainees=ids(Standing.TRAINEE),
        suspended=ids(Standing.SUSPENDED),
        left=ids(Standing.LEFT),
        part_time=[p.id for p in people[FULL_TIME:]],
    )


def _accounts(people: list[Person], password_hash: str, now: datetime) -> None:
    """Everybody who has not left can log in with the number; some still wait for the slip."""
    staying = [p for p in people if p.standing is not Standing.LEFT]
    rows = [
        {
            "public_id": new_public_id(),
            "person_id": p.id,
            "username": (p.mediator_no or p.public_id).lower(),
            "login_phone_index": p.phone_index,
            "password_hash": "" if i % 10 == 7 else password_hash,
            "password_set_at": None if i % 10 == 7 else now,
            "state": AccountState.WAITING if i % 10 == 7 else AccountState.ACTIVE,
            "created_at": now,
        }
        for i, p in enumerate(staying)
    ]
    db.session.execute(sa.insert(Account), rows)
    places = {p.id: p.org_id for p in staying}
    made = db.session.execute(sa.select(Account.id, Account.person_id)).all()
    db.session.execute(
        sa.insert(RoleGrant),
        [
            {
                "public_id": new_public_id(),
                "account_id": account_id,
                "role": Role.MEDIATOR,
                "org_id": places[person_id],
                "granted_at": now,
                "granted_by": SYSTEM.ref,
            }
            for account_id, person_id in made
            if person_id in places
        ],
    )


def _place(city: City, name: str) -> OrgUnit:
    return {
        "city": city.root,
        "district": city.districts[0],
        "office": city.offices[0],
        "committee": city.committees[0],
    }[name]


def _staff(city: City, password_hash: str, now: datetime) -> None:
    for demo in ACCOUNTS:
        add_account(demo, _place(city, demo.place), password_hash, now)


def add_account(demo: DemoAccount, org: OrgUnit, password_hash: str, now: datetime) -> Account:
    """A person of the staff with an account and its roles."""
    person = Person(
        name=demo.name,
        pinyin=pinyin_of(demo.name),
        org_id=org.id,
        service_kind=ServiceKind.FULL_TIME,
        standing=Standing.CANDIDATE,
        created_at=now,
    )
    db.session.add(person)
    db.session.flush()
    account = Account(
        person_id=person.id,
        username=demo.username,
        password_hash=password_hash,
        password_set_at=now,
        state=AccountState.ACTIVE,
        created_at=now,
    )
    db.session.add(account)
    db.session.flush()
    for role in demo.roles:
        db.session.add(
            RoleGrant(
                account_id=account.id,
                role=role,
                org_id=org.id,
                granted_at=now,
                granted_by=SYSTEM.ref,
            )
        )
    audit.write(SYSTEM, "people:account:manage", account, at=clock.now(), detail={"demo": True})
    return account

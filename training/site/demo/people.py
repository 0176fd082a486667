"""The demo force: 497 full-time and 3,302 part-time people, none of whom exists.

Names are made of demonstration characters, identity numbers use a region that does not
exist, telephone numbers a range that is not given out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import sqlalchemy as sa

from training.core import audit, clock, crypto
from training.core.db import db, new_public_id
from training.core.models import OrgUnit
from training.core.rules.identity import FICTIONAL_REGION, check_character
from training.core.rules.permission import SYSTEM, Actor
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
from training.people.sessions import actor_of

from . import bulk
from .accounts import FORCE, STAFF, DemoAccount
from .city import City
from .trail import Trail

FULL_TIME, PART_TIME = 497, 3302
#: People who have applied for a post and are not of the force.
APPLICANTS = 12
#: Trainees of the first district, whose class has come to its exams.
TRAINED_HERE = 28
_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程苏魏吕丁任沈"
_GIVEN = "示例演样练构拟虚甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥"
_EDUCATION = (
    (Education.JUNIOR, 14), (Education.SENIOR, 34), (Education.COLLEGE, 30),
    (Education.BACHELOR, 20), (Education.MASTER, 2),
)  # fmt: skip


@dataclass(slots=True)
class Crowd:
    """The people by what they are, for the rooms above to build on.

    ``named`` holds the people of ``accounts`` by user name, ``actors`` everybody with an
    account by person id.
    """

    in_post: list[Person]
    certified: list[Person]
    trainees: list[Person]
    suspended: list[Person]
    left: list[Person]
    part_time: list[Person]
    applicants: list[Person]
    named: dict[str, Person] = field(default_factory=dict)
    actors: dict[int, Actor] = field(default_factory=dict)

    def actor(self, username: str) -> Actor:
        """Who acts through a demo account."""
        return self.actors[self.named[username].id]


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
        bulk.insert(Person, self.people)
        ids = [p["public_id"] for p in self.people]
        by_ref: dict[str, Person] = {}
        for start in range(0, len(ids), 500):
            chunk = ids[start : start + 500]
            for person in db.session.scalars(sa.select(Person).where(Person.public_id.in_(chunk))):
                by_ref[person.public_id] = person
        return [by_ref[ref] for ref in ids]


def _entries(people: list[Person], now: datetime) -> None:
    """One audit entry a person, as a registration in the browser leaves."""
    trail = Trail()
    for person in people:
        trail.note(
            SYSTEM, "people:person:change", person, now, demo=True, standing=str(person.standing)
        )
    trail.write()


def _standings(random: Random) -> list[Standing]:
    mix = (
        [Standing.IN_POST] * 432 + [Standing.CERTIFIED] * 14 + [Standing.TRAINEE] * 36
        + [Standing.SUSPENDED] * 6 + [Standing.LEFT] * 9
    )  # fmt: skip
    random.shuffle(mix)
    return mix


class _Casting:
    """Gives the named parts to the first people of their kind, in the order of ``FORCE``."""

    def __init__(self) -> None:
        self._waiting = list(FORCE)

    def next(self, kind: ServiceKind, standing: Standing) -> DemoAccount | None:
        for demo in self._waiting:
            if (demo.kind, demo.standing) == (kind, standing):
                self._waiting.remove(demo)
                return demo
        return None


def build(city: City, password_hash: str, now: datetime) -> Crowd:
    """Write the whole force with accounts and grants, in the current write transaction."""
    maker = _Maker(now, password_hash)
    numbers = numbering.take(city.root, FULL_TIME + PART_TIME)
    casting = _Casting()
    cast: dict[int, DemoAccount] = {}

    def add(kind: ServiceKind, standing: Standing, org: OrgUnit, number: str | None) -> None:
        demo = casting.next(kind, standing)
        if demo is not None:
            cast[len(maker.people)] = demo
            org = place(city, demo.place)
        maker.add(org, kind, standing, number, demo.name if demo else "")

    for i, (standing, org) in enumerate(_posts(city, maker.random)):
        add(ServiceKind.FULL_TIME, standing, org, numbers[i])
    for i in range(PART_TIME):
        standing = Standing.LEFT if i % 97 == 0 else Standing.IN_POST
        org = city.committees[i % len(city.committees)]
        add(ServiceKind.PART_TIME, standing, org, numbers[FULL_TIME + i])
    for _ in range(APPLICANTS):
        add(ServiceKind.FULL_TIME, Standing.CANDIDATE, place(city, "office"), None)
    people = maker.write()
    named = {people[i]: demo for i, demo in cast.items()}
    _accounts(people, named, password_hash, now)
    _entries(people, now)
    crowd = _crowd(people)
    crowd.named = {demo.username: person for person, demo in named.items()}
    for demo in STAFF:
        account = add_account(demo, place(city, demo.place), password_hash, now)
        crowd.named[demo.username] = account.person
    crowd.actors = _actors()
    return crowd


def _posts(city: City, random: Random) -> Iterator[tuple[Standing, OrgUnit]]:
    """Standing and unit of each full-time person. Who was trained this year is trained in the
    first district; the last trainees are in the others and have only begun."""
    everywhere = [*city.offices * 5, *city.professional * 8, *city.committees]
    first = city.districts[0]
    home = [c for c in city.committees if c.path.startswith(first.path)]
    away = [c for c in city.committees if not c.path.startswith(first.path)]
    trainees = certified = 0
    for i, standing in enumerate(_standings(random)):
        org = everywhere[i % len(everywhere)]
        if standing is Standing.TRAINEE:
            org = home[trainees % len(home)] if trainees < TRAINED_HERE else away[trainees * 3]
            trainees += 1
        elif standing is Standing.CERTIFIED:
            org = home[certified % len(home)]
            certified += 1
        yield standing, org


def _crowd(people: list[Person]) -> Crowd:
    full, part = people[:FULL_TIME], people[FULL_TIME:-APPLICANTS]

    def those(standing: Standing) -> list[Person]:
        return [p for p in full if p.standing is standing]

    return Crowd(
        in_post=those(Standing.IN_POST),
        certified=those(Standing.CERTIFIED),
        trainees=those(Standing.TRAINEE),
        suspended=those(Standing.SUSPENDED),
        left=those(Standing.LEFT),
        part_time=[p for p in part if p.standing is Standing.IN_POST],
        applicants=people[-APPLICANTS:],
    )


def _actors() -> dict[int, Actor]:
    """Everybody as an actor: the staff with their grants, which some services look at."""
    query = sa.select(Account.person_id, Account.id, Person.public_id).join(
        Person, Person.id == Account.person_id
    )
    actors = {
        person_id: Actor(person_id=person_id, account_id=account_id, ref=ref)
        for person_id, account_id, ref in db.session.execute(query)
    }
    staff = sa.select(Account).where(Account.username.in_([a.username for a in STAFF]))
    for account in db.session.scalars(staff):
        actors[account.person_id] = actor_of(account)
    return actors


def _accounts(
    people: list[Person], named: dict[Person, DemoAccount], password_hash: str, now: datetime
) -> None:
    """Everybody who has not left can log in with the number; some still wait for the slip."""
    staying = [p for p in people if p.standing is not Standing.LEFT]
    rows = []
    for i, person in enumerate(staying):
        demo = named.get(person)
        waits = i % 10 == 7 and demo is None
        number = (person.mediator_no or person.public_id).lower()
        rows.append(
            {
                "public_id": new_public_id(),
                "person_id": person.id,
                "username": demo.username if demo else number,
                "login_phone_index": person.phone_index,
                "password_hash": "" if waits else password_hash,
                "password_set_at": None if waits else now,
                "state": AccountState.WAITING if waits else AccountState.ACTIVE,
                "created_at": now,
            }
        )
    bulk.insert(Account, rows)
    # Who has only applied has no role yet.
    places = {p.id: p.org_id for p in staying if p.standing is not Standing.CANDIDATE}
    made = db.session.execute(sa.select(Account.id, Account.person_id)).all()
    bulk.insert(
        RoleGrant,
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


def place(city: City, name: str) -> OrgUnit:
    """The unit that an account's ``place`` means."""
    return {
        "city": city.root,
        "district": city.districts[0],
        "district2": city.districts[1],
        "district3": city.districts[2],
        "district4": city.districts[3],
        "office": city.offices[0],
        "committee": city.committees[0],
        "professional2": city.professional[1],
    }[name]


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

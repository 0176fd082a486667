"""Tables about people: the file, accounts, grants, sessions, slips, facts, notices."""

from __future__ import annotations

import secrets
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from training.core import crypto
from training.core.db import (
    Id,
    Model,
    PublicId,
    Str40,
    Str100,
    Str200,
    enum_column,
    new_public_id,
    ref,
    state_check,
)
from training.core.models import OrgUnit, StoredFile
from training.core.rules.roles import Role

from .rules.person import (
    AccountState,
    AuthKind,
    DatePrecision,
    Education,
    ServiceKind,
    Sex,
    SlipPurpose,
    Standing,
)


class Sealed:
    """A property whose value is stored encrypted for its row, with an optional blind index.

    ``id_number = Sealed("person", "id_number", index=True)`` uses the columns
    ``id_number_sealed`` and ``id_number_index``.
    """

    def __init__(self, table: str, name: str, *, index: bool = False) -> None:
        self.where, self.name, self.index = f"{table}.{name}", name, index

    def __get__(self, row: Any, owner: type | None = None) -> Any:
        if row is None:
            return self
        sealed = getattr(row, f"{self.name}_sealed")
        return crypto.ring().open(self.where, row.public_id, sealed) if sealed else ""

    def __set__(self, row: Any, value: str) -> None:
        if row.public_id is None:
            row.public_id = new_public_id()
        sealed = crypto.ring().seal(self.where, row.public_id, value) if value else None
        setattr(row, f"{self.name}_sealed", sealed)
        if self.index:
            setattr(row, f"{self.name}_index", self.blind(value) if value else None)

    def blind(self, value: str) -> str:
        """The index under which an equal value is found."""
        return crypto.ring().blind(self.where, value)


class Person(Model):
    """One human being, permanently. ``mediator_no`` is given once and never changes.

    Identity number and telephone are sealed; ``salt`` keys commitments in the audit log
    and goes when the person is erased.
    """

    __tablename__ = "person"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    mediator_no: Mapped[str | None] = mapped_column(sa.String(20), unique=True)
    name: Mapped[Str100] = mapped_column(index=True)
    pinyin: Mapped[Str200] = mapped_column(default="", index=True)
    sex: Mapped[Sex | None] = enum_column(Sex)
    birth_date: Mapped[date | None]
    birth_precision: Mapped[DatePrecision] = enum_column(DatePrecision, default=DatePrecision.DAY)
    id_number_sealed: Mapped[Str200 | None]
    id_number_index: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    phone_sealed: Mapped[Str200 | None]
    phone_index: Mapped[str | None] = mapped_column(sa.String(64), index=True)
    education: Mapped[Education] = enum_column(Education, default=Education.NONE)
    speciality: Mapped[Str100] = mapped_column(default="")
    org_id: Mapped[int] = ref("org_unit.id")
    service_kind: Mapped[ServiceKind] = enum_column(ServiceKind, default=ServiceKind.FULL_TIME)
    standing: Mapped[Standing] = enum_column(Standing, default=Standing.CANDIDATE)
    photo_id: Mapped[int | None] = ref("stored_file.id")
    salt: Mapped[str] = mapped_column(sa.String(32), default=lambda: secrets.token_hex(16))
    created_at: Mapped[datetime]

    org: Mapped[OrgUnit] = relationship()
    photo: Mapped[StoredFile | None] = relationship()

    id_number = Sealed("person", "id_number", index=True)
    phone = Sealed("person", "phone", index=True)

    @hybrid_property
    def subject_person_id(self) -> int:
        """Whom this record is about, for access."""
        return self.id

    __table_args__ = (
        sa.Index("ix_person_org_standing", "org_id", "standing"),
        state_check(
            "numbered",
            "standing NOT IN ('certified','in_post','suspended') OR mediator_no IS NOT NULL",
        ),
    )


class Account(Model):
    """A way to log in. A person may have several; duties are separated by person."""

    __tablename__ = "account"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    person_id: Mapped[int] = ref("person.id")
    username: Mapped[str] = mapped_column(sa.String(60), unique=True)
    login_phone_index: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    password_hash: Mapped[Str200] = mapped_column(default="")
    password_set_at: Mapped[datetime | None]
    state: Mapped[AccountState] = enum_column(AccountState, default=AccountState.WAITING)
    closed_reason: Mapped[Str200] = mapped_column(default="")
    totp_sealed: Mapped[Str200 | None]
    totp_last_step: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    language: Mapped[str] = mapped_column(sa.String(8), default="")
    text_size: Mapped[str] = mapped_column(sa.String(10), default="normal")
    theme: Mapped[str] = mapped_column(sa.String(10), default="auto")
    created_at: Mapped[datetime]

    person: Mapped[Person] = relationship(lazy="joined", innerjoin=True)
    grants: Mapped[list[RoleGrant]] = relationship(
        primaryjoin="and_(RoleGrant.account_id == Account.id, RoleGrant.revoked_at.is_(None))",
        viewonly=True,
    )

    totp = Sealed("account", "totp")

    @hybrid_property
    def org_id(self) -> int:
        """Where the account stands: with its person."""
        return self.person.org_id

    @org_id.inplace.expression
    @classmethod
    def _org_id(cls) -> sa.ScalarSelect[int]:
        query = sa.select(Person.org_id).where(Person.id == cls.person_id)
        return query.correlate_except(Person).scalar_subquery()

    __table_args__ = (
        state_check("active", "state <> 'active' OR password_hash <> ''"),
        state_check("text_size", "text_size IN ('normal','large','elder')"),
    )


class RoleGrant(Model):
    """A role over an organisation and all below it. Ended, never deleted."""

    __tablename__ = "role_grant"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    account_id: Mapped[int] = ref("account.id")
    role: Mapped[Role] = enum_column(Role)
    org_id: Mapped[int] = ref("org_unit.id")
    granted_at: Mapped[datetime]
    granted_by: Mapped[Str40]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[Str40] = mapped_column(default="")

    account: Mapped[Account] = relationship()
    org: Mapped[OrgUnit] = relationship(lazy="joined", innerjoin=True)

    __table_args__ = (
        sa.Index(
            "uq_role_grant_live",
            "account_id",
            "role",
            "org_id",
            unique=True,
            sqlite_where=sa.text("revoked_at IS NULL"),
            postgresql_where=sa.text("revoked_at IS NULL"),
        ),
    )


class UserSession(Model):
    """A signed-in browser. Only the SHA-256 of its 256-bit reference is stored."""

    __tablename__ = "user_session"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    account_id: Mapped[int] = ref("account.id")
    created_at: Mapped[datetime]
    last_seen: Mapped[datetime]
    ends_at: Mapped[datetime]
    stepped_up_until: Mapped[datetime | None]
    awaiting_second: Mapped[bool] = mapped_column(default=False)
    device: Mapped[Str100] = mapped_column(default="")
    revoked_at: Mapped[datetime | None]

    account: Mapped[Account] = relationship(lazy="joined", innerjoin=True)


class OneTimeSlip(Model):
    """A printed slip with a one-time code, for the first log-in or after a forgotten password."""

    __tablename__ = "one_time_slip"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    account_id: Mapped[int] = ref("account.id")
    purpose: Mapped[SlipPurpose] = enum_column(SlipPurpose)
    code_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    issued_at: Mapped[datetime]
    issued_by: Mapped[Str40]
    expires_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]

    account: Mapped[Account] = relationship()


class AuthFailure(Model):
    """A wrong password, second factor or slip: counted by whom it was meant for and by
    address, both as keyed hashes, so that unknown names are delayed like known ones.

    ``released``: an officer has lifted the delay, the row counts for the account no more.
    Rows live for a day.
    """

    __tablename__ = "auth_failure"

    id: Mapped[Id]
    at: Mapped[datetime] = mapped_column(index=True)
    kind: Mapped[AuthKind] = enum_column(AuthKind)
    subject_index: Mapped[str] = mapped_column(sa.String(64))
    account_id: Mapped[int | None] = ref("account.id")
    address_index: Mapped[str] = mapped_column(sa.String(64))
    released: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (
        sa.Index("ix_auth_failure_subject_index_at", "subject_index", "at"),
        sa.Index("ix_auth_failure_address_index_at", "address_index", "at"),
    )


class PasswordRecord(Model):
    """A password that was set earlier, as its hash: the 等保 profile forbids using it again."""

    __tablename__ = "password_record"

    id: Mapped[Id]
    account_id: Mapped[int] = ref("account.id")
    password_hash: Mapped[Str200]
    set_at: Mapped[datetime]


class RecoveryCode(Model):
    """One of ten codes that stand in for a lost second factor, each used once."""

    __tablename__ = "recovery_code"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    account_id: Mapped[int] = ref("account.id")
    code_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]


class HallRange(Model):
    """The addresses of an exam hall: failures from there are not counted by address."""

    __tablename__ = "hall_range"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    cidr: Mapped[Str40]
    name: Mapped[Str100]
    org_id: Mapped[int] = ref("org_unit.id")
    valid_from: Mapped[date]
    valid_until: Mapped[date]
    created_at: Mapped[datetime]
    created_by: Mapped[Str40]
    ended_at: Mapped[datetime | None]

    org: Mapped[OrgUnit] = relationship(lazy="joined", innerjoin=True)

    __table_args__ = (state_check("period", "valid_from <= valid_until"),)


class Fact(Model):
    """An append-only fact in a person's file, written by an upper room and read by lower ones.

    A correction is a further fact that names the one it replaces.
    """

    __tablename__ = "fact"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    person_id: Mapped[int] = ref("person.id")
    org_id: Mapped[int] = ref("org_unit.id")
    kind: Mapped[Str40] = mapped_column(index=True)
    occurred_on: Mapped[date]
    value: Mapped[dict[str, Any]]
    source_type: Mapped[Str40] = mapped_column(default="")
    source_ref: Mapped[Str40] = mapped_column(default="")
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[Str40]
    replaces_id: Mapped[int | None] = ref("fact.id", unique=True, index=False)
    reason: Mapped[Str200] = mapped_column(default="")

    person: Mapped[Person] = relationship()


class Notice(Model):
    """A message in a person's inbox: a code's words with parameters, and where it leads.

    ``unique_key`` keeps a reminder from being said twice.
    """

    __tablename__ = "notice"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    person_id: Mapped[int] = ref("person.id")
    kind: Mapped[Str40]
    message: Mapped[Str200]
    params: Mapped[dict[str, Any]] = mapped_column(default=dict)
    url: Mapped[Str200] = mapped_column(default="")
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    due_on: Mapped[date | None]
    unique_key: Mapped[str | None] = mapped_column(sa.String(120))

    __table_args__ = (
        sa.UniqueConstraint("person_id", "unique_key"),
        sa.Index("ix_notice_person_id_read_at", "person_id", "read_at"),
    )


from . import roster_models  # noqa: E402, F401 - the room's other tables

"""Acts on sittings and attempts: planning, registering, admitting, starting, handing in."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from exams.papers.models import Paper
from exams.papers.rules.arrangement import arrange
from training.core import access, audit, clock, policy
from training.core.db import db, new_public_id
from training.core.errors import Refused, require
from training.core.models import OrgUnit
from training.core.rules.permission import SYSTEM, Actor
from training.core.rules.words import N_
from training.core.units import system_unit
from training.core.verbs import about, tell, verb
from training.people import inbox
from training.people.models import Account, Person, RoleGrant

from . import gate, log, saving
from .log import Held
from .models import Attempt, ProctorNote, Sitting, SittingProctor, TimeExtension
from .rules.attempt import ATTEMPT, AttemptFacts, AttemptState
from .rules.saving import lease_gate
from .rules.sitting import Admission, SittingStage, check_times
from .rules.steps import Step, StepKind

TERM_KEYS = (
    "exam.grace_seconds",
    "exam.focus_loss",
    "exam.pass_mark",
    "exam.core_percent",
    "exam.partial_percent",
)
#: A save that was received in time may still wait for the lock when time is up.
LANDING = timedelta(seconds=20)
_MAX_EXTENSION = 480
_HANDED_IN = frozenset({AttemptState.SUBMITTED, AttemptState.AUTO_SUBMITTED})


@verb("sittings:sitting:plan", at="org")
def plan(
    actor: Actor, org: OrgUnit, paper: Paper, title: str, *, doors_open_at: datetime,
    starts_at: datetime, ends_at: datetime, limit_minutes: int, admission: Admission,
    place: str, now: datetime, title_en: str = "",
) -> Sitting:  # fmt: skip
    """Plan a sitting with a published paper."""
    require(check_times(doors_open_at, starts_at, ends_at, limit_minutes), status=422, code="TIMES")
    if starts_at <= now:
        raise Refused.because("PAST", N_("开考时间必须晚于现在"), status=422, basis="考场规则")
    if not access.may(actor, "papers:paper:read", paper):
        raise Refused.because("PAPER", N_("请从列出的试卷中选择"), status=422)
    if paper.publication is None:
        raise Refused.because("PAPER", N_("试卷尚未定稿，不能用于考试"), status=422)
    sitting = Sitting(
        org_id=org.id, paper_id=paper.id, title=title, title_en=title_en,
        doors_open_at=doors_open_at, starts_at=starts_at, ends_at=ends_at,
        limit_minutes=limit_minutes, admission=admission, place=place,
        created_by=actor.person_id, created_at=now,
    )  # fmt: skip
    db.session.add(sitting)
    tell(paper=paper.public_id, payload_hash=paper.payload_hash)
    return sitting


@verb("sittings:sitting:plan", on="sitting")
def name_proctors(
    actor: Actor, sitting: Sitting, people: Sequence[int], *, now: datetime
) -> Sitting:
    """Name the proctors; nobody proctors an exam that he or she sits."""
    candidates = set(
        db.session.scalars(sa.select(Attempt.person_id).where(Attempt.sitting_id == sitting.id))
    )
    allowed = {person.id for person in proctors_for(sitting.org)}
    if candidates & set(people):
        raise Refused.because("SELF", N_("考生不能担任本场监考员"), status=422, basis="考场规则")
    if not set(people) <= allowed:
        raise Refused.because("PROCTOR", N_("请从列出的监考员中选择"), status=422)
    db.session.execute(sa.delete(SittingProctor).where(SittingProctor.sitting_id == sitting.id))
    for person_id in dict.fromkeys(people):
        db.session.add(SittingProctor(sitting_id=sitting.id, person_id=person_id))
    tell(proctors=len(set(people)))
    return sitting


def proctors_for(org: OrgUnit) -> list[Person]:
    """Who may proctor for a unit: the role held there or above."""
    above = [int(part) for part in org.path.strip("/").split("/")]
    query = (
        sa.select(Person)
        .join(Account, Account.person_id == Person.id)
        .join(RoleGrant, RoleGrant.account_id == Account.id)
        .where(
            RoleGrant.role == "proctor",
            RoleGrant.revoked_at.is_(None),
            RoleGrant.org_id.in_(above),
        )
        .order_by(Person.pinyin, Person.id)
        .distinct()
    )
    return list(db.session.scalars(query))


@verb("sittings:sitting:publish", on="sitting")
def publish(actor: Actor, sitting: Sitting, *, now: datetime) -> Sitting:
    """Publish to the candidates, who get a notice each."""
    if sitting.stage is SittingStage.PUBLISHED:
        return sitting
    if now >= sitting.doors_open_at:
        raise Refused.because("PAST", N_("已过入场时间，不能再公布"), basis="考场规则")
    sitting.stage, sitting.published_at = SittingStage.PUBLISHED, now
    people = db.session.scalars(
        sa.select(Attempt.person_id).where(Attempt.sitting_id == sitting.id)
    ).all()
    for person_id in people:
        _tell_candidate(sitting, person_id, now)
    tell(candidates=len(people))
    return sitting


def _tell_candidate(sitting: Sitting, person_id: int, now: datetime) -> None:
    inbox.send(
        person_id, "exam", N_("您已列入考试「%(title)s」，请按时参加"), now=now,
        url="/exams/", due_on=clock.today(sitting.starts_at),
        unique_key=f"exam:{sitting.public_id}", title=sitting.title,
    )  # fmt: skip


@verb("sittings:sitting:register", on="sitting")
def register(
    actor: Actor, sitting: Sitting, people: Sequence[Person], *, now: datetime
) -> dict[str, int]:
    """Enter candidates: each must pass the gate. Their attempts are created here, before the
    doors open, with the order of questions and options. Who is entered already stays."""
    if now >= sitting.doors_open_at:
        raise Refused.because("DOORS_OPEN", N_("已开放入场，不能再增加考生"), basis="考场规则")
    have = set(
        db.session.scalars(sa.select(Attempt.person_id).where(Attempt.sitting_id == sitting.id))
    )
    fresh = [p for p in people if p.id not in have]
    proctors = set(
        db.session.scalars(
            sa.select(SittingProctor.person_id).where(SittingProctor.sitting_id == sitting.id)
        )
    )
    orgs = _orgs(fresh)
    verdicts = gate.gates(fresh, orgs, now)
    busy = _waiting_elsewhere([p.id for p in fresh], now)
    for person in fresh:
        if not orgs[person.org_id].path.startswith(sitting.org.path):
            raise Refused.because("SCOPE", N_("考生不属于本场考试的机构范围"), status=422)
        if person.id in proctors or person.id == sitting.paper.author_id:
            raise Refused.because("SELF", N_("命题人和监考员不能参加本场考试"), basis="考场规则")
        if person.id in busy:
            raise Refused.because("REGISTERED", N_("考生已列入另一场未结束的考试"))
        require(verdicts[person.id], code="NOT_ELIGIBLE")
    seat = int(
        db.session.scalar(
            sa.select(sa.func.max(Attempt.seat)).where(Attempt.sitting_id == sitting.id)
        )
        or 0
    )
    slots = sitting.paper.slots
    prefix = f"{clock.local(sitting.starts_at):%Y%m%d}{sitting.id:04d}"
    for person in fresh:
        seat += 1
        seed = secrets.token_hex(16)
        db.session.add(
            Attempt(
                public_id=new_public_id(), org_id=person.org_id, person_id=person.id,
                sitting_id=sitting.id, seat=seat, ticket_no=f"{prefix}{seat:04d}", seed=seed,
                arrangement=[[a.slot, list(a.options)] for a in arrange(slots, seed)],
                created_at=now,
            )
        )  # fmt: skip
        if sitting.stage is SittingStage.PUBLISHED:
            _tell_candidate(sitting, person.id, now)
    tell(registered=len(fresh))
    return {"registered": len(fresh)}


def _orgs(people: Iterable[Person]) -> dict[int, OrgUnit]:
    ids = {p.org_id for p in people}
    return {o.id: o for o in db.session.scalars(sa.select(OrgUnit).where(OrgUnit.id.in_(ids)))}


def _waiting_elsewhere(people: Sequence[int], now: datetime) -> set[int]:
    """Who has an attempt that may still be begun or is under way."""
    query = (
        sa.select(Attempt.person_id)
        .join(Sitting, Sitting.id == Attempt.sitting_id)
        .where(
            Attempt.person_id.in_(people),
            Attempt.state.in_(
                (AttemptState.SCHEDULED, AttemptState.ADMITTED, AttemptState.IN_PROGRESS)
            ),
            Sitting.ends_at > now,
        )
    )
    return set(db.session.scalars(query))


def _require_proctor(actor: Actor, attempt: Attempt) -> None:
    if actor.person_id is None or actor.person_id == attempt.person_id:
        raise Refused.because("SELF", N_("不得为本人办理"), status=403, basis="考场规则")


@verb("sittings:attempt:admit", on="attempt")
def admit(actor: Actor, attempt: Attempt, *, now: datetime) -> Attempt:
    """A proctor has checked the identity of a candidate at the door."""
    _require_proctor(actor, attempt)
    if attempt.state is not AttemptState.SCHEDULED:
        return attempt
    if now < attempt.sitting.doors_open_at:
        raise Refused.because("NOT_OPEN", N_("尚未到入场时间"), status=403, basis="考场规则")
    _admit(attempt, actor, now)
    return attempt


def _admit(attempt: Attempt, actor: Actor, now: datetime) -> None:
    facts = AttemptFacts(now=now, identity_checked=True)
    verdict, target = ATTEMPT.step(attempt.state, "admit", facts)
    require(verdict, code="STATE")
    attempt.state = AttemptState(target)
    attempt.admitted_at, attempt.admitted_by = now, actor.person_id
    tell(admission=str(attempt.sitting.admission))


def terms(attempt: Attempt, now: datetime) -> dict[str, object]:
    """The policy values of an attempt, with their versions, as they are fixed at the start."""
    sitting = attempt.sitting
    found = policy.many(TERM_KEYS, attempt.org, clock.today(now))
    focus = found["exam.focus_loss"].value
    return {
        "limit_minutes": sitting.limit_minutes,
        "latest_end": sitting.ends_at.isoformat(),
        "grace_seconds": int(found["exam.grace_seconds"].value),
        "focus_seconds": int(focus["seconds"]),
        "focus_events": int(focus["events"]),
        "pass_mark": int(found["exam.pass_mark"].value),
        "core_share": int(found["exam.core_percent"].value),
        "partial_share": int(found["exam.partial_percent"].value),
        "policy_ids": {key: p.id for key, p in found.items()},
        "paper_hash": sitting.paper.payload_hash,
    }


@verb("sittings:attempt:start", on="attempt")
def start(actor: Actor, attempt: Attempt, *, now: datetime) -> Attempt:
    """Begin to write. A second start finds the same attempt, whatever its state."""
    if attempt.state not in (AttemptState.SCHEDULED, AttemptState.ADMITTED):
        tell(resumed=True)
        return attempt
    sitting = attempt.sitting
    if sitting.stage is not SittingStage.PUBLISHED or now < sitting.starts_at:
        raise Refused.because("NOT_OPEN", N_("服务器时间未到开考"), status=403, basis="考场规则")
    if attempt.state is AttemptState.SCHEDULED and sitting.admission is Admission.ACCOUNT:
        _admit(attempt, actor, now)
    if attempt.state is AttemptState.SCHEDULED:
        raise Refused.because(
            "NOT_ADMITTED", N_("请先由监考员核对身份入场"), status=403, basis="考场规则"
        )
    verdict, target = ATTEMPT.step(
        attempt.state,
        "start",
        AttemptFacts(now=now, opens_at=sitting.starts_at, sitting_ends_at=sitting.ends_at),
    )
    closed = "CLOSED" in verdict.codes
    require(verdict, status=409 if closed else 403, code="CLOSED" if closed else "NOT_OPEN")
    attempt.state, attempt.started_at = AttemptState(target), now
    attempt.terms = terms(attempt, now)
    db.session.flush()
    sealed = log.append(
        log.held(attempt.id, lock=True),
        Step(sequence=1, kind=StepKind.START, actor=attempt.person_id, received_at=now),
    )
    tell(sequence=1, head=sealed.chain_hash, paper=attempt.terms["paper_hash"])
    return attempt


def receipt_of(chain_hash: str) -> str:
    """The number on a receipt: the end of the chain, in letters one can read aloud."""
    code = base64.b32encode(bytes.fromhex(chain_hash)[:8]).decode().rstrip("=")[:12]
    return "-".join(code[i : i + 4] for i in range(0, 12, 4))


@verb("sittings:attempt:submit", on="attempt")
def submit(actor: Actor, attempt: Attempt, writer: str, *, now: datetime) -> Attempt:
    """Hand in. A second time finds the same receipt; after deadline and grace ``CLOSED``."""
    state = log.held(attempt.id, lock=True)
    if state.state in (AttemptState.SCHEDULED, AttemptState.ADMITTED):
        raise Refused.because("NOT_OPEN", N_("服务器时间未到开考"), status=403, basis="考场规则")
    if state.state is AttemptState.AUTO_SUBMITTED:
        raise _closed()
    if state.state is not AttemptState.IN_PROGRESS:
        tell(again=True)
        return attempt
    require(lease_gate(saving.lease_of(state), writer, now), code="TAKEN_OVER")
    verdict, target = ATTEMPT.step(
        state.state, "submit", AttemptFacts(now=now, closes_at=state.closes_at)
    )
    if not verdict:
        raise _closed()
    sealed = _hand_in(state, Step(
        sequence=state.last_seq + 1, kind=StepKind.SUBMIT, actor=attempt.person_id,
        received_at=now, writer=writer,
    ), AttemptState(target), now)  # fmt: skip
    db.session.refresh(attempt)
    tell(sequence=sealed.last_seq, head=sealed.head, receipt=attempt.receipt)
    return attempt


def _closed() -> Refused:
    return Refused.because("CLOSED", N_("已截止，逾期答案已留存不计分"), basis="exam.grace_seconds")


def _hand_in(attempt: Held, step: Step, state: AttemptState, at: datetime) -> Held:
    sealed = log.append(attempt, step)
    log.change(
        attempt.id,
        state=state,
        submitted_at=at,
        receipt=receipt_of(sealed.chain_hash),
        lease_until=None,
    )
    return log.held(attempt.id)


def due_to_close(now: datetime) -> list[int]:
    """Attempts whose time and grace are over, and whose last saves have landed."""
    open_ones = db.session.scalars(
        sa.select(Attempt).where(Attempt.state == AttemptState.IN_PROGRESS)
    ).all()
    held = log.held_many(open_ones)
    return [
        a.id
        for a in open_ones
        if (closes := held[a.id].closes_at) is not None and now > closes + LANDING
    ]


@system_unit
def close(attempt_id: int, now: datetime) -> bool:
    """Hand in for somebody whose time is over; False when there is nothing to do (any more).

    The attempt ends at its deadline and grace, whenever this runs.
    """
    attempt = log.held(attempt_id, lock=True)
    closes = attempt.closes_at
    if attempt.state is not AttemptState.IN_PROGRESS or closes is None or now <= closes + LANDING:
        return False
    verdict, target = ATTEMPT.step(
        attempt.state, "auto_submit", AttemptFacts(now=now, closes_at=closes)
    )
    require(verdict)
    step = Step(
        sequence=attempt.last_seq + 1,
        kind=StepKind.SUBMIT,
        actor=0,
        received_at=now,
        reason="auto",
    )
    closed = _hand_in(attempt, step, AttemptState(target), closes)
    audit.write(
        SYSTEM, "sittings:attempt:auto_submit", db.session.get(Attempt, attempt_id), at=now,
        detail={"sequence": closed.last_seq, "head": closed.head, "receipt": closed.receipt},
    )  # fmt: skip
    return True


def _check_minutes(minutes: int, reason: str) -> None:
    if not 0 < minutes <= _MAX_EXTENSION:
        raise Refused.because("MINUTES", N_("请填写 1 至 480 之间的分钟数"), status=422)
    if not reason.strip():
        raise Refused.because("REASON_REQUIRED", N_("请写明加时理由"), status=422)


@verb("sittings:attempt:extend", on="attempt")
def extend_one(
    actor: Actor, attempt: Attempt, minutes: int, reason: str, *, now: datetime
) -> TimeExtension:
    """Give minutes to one candidate."""
    _require_proctor(actor, attempt)
    _check_minutes(minutes, reason)
    closes = log.held(attempt.id).closes_at
    if attempt.state in _HANDED_IN or (closes is not None and now > closes):
        raise Refused.because("CLOSED", N_("该考生已交卷，加时不再有效"), basis="考场规则")
    extension = _extension(actor, attempt.sitting, attempt, minutes, reason, now)
    tell(minutes=minutes, reason=reason.strip()[:200])
    return extension


@verb("sittings:sitting:extend", on="sitting")
def extend_all(
    actor: Actor, sitting: Sitting, minutes: int, reason: str, *, now: datetime
) -> TimeExtension:
    """Give minutes to everybody who is still writing or has yet to begin."""
    _check_minutes(minutes, reason)
    own = sa.select(Attempt.id).where(
        Attempt.sitting_id == sitting.id, Attempt.person_id == actor.person_id
    )
    if db.session.scalar(own) is not None:
        raise Refused.because("SELF", N_("不得为本人办理"), status=403, basis="考场规则")
    extension = _extension(actor, sitting, None, minutes, reason, now)
    about(sitting)
    tell(minutes=minutes, reason=reason.strip()[:200])
    return extension


def _extension(
    actor: Actor, sitting: Sitting, attempt: Attempt | None, minutes: int, reason: str,
    now: datetime,
) -> TimeExtension:  # fmt: skip
    extension = TimeExtension(
        org_id=sitting.org_id, sitting_id=sitting.id, attempt_id=attempt.id if attempt else None,
        minutes=minutes, reason=reason.strip()[:200], granted_at=now, granted_by=actor.person_id,
    )  # fmt: skip
    db.session.add(extension)
    return extension


@verb("sittings:attempt:note", on="attempt")
def note(actor: Actor, attempt: Attempt, text: str, flags: bool, *, now: datetime) -> ProctorNote:
    """Write down what a proctor saw; with ``flags`` somebody has to look at the attempt."""
    _require_proctor(actor, attempt)
    if not text.strip():
        raise Refused.because("EMPTY", N_("请填写监考记录"), status=422)
    entry = ProctorNote(
        attempt_id=attempt.id, person_id=actor.person_id, text=text.strip()[:500], flags=flags,
        at=now,
    )  # fmt: skip
    db.session.add(entry)
    about(attempt)
    tell(flags=flags)
    return entry

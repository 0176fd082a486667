"""The demo city: its size, who stands before which gate, and that it is plainly fictional."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from certificates import gates, history, payload
from certificates import queries as certificates
from certificates.gates import Assessment
from certificates.models import Certificate, CertificateEvent, WorkCard
from certificates.rules.lifecycle import CertificateState, CertificateStatus
from certificates.rules.work_card import WorkCardState
from courses import queries as courses
from courses import study
from courses.models import Lesson, StudyPing, StudyRecord
from courses.rules import study_time
from courses.rules.study_time import Ping, StudyPolicy
from exams.marking import grader
from exams.sittings import log
from exams.sittings import service as sittings
from exams.sittings.models import Attempt, Sitting
from exams.sittings.rules.attempt import AttemptState
from tests.support.databases import Database, template_for
from training.appraisal import decisions, outcome, quota_choice, scores
from training.appraisal import queries as appraisals
from training.appraisal import service as appraisal_service
from training.appraisal.models import AnnualAppraisal, AppraisalRound, AppraisalScore, AppraisalTalk
from training.appraisal.rules.annual_lifecycle import AnnualState
from training.appraisal.rules.grade import Grade
from training.appraisal.states import FINAL
from training.core import append_only, audit, clock
from training.core.config import Config
from training.core.db import db
from training.core.errors import Refused
from training.core.models import AuditEntry, OrgUnit
from training.core.rules.identity import FICTIONAL_REGION
from training.core.rules.permission import Actor
from training.core.rules.roles import ROLES, OrgKind, Role
from training.core.units import system_unit
from training.employment import exit_decisions, exit_queries, exit_steps, renewals, selection
from training.employment import queries as recruitment
from training.employment.appointment_models import Appointment
from training.employment.appointments import PENDING
from training.employment.exit_models import ExitReview
from training.employment.models import RecruitmentCase
from training.employment.rules.appointment import (
    AppointmentState,
    Engagement,
    effective_state,
    serves_on,
)
from training.employment.rules.exit_review import ExitState
from training.employment.rules.recruitment import RecruitmentState
from training.people import facts as people_facts
from training.people import sessions
from training.people.models import Account, Person
from training.people.passwords import verify
from training.people.rules.person import AccountState, ServiceKind, Standing
from training.proceedings import objections
from training.proceedings import queries as proceedings
from training.proceedings.models import Objection, PublicNotice
from training.proceedings.rules.lifecycle import Method
from training.programmes import queries as programmes
from training.programmes.models import Attendance, CreditEntry
from training.programmes.rules.sessions import Mark
from training.programmes.study import complete_lesson
from training.site.app import create_app
from training.site.demo import city, load, people
from training.site.demo.accounts import ACCOUNTS, PASSWORD, DemoAccount
from training.site.founding import found

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
TODAY = clock.today(NOW)

# The city is loaded once, within the first test: on a busy machine that takes its time.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def own_database(engine: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A database of this module's own: the demo city goes into an empty site only."""
    with template_for(engine, tmp_path_factory) as database:
        yield database


@pytest.fixture(scope="module")
def demo(own_database: Database, settings: Config) -> Iterator[Flask]:
    """The site with the demo city in it, loaded once; tests leave it as it is."""
    app = create_app(replace(settings, database_url=own_database.url))
    with time_machine.travel(NOW), app.app_context():
        db.create_all()
        append_only.protect(db.engine)
        load.load(NOW, lambda _: None)
        db.session.remove()
        db.engine.dispose()
        own_database.freeze()
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def changed_demo(demo: Flask, own_database: Database) -> Iterator[Flask]:
    """The same for a test that writes: afterwards everything is as it was loaded."""
    yield demo
    db.session.remove()
    db.engine.dispose()
    own_database.reset()


def actor(username: str) -> Actor:
    return sessions.actor_of(
        db.session.scalars(sa.select(Account).where(Account.username == username)).one()
    )


def person(username: str) -> Person:
    return db.session.scalars(
        sa.select(Person).join(Account).where(Account.username == username)
    ).one()


def count(*where: sa.ColumnElement[bool]) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(Person).where(*where)) or 0


def test_the_city_has_the_size_that_the_report_gives(demo: Flask) -> None:
    kinds = Counter(db.session.scalars(sa.select(OrgUnit.kind)))
    assert kinds[OrgKind.CITY_BUREAU] == 1
    assert kinds[OrgKind.DISTRICT_BUREAU] == 4
    assert kinds[OrgKind.JUDICIAL_OFFICE] == 44
    assert kinds[OrgKind.PROFESSIONAL_COMMITTEE] == 16
    force = Person.mediator_no.is_not(None)
    assert count(force, Person.service_kind == ServiceKind.FULL_TIME) == 497
    assert count(force, Person.service_kind == ServiceKind.PART_TIME) == 3302


def test_full_time_people_stand_in_every_state(demo: Flask) -> None:
    query = sa.select(Person.standing).where(
        Person.mediator_no.is_not(None), Person.service_kind == ServiceKind.FULL_TIME
    )
    assert Counter(db.session.scalars(query)) == {
        Standing.IN_POST: 431,
        Standing.CERTIFIED: 14,
        Standing.TRAINEE: 36,
        Standing.SUSPENDED: 6,
        Standing.LEFT: 10,
    }


def test_the_readme_names_an_account_of_every_role() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    named = [a for a in ACCOUNTS if f"`{a.username}`" in readme]
    assert {role for a in named for role in a.roles} == set(ROLES)
    assert any(a.roles == (Role.ADMIN,) for a in named)


@pytest.mark.parametrize("demo_account", ACCOUNTS, ids=lambda a: a.username)
def test_every_named_account_can_log_in_and_stands_where_it_says(
    demo: Flask, demo_account: DemoAccount
) -> None:
    account = db.session.scalars(
        sa.select(Account).where(Account.username == demo_account.username)
    ).one()
    assert account.state is AccountState.ACTIVE
    assert verify(account.password_hash, PASSWORD)
    assert {g.role for g in account.grants} == set(demo_account.roles)
    assert account.person.name == demo_account.name
    if demo_account.standing is not None:
        assert account.person.standing is demo_account.standing


def test_nobody_has_an_identity_that_could_exist(demo: Flask) -> None:
    people_ = db.session.scalars(sa.select(Person).where(Person.id_number_sealed.is_not(None)))
    numbers = [p.id_number for p in people_]
    assert len(set(numbers)) == 497 + 3302 + people.APPLICANTS
    assert {n[:6] for n in numbers} == {FICTIONAL_REGION}


def test_the_audit_log_is_sealed_and_sound(demo: Flask) -> None:
    report = audit.check([])
    assert report.sound
    assert report.unsealed == ()
    assert report.sealed > 5000


def hours_met(username: str) -> bool:
    progress = programmes.progress(person(username).id, TODAY)
    assert progress is not None
    return bool(progress.gate)


@pytest.mark.parametrize("username", ["xueyuan2", "xueyuan3", "xueyuan4", "xueyuan5"])
def test_whoever_stands_before_an_exam_or_after_it_has_the_hours(
    demo: Flask, username: str
) -> None:
    assert hours_met(username)


@pytest.mark.parametrize("username", ["xinren", "xueyuan", "xueyuan6"])
def test_whoever_still_studies_has_not(demo: Flask, username: str) -> None:
    assert not hours_met(username)


def test_the_districts_trainer_finds_a_case_in_draft(demo: Flask) -> None:
    lesson = db.session.scalars(courses.managed(actor("jiaoyuan"))).one()
    assert lesson.draft is not None
    assert (lesson.draft.document_id is not None, lesson.open) == (True, False)
    assert "<h2>基本案情</h2>" in lesson.draft.body


def test_one_lesson_more_opens_the_exam(changed_demo: Flask) -> None:
    almost = person("xueyuan6")
    unfinished = db.session.scalars(
        sa.select(StudyRecord).where(
            StudyRecord.person_id == almost.id, StudyRecord.completed_at.is_(None)
        )
    ).one()
    # Left open for another five minutes; the last ping says that the end was reached.
    actor = sessions.actor_of(db.session.scalars(sa.select(Account).filter_by(person=almost)).one())
    study.open_lesson(almost.id, unfinished.lesson_id, NOW)
    for minute in range(6):
        at = NOW + timedelta(minutes=minute)
        study.ping(
            almost.id, unfinished.lesson_id, f"more-{minute}", active=True, percent=100,
            watched=[(0, 3600)], now=at,
        )  # fmt: skip
    lesson = db.session.get_one(Lesson, unfinished.lesson_id)
    complete_lesson(actor, lesson, now=NOW + timedelta(minutes=6))
    assert hours_met("xueyuan6")


def test_the_counted_study_time_follows_from_the_pings(demo: Flask) -> None:
    half = person("xueyuan")
    rules = StudyPolicy(
        gap_cap_seconds=60, lesson_factor=150, daily_ceiling_seconds=480 * 60, zone=clock.SHANGHAI
    )
    pings = db.session.scalars(sa.select(StudyPing).where(StudyPing.person_id == half.id))
    records = list(
        db.session.scalars(sa.select(StudyRecord).where(StudyRecord.person_id == half.id))
    )
    minutes = {str(r.lesson_id): r.lesson.current.minutes for r in records if r.lesson.current}
    counted = study_time.count(
        [Ping(p.at, str(p.lesson_id), p.active) for p in pings], minutes, rules
    )
    assert len(records) == 10
    assert {r.lesson_id: r.counted_seconds for r in records} == {
        r.lesson_id: counted.seconds(str(r.lesson_id)) for r in records
    }


def test_no_source_credits_a_person_twice_and_nothing_lies_ahead(demo: Flask) -> None:
    latest = db.session.scalar(sa.select(sa.func.max(CreditEntry.recorded_at)))
    assert latest is not None
    assert latest <= NOW
    assert db.session.scalar(sa.select(sa.func.max(CreditEntry.round))) == 1
    attended = db.session.scalar(
        sa.select(sa.func.count()).select_from(Attendance).where(Attendance.mark != Mark.ABSENT)
    )
    credited = db.session.scalar(
        sa.select(sa.func.count())
        .select_from(CreditEntry)
        .where(CreditEntry.source_type == "session")
    )
    assert attended == credited


def sitting(title_en: str) -> Sitting:
    return db.session.scalars(sa.select(Sitting).where(Sitting.title_en.contains(title_en))).one()


def attempt_at(title_en: str, username: str) -> Attempt:
    return db.session.scalars(
        sa.select(Attempt).where(
            Attempt.sitting_id == sitting(title_en).id, Attempt.person_id == person(username).id
        )
    ).one()


def test_an_exam_is_open_for_two_hours(changed_demo: Flask) -> None:
    attempt = attempt_at("open now", "xueyuan2")
    actor = sessions.actor_of(
        db.session.scalars(sa.select(Account).where(Account.username == "xueyuan2")).one()
    )
    late = NOW + timedelta(minutes=119)
    started = sittings.start(actor, attempt, now=late)
    assert started.state is AttemptState.IN_PROGRESS
    assert log.held(started.id).state_at(late) is AttemptState.IN_PROGRESS
    assert sitting("open now").ends_at == NOW + timedelta(hours=2)


def test_another_exam_opens_in_ten_minutes(demo: Flask) -> None:
    soon = sitting("ten minutes")
    assert soon.starts_at == NOW + timedelta(minutes=10)
    assert soon.doors_open_at <= NOW
    assert attempt_at("ten minutes", "xueyuan5").state is AttemptState.SCHEDULED


def test_results_of_the_past_exams_are_out_and_hold(demo: Flask) -> None:
    past = list(db.session.scalars(sa.select(Attempt).where(Attempt.submitted_at.is_not(None))))
    states = Counter(a.state for a in past)
    assert states == {AttemptState.PASSED: 20, AttemptState.FAILED: 4}
    assert attempt_at("second class", "xueyuan3").state is AttemptState.PASSED
    assert attempt_at("second class", "xueyuan5").state is AttemptState.FAILED
    assert [grader.verify_attempt(a).findings for a in past] == [()] * 24


def gate_of(username: str) -> Assessment:
    return gates.assess([person(username)], person("renshi").id, NOW)[0]


def test_a_certificate_waits_to_be_issued(demo: Flask) -> None:
    assert gate_of("xueyuan3").verdict
    assert "certificate.exam_not_passed" in gate_of("xueyuan5").verdict.codes


def status_of(username: str) -> CertificateStatus:
    held = certificates.living(person(username).id)
    assert held is not None
    return certificates.status(held, TODAY)


def test_certificates_stand_where_the_accounts_say(demo: Flask) -> None:
    assert status_of("xueyuan4").in_force
    assert status_of("tiaojieyuan").in_force
    assert status_of("daoqi").expiring
    assert status_of("daoqi").days_left in range(27, 31)
    assert status_of("guoqi").state is CertificateState.EXPIRED
    assert status_of("zanting").state is CertificateState.SUSPENDED


def test_the_register_holds_every_state(demo: Flask) -> None:
    held = list(db.session.scalars(sa.select(Certificate)))
    found = Counter(certificates.status(c, TODAY, 60).state for c in held)
    assert found[CertificateState.SUSPENDED] == 6
    assert found[CertificateState.CANCELLED] == 10
    assert found[CertificateState.REPLACED] >= 10
    assert found[CertificateState.REVOKED] == 1
    assert found[CertificateState.EXPIRED] >= 8
    assert found[CertificateState.ACTIVE] + found[CertificateState.EXPIRED] == 431 + 14
    assert sum(certificates.status(c, TODAY, 60).expiring for c in held) >= 20


def test_a_revocation_was_anothers_act_and_another_certificate_followed(demo: Flask) -> None:
    revoked = db.session.scalars(
        sa.select(Certificate).where(Certificate.state == CertificateState.REVOKED)
    ).one()
    act = db.session.scalars(
        sa.select(CertificateEvent).where(CertificateEvent.action == "revoke")
    ).one()
    noted = db.session.scalars(
        sa.select(AuditEntry).where(AuditEntry.action == "certificates:certificate:revoke")
    ).one()
    assert act.certificate_id == revoked.id
    assert act.actor_id != revoked.issuer_id
    assert noted.subject_ref == revoked.public_id
    following = certificates.living(revoked.person_id)
    assert following is not None
    assert following.issued_on > act.occurred_on


def test_what_was_issued_is_intact_and_numbered_without_a_gap(demo: Flask) -> None:
    held = list(db.session.scalars(sa.select(Certificate)))
    assert all(payload.is_intact(c) for c in held)
    serials: dict[str, list[int]] = {}
    for certificate in held:
        region, year, kind, serial, _ = certificate.number.split("-")
        serials.setdefault(f"{region}-{year}-{kind}", []).append(int(serial))
    assert all(sorted(s) == list(range(1, len(s) + 1)) for s in serials.values())
    # The history alone says the same as the stored state.
    for certificate_id, record in history.records(held).items():
        stored = next(c.state for c in held if c.id == certificate_id)
        assert record.history[-1].state is stored


def test_everybody_in_post_has_a_card_that_lists_the_committee(demo: Flask) -> None:
    states = Counter(db.session.scalars(sa.select(WorkCard.state)))
    assert sum(states.values()) == 432 + 6 + 9
    assert states[WorkCardState.WITHDRAWN] == 10
    assert states[WorkCardState.ISSUED] > 0
    card = certificates.card_of(person("tiaojieyuan").id)
    assert card is not None
    assert card.payload["committee"] == card.org.name


def test_everybody_in_post_holds_a_term_that_the_file_knows(demo: Flask) -> None:
    held = list(db.session.scalars(sa.select(Appointment)))
    serving = {a.person_id for a in held if serves_on(a.record, TODAY)}
    forgotten = {
        a.person_id for a in held if effective_state(a.record, TODAY) is AppointmentState.LAPSED
    }
    in_post = set(db.session.scalars(sa.select(Person.id).where(Person.standing == "in_post")))
    assert in_post <= serving | forgotten
    assert 0 < len(forgotten) < 40
    assert not forgotten & serving
    window = TODAY + timedelta(days=90)
    assert sum(TODAY <= a.term_end <= window for a in held if a.person_id in serving) > 10
    assert all(a.agency for a in held if a.engagement is Engagement.LABOUR_DISPATCH)
    for username in ("tiaojieyuan", "daoqi", "guoqi", "zanting", "jianzhi"):
        assert person(username).id in serving
        facts = people_facts.of(person(username).id, ["standing"])
        assert facts[-1].value["action"] == "take_post"


def test_an_appointment_waits_for_each_hand(demo: Flask) -> None:
    waiting = Counter(
        db.session.scalars(sa.select(Appointment.state).where(Appointment.state.in_(PENDING)))
    )
    assert waiting == dict.fromkeys(PENDING, 1)


def test_a_renewal_waits_for_hr_and_one_for_the_leader(demo: Flask) -> None:
    review = AppointmentState.RENEWAL_REVIEW
    opened = db.session.scalars(sa.select(Appointment).where(Appointment.state == review))
    found = {bool(renewals.proposals_of(a)): a for a in opened}
    assert set(found) == {False, True}
    proposal = renewals.proposals_of(found[True])[0]
    assert renewals.judge(found[True], proposal, actor("lingdao"), NOW)


def review_of(username: str) -> ExitReview:
    return db.session.scalars(
        sa.select(ExitReview).where(ExitReview.person_id == person(username).id)
    ).one()


def test_an_exit_review_stands_before_each_hand(demo: Flask) -> None:
    states = Counter(db.session.scalars(sa.select(ExitReview.state)))
    assert states == {
        ExitState.INITIATED: 1,
        ExitState.EVIDENCE_SERVED: 1,
        ExitState.PANEL: 1,
        ExitState.DECISION: 1,
        ExitState.APPEAL: 1,
        ExitState.HANDOVER: 1,
        ExitState.CLOSED: 1,
        ExitState.RETAINED: 1,
    }
    assert review_of("chenshu").state is ExitState.EVIDENCE_SERVED
    decided = review_of("shensu")
    assert decided.state is ExitState.DECISION
    assert exit_steps.judge(exit_queries.file_of(decided), "appeal", actor("shensu"), NOW)
    next_week = NOW + timedelta(days=7)
    assert not exit_steps.judge(exit_queries.file_of(decided), "appeal", actor("shensu"), next_week)


def test_the_leader_can_decide_the_exit_that_the_panel_has_heard(changed_demo: Flask) -> None:
    heard = db.session.scalars(
        sa.select(ExitReview).where(ExitReview.state == ExitState.PANEL)
    ).one()
    seen = exit_queries.file_of(heard).version
    exit_decisions.decide(actor("lingdao"), heard, "事实清楚", "决议第1号", seen, now=NOW)
    assert heard.state is ExitState.DECISION


def test_whoever_an_exit_ended_has_left_with_card_and_certificate(demo: Flask) -> None:
    closed = db.session.scalars(
        sa.select(ExitReview).where(ExitReview.state == ExitState.CLOSED)
    ).one()
    assert closed.person.standing is Standing.LEFT
    assert closed.appointment.state is AppointmentState.TERMINATED
    assert certificates.living(closed.person_id) is None
    card = db.session.scalars(
        sa.select(WorkCard).where(WorkCard.person_id == closed.person_id)
    ).one()
    assert card.state is WorkCardState.WITHDRAWN


def appraisal_of(username: str, year: int = TODAY.year) -> AnnualAppraisal:
    return db.session.scalars(
        sa.select(AnnualAppraisal)
        .join(AppraisalRound)
        .where(AnnualAppraisal.person_id == person(username).id, AppraisalRound.year == year)
    ).one()


def round_at(name: str) -> AppraisalRound:
    return db.session.scalars(
        sa.select(AppraisalRound)
        .join(OrgUnit)
        .where(OrgUnit.name.contains(name), AppraisalRound.year == TODAY.year)
    ).one()


def states_at(name: str) -> Counter[AnnualState]:
    return Counter(a.state for a in appraised(round_at(name)))


def appraised(round_: AppraisalRound) -> list[AnnualAppraisal]:
    return list(
        db.session.scalars(
            sa.select(AnnualAppraisal)
            .where(AnnualAppraisal.round_id == round_.id)
            .order_by(AnnualAppraisal.id)
        )
    )


def test_every_stored_score_is_what_its_inputs_make_and_the_inputs_still_stand(
    demo: Flask,
) -> None:
    kept = list(db.session.scalars(sa.select(AppraisalScore)))
    assert len(kept) > 150
    held = list(db.session.scalars(sa.select(AnnualAppraisal)))
    by_id, stand = {a.id: a for a in held}, scores.inputs_of_many(held)
    for score in kept:
        appraisal = by_id[score.appraisal_id]
        sheet = scores.compute(appraisal.round, score.inputs)
        assert sheet.annual.missing == ()
        assert sheet.proposal is not None
        assert (sheet.annual.total, sheet.proposal.grade) == (score.total, score.proposed)
        assert (appraisal.total, appraisal.grade) == (score.total, score.grade)
        assert stand[appraisal.id] == score.inputs


def test_last_year_is_finished_in_two_districts_within_the_quota(demo: Flask) -> None:
    finished = db.session.scalars(
        sa.select(AppraisalRound).where(AppraisalRound.year == TODAY.year - 1)
    ).all()
    assert len(finished) == 2
    for round_ in finished:
        people_ = appraised(round_)
        assert {a.state for a in people_} <= FINAL - {AnnualState.FINALISED}
        grades = Counter(a.grade for a in people_)
        assert set(grades) == set(Grade)
        assert 0 < grades[Grade.EXCELLENT] <= len(people_) // 5
        for a in people_:
            assert appraisals.final_grade(a.person_id, round_.year) is a.grade


def test_this_year_somebody_stands_before_each_gate(demo: Flask) -> None:
    early = states_at("春和区司法局")
    for state in ("opened", "self_report", "unit_opinion", "survey", "dossier_review"):
        assert early[AnnualState(state)] > 0
    assert appraisal_of("tiaojieyuan").state is AnnualState.OPENED
    late = states_at("医疗纠纷")
    for state in ("finalised", "served", "public_notice", "objection", "quota_check"):
        assert late[AnnualState(state)] > 0
    assert states_at("道路交通")[AnnualState.PANEL_GRADE] > 0


def test_the_panel_has_people_to_grade_and_a_tie_to_settle(changed_demo: Flask) -> None:
    ready = [a for a in appraised(round_at("春和区司法局")) if a.state == "dossier_review"]
    sheet = scores.sheet_of(ready[0])
    assert sheet.proposal is not None
    assert sheet.annual.total is not None
    appraisal_service.grade(
        actor("kaohe"), ready[0], sheet.proposal.grade, "", seen_total=sheet.annual.total, now=NOW
    )
    assert ready[0].grade is Grade.EXCELLENT
    tied = quota_choice.boundary(round_at("物业纠纷"))
    assert tied.exceeded
    assert tied.waiting == 0
    assert len(tied.quota.tied) > tied.quota.open_seats > 0


def test_a_notice_over_lets_the_grade_be_served_and_a_running_one_does_not(
    changed_demo: Flask,
) -> None:
    waiting = {
        name: next(a for a in appraised(round_at(name)) if a.state == "public_notice")
        for name in ("道路交通", "医疗纠纷")
    }
    hr = actor("renshi")
    outcome.serve(hr, waiting["道路交通"], Method.SITE, now=NOW)
    with pytest.raises(Refused):
        outcome.serve(hr, waiting["医疗纠纷"], Method.SITE, now=NOW)


def test_a_talk_followed_every_grade_that_asks_for_one(demo: Flask) -> None:
    last_year = db.session.scalars(
        sa.select(AnnualAppraisal)
        .join(AppraisalRound)
        .where(
            AppraisalRound.year == TODAY.year - 1,
            AnnualAppraisal.grade.in_([Grade.BASIC, Grade.UNFIT]),
        )
    ).all()
    talked = set(db.session.scalars(sa.select(AppraisalTalk.appraisal_id)))
    assert last_year
    assert {a.id for a in last_year} <= talked


def test_two_years_unfit_wait_for_the_leader_and_open_an_exit_review(changed_demo: Flask) -> None:
    final = [a for a in appraised(round_at("医疗纠纷")) if a.state == "finalised"]
    unfit = next(a for a in final if a.grade is Grade.UNFIT)
    assert appraisals.final_grade(unfit.person_id, TODAY.year - 1) is Grade.UNFIT
    assert [g.ground for g in appraisals.exit_grounds(unfit.person_id)] == ["two_unfit"]
    decisions.decide(actor("lingdao"), unfit, "open_exit_review", "连续两年不称职", now=NOW)
    assert unfit.state is AnnualState.EXIT_REVIEW


def test_the_objection_and_the_appeal_wait_for_the_reviewer(changed_demo: Flask) -> None:
    waiting = db.session.scalars(
        sa.select(Objection).where(
            Objection.reviewer_id == person("fuhe").id, Objection.decided_at.is_(None)
        )
    ).all()
    assert {o.matter_type for o in waiting} == {"annual_appraisal", "exit_review"}
    for objection in waiting:
        objections.decide_objection(actor("fuhe"), objection, False, "维持原决定", now=NOW)


def test_whoever_was_served_may_accept_or_object(changed_demo: Flask) -> None:
    served = appraisal_of("yiyi")
    assert served.state is AnnualState.SERVED
    outcome.object_to_grade(actor("yiyi"), served, "请复核", now=NOW)
    assert served.state is AnnualState.OBJECTION


def case_of(username: str) -> RecruitmentCase:
    return recruitment.own_cases(person(username).id)[0]


def test_applicants_stand_before_each_decision(demo: Flask) -> None:
    assert case_of("yingpin").state is RecruitmentState.APPLIED
    rejected = case_of("yingpin2")
    assert rejected.state is RecruitmentState.REJECTED
    window = recruitment.rejection_window(rejected)
    assert window is not None
    assert not window.is_over(TODAY)
    confirmable = recruitment.notice_window(case_of("yingpin3"))
    assert confirmable is not None
    assert confirmable.is_over(TODAY)
    states = Counter(db.session.scalars(sa.select(RecruitmentCase.state)))
    assert states == {
        RecruitmentState.APPLIED: 4,
        RecruitmentState.REJECTED: 1,
        RecruitmentState.SHORTLISTED: 2,
        RecruitmentState.INTERVIEW: 1,
        RecruitmentState.BACKGROUND_CHECK: 1,
        RecruitmentState.PUBLIC_NOTICE: 3,
    }


def test_the_confirmed_applicant_becomes_a_trainee(changed_demo: Flask) -> None:
    leader = sessions.actor_of(
        db.session.scalars(sa.select(Account).where(Account.username == "lingdao")).one()
    )
    selection.confirm(leader, case_of("yingpin3"), now=NOW)
    assert person("yingpin3").standing is Standing.TRAINEE
    assert programmes.progress(person("yingpin3").id, TODAY) is not None


def test_one_notice_of_recruitment_is_running_and_one_is_over(demo: Flask) -> None:
    query = (
        sa.select(PublicNotice)
        .where(PublicNotice.names.any(matter_type=recruitment.CASE))
        .order_by(PublicNotice.published_on)
    )
    over, running = db.session.scalars(query)
    assert proceedings.notice_window(over).is_over(TODAY)
    assert not proceedings.notice_window(running).is_over(TODAY)
    assert len(running.names) == 2


def everybody() -> list[tuple[object, ...]]:
    query = (
        sa.select(Person.mediator_no, Person.name, Person.id_number_index, OrgUnit.name)
        .join(OrgUnit, OrgUnit.id == Person.org_id)
        .order_by(Person.id)
    )
    return [tuple(row) for row in db.session.execute(query)]


@system_unit
def make_people(now: datetime) -> None:
    people.build(city.build(found(city.CITY, city.REGION, now)), "hash", now)


def test_names_numbers_and_places_depend_on_nothing_but_the_seed(
    demo: Flask, settings: Config, tmp_path: Path
) -> None:
    first = everybody()
    again = create_app(replace(settings, database_url=f"sqlite:///{tmp_path / 'again.db'}"))
    with again.app_context():
        db.create_all()
        make_people(NOW + timedelta(days=400))
        assert everybody() == first
        db.session.remove()
        db.engine.dispose()

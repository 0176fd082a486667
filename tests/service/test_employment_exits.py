"""Exit reviews: heard before decided, decided by another, final, then all at once or nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from certificates import queries as certificates
from certificates import service as certificate_service
from certificates.rules.lifecycle import CertificateState, RevocationGround
from tests.support.exits import (
    AFTER_APPEAL,
    LINE,
    actor_of,
    day,
    exit_at,
    handed_over,
    in_term,
    seat,
)
from tests.support.world import NOW, make_account, make_person
from training.core.db import db
from training.core.errors import NotVisible, Refused
from training.core.rules.roles import Role
from training.employment import exit_closing, exit_decisions, exit_queries, exits
from training.employment.exit_closing import Line, Papers
from training.employment.exit_models import ExitEvent, ExitEvidence, ExitReview, HandoverLine
from training.employment.exits import Evidence
from training.employment.rules.appointment import AppointmentKind, AppointmentState, Engagement
from training.employment.rules.exit_evidence import EvidenceKind
from training.employment.rules.exit_gates import CertificateEnding, ExitGround
from training.employment.rules.exit_review import ExitState
from training.people import facts, roles
from training.people.models import Notice
from training.people.rules.person import Standing
from training.proceedings import objections
from training.proceedings import queries as proceedings
from training.proceedings.rules.lifecycle import Method

S = ExitState
CANCEL = Papers(True, CertificateEnding.CANCELLED, None)
REASON, RESOLUTION = "两年不称职，补训后没有改进。", "调委会第9次会议决议"


@pytest.fixture
def hr(world):
    return world.actor("a_hr")


@pytest.fixture
def approver(world):
    return world.actor("a_approver")


def seen(review):
    return exit_queries.file_of(review).version


def refusal(call, *args, **kwargs):
    with pytest.raises(Refused) as refused:
        call(*args, **({"now": NOW} | kwargs))
    db.session.rollback()
    return refused.value


def test_the_whole_way_from_grounds_to_closed(world, hr, approver):
    review = exit_at(
        "handover", in_term(engagement=Engagement.LABOUR_DISPATCH, agency="某派遣公司")
    )
    person = review.person
    handed_over(review)
    exit_closing.withdraw_papers(approver, review, CANCEL, now=AFTER_APPEAL)
    assert review.state is S.PAPERS_WITHDRAWN
    assert review.appointment.state is AppointmentState.TERMINATED
    assert review.appointment.ended_on == day(10)
    assert person.standing is Standing.LEFT
    assert certificates.card_of(person.id) is None
    (certificate,) = certificates.of_person(person.id)
    assert certificate.state is CertificateState.CANCELLED
    assert roles.held_by(person.id) == frozenset()
    assert facts.of(person.id, ["standing"])[0].value["to"] == "left"
    assert refusal(exit_closing.close, hr, review).verdict.codes == ("exit.return_first",)
    exit_closing.return_to_agency(hr, review, day(11), "退回函〔2026〕1号", now=AFTER_APPEAL)
    exit_closing.close(hr, review, now=AFTER_APPEAL)
    assert (review.state, review.ended_at) == (S.CLOSED, AFTER_APPEAL)


def test_who_left_still_reads_their_own_file(app, world, approver, browser_for):
    review = exit_at("handover")
    handed_over(review)
    exit_closing.withdraw_papers(approver, review, CANCEL, now=AFTER_APPEAL)
    browser = browser_for(world.account("a_mediator"))
    assert browser.get("/my/file").status_code == 200


@pytest.mark.parametrize(
    "broken",
    ["set_standing", "withdraw_card", "revoke_grant", "cancel_certificate"],
)
def test_all_of_it_happens_or_nothing(world, approver, monkeypatch, broken):
    review = exit_at("handover")
    handed_over(review)

    def fail(*_args, **_kwargs):
        raise RuntimeError("the disk is full")

    from training.employment import departures

    places = {
        "set_standing": (departures, "set_standing"),
        "withdraw_card": (certificate_service, "withdraw_card"),
        "revoke_grant": (roles, "revoke"),
        "cancel_certificate": (certificate_service, "cancel_in_decision"),
    }
    monkeypatch.setattr(*places[broken], fail)
    with pytest.raises(RuntimeError):
        exit_closing.withdraw_papers(approver, review, CANCEL, now=AFTER_APPEAL)
    db.session.rollback()
    person = world.person("a_mediator")
    assert db.session.get(ExitReview, review.id).state is S.HANDOVER
    assert review.appointment.state is AppointmentState.IN_TERM
    assert person.standing is Standing.IN_POST
    assert certificates.card_of(person.id) is not None
    assert certificates.of_person(person.id)[0].state is CertificateState.ACTIVE
    assert roles.held_by(person.id) == {Role.MEDIATOR}


def test_papers_wait_for_handover_card_and_the_choice_about_the_certificate(approver, hr):
    review = exit_at("handover")
    papers = Papers(False, None, None)
    found = refusal(exit_closing.withdraw_papers, approver, review, papers, now=AFTER_APPEAL)
    assert found.verdict.codes == ("exit.no_handover", "exit.work_card", "exit.certificate")
    line = exit_closing.record_handover(
        hr, review, Line("在办案件", 4, "", None), None, "", now=AFTER_APPEAL
    )
    found = refusal(exit_closing.withdraw_papers, approver, review, CANCEL, now=AFTER_APPEAL)
    assert found.verdict.codes == ("exit.open_cases",)
    line = db.session.get(HandoverLine, line.id)
    exit_closing.record_handover(
        hr, review, Line("在办案件", 4, "同事甲", day(10)), line, "已移交", now=AFTER_APPEAL
    )
    assert exit_closing.withdraw_papers(approver, review, CANCEL, now=AFTER_APPEAL)


def test_a_certificate_is_revoked_only_on_its_grounds_and_not_by_who_issued_it(approver, hr):
    review = exit_at("handover")
    handed_over(review)
    bare = Papers(True, CertificateEnding.REVOKED, None)
    found = refusal(exit_closing.withdraw_papers, approver, review, bare, now=AFTER_APPEAL)
    assert found.verdict.codes == ("exit.revocation_ground",)
    fraud = replace(bare, revocation=RevocationGround.FRAUD)
    assert refusal(exit_closing.withdraw_papers, hr, review, fraud, now=AFTER_APPEAL).code == (
        "SAME_PERSON"
    )
    exit_closing.withdraw_papers(approver, review, fraud, now=AFTER_APPEAL)
    (certificate,) = certificates.of_person(review.person_id)
    assert certificate.state is CertificateState.REVOKED


def test_a_proposal_takes_grounds_evidence_words_and_another_person(world, hr):
    appointment = in_term()
    db.session.commit()
    two = (ExitGround.TWO_UNFIT,)
    assert refusal(exits.propose, hr, appointment, (), "事实", (LINE,)).verdict.codes == (
        "exit.no_ground",
    )
    assert refusal(exits.propose, hr, appointment, two, "事实", ()).verdict.codes == (
        "exit.no_evidence",
    )
    assert refusal(exits.propose, hr, appointment, two, " ", (LINE,)).code == "REASON_REQUIRED"
    make_account(world.person("a_mediator"), Role.HR, world.org("甲区司法局"))
    db.session.commit()
    own = world.actor("a_hr")
    own = replace(own, person_id=appointment.person_id)
    assert refusal(exits.propose, own, appointment, two, "事实", (LINE,)).code == "SELF"
    exits.propose(hr, appointment, two, "事实", (LINE,), now=NOW)
    assert refusal(exits.propose, hr, appointment, two, "事实", (LINE,)).code == "EXIT_OPEN"


def test_hr_of_another_district_finds_nothing(world):
    review = exit_at("proposed")
    stranger = world.actor("b_hr")
    with pytest.raises(NotVisible):
        exits.serve_evidence(stranger, review, Method.SITE, "", now=NOW)
    with pytest.raises(NotVisible):
        exits.add_evidence(stranger, review, LINE, now=NOW)


def test_evidence_of_somebody_else_is_not_taken(hr):
    review = exit_at("proposed")
    wrong = Evidence(EvidenceKind.APPRAISAL, "不称职", "0" * 24)
    assert refusal(exits.add_evidence, hr, review, wrong).code == "NO_SUCH_RECORD"


def test_the_person_is_told_what_to_read_and_until_when(hr):
    review = exit_at("served")
    notice = db.session.scalars(
        sa.select(Notice).where(Notice.person_id == review.person_id, Notice.kind == "exit")
    ).one()
    assert notice.due_on == exit_queries.reply_window(exit_queries.file_of(review)).last_day
    assert [s.title for s in proceedings.services_of("exit_review", review.public_id)] == [
        "解聘与退出审查材料"
    ]


def test_silence_counts_only_after_the_whole_window(hr):
    review = exit_at("served")
    assert refusal(exits.note_silence, hr, review).verdict.codes == ("window.running",)
    exits.note_silence(hr, review, now=NOW + timedelta(days=8))
    assert review.state is S.MEDIATOR_STATEMENT


def test_another_enters_the_statement_only_with_the_signed_record(world, hr):
    review = exit_at("served")
    assert refusal(exits.enter_statement, hr, review, "我不同意", " ").code == "NO_RECORD"
    with pytest.raises(NotVisible):
        exits.give_statement(hr, review, "他同意", now=NOW)
    exits.enter_statement(hr, review, "我不同意", "谈话记录1号", now=NOW)
    (entry,) = [
        e for e in exit_queries.file_of(review).entries if e.event.action == "give_statement"
    ]
    assert (entry.words, entry.event.detail["signed_record"]) == ("我不同意", "谈话记录1号")


def test_whatever_is_added_is_served_anew_and_answered_anew(world, hr, approver):
    review = exit_at("opined")
    shown = seen(review)
    exits.add_evidence(hr, review, Evidence(EvidenceKind.STATEMENT, "群众来信"), now=NOW)
    late = refusal(exit_decisions.decide, approver, review, REASON, RESOLUTION, shown)
    assert (late.code, late.status) == ("CHANGED", 409)
    fresh = refusal(exit_decisions.decide, approver, review, REASON, RESOLUTION, seen(review))
    assert fresh.code == "CHANGED"
    exits.serve_evidence(hr, review, Method.SITE, "", now=NOW)
    assert review.state is S.EVIDENCE_SERVED
    assert refusal(exits.serve_evidence, hr, review, Method.SITE, "").code == "NOTHING_NEW"
    exits.give_statement(actor_of(review.person), review, "来信不实。", now=NOW)
    exits.convene_panel(hr, review, now=NOW)
    found = refusal(exit_decisions.decide, approver, review, REASON, RESOLUTION, seen(review))
    assert found.verdict.codes == ("exit.no_opinion",)


def test_a_corrected_line_changes_the_file_and_stays_readable(hr):
    review = exit_at("stated")
    before = exit_queries.file_of(review)
    (line,) = before.evidence
    assert refusal(exits.correct_evidence, hr, review, line, "等次为基本称职", "").code == (
        "REASON_REQUIRED"
    )
    exits.correct_evidence(hr, review, line, "2025 年为基本称职", "抄写有误", now=NOW)
    after = exit_queries.file_of(review)
    assert after.digest != before.digest
    assert [x.text for x in after.evidence] == ["2025 年为基本称职"]
    assert [x.text for x in after.replaced] == [LINE.text]
    assert refusal(exits.convene_panel, hr, review).code == "CHANGED"


@pytest.mark.parametrize("who", ["a_hr", "a_mediator", "a_panel"])
def test_neither_proposer_nor_subject_nor_panel_decides(world, who):
    review = exit_at("opined")
    make_account(world.person(who), Role.APPROVER, world.org("甲区司法局"), username="second")
    db.session.commit()
    hand = world.actor("second")
    assert hand.person_id == world.person(who).id
    code = refusal(exit_decisions.decide, hand, review, REASON, RESOLUTION, seen(review)).code
    assert code == ("SELF" if who == "a_mediator" else "SAME_PERSON")
    assert review.state is S.PANEL
    assert review.decided_by is None


def test_a_decision_takes_words_and_the_resolution_of_the_competent_body(approver):
    review = exit_at("opined")
    for reason, resolution, code in (
        ("  ", RESOLUTION, "REASON_REQUIRED"),
        ("59.5", RESOLUTION, "REASON_REQUIRED"),
        (REASON, " ", "GATE"),
    ):
        found = refusal(exit_decisions.decide, approver, review, reason, resolution, seen(review))
        assert found.code == code
        assert found.status == (422 if code == "REASON_REQUIRED" else 409)


def test_the_second_officer_learns_who_decided_and_when(world, approver):
    review = exit_at("opined")
    make_account(make_person("另一领导", world.org("甲区司法局")), Role.APPROVER,
                 world.org("甲区司法局"), username="approver2")  # fmt: skip
    db.session.commit()
    shown = seen(review)
    exit_decisions.decide(approver, review, REASON, RESOLUTION, shown, now=NOW)
    found = refusal(exit_decisions.retain, world.actor("approver2"), review, REASON, shown)
    assert (found.code, found.status) == ("ALREADY_DECIDED", 409)
    params = found.verdict.reasons[0].words.params
    assert (params["who"], params["when"]) == ("甲approver", "2026-11-23 10:00")


def test_the_person_stays_when_another_says_so(approver):
    review = exit_at("opined")
    exit_decisions.retain(approver, review, "情节较轻，继续任职。", seen(review), now=NOW)
    assert (review.state, review.ended_at) == (S.RETAINED, NOW)
    assert review.appointment.state is AppointmentState.IN_TERM


def test_a_proposal_is_dropped_before_a_panel_sits(hr):
    review = exit_at("stated")
    exit_decisions.abandon(hr, review, "经核实事实有出入。", seen(review), now=NOW)
    assert review.state is S.RETAINED
    assert exits.propose(
        hr, review.appointment, (ExitGround.REDUNDANCY,), "岗位撤并", (LINE,), now=NOW
    )


def appealed(world, upheld):
    review = exit_at("decision_served")
    filed = exit_decisions.appeal(actor_of(review.person), review, "程序有误。", now=NOW)
    reviewer = world.actor("a_reviewer")
    objections.assign_reviewer(world.actor("a_hr"), filed, world.person("a_reviewer"), now=NOW)
    objections.decide_objection(reviewer, filed, upheld, "查明属实。", now=NOW)
    return review


def test_an_appeal_that_holds_keeps_the_person_in_post(world):
    review = appealed(world, True)
    assert review.state is S.RETAINED
    assert review.person.standing is Standing.IN_POST


def test_an_appeal_that_does_not_hold_makes_the_decision_final_once_answered(world):
    review = appealed(world, False)
    assert review.state is S.HANDOVER
    titles = [s.url for s in proceedings.services_of("exit_review", review.public_id)]
    assert titles[0].startswith("/objections/")


@pytest.mark.parametrize("who", ["a_hr", "a_approver", "a_panel", "a_mediator"])
def test_nobody_who_took_part_hears_the_appeal(world, who):
    review = exit_at("decision_served")
    filed = exit_decisions.appeal(actor_of(review.person), review, "程序有误。", now=NOW)
    make_account(world.person(who), Role.REVIEWER, world.org("甲区司法局"))
    db.session.commit()
    found = refusal(objections.assign_reviewer, world.actor("a_hr"), filed, world.person(who))
    assert found.code == "SAME_PERSON"


def test_nothing_follows_before_the_appeal_window_is_over(hr):
    review = exit_at("decision_served")
    assert refusal(exit_closing.start_handover, hr, review).verdict.codes == ("window.running",)
    late = NOW + timedelta(days=10)
    found = refusal(exit_decisions.appeal, actor_of(review.person), review, "不服。", now=late)
    assert found.verdict.codes == ("filing.late",)


def test_who_is_only_not_renewed_serves_out_the_term(world, hr, approver):
    appointment = in_term(ends_in=40, state=AppointmentState.RENEWAL_REVIEW)
    review = exit_at("handover", appointment, grounds=(ExitGround.TERM_END,))
    assert review.appointment.state is AppointmentState.NOT_RENEWED
    handed_over(review)
    found = refusal(exit_closing.withdraw_papers, approver, review, CANCEL, now=AFTER_APPEAL)
    assert found.code == "TERM_RUNNING"
    after = NOW + timedelta(days=41)
    exit_closing.withdraw_papers(approver, review, CANCEL, now=after)
    assert review.person.standing is Standing.LEFT
    assert review.appointment.state is AppointmentState.NOT_RENEWED


def test_entries_are_corrected_by_who_wrote_them_with_a_reason(world, hr, approver):
    review = exit_at("stated")
    (said,) = [
        e.event for e in exit_queries.file_of(review).entries if e.event.action == "give_statement"
    ]
    assert refusal(exit_closing.correct, hr, review, said, "他认错", "x").code == "NOT_YOURS"
    me = actor_of(review.person)
    assert refusal(exit_closing.correct, me, review, said, "补充", " ").code == "REASON_REQUIRED"
    exit_closing.correct(me, review, said, "补充：当时在住院。", "漏写", now=NOW)
    entry = exit_queries.file_of(review).last("give_statement")
    assert entry.words == "补充：当时在住院。"
    assert (entry.event.words, entry.corrections[0].why) == ("请再给一次机会。", "漏写")


def test_the_history_cannot_be_changed(app):
    review = exit_at("served")
    for model in (ExitEvent, ExitEvidence):
        with pytest.raises(sa.exc.DBAPIError), db.session.begin_nested():
            db.session.execute(sa.update(model).values(why="x"))
        db.session.rollback()
    assert review.public_id


def test_a_panel_without_the_person_and_the_proposer(world, hr):
    review = exit_at("stated")
    for who, code in (("a_mediator", "SELF"), ("a_hr", "SAME_PERSON")):
        members = tuple(world.person(p) for p in (who, "a_panel", "a_trainer"))
        assert refusal(exits.appoint_panel, hr, review, members).code == code
    seat(review, NOW, ("a_panel", "a_trainer"))
    assert refusal(exits.convene_panel, hr, review).verdict.codes == ("panel.too_small",)


def test_words_are_sealed_at_rest(app):
    review = exit_at("opined")
    raw = db.session.execute(
        sa.text("SELECT proposal_sealed FROM exit_review UNION ALL SELECT words_sealed FROM exit_event"
                " UNION ALL SELECT text_sealed FROM exit_evidence")
    ).scalars().all()  # fmt: skip
    assert any(raw)
    assert not any("机会" in (r or "") or "不称职" in (r or "") for r in raw)
    assert review.proposal == "连续两年不称职。"


def test_an_elected_member_is_recalled_by_the_body_that_elected(approver):
    review = exit_at("decision_served", in_term(kind=AppointmentKind.ELECTED))
    assert proceedings.services_of("exit_review", review.public_id)[0].title == "罢免决定书"

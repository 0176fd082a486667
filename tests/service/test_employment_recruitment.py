"""From the plan to the confirmed applicant, and each refusal on the way."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError

from tests.support.employment import GOOD, make_case, make_opening, seat_panel
from tests.support.programmes import make_programme
from tests.support.rosters import identity
from tests.support.world import NOW
from training.core import clock, policy
from training.core.db import db
from training.core.errors import NotVisible, Refused
from training.core.rules.permission import ANONYMOUS, Actor
from training.core.rules.words import Words
from training.employment import applications, openings, queries, selection
from training.employment.applications import Application
from training.employment.models import RecruitmentCase, RecruitmentEvent
from training.employment.openings import Plan
from training.employment.rules.eligibility import Negative, PostKind, Preference, Quality
from training.employment.rules.recruitment import RecruitmentState
from training.employment.rules.recruitment_gates import Route
from training.people import facts, inbox
from training.people.models import Account, Notice, Person, RoleGrant
from training.people.rules.person import ServiceKind, Standing
from training.proceedings import objections
from training.proceedings.models import NoticeName, PublicNotice
from training.programmes.models import Enrolment

S = RecruitmentState
VALUES = {
    "name": "王小应", "id_number": identity(7), "phone": "19900000007", "education": "bachelor",
    "speciality": "法律", "sex": "male", "birth": "1985-03-04", "service_kind": "full_time",
}  # fmt: skip
PAPER = Application(Route.OPEN_RECRUITMENT, "", None, "我愿意。", (Preference.LAW,), ())


@pytest.fixture
def opening(world):
    make_programme()
    made = make_opening()
    db.session.commit()
    return made


def moved(case, state):
    """The case as if it had come to ``state``; stored."""
    case.state = state
    db.session.commit()
    return case


def panel_of_three(world, opening):
    people = [world.person(f"a_{r}") for r in ("panel", "trainer", "office_head")]
    seat_panel(opening, *people)
    db.session.commit()


def plan(**overrides):
    fields = {
        "title": "选聘", "title_en": "", "body": "条件", "service_kind": ServiceKind.FULL_TIME,
        "post_kind": PostKind.URBAN, "positions": 1, "routes": (Route.OPEN_RECRUITMENT,),
        "office": "人事科", "telephone": "0898-1", "closes_on": clock.today(NOW),
    } | overrides  # fmt: skip
    return Plan(**fields)


def test_a_plan_is_approved_by_another_person_and_then_announced(world):
    made = openings.draw_up(world.actor("a_hr"), world.org("甲区司法局"), plan(), now=NOW)
    planner = world.actor("a_hr")
    with pytest.raises(Refused) as refused:
        openings.approve(
            Actor(planner.person_id, planner.account_id, planner.ref,
                  world.actor("a_approver").grants, planner.stepped_up_until),
            made, now=NOW,
        )  # fmt: skip
    assert (refused.value.code, refused.value.status) == ("SAME_PERSON", 403)
    openings.approve(world.actor("a_approver"), made, now=NOW)
    with pytest.raises(Refused) as refused:
        openings.approve(world.actor("a_approver"), made, now=NOW)
    assert refused.value.code == "ALREADY_DECIDED"
    assert refused.value.verdict.reasons[0].words.params["who"] == "甲approver"
    openings.announce(world.actor("a_hr"), made, now=NOW)
    assert made.state is S.OPEN
    with pytest.raises(Refused) as refused:
        openings.redraw(world.actor("a_hr"), made, plan(), now=NOW)
    assert refused.value.code == "ALREADY_DECIDED"


def test_a_plan_uses_only_routes_and_dates_that_policy_and_calendar_allow(world):
    hr, org = world.actor("a_hr"), world.org("甲区司法局")
    with pytest.raises(Refused) as refused:
        openings.draw_up(hr, org, plan(routes=()), now=NOW)
    assert refused.value.code == "ROUTE"
    with pytest.raises(Refused) as refused:
        openings.draw_up(hr, org, plan(closes_on=clock.today(NOW) - timedelta(days=1)), now=NOW)
    assert refused.value.code == "CLOSES_ON"


def test_a_visitor_gets_file_account_and_application_in_one_step(world, opening):
    applications.register_and_apply(ANONYMOUS, opening, VALUES, "hash", PAPER, now=NOW)
    case = db.session.scalars(sa.select(RecruitmentCase)).one()
    person = case.person
    assert (case.state, person.standing, person.mediator_no) == (
        S.APPLIED, Standing.CANDIDATE, None,
    )  # fmt: skip
    account = db.session.scalars(sa.select(Account).where(Account.person_id == person.id)).one()
    assert account.password_hash == "hash"
    assert account.login_phone_index == Person.phone.blind("19900000007")
    rule = policy.get("eligibility.preference_urban", opening.org, clock.today(NOW))
    assert case.points == (rule.value["college"] + rule.value["law"]) * 100
    assert case.points_policy_id == rule.id


def test_a_known_phone_or_identity_number_opens_nothing_and_tells_its_owner(world, opening):
    applications.register_and_apply(ANONYMOUS, opening, VALUES, "hash", PAPER, now=NOW)
    owner = db.session.scalars(sa.select(RecruitmentCase)).one().person_id
    for same in ({"phone": "19900000008"}, {"id_number": identity(8)}):
        again = VALUES | same
        assert (
            applications.register_and_apply(ANONYMOUS, opening, again, "h2", PAPER, now=NOW) is None
        )
    assert db.session.query(RecruitmentCase).count() == 1
    told = db.session.scalars(
        sa.select(Notice).where(Notice.person_id == owner, Notice.url == "/recruitment")
    ).all()
    assert len(told) == 1  # said once


def test_an_application_needs_an_open_announcement_and_the_unit_s_recommendation(world, opening):
    recommended = Application(Route.ORGANISATION_RECOMMENDATION, "某单位", None, "", (), ())
    with pytest.raises(Refused) as refused:
        applications.register_and_apply(ANONYMOUS, opening, VALUES, "h", recommended, now=NOW)
    assert refused.value.verdict.codes == ("recruitment.no_recommendation",)
    late = NOW + timedelta(days=13)
    with pytest.raises(Refused) as refused:
        applications.register_and_apply(ANONYMOUS, opening, VALUES, "h", PAPER, now=late)
    assert refused.value.verdict.codes == ("recruitment.closed",)
    draft = make_opening(state=S.DRAFT, approved_by=None, approved_at=None, opened_at=None)
    db.session.commit()
    with pytest.raises(NotVisible):
        applications.register_and_apply(ANONYMOUS, draft, VALUES, "h", PAPER, now=NOW)


def test_somebody_in_training_does_not_apply_and_nobody_applies_twice(world, opening):
    with pytest.raises(Refused) as refused:
        applications.apply(world.actor("a_mediator"), opening, PAPER, now=NOW)
    assert refused.value.code == "ON_ROSTER"
    person = world.person("a_committee")
    applications.apply(world.actor("a_committee"), opening, PAPER, now=NOW)
    with pytest.raises(Refused) as refused:
        applications.apply(world.actor("a_committee"), opening, PAPER, now=NOW)
    assert refused.value.code == "APPLIED_ALREADY"
    person.standing = Standing.LEFT
    db.session.commit()
    other = make_opening()
    db.session.commit()
    applications.apply(world.actor("a_committee"), other, PAPER, now=NOW)
    assert person.standing is Standing.CANDIDATE  # re-entry, with the history kept
    assert facts.of(person.id, ["standing"])[0].value["action"] == "re_enter"


def test_a_failed_condition_bars_from_shortlisting_and_is_its_own_reason(world, opening):
    case = make_case(opening=opening)
    db.session.commit()
    hr = world.actor("a_hr")
    bad = selection.Found(
        dict.fromkeys(Quality, True) | {Quality.FAIR: False}, True,
        (Negative.DISHONESTY_LIST,), (), "查明",
    )  # fmt: skip
    selection.find(hr, case, bad, now=NOW)
    with pytest.raises(Refused) as refused:
        selection.shortlist(hr, case, "", now=NOW)
    assert set(refused.value.verdict.codes) == {"eligibility.quality", "eligibility.negative"}
    selection.reject(hr, case, "", now=NOW)
    assert case.state is S.REJECTED
    event = queries.events_of(case)[-1]
    assert set(event.detail["failed"]) == {"eligibility.quality", "eligibility.negative"}


def test_rejecting_somebody_who_meets_all_conditions_takes_a_reason(world, opening):
    case = make_case(opening=opening)
    db.session.commit()
    selection.find(world.actor("a_hr"), case, GOOD, now=NOW)
    with pytest.raises(Refused) as refused:
        selection.reject(world.actor("a_hr"), case, "…", now=NOW)
    assert (refused.value.code, refused.value.status) == ("REASON_REQUIRED", 422)


def test_an_officer_does_not_review_the_own_application(world, opening):
    case = make_case(world.person("a_hr"), opening)
    db.session.commit()
    with pytest.raises(Refused) as refused:
        selection.find(world.actor("a_hr"), case, GOOD, now=NOW)
    assert (refused.value.code, refused.value.status) == ("SELF", 403)


def test_an_appeal_that_holds_is_reviewed_by_fresh_eyes(world, opening):
    person = world.person("a_committee")
    case = make_case(person, opening)
    db.session.commit()
    hr, own = world.actor("a_hr"), world.actor("a_committee")
    selection.find(hr, case, GOOD, now=NOW)
    selection.reject(hr, case, "经历不符", now=NOW)
    with pytest.raises(Refused) as refused:
        applications.appeal(own, case, "。。", now=NOW)
    assert refused.value.code == "REASON_REQUIRED"
    with pytest.raises(Refused) as refused:
        applications.appeal(own, case, "我在社区工作十年", now=NOW + timedelta(days=30))
    assert refused.value.verdict.codes == ("filing.late",)
    applications.appeal(own, case, "我在社区工作十年", now=NOW)
    with pytest.raises(Refused) as refused:
        applications.appeal(own, case, "再申诉一次", now=NOW)
    assert "recruitment.already_appealed" in refused.value.verdict.codes
    (appeal,) = queries.appeals_of(case)
    objections.assign_reviewer(hr, appeal, world.person("a_reviewer"), now=NOW)
    objections.decide_objection(world.actor("a_reviewer"), appeal, True, "经历属实", now=NOW)
    assert case.state is S.QUALIFICATION_REVIEW
    with pytest.raises(Refused) as refused:
        selection.shortlist(hr, case, "", now=NOW)
    assert refused.value.code == "SAME_PERSON"


def test_an_appeal_that_is_dismissed_leaves_the_rejection(world, opening):
    case = make_case(world.person("a_committee"), opening)
    db.session.commit()
    hr = world.actor("a_hr")
    selection.find(hr, case, GOOD, now=NOW)
    selection.reject(hr, case, "经历不符", now=NOW)
    applications.appeal(world.actor("a_committee"), case, "不服", now=NOW)
    (appeal,) = queries.appeals_of(case)
    objections.assign_reviewer(hr, appeal, world.person("a_reviewer"), now=NOW)
    objections.decide_objection(world.actor("a_reviewer"), appeal, False, "理由充分", now=NOW)
    assert case.state is S.REJECTED
    assert queries.events_of(case)[-1].action == "dismissed"


def told(person_id):
    query = sa.select(Notice).where(Notice.person_id == person_id).order_by(Notice.id)
    return [(n.message, n.params.get("reason")) for n in db.session.scalars(query)]


def test_a_rejection_in_error_is_taken_back_and_the_next_one_has_its_own_window(world, opening):
    person = world.person("a_committee")
    case = make_case(person, opening)
    db.session.commit()
    hr = world.actor("a_hr")
    selection.find(hr, case, GOOD, now=NOW)
    selection.reject(hr, case, "经历不符", now=NOW)
    with pytest.raises(Refused) as refused:
        selection.reconsider(hr, case, " ", now=NOW)
    assert refused.value.code == "REASON_REQUIRED"
    later = NOW + timedelta(days=14)
    selection.reconsider(hr, case, "看错了人", now=later)
    assert case.state is S.QUALIFICATION_REVIEW
    event = queries.events_of(case)[-1]
    assert (event.action, event.reason, event.actor_id) == ("reconsider", "看错了人", hr.person_id)
    assert told(person.id)[-1] == (
        "您对「%(title)s」的报名退回资格审查，重新办理。理由：%(reason)s", "看错了人",
    )  # fmt: skip
    selection.reject(hr, case, "未提交材料", now=later)
    applications.appeal(world.actor("a_committee"), case, "材料已交", now=later)
    with pytest.raises(Refused) as refused:
        selection.reconsider(hr, case, "再看看", now=later)
    assert refused.value.verdict.codes == ("recruitment.decided_elsewhere",)


def test_an_admission_in_error_is_reviewed_again(world, opening):
    case = make_case(opening=opening)
    db.session.commit()
    hr = world.actor("a_hr")
    selection.find(hr, case, GOOD, now=NOW)
    selection.shortlist(hr, case, "", now=NOW)
    selection.reconsider(hr, case, "学历证明有误", now=NOW)
    selection.find(hr, case, replace(GOOD, citizen=False), now=NOW)
    with pytest.raises(Refused):
        selection.shortlist(hr, case, "", now=NOW)
    selection.reject(hr, case, "", now=NOW)
    assert case.state is S.REJECTED


def test_a_proposal_and_an_interview_go_back_one_step_and_scores_are_corrected(world, opening):
    panel_of_three(world, opening)
    case = proposed(world, opening)
    hr, before = world.actor("a_hr"), len(told(case.person_id))
    selection.reconsider(hr, case, "考察材料未附齐", now=NOW)
    assert case.state is S.BACKGROUND_CHECK
    selection.reconsider(hr, case, "评分录入有误", now=NOW)
    assert case.state is S.INTERVIEW
    selection.score(world.actor("a_panel"), case, 8000, "重新录入", now=NOW)
    assert len(told(case.person_id)) == before, "nobody had been told"


def test_bulk_shortlisting_takes_only_those_with_nothing_against_them(world, opening):
    clean, declared = make_case(opening=opening), make_case(opening=opening)
    declared.negatives = [Negative.CRIMINAL_PENALTY]
    minor = make_case(opening=opening)
    minor.person.birth_date = clock.today(NOW) - timedelta(days=17 * 365)
    foreign = make_case(opening=make_opening())
    db.session.commit()
    cases = [clean, declared, minor, foreign]
    assert selection.shortlist_many(world.actor("a_hr"), opening, cases, now=NOW) == 1
    assert [c.state for c in cases] == [
        S.SHORTLISTED, S.APPLIED, S.QUALIFICATION_REVIEW, S.APPLIED,
    ]  # fmt: skip


def test_an_interview_waits_for_a_panel_of_three_without_conflict_and_all_scores(world, opening):
    case = moved(make_case(opening=opening), S.SHORTLISTED)
    hr = world.actor("a_hr")
    with pytest.raises(Refused) as refused:
        selection.interview(hr, opening, now=NOW)
    assert "panel.too_small" in refused.value.verdict.codes
    with pytest.raises(Refused) as refused:
        openings.name_panel(hr, opening, [world.person("a_panel")], now=NOW)
    assert refused.value.code == "PANEL"
    panel_of_three(world, opening)
    assert selection.interview(hr, opening, now=NOW) == 1
    with pytest.raises(Refused) as refused:
        selection.pass_interview(hr, case, now=NOW)
    assert refused.value.verdict.codes == ("recruitment.not_scored",)
    with pytest.raises(NotVisible):  # not on the panel
        selection.score(world.actor("a_reviewer"), case, 8000, "", now=NOW)
    for role, score in (("panel", 7000), ("trainer", 8000), ("office_head", 8501)):
        selection.score(world.actor(f"a_{role}"), case, score, "", now=NOW)
    selection.score(world.actor("a_panel"), case, 7500, "更正", now=NOW)
    selection.pass_interview(hr, case, now=NOW)
    assert case.state is S.BACKGROUND_CHECK
    assert queries.events_of(case)[-1].detail["mean"] == 8000
    with pytest.raises(Refused) as refused:
        openings.name_panel(
            hr, opening, [world.person(f"a_{r}") for r in ("panel", "trainer", "committee")],
            now=NOW,
        )  # fmt: skip
    assert refused.value.code == "SCORED"


def test_a_member_who_has_a_conflict_does_not_score(world, opening):
    case = moved(make_case(opening=opening), S.INTERVIEW)
    seat_panel(opening, world.person("a_panel"), conflict=True)
    db.session.commit()
    with pytest.raises(Refused) as refused:
        selection.score(world.actor("a_panel"), case, 8000, "", now=NOW)
    assert refused.value.code == "NOT_MEMBER"


def test_a_background_check_precedes_the_proposal_and_can_stop_it(world, opening):
    case = make_case(opening=opening)
    db.session.commit()
    hr = world.actor("a_hr")
    selection.find(hr, case, GOOD, now=NOW)
    moved(case, S.BACKGROUND_CHECK)
    with pytest.raises(Refused) as refused:
        selection.propose(hr, case, now=NOW)
    assert refused.value.code == "NOT_CHECKED"
    selection.check(hr, case, [Negative.DISHONESTY_LIST], "查失信名单", now=NOW)
    with pytest.raises(Refused) as refused:
        selection.propose(hr, case, now=NOW)
    assert refused.value.verdict.codes == ("eligibility.negative",)
    selection.check(hr, case, [], "系同名他人，更正", now=NOW)
    selection.propose(hr, case, now=NOW)
    assert case.state is S.PROPOSED
    check = queries.check_of(case)
    assert check is not None
    assert "同名" not in str(check.note_sealed)
    assert "同名" in check.note


def proposed(world, opening, person=None):
    case = make_case(person, opening)
    db.session.commit()
    hr = world.actor("a_hr")
    selection.find(hr, case, GOOD, now=NOW)
    moved(case, S.BACKGROUND_CHECK)
    selection.check(hr, case, [], "走访社区", now=NOW)
    selection.propose(hr, case, now=NOW)
    return case


def published(world, opening, person=None):
    case = proposed(world, opening, person)
    selection.publish(
        world.actor("a_approver"), opening, Words("拟聘公示"), "拟聘", office="人事科",
        telephone="0898-1", now=NOW,
    )  # fmt: skip
    return case


AFTER = NOW + timedelta(days=9)


def test_who_proposed_does_not_publish(world, opening):
    proposed(world, opening)
    with pytest.raises(Refused) as refused:
        selection.publish(
            world.actor("a_hr"), opening, Words("公示"), "拟聘", office="科", telephone="1", now=NOW
        )
    assert refused.value.code == "SAME_PERSON"
    assert db.session.query(PublicNotice).count() == 0


def test_confirmation_waits_for_the_notice_and_does_everything_at_once(world, opening):
    account = world.account("a_committee")
    db.session.execute(sa.delete(RoleGrant).where(RoleGrant.account_id == account.id))
    case = published(world, opening, account.person)
    assert db.session.query(NoticeName).one().matter_ref == case.public_id
    approver = world.actor("a_approver")
    with pytest.raises(Refused) as refused:
        selection.confirm(approver, case, now=NOW)
    assert "window.running" in refused.value.verdict.codes
    selection.confirm(approver, case, now=AFTER)
    person = case.person
    assert case.state is S.CONFIRMED
    assert person.standing is Standing.TRAINEE
    assert person.mediator_no
    assert db.session.query(Enrolment).filter_by(person_id=person.id).count() == 1
    assert db.session.query(RoleGrant).filter_by(account_id=account.id).count() == 1
    assert inbox.unread(person.id) > 0
    assert facts.of(person.id, ["standing"])[0].source_ref == case.public_id
    with pytest.raises(Refused):
        selection.confirm(approver, case, now=AFTER)


def test_an_open_objection_suspends_and_one_that_holds_ends_the_case(world, opening):
    case = published(world, opening)
    notice, name = db.session.query(PublicNotice).one(), db.session.query(NoticeName).one()
    objections.object_to_notice(
        ANONYMOUS, notice, name, "隐瞒处罚", filer="群众", phone="", now=NOW
    )
    assert queries.state_of(case) is S.SUSPENDED
    with pytest.raises(Refused):
        selection.confirm(world.actor("a_approver"), case, now=AFTER)
    (objection,) = queries.objections_of(case)
    with pytest.raises(Refused) as refused:
        objections.assign_reviewer(world.actor("a_hr"), objection, world.person("a_hr"), now=NOW)
    assert refused.value.code in ("NOT_REVIEWER", "SAME_PERSON")
    objections.assign_reviewer(world.actor("a_hr"), objection, world.person("a_reviewer"), now=NOW)
    objections.decide_objection(world.actor("a_reviewer"), objection, True, "属实", now=NOW)
    assert case.state is S.REJECTED


def test_a_dismissed_objection_lets_the_case_go_on(world, opening):
    case = published(world, opening)
    notice, name = db.session.query(PublicNotice).one(), db.session.query(NoticeName).one()
    objections.object_to_notice(ANONYMOUS, notice, name, "不同意", filer="群众", phone="", now=NOW)
    (objection,) = queries.objections_of(case)
    objections.assign_reviewer(world.actor("a_hr"), objection, world.person("a_reviewer"), now=NOW)
    objections.decide_objection(world.actor("a_reviewer"), objection, False, "查无实据", now=NOW)
    assert queries.state_of(case) is S.PUBLIC_NOTICE
    selection.confirm(world.actor("a_approver"), case, now=AFTER)
    assert case.state is S.CONFIRMED


def test_without_a_programme_nothing_of_a_confirmation_stays(world):
    opening = make_opening()
    db.session.commit()
    case = published(world, opening)
    with pytest.raises(Refused) as refused:
        selection.confirm(world.actor("a_approver"), case, now=AFTER)
    assert refused.value.code == "NO_PROGRAMME"
    db.session.expire_all()
    assert case.state is S.PUBLIC_NOTICE
    assert case.person.mediator_no is None


def test_only_the_applicant_withdraws_and_only_once(world, opening):
    case = make_case(world.person("a_committee"), opening)
    db.session.commit()
    with pytest.raises(NotVisible):
        applications.withdraw(world.actor("a_hr"), case, now=NOW)
    applications.withdraw(world.actor("a_committee"), case, now=NOW)
    with pytest.raises(Refused):
        applications.withdraw(world.actor("a_committee"), case, now=NOW)


def test_an_officer_of_another_district_cannot_touch_a_case(world, opening):
    case = make_case(opening=opening)
    db.session.commit()
    with pytest.raises(NotVisible):
        selection.find(world.actor("b_hr"), case, GOOD, now=NOW)


def test_the_history_of_a_case_cannot_be_rewritten(world, opening):
    make_case(opening=opening)
    db.session.commit()
    with pytest.raises(DatabaseError):
        db.session.execute(sa.update(RecruitmentEvent).values(reason="改"))
    db.session.rollback()


def test_declared_matters_are_sealed(world, opening):
    case = make_case(opening=opening)
    case.negatives = [Negative.CRIMINAL_PENALTY]
    db.session.commit()
    assert "criminal" not in str(case.negatives_sealed)
    assert case.negatives == {Negative.CRIMINAL_PENALTY}

"""Notices, objections, service and panels through their verbs."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask_babel import force_locale

from tests.support.proceedings import DECIDERS, make_notice, make_service
from tests.support.world import NOW, make_account, make_person
from training.core import clock
from training.core.db import db
from training.core.documents import registry
from training.core.documents.registry import Order
from training.core.errors import NotVisible, Refused
from training.core.i18n import say
from training.core.rules.permission import ANONYMOUS
from training.core.rules.roles import Role
from training.core.rules.words import Words
from training.people import inbox
from training.people.models import Notice
from training.proceedings import documents, jobs, objections, queries, service
from training.proceedings.models import Objection, ServiceReceipt
from training.proceedings.rules.lifecycle import Method, ObjectionKind, ObjectionState
from training.proceedings.rules.notice import Outcome

AFTER = datetime(2026, 12, 1, 2, 0, tzinfo=NOW.tzinfo)  # Tuesday after five working days


@pytest.fixture(autouse=True)
def _deciders():
    DECIDERS.persons, DECIDERS.decided, DECIDERS.panels = set(), [], False


@pytest.fixture
def notice(world):
    return make_notice()


def _object(world, notice, *, now=NOW, text="本人曾被投诉收受礼品", **more):
    fields = {"filer": "王某", "phone": "19900000009"} | more
    return objections.object_to_notice(ANONYMOUS, notice, notice.names[0], text, now=now, **fields)


def _assigned(world, notice):
    filed = _object(world, notice)
    return objections.assign_reviewer(
        world.actor("a_hr"), filed, world.person("a_reviewer"), now=NOW
    )


def test_a_notice_runs_for_the_policys_working_days_after_its_day(notice):
    window = queries.notice_window(notice)
    assert (window.first_day.isoformat(), window.last_day.isoformat()) == (
        "2026-11-24",
        "2026-11-30",
    )
    assert notice.workdays == 5


@pytest.mark.parametrize("outcome", [Outcome.OTHER_GRADE, Outcome.DISCIPLINE, Outcome.EXIT])
def test_it_refuses_to_publish_what_is_served_on_the_person_alone(world, outcome):
    with pytest.raises(Refused) as refused:
        make_notice(outcome=outcome)
    assert refused.value.verdict.codes == ("notice.not_public",)


def test_an_officer_of_another_district_publishes_nothing_here(world):
    with pytest.raises(NotVisible):
        make_notice(world.org("甲区司法局"), by="b_hr")


def test_a_matter_is_clear_after_the_period_without_open_objections(world, notice):
    matter = ("person", world.person("a_mediator").public_id)
    assert queries.notice_clear(*matter, clock.today(NOW)).codes == ("window.running",)
    assert queries.notice_clear(*matter, clock.today(AFTER))
    _object(world, notice)
    assert queries.notice_clear(*matter, clock.today(AFTER)).codes == ("objection.open",)


def test_a_withdrawn_notice_clears_nothing_and_hears_nobody(world, notice):
    actor = world.actor("a_hr")
    with pytest.raises(Refused):
        service.withdraw_notice(actor, notice, "……", now=NOW)
    service.withdraw_notice(actor, notice, "名单有误", now=NOW)
    matter = ("person", world.person("a_mediator").public_id)
    assert queries.notice_clear(*matter, clock.today(AFTER)).codes == ("notice.missing",)
    with pytest.raises(Refused) as refused:
        _object(world, notice)
    assert refused.value.code == "WITHDRAWN"
    with pytest.raises(Refused) as again:
        service.withdraw_notice(actor, notice, "再撤一次", now=NOW)
    assert again.value.code == "ALREADY_DECIDED"


def test_an_objection_is_heard_until_the_last_day_and_not_after(world, notice):
    last = clock.at_local(queries.notice_window(notice).last_day, 23, 59)
    assert _object(world, notice, now=last).state is ObjectionState.FILED
    with pytest.raises(Refused) as refused:
        _object(world, notice, now=last + timedelta(minutes=1))
    assert refused.value.code == "LATE"


def test_an_objection_needs_words_and_a_name(world, notice):
    with pytest.raises(Refused) as no_words:
        _object(world, notice, text="12345……")
    assert no_words.value.code == "REASON_REQUIRED"
    with pytest.raises(Refused) as no_name:
        _object(world, notice, filer=" ")
    assert no_name.value.code == "NAME_REQUIRED"


def test_what_was_said_and_who_said_it_is_sealed(world, notice):
    filed = _object(world, notice)
    row = db.session.execute(sa.text("SELECT * FROM objection")).mappings().one()
    assert not any(
        "王某" in str(v) or "礼品" in str(v) or "19900000009" in str(v) for v in row.values()
    )
    assert (filed.filer, filed.phone, filed.text) == ("王某", "19900000009", "本人曾被投诉收受礼品")


def test_the_reviewer_took_no_part_and_is_not_concerned(world, notice):
    filed, actor, reviewer = _object(world, notice), world.actor("a_hr"), world.person("a_reviewer")
    DECIDERS.persons = {reviewer.id}
    with pytest.raises(Refused) as refused:
        objections.assign_reviewer(actor, filed, reviewer, now=NOW)
    assert refused.value.verdict.codes == ("SAME_PERSON",)
    DECIDERS.persons = set()
    with pytest.raises(Refused) as stranger:
        objections.assign_reviewer(actor, filed, world.person("b_reviewer"), now=NOW)
    assert stranger.value.code == "NOT_REVIEWER"


def test_another_reviewer_takes_over_with_a_reason_and_the_former_is_told(world, notice):
    filed, hr = _assigned(world, notice), world.actor("a_hr")
    former = world.person("a_reviewer")
    other = make_person("复核员乙", world.org("甲区司法局"))
    make_account(other, Role.REVIEWER, world.org("甲区司法局"), username="second_reviewer")
    db.session.commit()
    for person, reason, code in (
        (other, "……", "REASON_REQUIRED"),
        (former, "换人", "UNCHANGED"),
        (world.person("b_reviewer"), "换人", "NOT_REVIEWER"),
    ):
        with pytest.raises(Refused) as refused:
            objections.assign_reviewer(hr, filed, person, reason, now=NOW)
        assert refused.value.code == code
        db.session.rollback()
    DECIDERS.persons = {other.id}
    with pytest.raises(Refused) as refused:
        objections.assign_reviewer(hr, filed, other, "换人", now=NOW)
    assert refused.value.code == "SAME_PERSON"
    db.session.rollback()
    DECIDERS.persons = set()
    objections.assign_reviewer(hr, filed, other, "原复核人休假", now=NOW)
    assert (filed.reviewer_id, filed.state) == (other.id, ObjectionState.ASSIGNED)
    (kept,) = queries.reviewers_before(filed)
    assert (kept.former_id, kept.reviewer_id, kept.reason) == (former.id, other.id, "原复核人休假")
    told = db.session.scalars(
        sa.select(Notice).where(Notice.person_id == former.id).order_by(Notice.id.desc())
    ).first()
    assert "改由他人复核" in told.message
    assert told.params["reason"] == "原复核人休假"
    with pytest.raises(Refused) as late:
        objections.decide_objection(world.actor("a_reviewer"), filed, True, "属实", now=NOW)
    assert late.value.code == "NOT_REVIEWER"
    db.session.rollback()
    objections.decide_objection(world.actor("second_reviewer"), filed, True, "属实", now=NOW)
    with pytest.raises(Refused):
        objections.assign_reviewer(hr, filed, former, "再换", now=NOW)


def test_a_matter_that_no_room_answers_for_cannot_be_reviewed(world, notice):
    filed = _object(world, notice)
    db.session.execute(sa.update(Objection).values(matter_type="unknown"))
    db.session.commit()
    with pytest.raises(Refused) as refused:
        objections.assign_reviewer(world.actor("a_hr"), filed, world.person("a_reviewer"), now=NOW)
    assert refused.value.code == "MATTER_UNKNOWN"


def test_the_reviewer_decides_once_with_a_reason_and_the_room_hears_of_it(world, notice):
    filed, reviewer = _assigned(world, notice), world.actor("a_reviewer")
    with pytest.raises(Refused) as silent:
        objections.decide_objection(reviewer, filed, True, "……", now=NOW)
    assert silent.value.code == "REASON_REQUIRED"
    decided = objections.decide_objection(reviewer, filed, True, "经查属实", now=NOW)
    assert decided.state is ObjectionState.UPHELD
    assert DECIDERS.decided == [(filed.matter_ref, "upheld")]
    with pytest.raises(Refused) as again:
        objections.decide_objection(reviewer, filed, False, "改判", now=NOW)
    assert again.value.code == "ALREADY_DECIDED"


def test_a_reviewer_who_joined_the_matter_since_cannot_decide_it(world, notice):
    filed = _assigned(world, notice)
    DECIDERS.persons = {world.person("a_reviewer").id}
    with pytest.raises(Refused) as refused:
        objections.decide_objection(world.actor("a_reviewer"), filed, False, "不属实", now=NOW)
    assert refused.value.code == "SAME_PERSON"


def test_only_the_person_concerned_appeals(world):
    person, other = world.person("a_mediator"), world.actor("b_mediator")
    fields = {
        "concerned": person, "filer": person.name, "phone": "", "window_opened": NOW,
        "window_workdays": 5, "now": NOW,
    }  # fmt: skip
    arguments = (person.org, ObjectionKind.APPEAL, person, Words("年度考核等次"), "分数有误")
    with pytest.raises(Refused) as refused:
        objections.file_objection(other, *arguments, **fields)
    assert refused.value.code == "NOT_OWN"
    filed = objections.file_objection(world.actor("a_mediator"), *arguments, **fields)
    assert filed.person_id == filed.concerned_id == person.id
    assert queries.open_objections("person", person.public_id) == [filed]


def test_service_tells_the_person_and_only_the_person_confirms_once(world):
    person = world.person("a_mediator")
    served = service.serve(
        world.actor("a_hr"), person, person, Words("年度考核结果通知"), Method.SITE, now=NOW
    )
    told = db.session.scalars(sa.select(Notice).where(Notice.person_id == person.id)).one()
    assert told.url == f"/served/{served.public_id}"
    with pytest.raises(NotVisible):
        service.confirm_receipt(world.actor("a_hr"), served, now=NOW)
    for _ in range(2):
        service.confirm_receipt(world.actor("a_mediator"), served, now=NOW)
    assert len(db.session.scalars(sa.select(ServiceReceipt)).all()) == 1
    assert queries.services_of("person", person.public_id) == [served]


def test_a_panel_member_declares_once_for_themselves(world):
    org = world.org("甲区司法局")
    members = [world.person("a_panel"), world.person("a_approver"), world.person("a_trainer")]
    panel = service.appoint_panel(
        world.actor("a_hr"), org, org, Words("2026 年度考核"), members, now=NOW
    )
    with pytest.raises(Refused) as twice:
        service.appoint_panel(world.actor("a_hr"), org, org, Words("又"), [members[0]] * 2, now=NOW)
    assert twice.value.code == "PANEL"
    with pytest.raises(Refused) as why:
        service.declare(world.actor("a_panel"), panel, True, "", now=NOW)
    assert why.value.code == "REASON_REQUIRED"
    service.declare(world.actor("a_panel"), panel, True, "亲属", now=NOW)
    service.declare(world.actor("a_approver"), panel, False, "", now=NOW)
    with pytest.raises(Refused) as again:
        service.declare(world.actor("a_panel"), panel, False, "", now=NOW)
    assert again.value.code == "ALREADY_DECIDED"
    with pytest.raises(NotVisible):
        service.declare(world.actor("b_panel"), panel, False, "", now=NOW)
    db.session.expire_all()
    assert [m.conflict for m in queries.panel_members(panel)] == [True, False, None]


def test_a_declaration_is_corrected_with_a_reason_until_the_panel_has_decided(world):
    org, me = world.org("甲区司法局"), world.actor("a_panel")
    members, person = [world.person("a_panel")], world.person("a_mediator")
    panel = service.appoint_panel(world.actor("a_hr"), org, person, Words("评审"), members, now=NOW)

    def refusal(conflict, text, reason):
        with pytest.raises(Refused) as refused:
            service.correct_declaration(me, panel, conflict, text, reason, now=NOW)
        db.session.rollback()
        return refused.value.code

    assert refusal(True, "亲属", "漏报") == "NOT_DECLARED"
    service.declare(me, panel, False, "", now=NOW)
    assert refusal(True, "亲属", " ") == "REASON_REQUIRED"
    assert refusal(True, "", "漏报") == "REASON_REQUIRED"
    assert refusal(False, "", "漏报") == "UNCHANGED"
    service.correct_declaration(me, panel, True, "表亲", "漏报亲属关系", now=AFTER)
    (seat,) = panel.members
    assert (seat.conflict, seat.conflict_text, seat.declared_at) == (True, "表亲", AFTER)
    ((kept,),) = queries.declared_before(panel).values()
    assert (kept.former_conflict, kept.former_at, kept.reason) == (False, NOW, "漏报亲属关系")
    told = db.session.scalars(
        sa.select(Notice).where(Notice.person_id == world.person("a_hr").id)
    ).all()
    assert "更正了回避声明" in told[-1].message
    DECIDERS.panels = True
    assert refusal(False, "", "没有关系") == "PANEL_DECIDED"


def test_the_notice_as_a_paper_says_whom_when_and_where(world, notice, app):
    with app.test_request_context():
        paper = documents.public_notice(notice, Order(NOW))
    said = repr(paper)
    for words in ("甲调解员", "拟评为优秀", "2026年11月24日", "2026年11月30日", "0898-00000000"):
        assert words in said
    assert paper.organisation == "甲区司法局"
    assert registry.find("public_notice").permission == "proceedings:notice:print"


def test_the_proof_of_service_fills_in_the_receipt_once_there_is_one(world, app):
    served = make_service(world.person("a_mediator"))
    db.session.commit()
    with app.test_request_context():
        assert "确认收到" not in repr(documents.service_receipt(served, Order(NOW)))
        service.confirm_receipt(world.actor("a_mediator"), served, now=NOW)
        db.session.expire_all()
        assert "确认收到" in repr(documents.service_receipt(served, Order(NOW)))


def test_the_reviewer_is_reminded_before_and_after_the_last_day(world, notice):
    filed = _assigned(world, notice)
    due = queries.decide_window(filed).last_day
    at = {days: clock.at_local(due + timedelta(days=days), 9) for days in (-4, -3, 1)}
    assert list(jobs.reviews_to_decide(at[-4])) == []
    (soon,), (late,) = (list(jobs.reviews_to_decide(at[days])) for days in (-3, 1))
    assert (soon.person_id, soon.due_on) == (world.person("a_reviewer").id, due)
    assert soon.unique_key != late.unique_key
    objections.decide_objection(world.actor("a_reviewer"), filed, False, "不属实", now=NOW)
    assert list(jobs.reviews_to_decide(at[1])) == []


def test_a_paper_not_confirmed_for_three_days_is_brought_to_mind_until_it_is(world):
    served = make_service(world.person("a_mediator"))
    db.session.commit()
    assert list(jobs.papers_to_confirm(NOW + timedelta(days=2))) == []
    (found,) = jobs.papers_to_confirm(NOW + timedelta(days=3))
    assert (found.person_id, found.url) == (served.person_id, f"/served/{served.public_id}")
    service.confirm_receipt(world.actor("a_mediator"), served, now=NOW)
    assert list(jobs.papers_to_confirm(NOW + timedelta(days=3))) == []


def test_what_the_site_names_itself_is_said_in_the_readers_language(world, app):
    person, title = world.person("a_mediator"), Words("%(year)s 年度考核等次", {"year": 2026})
    served = service.serve(world.actor("a_hr"), person, person, title, Method.SITE, now=NOW)
    panel = service.appoint_panel(world.actor("a_hr"), person.org, person, title, [person], now=NOW)
    filed = objections.file_objection(
        world.actor("a_mediator"), person.org, ObjectionKind.APPEAL, person, title, "分数有误",
        concerned=person, filer=person.name, phone="", window_opened=NOW, window_workdays=5,
        now=NOW,
    )  # fmt: skip
    db.session.commit()
    db.session.expire_all()
    told = db.session.scalars(sa.select(Notice).where(Notice.person_id == person.id)).all()
    with app.test_request_context():
        assert {say(r.words) for r in (served, panel, filed)} == {"2026 年度考核等次"}
        assert "2026 年度考核等次" in repr(documents.service_receipt(served, Order(NOW)))
        with force_locale("en"):
            english = "Grade of the 2026 annual appraisal"
            assert {say(r.words) for r in (served, panel, filed)} == {english}
            assert len(told) == 2
            assert all(english in say(inbox.words(notice)) for notice in told)


def test_a_title_kept_before_stands_as_it_is(world, app):
    served = make_service(world.person("a_mediator"))
    db.session.commit()
    with app.test_request_context(), force_locale("en"):
        assert served.title_params == {}
        assert say(served.words) == "年度考核结果通知"


def test_the_proof_of_service_has_no_day_of_the_week(world, app):
    served = make_service(world.person("a_mediator"))
    db.session.commit()
    with app.test_request_context():
        paper = repr(documents.service_receipt(served, Order(NOW)))
    assert "年11月" in paper
    assert "周" not in paper

"""Pages of recruitment and appointment: the way through, each refusal, strangers, English."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from babel.messages.pofile import read_po
from flask_babel import force_locale

from tests.support.certificates import make_certificate
from tests.support.employment import make_appointment, make_case, make_opening, seat_panel
from tests.support.queries import counting
from tests.support.rosters import identity
from tests.support.world import NOW, make_person, post
from training.core import clock
from training.core.db import db
from training.core.documents import registry
from training.core.documents.definition import SignBlock
from training.core.documents.registry import Order
from training.employment import queries
from training.employment.appointment_models import Appointment
from training.employment.models import Opening, RecruitmentCase
from training.employment.rules.appointment import AppointmentState
from training.employment.rules.eligibility import Quality
from training.employment.rules.recruitment import RecruitmentState
from training.people.models import Account
from training.people.rules.person import Sex

ROOT = Path(__file__).resolve().parents[2]
GOOD = "river lamp 47 orange"


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.get_data(as_text=True)))


@pytest.fixture
def opening(app):
    made = make_opening()
    db.session.commit()
    return made.public_id


def filled(**changes):
    return {
        "name": "王小应", "id_number": identity(7), "phone": "19900000007",
        "education": "bachelor", "speciality": "", "password": GOOD, "password_again": GOOD,
        "route": "open_recruitment", "recommender": "", "statement": "我愿意。",
        "truthful": "y",
    } | changes  # fmt: skip


def test_anybody_reads_announcements_but_not_plans(app, opening):
    draft = make_opening(state=RecruitmentState.DRAFT, approved_by=None, approved_at=None)
    db.session.commit()
    visitor, hidden = app.test_client(), draft.public_id
    assert "2026年专职人民调解员选聘" in text_of(visitor.get("/recruitment"))
    assert visitor.get(f"/recruitment/{opening}").status_code == 200
    assert visitor.get(f"/recruitment/{hidden}").status_code == 404
    assert visitor.get(f"/recruitment/{hidden}/apply").status_code == 404


def test_a_visitor_applies_logs_in_and_follows_the_application(app, opening):
    visitor = app.test_client()
    sent = post(visitor, f"/recruitment/{opening}/apply", filled())
    assert sent.status_code == 303
    assert db.session.query(RecruitmentCase).count() == 1
    entered = post(visitor, "/login", {"name": "19900000007", "password": GOOD})
    assert entered.status_code == 303
    page = text_of(visitor.get("/my/applications"))
    assert "已提交报名" in page
    assert "人事部门将审查您的资格" in page


def test_the_answer_does_not_tell_whether_the_phone_is_known(app, opening):
    address = f"/recruitment/{opening}/apply"
    first = post(app.test_client(), address, filled())
    again = post(app.test_client(), address, filled(id_number=identity(8), name="别某"))
    assert (first.status_code, first.location) == (again.status_code, again.location)
    assert db.session.query(RecruitmentCase).count() == 1
    known = db.session.query(Account).filter(Account.username.like("p%")).count()
    assert known == 1


def test_a_double_click_applies_once(app, opening):
    visitor = app.test_client()
    data = filled(_key="k" * 24)
    for _ in range(2):
        assert post(visitor, f"/recruitment/{opening}/apply", data).status_code == 303
    assert db.session.query(RecruitmentCase).count() == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"id_number": identity(7)[:-1]}, "身份证号"),
        ({"phone": "0898-66501234"}, "座机不能用来登录"),
        ({"password": "19900000007", "password_again": "19900000007"}, "密码"),
        ({"password_again": "x"}, "两次填写的密码不一样"),
        ({"truthful": ""}, "请先作出承诺"),
        ({"route": "organisation_recommendation"}, "请附上推荐单位的推荐材料"),
    ],
)
def test_what_is_wrong_stands_beside_the_field_and_nothing_is_entered(app, opening, changes, words):
    data = filled(**changes)
    if not data["truthful"]:
        del data["truthful"]
    response = post(app.test_client(), f"/recruitment/{opening}/apply", data)
    assert response.status_code == 422
    assert words in text_of(response)
    assert "我愿意。" in response.get_data(as_text=True)
    assert db.session.query(RecruitmentCase).count() == 0


def test_a_role_smuggled_into_the_application_is_refused(app, opening):
    data = filled() | {"role": "admin"}
    response = post(app.test_client(), f"/recruitment/{opening}/apply", data)
    assert response.status_code == 422
    assert "UNKNOWN_FIELD" in response.get_data(as_text=True)


def test_hr_draws_up_the_approver_approves_and_hr_announces(world, browser_for):
    hr, approver = browser_for(world.account("a_hr")), browser_for(world.account("a_approver"))
    unit = world.org("甲区一街社区调委会").public_id
    data = {
        "title": "社区调解员选聘", "title_en": "", "org": unit, "service_kind": "full_time",
        "post_kind": "rural", "positions": "2", "routes": ["open_recruitment"],
        "body": "条件", "office": "人事科", "telephone": "0898-1",
        "closes_on": "2099-01-01",
    }  # fmt: skip
    assert post(hr, "/employment/openings/new", data | {"routes": []}).status_code == 422
    assert post(hr, "/employment/openings/new", data).status_code == 303
    made = db.session.scalars(sa.select(Opening)).one()
    address = f"/employment/openings/{made.public_id}"
    assert post(hr, f"{address}/approve").status_code == 404
    assert post(approver, f"{address}/approve").status_code == 303
    assert post(approver, f"{address}/approve").status_code == 409
    assert post(hr, f"{address}/announce").status_code == 303
    assert db.session.scalars(sa.select(Opening)).one().state is RecruitmentState.OPEN


def test_an_announcement_is_changed_and_called_off_before_the_eyes_of_applicants(
    world, browser_for, opening
):
    found = db.session.scalars(sa.select(Opening)).one()
    make_case(world.person("a_committee"), found)
    db.session.commit()
    address, hr = f"/employment/openings/{opening}", browser_for(world.account("a_hr"))
    assert f"{address}/change" in hr.get(address).get_data(as_text=True)
    sent = {
        "title": found.title, "title_en": found.title_en, "body": found.body, "positions": "3",
        "office": found.office, "telephone": "0898-66511111",
        "closes_on": found.closes_on.isoformat(), "reason": "电话有误",
    }  # fmt: skip
    assert post(hr, f"{address}/change", sent | {"reason": ""}).status_code == 422
    early = post(hr, f"{address}/change", sent | {"closes_on": clock.today().isoformat()})
    assert early.status_code == 422
    assert "最早定在" in text_of(early)
    assert post(hr, f"{address}/change", sent).status_code == 303
    own = browser_for(world.account("a_committee"))
    page = text_of(own.get(f"/recruitment/{opening}"))
    assert "受理电话：0898-66500000 → 0898-66511111" in page
    assert "电话有误" in page
    assert world.person("a_hr").name not in page
    assert world.person("a_hr").name in text_of(hr.get(address))
    assert post(hr, f"{address}/call-off", {"reason": ""}).status_code == 422
    assert post(hr, f"{address}/call-off", {"reason": "编制调整"}).status_code == 303
    mine = text_of(own.get("/my/applications"))
    assert "取消选聘的理由 编制调整" in mine
    assert "不计为未通过" in mine
    public = own.get(f"/recruitment/{opening}").get_data(as_text=True)
    assert "选聘已取消" in public
    assert f"/recruitment/{opening}/apply" not in public
    assert "选聘已取消" in text_of(own.get("/recruitment"))
    after = hr.get(address).get_data(as_text=True)
    assert f"{address}/change" not in after
    assert f"{address}/call-off" not in after
    assert post(hr, f"{address}/change", sent | {"positions": "4"}).status_code == 422
    stranger = browser_for(world.account("b_hr"))
    assert post(stranger, f"{address}/call-off", {"reason": "x"}).status_code == 404


def assessed(**changes):
    return {str(q): "1" for q in Quality} | {"citizen": "1", "note": "齐全"} | changes


def test_hr_assesses_and_the_applicant_reads_the_reason_and_appeals(world, browser_for):
    case = make_case(world.person("a_committee"))
    db.session.commit()
    hr = browser_for(world.account("a_hr"))
    address, name = f"/employment/cases/{case.public_id}", case.public_id
    assert post(hr, f"{address}/assess", {"fair": "1"}).status_code == 422
    assert post(hr, f"{address}/assess", assessed(fair="0")).status_code == 303
    page = text_of(hr.get(address))
    assert "不符合「公道正派」" in page
    assert "《人民调解法》第十四条" in page
    assert post(hr, f"{address}/shortlist").status_code == 409
    assert post(hr, f"{address}/reject", {"reason": "走访有反映"}).status_code == 303
    own = browser_for(world.account("a_committee"))
    mine = text_of(own.get("/my/applications"))
    assert "走访有反映" in mine
    assert "不符合「公道正派」" in mine
    appeal = f"/my/applications/{name}/appeal"
    assert post(own, appeal, {"reason": "…"}).status_code == 422
    assert post(own, appeal, {"reason": "与事实不符"}).status_code == 303
    assert "您已于" in text_of(own.get("/my/applications"))
    assert own.get(address).status_code == 404


def test_hr_takes_a_step_back_with_a_reason_that_the_history_keeps(world, browser_for):
    case = make_case(state=RecruitmentState.SHORTLISTED)
    db.session.commit()
    address = f"/employment/cases/{case.public_id}"
    hr = browser_for(world.account("a_hr"))
    assert f"{address}/reconsider" in hr.get(address).get_data(as_text=True)
    assert post(hr, f"{address}/reconsider", {"reason": ""}).status_code == 422
    assert post(hr, f"{address}/reconsider", {"reason": "学历证明有误"}).status_code == 303
    page = hr.get(address)
    assert "退回重新办理" in text_of(page)
    assert "学历证明有误" in text_of(page)
    assert f"{address}/reconsider" not in page.get_data(as_text=True)
    assert post(hr, f"{address}/reconsider", {"reason": "再退"}).status_code == 409
    stranger = browser_for(world.account("b_hr"))
    assert post(stranger, f"{address}/reconsider", {"reason": "x"}).status_code == 404


def test_the_stranger_of_another_district_sees_nothing(world, browser_for):
    case, made = make_case(), make_appointment()
    db.session.commit()
    addresses = (
        f"/employment/cases/{case.public_id}",
        f"/employment/openings/{case.opening.public_id}",
        f"/employment/appointments/{made.public_id}",
    )
    stranger = browser_for(world.account("b_hr"))
    assert [stranger.get(a).status_code for a in addresses] == [404, 404, 404]
    assert "应聘某" not in text_of(stranger.get("/employment/cases"))


def test_a_panel_member_scores_whom_the_panel_interviews(world, browser_for):
    case = make_case(state=RecruitmentState.INTERVIEW)
    seat_panel(case.opening, world.person("a_panel"))
    db.session.commit()
    member, name = browser_for(world.account("a_panel")), case.public_id
    assert "待评分" in text_of(member.get("/my/interviews"))
    address = f"/my/interviews/{name}"
    assert post(member, address, {"score": "101"}).status_code == 422
    assert post(member, address, {"score": "85.5", "comment": "好"}).status_code == 303
    (score,) = queries.scores_of(db.session.scalars(sa.select(RecruitmentCase)).one()).values()
    assert score.score == 8550


def terms(world, **changes):
    return {
        "org": world.org("甲区一街社区调委会").public_id, "kind": "engaged",
        "service_kind": "full_time", "term_start": clock.today().isoformat(),
        "resolution": "决议3号", "resolved_on": clock.today().isoformat(), "reason": "合格",
        "engagement": "none",
    } | changes  # fmt: skip


def test_a_full_time_proposal_without_a_certificate_says_why_and_where_to_mend(world, browser_for):
    person = world.person("a_mediator").public_id
    hr = browser_for(world.account("a_hr"))
    response = post(hr, f"/employment/people/{person}/appoint", terms(world))
    assert response.status_code == 422
    assert "专职岗位须持有有效的岗前培训考核合格证书" in text_of(response)
    assert "依据：须持证上岗的岗位" in text_of(response)
    assert 'href="/certificates/"' in response.get_data(as_text=True)
    assert db.session.query(Appointment).count() == 0


def test_proposal_approval_filing_and_taking_the_post(world, browser_for):
    person = world.person("a_mediator")
    make_certificate(person)
    db.session.commit()
    hr, approver = browser_for(world.account("a_hr")), browser_for(world.account("a_approver"))
    name = person.public_id
    assert post(hr, f"/employment/people/{name}/appoint", terms(world)).status_code == 303
    made = db.session.scalars(sa.select(Appointment)).one()
    address = f"/employment/appointments/{made.public_id}"
    assert "甲调解员" in text_of(approver.get("/employment/to-decide"))
    assert post(approver, f"{address}/approve", {"seen": "old"}).status_code == 409
    seen = re.search(r'name="seen" value="(\w+)"', approver.get(address).get_data(as_text=True))
    assert post(approver, f"{address}/approve", {"seen": seen[1]}).status_code == 303
    assert post(hr, f"{address}/file", {"filing": ""}).status_code == 422
    assert post(hr, f"{address}/file", {"filing": "备案12号"}).status_code == 303
    assert post(hr, f"{address}/begin").status_code == 303
    db.session.expire_all()
    assert db.session.scalars(sa.select(Appointment)).one().state is AppointmentState.IN_TERM
    own = browser_for(world.account("a_mediator"))
    assert "任期内" in text_of(own.get(address))


def test_lists_ask_no_more_of_the_database_when_they_grow(world, browser_for):
    hr, opening = browser_for(world.account("a_hr")), make_opening()
    pages = ("/employment/cases", f"/employment/openings/{opening.public_id}",
             "/employment/openings", "/employment/appointments",
             "/employment/appointments/people", "/recruitment")  # fmt: skip
    asked = []
    for size in (2, 9):
        for n in range(size):
            make_case(opening=opening)
            make_appointment(make_person(f"任某{n}"))
            make_opening()
        db.session.commit()
        for page in pages:
            with counting() as count:
                assert hr.get(page).status_code == 200
            asked.append(len(count))
    assert asked[: len(pages)] == asked[len(pages) :]


def test_the_papers_say_what_they_are_about_in_both_languages(app, world):
    person = world.person("a_mediator")
    person.sex = Sex.FEMALE
    case, made = make_case(person), make_appointment(person)
    seat_panel(case.opening, world.person("a_panel"))
    db.session.commit()
    subjects = {
        "opening_notice": case.opening, "application_form": case, "qualification_form": case,
        "interview_sheet": case, "appointment_approval": made, "appointment_letter": made,
    }  # fmt: skip
    for kind, subject in subjects.items():
        paper = registry.find(kind)
        assert paper is not None
        with app.test_request_context():
            document = paper.build(subject, Order(NOW))
        words = repr(document)
        assert document.title
        named = case.opening.title if kind == "opening_notice" else person.name
        assert named in words
    with app.test_request_context(), force_locale("en"):
        found = registry.find("appointment_letter")
        assert found is not None
        assert found.build(made, Order(NOW, english=True)).title == "Letter of appointment"


def test_the_pages_speak_english(world, browser_for, opening):
    hr = browser_for(world.account("a_hr"))
    hr.set_cookie("lang", "en")
    assert "Recruitment" in text_of(hr.get("/employment/cases"))
    page = hr.get(f"/recruitment/{opening}/apply").get_data(as_text=True)
    assert not re.search(r"<label[^>]*>[一-鿿]", page)


def test_every_word_of_the_room_is_said_in_english():
    path = ROOT / "training/employment/translations/en/LC_MESSAGES/messages.po"
    catalogue = read_po(path.open("rb"))
    assert [m.id for m in catalogue if m.id and (not m.string or m.fuzzy)] == []


def test_recruitment_speaks_of_applications_in_english(app, opening):
    visitor = app.test_client()
    assert post(visitor, f"/recruitment/{opening}/apply", filled()).status_code == 303
    assert post(visitor, "/login", {"name": "19900000007", "password": GOOD}).status_code == 303
    visitor.set_cookie("lang", "en")
    assert "Open for applications" in text_of(visitor.get("/recruitment"))
    page = text_of(visitor.get("/my/applications"))
    assert "Applied" in page
    assert "igned up" not in page


def test_papers_of_recruitment_and_appointment_have_their_places_to_sign(app, world):
    person = world.person("a_mediator")
    case, made = make_case(person), make_appointment(person)
    db.session.commit()

    def roles(kind, subject):
        with app.test_request_context():
            document = registry.find(kind).build(subject, Order(NOW))
        return [b.role for b in document.blocks if isinstance(b, SignBlock)]

    assert roles("appointment_approval", made) == [
        "经办人意见", "调委会意见", "科室意见", "分管领导意见", "备案意见",
    ]  # fmt: skip
    assert roles("qualification_form", case) == ["审查人意见", "科室意见", "分管领导意见"]
    assert roles("interview_sheet", case) == ["组长签字", "记录人"]


def test_papers_of_recruitment_name_rules_and_not_keys(app, world):
    case = make_case(world.person("a_mediator"), skills=["computer"])
    db.session.commit()
    with app.test_request_context():
        form = repr(registry.find("qualification_form").build(case, Order(NOW)))
        notice = registry.find("opening_notice").build(case.opening, Order(NOW))
    assert "《中华人民共和国人民调解法》第十四条" in form
    assert "eligibility." not in form
    assert notice.title == f"{case.opening.title}公告"

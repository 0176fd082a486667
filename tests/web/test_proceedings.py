"""Pages of notices, objections, service and panels."""

import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from babel.messages.pofile import read_po

from tests.support.proceedings import (
    DECIDERS,
    make_notice,
    make_objection,
    make_panel,
    make_service,
)
from tests.support.queries import counting
from tests.support.world import make_account, make_person, post
from training.core import clock
from training.core.db import db
from training.core.limits import limiter
from training.core.rules.roles import Role
from training.core.rules.words import Words
from training.people.models import Account
from training.proceedings import service
from training.proceedings.models import Objection, PanelSeat, ServiceReceipt
from training.proceedings.rules.lifecycle import Method, ObjectionState

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _deciders():
    DECIDERS.persons, DECIDERS.decided, DECIDERS.panels = set(), [], False
    limiter.reset()


@pytest.fixture
def notice(world):
    return make_notice(now=clock.now())


@pytest.fixture
def visitor(app):
    return app.test_client()


def text_of(response):
    return re.sub(r"<[^>]+>", " ", response.get_data(as_text=True))


def _objection_fields(notice, **more):
    return {
        "about": str(notice.names[0].id),
        "text": "本人曾被投诉",
        "filer": "王某",
        "phone": "19900000009",
    } | more


def test_anybody_reads_a_running_notice_and_objects_to_it(visitor, notice):
    assert notice.title in text_of(visitor.get("/notices"))
    page = text_of(visitor.get(f"/notices/{notice.public_id}"))
    assert "甲调解员" in page
    assert "0898-00000000" in page
    assert "提出异议" in page
    url = f"/notices/{notice.public_id}/object"
    assert visitor.get(url).status_code == 200
    fields = _objection_fields(notice, _key="a" * 24)
    for _ in range(2):
        response = post(visitor, url, dict(fields))
        assert response.status_code == 303
    assert len(db.session.scalars(sa.select(Objection)).all()) == 1
    assert "受理编号" in text_of(visitor.get(response.headers["Location"]))


def test_an_objection_without_reason_or_name_comes_back_with_what_was_typed(visitor, notice):
    response = post(
        visitor, f"/notices/{notice.public_id}/object", _objection_fields(notice, filer="", text="")
    )
    assert response.status_code == 422
    page = response.get_data(as_text=True)
    assert "请写明事实和理由" in page
    assert "请填写姓名或者单位" in page
    assert "19900000009" in page


def test_an_address_may_object_only_so_often(visitor, notice):
    url = f"/notices/{notice.public_id}/object"
    for n in range(5):
        assert post(visitor, url, _objection_fields(notice, text=f"第{n}件")).status_code == 303
    assert post(visitor, url, _objection_fields(notice, text="又一件")).status_code == 429


def test_names_leave_the_public_page_when_a_notice_is_withdrawn(
    visitor, notice, world, browser_for
):
    hr, url = browser_for(world.account("a_hr")), f"/notices/{notice.public_id}"
    assert post(hr, f"{url}/withdraw").status_code == 422
    assert post(hr, f"{url}/withdraw", {"reason": "名单有误"}).status_code == 303
    assert "甲调解员" not in text_of(visitor.get(url))
    assert "甲调解员" in text_of(hr.get(url))
    page = text_of(visitor.get(f"{url}/object"))
    assert "现在不能提出异议" in page
    assert post(visitor, f"{url}/object", _objection_fields(notice)).status_code == 409
    stranger = browser_for(world.account("b_hr"))
    assert post(stranger, f"{url}/withdraw", {"reason": "越权"}).status_code == 404


def test_an_objection_is_assigned_and_decided_by_somebody_else(world, browser_for):
    filed = make_objection(world.person("a_trainer"))
    db.session.commit()
    url, hr = f"/objections/{filed.public_id}", browser_for(world.account("a_hr"))
    page = text_of(hr.get(url))
    assert "与事实不符" in page
    assert "指定复核人" in page
    assert post(hr, f"{url}/assign").status_code == 422
    reviewer = world.person("a_reviewer").public_id
    DECIDERS.persons = {world.person("a_reviewer").id}
    assert post(hr, f"{url}/assign", {"reviewer": reviewer}).status_code == 403
    DECIDERS.persons = set()
    assert post(hr, f"{url}/assign", {"reviewer": reviewer}).status_code == 303
    assert post(hr, f"{url}/decide", {"outcome": "upheld", "reason": "好"}).status_code == 404
    judge = browser_for(world.account("a_reviewer"))
    assert post(judge, f"{url}/decide", {"outcome": "upheld", "reason": ""}).status_code == 422
    decision = {"outcome": "dismissed", "reason": "经查不属实"}
    assert post(judge, f"{url}/decide", dict(decision)).status_code == 303
    assert post(judge, f"{url}/decide", dict(decision)).status_code == 409
    db.session.expire_all()
    assert db.session.get(Objection, filed.id).state is ObjectionState.DISMISSED
    own = text_of(browser_for(world.account("a_trainer")).get(url))
    assert "经查不属实" in own


def test_another_reviewer_is_named_on_the_page_with_a_reason(world, browser_for):
    filed = make_objection()
    second = make_person("复核员乙", world.org("甲区司法局"))
    make_account(second, Role.REVIEWER, world.org("甲区司法局"), username="second_reviewer")
    db.session.commit()
    url, hr = f"/objections/{filed.public_id}", browser_for(world.account("a_hr"))
    first = {"reviewer": world.person("a_reviewer").public_id}
    assert post(hr, f"{url}/assign", first).status_code == 303
    assert "更换复核人" in text_of(hr.get(url))
    assert post(hr, f"{url}/assign", {"reviewer": second.public_id}).status_code == 422
    change = {"reviewer": second.public_id, "reason": "原复核人休假"}
    assert post(hr, f"{url}/assign", change).status_code == 303
    page = text_of(hr.get(url))
    assert "由甲reviewer改为复核员乙" in page
    assert "原复核人休假" in page


def test_whom_an_objection_is_against_never_learns_who_filed_it(world, browser_for):
    filed = make_objection(concerned_id=world.person("a_hr").id)
    db.session.commit()
    hr = browser_for(world.account("a_hr"))
    assert hr.get(f"/objections/{filed.public_id}").status_code == 404
    assert "拟评优秀" not in text_of(hr.get("/objections"))
    assert "拟评优秀" in text_of(browser_for(world.account("a_reviewer")).get("/objections"))


def test_the_list_of_objections_does_not_ask_more_for_more_rows(world, browser_for):
    make_objection()
    db.session.commit()
    hr = browser_for(world.account("a_hr"))
    hr.get("/objections")
    with counting() as few:
        hr.get("/objections")
    for _ in range(6):
        make_objection()
    db.session.commit()
    with counting() as many:
        assert "共 7 件" in text_of(hr.get("/objections?open=1"))
    assert len(many) == len(few)


def test_the_public_list_does_not_ask_more_for_more_rows(visitor, notice):
    visitor.get("/notices")
    with counting() as few:
        visitor.get("/notices")
    for n in range(5):
        make_notice(now=clock.now(), title=f"公示 {n}")
    with counting() as many:
        assert "公示 4" in text_of(visitor.get("/notices"))
    assert len(many) == len(few)


def test_a_person_confirms_what_was_served_and_others_do_not(world, browser_for):
    served = make_service(world.person("a_mediator"))
    db.session.commit()
    url = f"/served/{served.public_id}"
    me, hr = browser_for(world.account("a_mediator")), browser_for(world.account("a_hr"))
    assert "确认收到" in text_of(me.get(url))
    assert "未签收" in text_of(hr.get("/served"))
    assert post(hr, f"{url}/confirm").status_code == 404
    assert post(me, f"{url}/confirm").status_code == 303
    assert post(me, f"{url}/confirm").status_code == 303
    assert len(db.session.scalars(sa.select(ServiceReceipt)).all()) == 1
    assert "年度考核结果通知" in text_of(hr.get("/served?receipt=received"))
    assert browser_for(world.account("b_hr")).get(url).status_code == 404


def test_the_list_of_services_does_not_ask_more_for_more_rows(world, browser_for):
    make_service(world.person("a_mediator"))
    db.session.commit()
    hr = browser_for(world.account("a_hr"))
    hr.get("/served")
    with counting() as few:
        hr.get("/served")
    for name in ("a_trainer", "a_proctor", "a_panel"):
        make_service(world.person(name))
    db.session.commit()
    with counting() as many:
        hr.get("/served")
    assert len(many) == len(few)


def test_a_panel_member_declares_on_the_page(world, browser_for):
    panel = make_panel(people=[world.person("a_panel"), world.person("a_approver")])
    db.session.commit()
    url, member = f"/panels/{panel.public_id}", browser_for(world.account("a_panel"))
    assert "我的声明" in text_of(member.get(url))
    assert "我的声明" not in text_of(browser_for(world.account("a_hr")).get(url))
    assert post(member, f"{url}/declare").status_code == 422
    assert post(member, f"{url}/declare", {"conflict": "yes", "text": ""}).status_code == 422
    assert post(member, f"{url}/declare", {"conflict": "no"}).status_code == 303
    assert post(member, f"{url}/declare", {"conflict": "no"}).status_code == 409
    seat = db.session.scalars(
        sa.select(PanelSeat).where(PanelSeat.person_id == world.person("a_panel").id)
    ).one()
    assert seat.conflict is False
    assert browser_for(world.account("b_panel")).get(url).status_code == 404


def test_a_panel_member_corrects_a_declaration_on_the_page(world, browser_for):
    panel = make_panel(people=[world.person("a_panel"), world.person("a_approver")])
    db.session.commit()
    url, member = f"/panels/{panel.public_id}", browser_for(world.account("a_panel"))
    assert "更正我的声明" not in text_of(member.get(url))
    post(member, f"{url}/declare", {"conflict": "no"})
    assert "更正我的声明" in text_of(member.get(url))
    fields = {"conflict": "yes", "text": "表亲", "reason": ""}
    assert post(member, f"{url}/declare/correct", fields).status_code == 422
    fields["reason"] = "漏报亲属关系"
    assert post(member, f"{url}/declare/correct", fields).status_code == 303
    page = text_of(member.get(url))
    for part in ("表亲", "参加评审，更正理由：漏报亲属关系"):
        assert part in page
    DECIDERS.panels = True
    assert "声明不能再更正" in text_of(member.get(url))
    again = {"conflict": "no", "text": "", "reason": "没有关系"}
    assert post(member, f"{url}/declare/correct", again).status_code == 409


def test_a_role_smuggled_into_the_form_is_refused(visitor, notice):
    url = f"/notices/{notice.public_id}/object"
    assert post(visitor, url, _objection_fields(notice, reviewer="me")).status_code == 422
    assert db.session.scalars(sa.select(Objection)).all() == []


def test_the_pages_speak_english(world, browser_for, notice):
    filed, served = make_objection(), make_service(world.person("a_mediator"))
    panel = make_panel(people=[world.person("a_hr")])
    db.session.execute(sa.update(Account).where(Account.username == "a_hr").values(language="en"))
    db.session.commit()
    hr = browser_for(world.account("a_hr"))
    for url, words in {
        "/notices": "Public notices",
        f"/notices/{notice.public_id}": "Notice period",
        f"/notices/{notice.public_id}/object": "Submit objection",
        "/objections": "Objections and appeals",
        f"/objections/{filed.public_id}": "Name the reviewer",
        "/served": "Receipt not confirmed",
        f"/served/{served.public_id}": "Proof of service",
        f"/panels/{panel.public_id}": "My declaration",
    }.items():
        assert words in text_of(hr.get(url)), url


def test_every_word_has_an_english_text():
    path = ROOT / "training/proceedings/translations/en/LC_MESSAGES/messages.po"
    with path.open("rb") as source:
        assert [m.id for m in read_po(source) if m.id and (m.fuzzy or not m.string)] == []


def test_english_readers_find_what_the_site_names_in_english(world, browser_for):
    person, title = world.person("a_mediator"), Words("%(year)s 年度考核等次", {"year": 2026})
    served = service.serve(world.actor("a_hr"), person, person, title, Method.SITE, now=clock.now())
    panel = service.appoint_panel(
        world.actor("a_hr"), person.org, person, title, [person], now=clock.now()
    )
    filed = make_objection(person, matter_title=title.message, matter_params=title.params)
    db.session.commit()
    pages = (
        "/served", f"/served/{served.public_id}", f"/panels/{panel.public_id}", "/objections",
        f"/objections/{filed.public_id}", "/inbox",
    )  # fmt: skip
    client = browser_for(world.account("a_mediator"))
    for page in pages:
        assert "2026 年度考核等次" in text_of(client.get(page)), page
    client.set_cookie("lang", "en")
    for page in pages:
        shown = text_of(client.get(page))
        assert "rade of the 2026 annual appraisal" in shown, page
        assert "年度考核等次" not in shown, page

"""Pages of renewals, departures and exit reviews: the whole way in a browser, refusals, strangers."""

from __future__ import annotations

import io
import json
import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook

from tests.support.exits import (
    AFTER_APPEAL,
    LINE,
    PANEL,
    exit_at,
    handed_over,
    in_term,
    renewal_due,
    seat,
)
from tests.support.queries import counting
from tests.support.world import NOW, make_account, make_person, post
from training.core import clock
from training.core.db import db
from training.core.documents import registry
from training.core.documents.registry import Order
from training.core.models import AuditEntry
from training.core.rules.roles import Role
from training.employment import exit_queries, exits
from training.employment.appointment_models import Appointment
from training.employment.exit_models import ExitReview
from training.employment.rules.appointment import AppointmentState
from training.employment.rules.exit_gates import ExitGround
from training.employment.rules.exit_review import ExitState
from training.people import roles
from training.people.models import Account
from training.people.rules.person import Standing
from training.proceedings.models import Objection, Panel

S, A = ExitState, AppointmentState


@pytest.fixture(autouse=True)
def _then(monkeypatch):
    """The pages' clock stands on the day of these tests."""
    set_clock(monkeypatch, NOW)


def set_clock(monkeypatch, moment):
    monkeypatch.setattr(clock, "now", lambda: moment)


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.get_data(as_text=True)))


def only(model):
    return db.session.scalars(sa.select(model)).one()


def seen(review):
    return exit_queries.file_of(db.session.get(ExitReview, review)).version


def test_an_exit_goes_its_whole_way_through_the_pages(world, browser_for, monkeypatch):
    appointment = in_term()
    db.session.commit()
    hr, approver = browser_for(world.account("a_hr")), browser_for(world.account("a_approver"))
    own, reviewer = (
        browser_for(world.account("a_mediator")),
        browser_for(world.account("a_reviewer")),
    )
    start = f"/employment/appointments/{appointment.public_id}/exit"
    assert hr.get(start).status_code == 200
    bare = post(hr, start, {"grounds": [], "proposal": "两年不称职。", "evidence": ""})
    assert bare.status_code == 422
    assert "请选择事由" in text_of(bare)
    assert "两年不称职。" in bare.text
    sent = post(
        hr, start, {"grounds": ["two_unfit"], "proposal": "两年不称职。", "evidence": "登记表"}
    )
    assert sent.status_code == 303
    review = only(ExitReview)
    key, here, mine = (
        review.id,
        f"/employment/exits/{review.public_id}",
        f"/my/exit/{review.public_id}",
    )
    assert own.get(mine).status_code == 404, "a draft is not there for the person"
    assert "送达材料" in text_of(hr.get(here))
    assert post(hr, f"{here}/serve", {"method": "site"}).status_code == 303
    assert "请阅看送达您的材料" in text_of(own.get("/"))
    assert "前可以陈述申辩" in text_of(own.get(mine))
    assert post(own, f"{mine}/statement", {"text": "…"}).status_code == 422
    assert post(own, f"{mine}/statement", {"text": "当时在住院。"}).status_code == 303
    page = text_of(hr.get(here))
    assert "当时在住院。" in page
    people = [world.person(p).public_id for p in PANEL]
    assert post(hr, f"{here}/panel", {"members": people[:2]}).status_code == 303
    undeclared = post(hr, f"{here}/convene")
    assert undeclared.status_code == 409
    panel = only(Panel)
    for who in PANEL[:2]:
        member = browser_for(world.account(who))
        assert (
            post(member, f"/panels/{panel.public_id}/declare", {"conflict": "no"}).status_code
            == 303
        )
    assert post(hr, f"{here}/convene").status_code == 409
    seat(db.session.get(ExitReview, key), NOW)
    assert post(hr, f"{here}/convene").status_code == 303
    member = browser_for(world.account(PANEL[0]))
    assert post(member, f"{here}/opinion", {"text": "一致建议解聘。"}).status_code == 303
    assert "一致建议解聘。" in text_of(approver.get("/employment/to-decide") and approver.get(here))
    decision = {"outcome": "end", "reason": "补训后没有改进。", "resolution": "第9次会议决议",
                "seen": seen(key)}  # fmt: skip
    missing = post(approver, f"{here}/decide", decision | {"resolution": ""})
    assert missing.status_code == 409
    assert "补训后没有改进。" in missing.text
    assert post(approver, f"{here}/decide", decision).status_code == 303
    again = post(approver, f"{here}/decide", decision)
    assert again.status_code == 409
    assert "ALREADY_DECIDED" in again.text
    assert "补训后没有改进。" not in own.get(mine).text, "not served yet"
    assert post(hr, f"{here}/serve", {"method": "site"}).status_code == 303
    assert "补训后没有改进。" in own.get(mine).text
    assert post(own, f"{mine}/appeal", {"reason": "程序有误。"}).status_code == 303
    filed = only(Objection)
    assert post(hr, f"/objections/{filed.public_id}/assign",
                {"reviewer": world.person("a_reviewer").public_id}).status_code == 303  # fmt: skip
    assert "异议与申诉等您复核" in text_of(reviewer.get("/"))
    assert post(reviewer, f"/objections/{filed.public_id}/decide",
                {"outcome": "dismissed", "reason": "程序合规。"}).status_code == 303  # fmt: skip
    assert db.session.get(ExitReview, key).state is S.HANDOVER
    row = {"item": "在办案件", "cases": "3", "receiver": "", "handed_on": "2026-11-24"}
    assert post(hr, f"{here}/lines", row).status_code == 422
    assert post(hr, f"{here}/lines", row | {"receiver": "同事甲"}).status_code == 303
    nothing = post(approver, f"{here}/papers", {})
    assert nothing.status_code == 409
    papers = {"card": "y", "ending": "cancelled", "revocation": ""}
    assert post(approver, f"{here}/papers", papers).status_code == 303
    assert world.person("a_mediator").standing is Standing.LEFT
    assert own.get(mine).status_code == 200, "who left still reads their own review"
    assert own.get("/my/file").status_code == 200
    assert "我的聘任" in text_of(own.get("/"))
    assert roles.held_by(world.person("a_mediator").id) == frozenset()
    assert post(hr, f"{here}/close").status_code == 303
    assert db.session.get(ExitReview, key).state is S.CLOSED


def test_a_renewal_goes_its_way_and_the_person_reads_the_new_term(world, browser_for):
    appointment = renewal_due(days=60)
    db.session.commit()
    here = f"/employment/appointments/{appointment.public_id}"
    hr, approver = browser_for(world.account("a_hr")), browser_for(world.account("a_approver"))
    assert "甲调解员" in text_of(hr.get("/employment/renewals"))
    picked = post(hr, "/employment/renewals/open", {"appointment": [appointment.public_id]})
    assert picked.status_code == 303
    page = text_of(hr.get(here))
    assert "续聘依据" in page
    assert "培训学时" in page
    form = {"opinion": "工作称职", "resolution": "第8次会议决议", "resolved_on": "2026-11-20",
            "engagement": "none", "agency": "", "contract_from": "", "contract_until": ""}  # fmt: skip
    bad = post(hr, f"{here}/renewal", form | {"engagement": "labour_dispatch"})
    assert bad.status_code == 422
    assert "工作称职" in bad.text
    assert post(hr, f"{here}/renewal", form).status_code == 303
    assert "甲调解员" in text_of(approver.get("/employment/to-decide"))
    token = re.search(r'name="seen" value="(\w+)"', approver.get(here).text)[1]
    assert post(hr, f"{here}/renew", {"reason": "同意", "seen": token}).status_code == 404
    assert post(approver, f"{here}/renew", {"reason": "", "seen": token}).status_code == 422
    data = {"reason": "三年称职。", "seen": token, "_key": "r" * 24}
    for _ in range(2):
        assert post(approver, f"{here}/renew", data).status_code == 303
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Appointment)) == 2
    own = text_of(browser_for(world.account("a_mediator")).get("/my/appointment"))
    assert "已续聘，新的任期自" in own


def test_a_person_resigns_on_their_own_page_and_hr_records_the_leaving(world, browser_for):
    appointment = in_term()
    db.session.commit()
    own, hr = browser_for(world.account("a_mediator")), browser_for(world.account("a_hr"))
    address = f"/my/appointment/{appointment.public_id}/resign"
    assert "辞任" in text_of(own.get("/my/appointment"))
    assert "我的聘任" in text_of(own.get("/my/file"))
    assert post(own, address, {"reason": "家中有事。"}).status_code == 422
    assert post(own, address, {"reason": "家中有事。", "sure": "y"}).status_code == 303
    here = f"/employment/appointments/{appointment.public_id}"
    assert "办理离岗" in text_of(hr.get(here))
    assert post(hr, f"{here}/settle", {"reason": ""}).status_code == 422
    assert post(hr, f"{here}/settle", {"reason": "本人辞任。"}).status_code == 303
    assert world.person("a_mediator").standing is Standing.LEFT
    assert "离岗已办理，不能撤销" in text_of(hr.get(here))
    assert "辞任不能撤回" in text_of(own.get("/my/appointment"))


def test_a_person_takes_a_resignation_back_on_their_own_page(world, browser_for):
    appointment = in_term()
    db.session.commit()
    own, address = (
        browser_for(world.account("a_mediator")),
        f"/my/appointment/{appointment.public_id}",
    )
    assert "撤回辞任" not in text_of(own.get("/my/appointment"))
    assert post(own, f"{address}/resign/withdraw", {"reason": "误点"}).status_code == 409
    post(own, f"{address}/resign", {"reason": "误点", "sure": "y"})
    assert "撤回辞任" in text_of(own.get("/my/appointment"))
    assert post(own, f"{address}/resign/withdraw", {"reason": ""}).status_code == 422
    assert post(own, f"{address}/resign/withdraw", {"reason": "误点"}).status_code == 303
    db.session.expire_all()
    assert db.session.get(Appointment, appointment.id).state is A.IN_TERM
    hr = browser_for(world.account("a_hr"))
    assert "本人撤回辞任" in text_of(hr.get(f"/employment/appointments/{appointment.public_id}"))


def test_a_lapsed_term_shows_as_lapsed_everywhere(world, browser_for, monkeypatch):
    appointment = renewal_due(days=3)
    db.session.commit()
    set_clock(monkeypatch, NOW + timedelta(days=4))
    hr, own = browser_for(world.account("a_hr")), browser_for(world.account("a_mediator"))
    assert "任期届满失效" in text_of(hr.get(f"/employment/appointments/{appointment.public_id}"))
    assert "任期届满失效" in text_of(hr.get("/employment/appointments?view=lapsed"))
    assert "任期已届满，没有续聘决定" in text_of(own.get("/my/appointment"))


def test_a_death_is_entered_corrected_and_confirmed_by_another(world, browser_for):
    appointment = in_term()
    db.session.commit()
    here = f"/employment/appointments/{appointment.public_id}"
    hr, approver = browser_for(world.account("a_hr")), browser_for(world.account("a_approver"))
    report = {"died_on": "2026-11-20", "proof": "死亡证明1号", "why": ""}
    assert post(hr, f"{here}/death", report | {"died_on": "2026-12-20"}).status_code == 422
    assert post(hr, f"{here}/death", report).status_code == 303
    assert post(hr, f"{here}/death", report).status_code == 422
    assert post(hr, f"{here}/death", report | {"why": "日期抄错"}).status_code == 303
    assert "甲调解员" in text_of(approver.get("/employment/to-decide"))
    assert post(approver, f"{here}/confirm-death", {"reason": "已核对"}).status_code == 303
    assert world.person("a_mediator").standing is Standing.LEFT


def test_recorded_terms_are_corrected_on_a_page(world, browser_for):
    appointment = in_term()
    db.session.commit()
    hr = browser_for(world.account("a_hr"))
    here = f"/employment/appointments/{appointment.public_id}"
    right = {"term_start": appointment.term_start.isoformat(), "resolution": "第4次会议决议",
             "resolved_on": "2026-05-01", "filing": "备案表1号", "engagement": "none", "agency": "",
             "contract_from": "", "contract_until": "", "reason": ""}  # fmt: skip
    assert post(hr, f"{here}/correct", right).status_code == 422
    assert post(hr, f"{here}/correct", right | {"reason": "决议号抄错"}).status_code == 303
    page = text_of(hr.get(here))
    assert "第4次会议决议" in page
    assert "推选或者聘任的决议原为调委会第3次会议决议" in page


def test_evidence_handover_and_entries_are_corrected_on_pages(world, browser_for):
    review = exit_at("stated")
    hr, own = browser_for(world.account("a_hr")), browser_for(world.account("a_mediator"))
    here = f"/employment/exits/{review.public_id}"
    (line,) = exit_queries.file_of(review).evidence
    address = f"{here}/evidence/{line.public_id}"
    assert post(hr, address, {"text": "更正的材料", "why": ""}).status_code == 422
    assert post(hr, address, {"text": "更正的材料", "why": "抄错"}).status_code == 303
    page = text_of(hr.get(here))
    assert "更正的材料" in page
    assert LINE.text in page
    assert "材料已更新，还没有送达本人" in page
    assert LINE.text in own.get(f"/my/exit/{review.public_id}").text, (
        "the person reads what was served"
    )
    said = exit_queries.file_of(db.session.get(ExitReview, review.id)).last("give_statement").event
    entry = f"{here}/entries/{said.public_id}"
    assert post(hr, entry, {"text": "他认错", "why": "x"}).status_code == 403
    assert post(own, entry, {"text": "补充：在住院。", "why": "漏写"}).status_code == 303
    assert "补充：在住院。" in text_of(own.get(f"/my/exit/{review.public_id}"))


def test_another_organisation_finds_nothing(world, browser_for):
    review = exit_at("opined")
    here = f"/employment/exits/{review.public_id}"
    for username in ("b_hr", "b_approver", "b_mediator", "b_panel", "a_committee"):
        stranger = browser_for(world.account(username))
        assert stranger.get(here).status_code == 404, username
        assert post(stranger, f"{here}/decide", {"outcome": "end"}).status_code == 404
        assert stranger.get(f"/my/exit/{review.public_id}").status_code == 404
        assert "甲调解员" not in stranger.get("/employment/exits").text
    hr = browser_for(world.account("a_hr"))
    assert hr.get("/employment/exits/" + "0" * 24).status_code == 404
    assert hr.get(f"{here}/evidence/{'0' * 24}").status_code == 404


def test_the_subject_who_is_an_officer_sees_their_own_page_only(world, browser_for):
    review = exit_at("served")
    make_account(world.person("a_mediator"), Role.HR, world.org("甲区司法局"), username="both")
    db.session.commit()
    both = browser_for(world.account("both"))
    moved = both.get(f"/employment/exits/{review.public_id}")
    assert moved.status_code == 303
    assert moved.location.endswith(f"/my/exit/{review.public_id}")
    assert review.public_id not in both.get("/employment/exits").text
    evidence = post(both, f"/employment/exits/{review.public_id}/evidence", {"text": "我的"})
    assert evidence.status_code == 403


def test_a_role_smuggled_into_a_decision_is_refused(world, browser_for):
    review = exit_at("opined")
    approver = browser_for(world.account("a_approver"))
    data = {"outcome": "end", "reason": "理由", "resolution": "决议", "seen": seen(review.id),
            "role": "admin"}  # fmt: skip
    response = post(approver, f"/employment/exits/{review.public_id}/decide", data)
    assert response.status_code == 422
    assert "UNKNOWN_FIELD" in response.text
    assert db.session.get(ExitReview, review.id).state is S.PANEL


def test_a_decision_on_a_file_that_has_changed_is_refused(world, browser_for):
    review = exit_at("opined")
    shown = seen(review.id)
    exits.add_evidence(world.actor("a_hr"), review, LINE, now=NOW)
    data = {"outcome": "retain", "reason": "理由", "resolution": "", "seen": shown}
    approver = browser_for(world.account("a_approver"))
    response = post(approver, f"/employment/exits/{review.public_id}/decide", data)
    assert response.status_code == 409
    assert "CHANGED" in response.text


def test_a_double_click_decides_once(world, browser_for):
    review = exit_at("opined")
    approver = browser_for(world.account("a_approver"))
    data = {"outcome": "end", "reason": "理由", "resolution": "决议", "seen": seen(review.id),
            "_key": "d" * 24}  # fmt: skip
    for _ in range(2):
        sent = post(approver, f"/employment/exits/{review.public_id}/decide", data)
        assert sent.status_code == 303
    entries = exit_queries.file_of(db.session.get(ExitReview, review.id)).entries
    assert [e.event.action for e in entries].count("decide") == 1


def test_the_list_filters_exports_and_asks_no_more_with_more_rows(world, browser_for):
    exit_at("stated")
    hr = browser_for(world.account("a_hr"))
    assert "甲调解员" in text_of(hr.get("/employment/exits?view=panel"))
    assert "甲调解员" not in text_of(hr.get("/employment/exits?view=ended"))
    assert "甲调解员" in text_of(hr.get("/employment/exits?ground=two_unfit"))
    assert "甲调解员" not in text_of(hr.get("/employment/exits?ground=redundancy"))
    sheet = hr.get("/employment/exits/export?view=panel")
    assert sheet.status_code == 200
    assert "spreadsheetml" in sheet.content_type
    rows = list(load_workbook(io.BytesIO(sheet.data)).active.iter_rows(values_only=True))
    assert [r[2] for r in rows[3:-1]] == ["甲调解员"]
    assert rows[-1][0] == "合计：1 人"
    noted = db.session.scalars(
        sa.select(AuditEntry).where(AuditEntry.action == "employment:exit_review:export")
    ).one()
    assert json.loads(noted.detail) == {"count": 1, "filters": "view"}
    hr.get("/employment/exits")
    with counting() as few:
        hr.get("/employment/exits")
    for n in range(8):
        person = make_person(f"多人{n}", world.org("甲区一街社区调委会"))
        exits.propose(
            world.actor("a_hr"), stored(in_term(person)), (ExitGround.REDUNDANCY,), "撤并", (LINE,),
            now=NOW,
        )  # fmt: skip
    with counting() as many:
        hr.get("/employment/exits")
    assert len(many) == len(few) > 0


def stored(record):
    db.session.commit()
    return record


def test_the_renewal_list_and_the_approvers_list_ask_no_more_with_more_rows(world, browser_for):
    hr, approver = browser_for(world.account("a_hr")), browser_for(world.account("a_approver"))
    renewal_due(state=A.RENEWAL_REVIEW)
    db.session.commit()
    for browser, address in ((hr, "/employment/renewals"), (approver, "/employment/to-decide")):
        browser.get(address)
        with counting() as few:
            browser.get(address)
        for n in range(6):
            renewal_due(make_person(f"到期{address[-3:]}{n}", world.org("甲区一街社区调委会")))
        db.session.commit()
        with counting() as many:
            browser.get(address)
        assert len(many) == len(few) > 0, address


@pytest.mark.parametrize("english", [False, True])
@pytest.mark.parametrize(
    "kind", ["exit_statement", "exit_decision", "exit_decision_own", "exit_handover"]
)
def test_papers_say_what_was_decided_on_what_basis_and_how_to_appeal(app, kind, english):
    review = exit_at("handover")
    handed_over(review)
    from flask_babel import force_locale

    with force_locale("en" if english else "zh_Hans_CN"):
        document = registry.find(kind).build(review, Order(AFTER_APPEAL, english))
    text = repr(document)
    assert "甲调解员" in text
    if kind.startswith("exit_decision") and not english:
        assert document.title == "解聘决定书"
        for words in ("《中华人民共和国人民调解法》第十五条", "第十三条", "请再给一次机会。",
                      "两年不称职，补训后没有改进。",
                      "调委会第9次会议决议", "5个工作日", "2026年11月30日", "不涉及劳动合同"):  # fmt: skip
            assert words in text, words
    if kind == "exit_handover" and not english:
        assert "在办案件" in text
        assert "同事甲" in text


@pytest.mark.parametrize(
    ("kind", "stage", "username"),
    [
        ("exit_statement", "proposed", "a_hr"),
        ("exit_decision", "opined", "a_hr"),
        ("exit_decision_own", "decided", "a_mediator"),
        ("exit_handover", "decided", "a_hr"),
    ],
)
def test_a_paper_ordered_too_early_is_refused_with_what_is_missing(
    world, browser_for, kind, stage, username
):
    review = stored(exit_at(stage))
    order = {"kind": kind, "subject": review.public_id, "format": "pdf"}
    answer = post(browser_for(world.account(username)), "/documents/request", order)
    assert answer.status_code == 409
    assert "NOT_READY" in answer.text


def test_the_renewal_form_shows_evidence_opinion_and_decision(world, app):
    from training.employment import renewals
    from training.employment.renewals import NextTerm
    from training.employment.rules.appointment import Engagement

    appointment = renewal_due()
    db.session.commit()
    hr, day = world.actor("a_hr"), clock.today(NOW)
    renewals.open_renewal(hr, appointment, now=NOW)
    proposal = renewals.propose(
        hr,
        appointment,
        NextTerm("称职", "第8次决议", day, Engagement.NONE, "", None, None),
        now=NOW,
    )
    follows = renewals.renew(
        world.actor("a_approver"), appointment, "同意。", proposal.public_id, now=NOW
    )
    with app.test_request_context():
        text = repr(registry.find("renewal_approval").build(follows, Order(NOW)))
    for words in ("人民调解员续聘审批表", "称职", "第8次决议", "同意。", "培训学时", "科室意见"):
        assert words in text
    assert not re.search("周[一二三四五六日]", text)


@pytest.mark.parametrize("stage", ["served", "opined", "decision_served", "handover"])
def test_english_pages_have_no_chinese_words_of_ours(world, browser_for, stage, monkeypatch):
    review = exit_at(stage)
    for username, address in (
        ("a_hr", f"/employment/exits/{review.public_id}"),
        ("a_approver", f"/employment/exits/{review.public_id}"),
        ("a_mediator", f"/my/exit/{review.public_id}"),
        ("a_hr", "/employment/exits"),
    ):
        account = world.account(username)
        db.session.execute(sa.update(Account).where(Account.id == account.id).values(language="en"))
        db.session.commit()
        page = text_of(browser_for(world.account(username)).get(address))
        for words in ("解聘", "送达", "陈述", "评议", "任期", "决定"):
            cleaned = page
            for given in ("两年不称职，补训后没有改进。", "一致建议解聘。", "请再给一次机会。",
                          "调委会第9次会议决议", "解聘决定书", LINE.text):  # fmt: skip
                cleaned = cleaned.replace(given, "")
            assert words not in cleaned, (address, words)

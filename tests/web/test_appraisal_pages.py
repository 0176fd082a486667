"""Pages of the annual appraisal: opening, figures, the panel, one's own page, strangers."""

from __future__ import annotations

import io
import re
from datetime import datetime

import openpyxl
import pytest
import sqlalchemy as sa
from werkzeug.datastructures import MultiDict

from tests.support.appraisal import FULL, appraisal_of, fill, open_round, sheet_of, to_panel
from tests.support.appraisal_round import tied_round, upheld_too_late
from tests.support.queries import counting
from tests.support.world import NOW, World, make_person, post
from training.appraisal import outcome, rounds, scores, service
from training.appraisal.models import AnnualAppraisal, FigureLine
from training.appraisal.rules.annual_lifecycle import AnnualState
from training.appraisal.rules.grade import Grade
from training.core import clock, drafts
from training.core.db import db
from training.core.documents import registry
from training.core.documents.registry import Order
from training.people.rules.person import Standing
from training.proceedings.models import PublicNotice
from training.proceedings.rules.lifecycle import Method

LATER = datetime(2026, 12, 15, 2, 0, tzinfo=NOW.tzinfo)


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.get_data(as_text=True)))


def follow(client, response):
    """The page that an act leads to."""
    assert response.status_code == 303, text_of(response)
    return client.get(response.headers["Location"])


@pytest.fixture
def at(monkeypatch):
    """Set the clock."""

    def set_(moment):
        monkeypatch.setattr(clock, "now", lambda: moment)

    set_(NOW)
    return set_


@pytest.fixture
def hr(app, world, browser_for, at):
    return browser_for(world.account("a_hr"))


@pytest.fixture
def appraisal(app, world, at):
    _, found = open_round(others=2)
    return found


def _ref(appraisal):
    return appraisal.public_id, appraisal.round.public_id


def test_hr_opens_a_round_over_the_people_in_post(hr, world):
    unit = world.org("甲区一街社区调委会")
    for n in range(3):
        make_person(f"在岗{n}", unit, standing=Standing.IN_POST, mediator_no=f"P{n}")
    db.session.commit()
    org = world.org("甲区司法局").public_id
    assert hr.get("/appraisals/rounds/new").status_code == 200
    listed = hr.get(f"/appraisals/rounds/new?org={org}&year=2026&kinds=full_time")
    assert "在岗0" in text_of(listed)
    assert "1–11 月" in text_of(listed)
    out = db.session.query(type(make_person())).filter_by(name="在岗2").one().public_id
    db.session.rollback()
    form = {"org": org, "year": "2026", "kinds": "full_time", "left_out": out}
    done = follow(hr, post(hr, "/appraisals/rounds/new", form))
    assert "已启动 2 人的年度考核" in text_of(done)
    assert "在岗2" not in text_of(done)
    again = post(hr, "/appraisals/rounds/new", form)
    assert again.status_code in (409, 422)


def test_a_number_leads_to_the_people_behind_it(hr, appraisal):
    _, round_ = _ref(appraisal)
    page = hr.get("/appraisals").get_data(as_text=True)
    assert f"/appraisals/rounds/{round_}?state=opened" in page
    assert "甲调解员" in text_of(hr.get(f"/appraisals/rounds/{round_}?state=opened"))
    assert "甲调解员" not in text_of(hr.get(f"/appraisals/rounds/{round_}?state=served"))


def test_the_sheet_explains_every_point_with_rule_evidence_and_recorder(hr, appraisal):
    fill(appraisal)
    page = text_of(hr.get(f"/appraisals/{appraisal.public_id}"))
    for part in ("回访：10 分", "台账 · 甲hr", "各项指标分值，第 1 版", "年度总分", "98"):
        assert part in page


def test_a_veto_is_entered_and_withdrawn_with_a_reason_that_stays_readable(hr, appraisal):
    ref, _ = _ref(appraisal)
    entered = {"act": "faked_case", "evidence": "调查报告 3 号"}
    assert post(hr, f"/appraisals/{ref}/veto", entered).status_code == 303
    address = f"/appraisals/{ref}/veto/withdraw"
    assert address in hr.get(f"/appraisals/{ref}").get_data(as_text=True)
    for number, reason in (("1", ""), ("9", "x"), ("一", "x")):
        assert post(hr, address, {"number": number, "reason": reason}).status_code == 422
    assert post(hr, address, {"number": "1", "reason": "同名他人"}).status_code == 303
    page = hr.get(f"/appraisals/{ref}")
    for part in ("调查报告 3 号", "已撤销", "撤销的理由：同名他人"):
        assert part in text_of(page)
    assert address not in page.get_data(as_text=True)
    assert post(hr, address, {"number": "1", "reason": "再撤"}).status_code == 409


def test_a_figure_is_typed_by_hand_and_corrected_by_a_further_one(hr, appraisal):
    ref, _ = _ref(appraisal)
    form = {"month": "10", "indicator": "follow_up", "value": "12/15", "evidence": "回访台账"}
    wrong = post(hr, f"/appraisals/{ref}/figures", form | {"value": "很多"})
    assert wrong.status_code == 422
    assert "很多" in wrong.get_data(as_text=True)
    assert post(hr, f"/appraisals/{ref}/figures", form).status_code == 303
    (line,) = db.session.scalars(sa.select(FigureLine)).all()
    assert (line.delta, line.evidence) == (800, "回访台账")
    url = f"/appraisals/{ref}/figures?corrects={line.public_id}"
    assert "8 分，依据：回访台账" in text_of(hr.get(url))
    silent = post(hr, url, form | {"value": "9"})
    assert silent.status_code == 422
    assert post(hr, url, form | {"value": "9", "note": "漏计"}).status_code == 303
    assert len(db.session.scalars(sa.select(FigureLine)).all()) == 2


def test_a_second_click_enters_once(hr, appraisal):
    ref, _ = _ref(appraisal)
    form = {
        "month": "10", "indicator": "follow_up", "value": "8", "evidence": "台账",
        "_key": "a" * 24,
    }  # fmt: skip
    assert post(hr, f"/appraisals/{ref}/figures", form).status_code == 303
    assert post(hr, f"/appraisals/{ref}/figures", form).status_code == 303
    assert len(db.session.scalars(sa.select(FigureLine)).all()) == 1


def _upload(hr, round_, data, name="数据.xlsx"):
    return post(
        hr, f"/appraisals/rounds/{round_}/import", {"sheet": (io.BytesIO(data), name)},
        content_type="multipart/form-data",
    )  # fmt: skip


def _confirm(hr, page, reason=""):
    html = page.get_data(as_text=True)
    action = re.search(r'action="(/appraisals/imports/[0-9a-f]+/apply)"', html).group(1)
    seen = re.search(r'name="seen"[^>]*value="([^"]+)"', html).group(1).replace("&#34;", '"')
    return follow(hr, post(hr, action, {"reason": reason, "seen": seen}))


def test_the_template_filled_in_comes_back_as_figures(hr, appraisal):
    _, round_ = _ref(appraisal)
    sent = hr.get(f"/appraisals/rounds/{round_}/template.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(sent.data))
    page = book.active
    heads = {c.value: c.column for row in page.iter_rows(max_row=4) for c in row if c.value}
    assert "培训学时完成情况" not in heads
    written = [str(c.value) for row in page.iter_rows(max_row=4) for c in row if c.value]
    assert any(re.fullmatch(r"\d{4}年\d{1,2}月\d{1,2}日", words) for words in written)
    at = next(r for r in range(1, 9) if page.cell(r, heads["姓名"]).value == "甲调解员")
    page.cell(at, heads["回访"]).value = "8/10"
    out = io.BytesIO()
    book.save(out)
    preview = follow(hr, _upload(hr, round_, out.getvalue()))
    assert "待确认" in text_of(preview)
    assert "已导入：新登记 2 项" in text_of(_confirm(hr, preview))
    again = follow(hr, _upload(hr, round_, out.getvalue()))
    assert "表中的数据都已登记过" in text_of(again)


def test_five_hundred_bad_cells_are_all_named(hr, appraisal):
    _, round_ = _ref(appraisal)
    rows = [("姓名", "回访", "例会迟到")] + [("甲调解员", "很好", "半次")] * 250
    page = follow(hr, _upload(hr, round_, sheet_of(rows)))
    html = page.get_data(as_text=True)
    assert "有 500 处有问题" in html
    assert all(f">{c}{n}<" in html for n in range(2, 252) for c in "BC")
    assert db.session.scalars(sa.select(FigureLine)).all() == []


@pytest.mark.parametrize(
    ("data", "name", "status"),
    [(b"%PDF-1.7 x", "a.xlsx", 415), (b"PK\x03\x04broken", "a.xlsx", 422), (b"", "a.csv", 422)],
)
def test_what_is_no_sheet_is_refused(hr, appraisal, data, name, status):
    _, round_ = _ref(appraisal)
    answer = _upload(hr, round_, data, name)
    assert answer.status_code == status


def test_missing_data_is_listed_and_answered_for_all(hr, appraisal):
    fill(appraisal, {k: v for k, v in FULL.items() if k != "follow_up"})
    _, round_ = _ref(appraisal)
    page = text_of(hr.get(f"/appraisals/rounds/{round_}/missing"))
    assert "回访" in page
    form = {"target": "follow_up", "treatment": "exempt", "reason": "全年没有回访任务"}
    done = follow(hr, post(hr, f"/appraisals/rounds/{round_}/missing", form))
    assert "已为 1 人登记说明" in text_of(done)
    own = text_of(hr.get(f"/appraisals/{appraisal.public_id}"))
    assert "全年没有回访任务" in own


def test_the_member_reports_sees_why_accepts_or_objects_in_time(
    app, world, browser_for, appraisal, at
):
    me, ref = browser_for(world.account("a_mediator")), appraisal.public_id
    page = me.get("/my/appraisal")
    assert "写述职" in text_of(page)
    assert post(me, f"/my/appraisal/{ref}/report", {"text": " "}).status_code == 422
    assert post(me, f"/my/appraisal/{ref}/report", {"text": "全年三十件"}).status_code == 303
    fill(appraisal)
    who = World()
    service.give_unit_opinion(who.actor("a_office_head"), appraisal, "认真", now=NOW)
    service.close_survey(who.actor("a_hr"), appraisal, now=NOW)
    service.review_dossiers(who.actor("a_hr"), appraisal, now=NOW)
    total = scores.sheet_of(appraisal).annual.total
    service.grade(
        who.actor("a_panel"), appraisal, Grade.COMPETENT, "评议", seen_total=total, now=NOW
    )
    hidden = text_of(me.get("/my/appraisal"))
    assert "小组的理由" not in hidden
    service.check_quota(who.actor("a_hr"), appraisal, now=NOW)
    outcome.serve(who.actor("a_hr"), appraisal, Method.SITE, now=NOW)
    served = text_of(me.get("/my/appraisal"))
    assert "2026年11月30日" in served
    assert "小组的理由" in served
    empty = post(me, f"/my/appraisal/{ref}/object", {"text": ""})
    assert empty.status_code == 422
    assert post(me, f"/my/appraisal/{ref}/object", {"text": "漏计排查"}).status_code == 303
    assert "异议已收到" in text_of(me.get("/my/appraisal"))


def test_an_objection_after_the_last_day_is_refused_with_the_day(
    app, world, browser_for, appraisal, at
):
    fill(appraisal)
    to_panel(appraisal)
    who = World()
    service.grade(
        who.actor("a_panel"), appraisal, Grade.COMPETENT, "评议", seen_total=9800, now=NOW
    )
    service.check_quota(who.actor("a_hr"), appraisal, now=NOW)
    outcome.serve(who.actor("a_hr"), appraisal, Method.SITE, now=NOW)
    me, ref = browser_for(world.account("a_mediator")), appraisal.public_id
    at(LATER)
    me = browser_for(world.account("a_mediator"))
    late = post(me, f"/my/appraisal/{ref}/object", {"text": "漏计排查"})
    assert late.status_code == 422
    assert "漏计排查" in late.get_data(as_text=True)


def test_the_panel_goes_from_person_to_person_and_sees_the_quota(
    app, world, browser_for, appraisal
):
    fill(appraisal)
    to_panel(appraisal)
    ref, round_ = _ref(appraisal)
    panel = browser_for(world.account("a_panel"))
    first = panel.get(f"/appraisals/rounds/{round_}/grade")
    assert first.headers["Location"].endswith(f"/appraisals/{ref}/grade")
    page = panel.get(f"/appraisals/{ref}/grade")
    assert "0 / 0" in text_of(page)
    assert "data-shortcut" in page.get_data(as_text=True)
    silent = post(panel, f"/appraisals/{ref}/grade", {"grade": "competent", "seen_total": "9800"})
    assert silent.status_code == 422
    stale = post(panel, f"/appraisals/{ref}/grade", {"grade": "excellent", "seen_total": "9000"})
    assert "材料已更新" in text_of(stale)
    form = {"grade": "competent", "reason": "综合评议", "seen_total": "9800"}
    assert post(panel, f"/appraisals/{ref}/grade", form).status_code == 303
    assert db.session.get(AnnualAppraisal, 1).state is AnnualState.PANEL_GRADE


def test_the_quota_page_names_who_stands_beyond_it(app, world, browser_for):
    tied = tied_round(world)
    mine, announced = upheld_too_late(world, tied)
    db.session.commit()
    page = text_of(
        browser_for(world.account("a_hr")).get(f"/appraisals/rounds/{tied.public_id}/quota")
    )
    assert f"名额已核定 {announced.person.name}" in page
    assert f"异议成立，名额之外 {mine.person.name}" in page
    assert "没有超出优秀名额" in page
    sheet = text_of(browser_for(world.account("a_hr")).get(f"/appraisals/{mine.public_id}"))
    assert "因异议成立，可在名额之外评为优秀" in sheet


def test_only_the_excellent_are_announced(hr, app, world, at):
    round_, _ = open_round(others=0)
    ref = round_.public_id
    assert "没有待公示的人员" in text_of(hr.get(f"/appraisals/rounds/{ref}/notice"))
    form = {"title": "公示", "body": "拟评优秀", "office": "政工科", "telephone": "0898-1"}
    assert post(hr, f"/appraisals/rounds/{ref}/notice", form).status_code == 409
    assert db.session.scalars(sa.select(PublicNotice)).all() == []


def test_words_are_corrected_and_what_stood_before_stays_readable(
    app, world, browser_for, appraisal, hr
):
    fill(appraisal)
    to_panel(appraisal)
    ref = appraisal.public_id
    me, head = browser_for(world.account("a_mediator")), browser_for(world.account("a_office_head"))
    address = f"/my/appraisal/{ref}/report/correct"
    assert address in me.get("/my/appraisal").get_data(as_text=True)
    assert "全年调解纠纷三十件" in me.get(address).get_data(as_text=True)
    fields = {"text": "全年三十一件", "note": ""}
    assert post(me, address, fields).status_code == 422
    assert post(me, address, fields | {"note": "漏写一件"}).status_code == 303
    opinion = f"/appraisals/{ref}/opinion/correct"
    assert opinion in head.get(f"/appraisals/{ref}").get_data(as_text=True)
    assert post(head, opinion, {"text": "工作认真", "note": "没有改"}).status_code == 422
    assert post(head, opinion, {"text": "办结三十一件", "note": "按新述职"}).status_code == 303
    page = text_of(hr.get(f"/appraisals/{ref}"))
    for part in ("全年三十一件", "全年调解纠纷三十件", "漏写一件", "办结三十一件", "按新述职"):
        assert part in page
    own = text_of(me.get("/my/appraisal"))
    assert "全年调解纠纷三十件" in own
    assert "按新述职" in own
    assert post(hr, address, fields).status_code == 404


def test_a_closed_step_is_reopened_on_the_sheet(hr, appraisal):
    fill(appraisal)
    to_panel(appraisal)
    here = f"/appraisals/{appraisal.public_id}"
    assert f"{here}/reopen-dossiers" in hr.get(here).get_data(as_text=True)
    assert f"{here}/reopen-survey" not in hr.get(here).get_data(as_text=True)
    assert post(hr, f"{here}/reopen-dossiers", {"reason": ""}).status_code == 422
    assert post(hr, f"{here}/reopen-dossiers", {"reason": "抽错了卷宗"}).status_code == 303
    assert post(hr, f"{here}/reopen-survey", {"reason": "漏收一份"}).status_code == 303
    page = text_of(hr.get(here))
    for part in ("重新评查卷宗", "抽错了卷宗", "重新测评", "漏收一份", "结束测评"):
        assert part in page


def test_a_decision_is_corrected_on_its_page(app, world, browser_for, appraisal, at):
    fill(appraisal)
    to_panel(appraisal)
    who, here = World(), f"/appraisals/{appraisal.public_id}"
    service.grade(
        who.actor("a_panel"), appraisal, Grade.COMPETENT, "评议", seen_total=9800, now=NOW
    )
    service.check_quota(who.actor("a_hr"), appraisal, now=NOW)
    outcome.serve(who.actor("a_hr"), appraisal, Method.SITE, now=NOW)
    at(LATER)
    outcome.finalise(who.actor("a_hr"), appraisal, now=LATER)
    head = browser_for(world.account("a_approver"))
    assert head.get(f"{here}/decision").status_code == 303
    assert post(head, f"{here}/decide", {"action": "renew", "reason": "胜任"}).status_code == 303
    assert f"{here}/decision" in head.get(here).get_data(as_text=True)
    page = head.get(f"{here}/decision")
    assert "胜任" in text_of(page)
    typed = MultiDict({"action": "renew_with_training", "reason": "写到一半", "seen": "1"})
    kept = drafts.keep(world.account("a_approver").id, f"{here}/decision", typed, LATER)
    assert "写到一半" in head.get(f"{here}/decision?draft={kept}").text
    fields = {"action": "renew_with_training", "reason": "", "seen": "1"}
    assert post(head, f"{here}/decision", fields).status_code == 422
    fields["reason"] = "漏看培训缺口"
    assert post(head, f"{here}/decision", fields | {"seen": "0"}).status_code == 409
    assert post(head, f"{here}/decision", dict(fields)).status_code == 303
    page = text_of(head.get(here))
    for part in ("更正聘用决定：继续聘任并补训", "漏看培训缺口", "胜任"):
        assert part in page
    assert "漏看培训缺口" in text_of(browser_for(world.account("a_mediator")).get("/my/appraisal"))
    assert browser_for(world.account("a_hr")).get(f"{here}/decision").status_code == 404
    assert "等次有误，重新评定" in head.get(here).text
    assert post(head, f"{here}/reopen-grade", {"reason": ""}).status_code == 422
    assert post(head, f"{here}/reopen-grade", {"reason": "数据录错"}).status_code == 303
    assert "重新评定已定等次" in text_of(head.get(here))
    mine = text_of(browser_for(world.account("a_mediator")).get("/inbox"))
    assert "退回考核小组重新评定。理由：数据录错" in mine


def test_strangers_find_nothing(app, world, browser_for, appraisal):
    ref, round_ = _ref(appraisal)
    for name in ("b_hr", "b_panel", "b_mediator", "b_office_head"):
        stranger = browser_for(world.account(name))
        for url in (f"/appraisals/{ref}", f"/appraisals/rounds/{round_}"):
            assert stranger.get(url).status_code == 404, (name, url)
    mate = browser_for(world.account("a_mediator"))
    other = db.session.scalars(
        sa.select(AnnualAppraisal).where(AnnualAppraisal.public_id != ref)
    ).first()
    assert mate.get(f"/appraisals/{other.public_id}").status_code == 404
    assert mate.get(f"/appraisals/rounds/{round_}").status_code == 404
    assert mate.get(f"/appraisals/{ref}").status_code == 200


def test_the_head_of_the_office_sees_only_their_own_people(app, world, browser_for, at):
    unit = world.org("甲区二街社区调委会")
    other = make_person("二街某", unit, mediator_no="S1")
    mine = world.person("a_mediator")
    db.session.commit()
    round_ = rounds.open_round(
        world.actor("a_hr"), world.org("甲区司法局"), 2026, [mine, other],
        {mine.id: [10], other.id: [10]}, now=NOW,
    )  # fmt: skip
    head = browser_for(world.account("a_office_head"))
    page = text_of(head.get(f"/appraisals/rounds/{round_.public_id}"))
    assert "甲调解员" in page
    assert "二街某" not in page
    hidden = appraisal_of(round_, other).public_id
    assert head.get(f"/appraisals/{hidden}").status_code == 404


def test_the_list_of_results_is_a_sheet_for_hr_and_panel_only(app, world, browser_for, appraisal):
    _, round_ = _ref(appraisal)
    url = f"/appraisals/rounds/{round_}/results.xlsx"
    got = browser_for(world.account("a_hr")).get(url)
    rows = [
        [c.value for c in row]
        for row in openpyxl.load_workbook(io.BytesIO(got.data)).active.iter_rows()
    ]
    assert any("甲调解员" in row for row in rows)
    for name in ("a_office_head", "a_approver", "a_mediator"):
        assert browser_for(world.account(name)).get(url).status_code == 404


@pytest.mark.parametrize("english", [False, True])
def test_the_papers_say_what_the_grade_rested_on(app, appraisal, english):
    fill(appraisal)
    to_panel(appraisal)
    who = World()
    service.grade(who.actor("a_panel"), appraisal, Grade.BASIC, "评议", seen_total=9800, now=NOW)
    order = Order(NOW, english)
    paper = registry.find("annual_register").build(appraisal, order)
    shown = str(paper)
    assert "全年调解纠纷三十件" in shown
    assert "98" in shown
    results = registry.find("appraisal_results").build(appraisal.round, order)
    assert "甲调解员" in str(results)


def test_the_people_of_a_round_are_listed_in_a_constant_number_of_queries(
    app, world, browser_for, at
):
    hr, sizes = browser_for(world.account("a_hr")), {}
    for year, others in ((2025, 3), (2026, 30)):
        round_, _ = open_round(others=others, year=year)
        url = f"/appraisals/rounds/{round_.public_id}"
        hr.get(url)
        with counting() as n:
            hr.get(url)
        sizes[year] = len(n)
    assert sizes[2026] <= sizes[2025] + 1


def test_pages_speak_english(app, world, browser_for, appraisal):
    fill(appraisal)
    ref, round_ = _ref(appraisal)
    for name, urls in (
        ("a_hr", ("/appraisals", f"/appraisals/rounds/{round_}", f"/appraisals/{ref}")),
        ("a_mediator", ("/my/appraisal",)),
    ):
        client = browser_for(world.account(name))
        client.set_cookie("lang", "en")
        for url in urls:
            page = client.get(url).get_data(as_text=True)
            main = page[page.index("<main") : page.index("</main>")]
            assert "考核" not in re.sub(r"<[^>]+>", "", main).replace("甲区司法局", ""), url

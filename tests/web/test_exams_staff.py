"""The staff's side over HTTP: bank and import, papers, planning, the hall, marking."""

from __future__ import annotations

import io

import pytest
import sqlalchemy as sa
import time_machine

from exams.bank.models import Question, QuestionVersion
from exams.bank.rules.review import ReviewState
from exams.marking import service as marking
from exams.marking.rules.review import ReviewVerdict
from exams.papers.models import Paper
from exams.sittings import gate, log, saving
from exams.sittings import service as sittings
from exams.sittings.models import Attempt, Sitting
from exams.sittings.rules.attempt import AttemptState
from exams.sittings.rules.sitting import Admission
from exams.sittings.rules.steps import StepKind
from tests.support.exams import (
    START,
    answers_of,
    at,
    make_attempt,
    make_blueprint,
    make_paper,
    make_pool,
    make_question,
    make_sitting,
)
from tests.support.queries import counting
from tests.support.world import make_account, make_person, post
from training.core.db import db
from training.core.rules.roles import Role
from training.core.rules.verdict import ALLOWED, refuse
from training.people.rules.person import Standing

SHEET = """题干,A,B,C,答案,题型,法律截至日期
人民调解收费吗？,收费,不收费,看情况,B,单选,2024-01-01
调解员应当回避的情形有？,近亲属,利害关系,同姓,AB,多选,2018-01-01
"""
WRONG = SHEET + "调解协议必须书面吗？,是,否,,Z,单选,2024-01-01\n"


@pytest.fixture
def trainer(world, browser_for):
    return browser_for(world.account("a_trainer"))


def upload(client, world, text, topic="law_and_policy"):
    return post(
        client,
        "/bank/import",
        {
            "org": world.org("甲区司法局").public_id,
            "file": (io.BytesIO(text.encode()), "试题.csv"),
            "topic": topic,
            "source": "",
        },
        content_type="multipart/form-data",
    )


def stored():
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(Question))


def test_a_sheet_is_previewed_then_stored_and_a_repeat_changes_nothing(world, trainer):
    for _ in range(2):
        page = upload(trainer, world, SHEET)
        address = page.headers["Location"]
        preview = trainer.get(address)
        assert preview.status_code == 200
        post(trainer, address.split("?")[0] + "/store", {"topic": "law_and_policy", "source": ""})
        assert stored() == 2
    assert "没有新的试题" in trainer.get(address).text
    states = db.session.scalars(sa.select(Question.state).order_by(Question.code)).all()
    assert states == [ReviewState.APPROVED, ReviewState.NEEDS_REVIEW]


def test_errors_stop_the_whole_sheet_unless_its_rows_are_left_out(world, trainer):
    address = upload(trainer, world, WRONG).headers["Location"]
    assert "E4" in trainer.get(address).text
    store = address.split("?")[0] + "/store"
    refused = post(trainer, store, {"topic": "law_and_policy"})
    assert (refused.status_code, stored()) == (422, 0)
    post(trainer, store, {"topic": "law_and_policy", "skip": "1"})
    assert stored() == 2


def test_a_sheet_of_another_office_is_not_found(world, trainer, browser_for):
    address = upload(trainer, world, SHEET).headers["Location"]
    stranger = browser_for(world.account("b_trainer"))
    assert stranger.get(address).status_code == 404
    assert post(stranger, address.split("?")[0] + "/store").status_code == 404


def test_a_file_that_is_no_sheet_is_refused(world, trainer):
    page = post(
        trainer, "/bank/import",
        {"org": world.org("甲区司法局").public_id, "file": (io.BytesIO(b"PK\x03\x04x"), "a.xlsx"),
         "topic": "", "source": ""},
        content_type="multipart/form-data",
    )  # fmt: skip
    assert page.status_code in (415, 422)


def test_the_author_does_not_approve_and_another_does(world, trainer, browser_for):
    mine = make_question(state=ReviewState.NEEDS_REVIEW, author=world.person("a_trainer"))
    second = make_account(
        make_person("乙教员", world.org("甲区司法局")), Role.TRAINER, world.org("甲区司法局")
    )
    db.session.commit()
    address = f"/bank/questions/{mine.public_id}"
    assert post(trainer, f"{address}/approve").status_code == 403
    assert post(browser_for(second), f"{address}/approve").status_code == 303
    db.session.expire_all()
    assert mine.state is ReviewState.APPROVED
    assert post(trainer, f"{address}/retire").status_code == 422, "a reason is owed"


def test_an_edit_is_a_new_version_and_the_old_one_stays(world, trainer):
    question = make_question()
    db.session.commit()
    address = f"/bank/questions/{question.public_id}/revise"
    fields = {
        "kind": "single", "stem": "改过的题干：人民调解是否收费？", "options": "收\n不收\n都行",
        "key": "B", "topic": "law_and_policy", "difficulty": "", "note": "题意不清", "seen": "1",
        "law_as_of": "2026-01-01",
    }  # fmt: skip
    assert post(trainer, address, fields).status_code == 303
    again = post(trainer, address, fields | {"stem": "再改的题干：是否收取费用？"})
    assert again.status_code == 422, "somebody has changed it meanwhile"
    numbers = db.session.scalars(sa.select(QuestionVersion.number)).all()
    assert sorted(numbers) == [1, 2]
    db.session.expire_all()
    assert (question.current, question.state) == (2, ReviewState.DRAFT)


def test_the_bank_costs_no_more_statements_with_more_questions(world, trainer):
    def cost():
        with counting() as n:
            assert trainer.get("/bank/").status_code == 200
        return len(n)

    make_question()
    db.session.commit()
    cost()
    few = cost()
    for _ in range(20):
        make_question()
    db.session.commit()
    assert cost() == few


def test_a_paper_is_drawn_published_and_hidden_from_strangers(world, trainer, browser_for):
    blueprint = make_blueprint(author=world.person("a_trainer"))
    db.session.commit()
    draw = f"/papers/blueprints/{blueprint.public_id}/draw"
    short = post(trainer, draw)
    assert short.status_code == 409
    make_pool()
    db.session.commit()
    address = post(trainer, draw).headers["Location"]
    assert trainer.get(address).status_code == 200
    assert post(trainer, f"{address}/publish").status_code == 303
    paper = db.session.scalars(sa.select(Paper)).one()
    assert paper.author_id == world.person("a_trainer").id
    assert paper.publication is not None
    stranger = browser_for(world.account("b_trainer"))
    assert stranger.get(address).status_code == 404
    assert stranger.get(f"/papers/blueprints/{blueprint.public_id}").status_code == 404


def test_the_editor_writes_a_blueprint_and_names_what_is_wrong(world, trainer):
    org = world.org("甲区司法局").public_id
    row = {"topic-0": "law_and_policy", "kind-0": "single", "count-0": "5", "points-0": "2.5",
           "core-0": "on"}  # fmt: skip
    assert (
        post(trainer, "/papers/blueprints/new", {"title": "", "org": org} | row).status_code == 422
    )
    bad = post(
        trainer, "/papers/blueprints/new", {"title": "甲卷", "org": org} | row | {"points-0": "x"}
    )
    assert bad.status_code == 422
    good = post(trainer, "/papers/blueprints/new", {"title": "甲卷", "org": org} | row)
    assert good.status_code == 303
    assert "12.5" in trainer.get(good.headers["Location"]).text


def plan_fields(world, paper):
    return {
        "title": "冬季考核", "title_en": "", "org": world.org("甲区司法局").public_id,
        "paper": paper.public_id, "doors_open_at": "2099-01-05T08:30",
        "starts_at": "2099-01-05T09:00", "ends_at": "2099-01-05T11:00", "limit_minutes": "90",
        "admission": "proctor", "place": "第二考场",
    }  # fmt: skip


def test_a_sitting_is_planned_and_impossible_times_are_refused(world, trainer):
    paper = make_paper()
    db.session.commit()
    fields = plan_fields(world, paper)
    assert (
        post(trainer, "/exams/sittings/new", fields | {"limit_minutes": "200"}).status_code == 422
    )
    assert post(trainer, "/exams/sittings/new", fields).status_code == 303
    sitting = db.session.scalars(sa.select(Sitting)).one()
    assert (sitting.limit_minutes, sitting.admission) == (90, Admission.PROCTOR)
    assert sitting.starts_at.isoformat() == "2099-01-05T01:00:00+00:00"


@pytest.fixture
def study(monkeypatch):
    """The training gate opens for those whose name begins with 合."""
    missing = refuse("hours.total_short", "学时不足", mend="courses.catalogue")

    def study_of(people, now):
        return {p.id: gate.Study(ALLOWED if p.name[0] == "合" else missing) for p in people}

    monkeypatch.setattr(gate, "study_of", study_of)


def trainee(world, name, n):
    return make_person(
        name, world.org("甲区一街社区调委会"), standing=Standing.TRAINEE, mediator_no=f"X{n:05d}",
        id_number_index=f"{n:064d}",
    )  # fmt: skip


def test_only_those_whom_the_gate_lets_through_become_candidates(world, trainer, study):
    sitting = make_sitting(doors_open_at=at(600_000), starts_at=at(600_060), ends_at=at(600_200))
    good, bad = trainee(world, "合格甲", 1), trainee(world, "不足乙", 2)
    db.session.commit()
    address = f"/exams/sittings/{sitting.public_id}"
    page = trainer.get(f"{address}/candidates").text
    assert "学时不足" in page
    refused = post(trainer, f"{address}/register", {"person": bad.public_id})
    assert refused.status_code == 409
    assert post(trainer, f"{address}/register", {"all": "1"}).status_code == 303
    attempts = db.session.scalars(sa.select(Attempt)).all()
    assert [a.person_id for a in attempts] == [good.id]
    assert {s for s, _ in attempts[0].arrangement} == {s.slot for s in sitting.paper.slots}
    again = post(trainer, f"{address}/register", {"person": good.public_id})
    assert again.status_code == 303
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Attempt)) == 1


def test_the_list_of_candidates_costs_no_more_with_more_people(world, trainer, study):
    sitting = make_sitting(doors_open_at=at(600_000), starts_at=at(600_060), ends_at=at(600_200))
    trainee(world, "合格甲", 1)
    db.session.commit()

    def cost():
        with counting() as n:
            trainer.get(f"/exams/sittings/{sitting.public_id}/candidates")
        return len(n)

    cost()
    few = cost()
    for n in range(2, 22):
        trainee(world, "合格某", n)
    db.session.commit()
    assert cost() == few


def test_the_hall_admits_gives_minutes_and_notes(world, browser_for):
    attempt = make_attempt(make_sitting(admission=Admission.PROCTOR))
    db.session.commit()
    with time_machine.travel(START, tick=False):
        proctor, me = (
            browser_for(world.account("a_proctor")),
            browser_for(world.account("a_mediator")),
        )
        seat = f"/exams/hall/seats/{attempt.public_id}"
        board = f"/exams/hall/{attempt.sitting.public_id}"
        assert post(me, f"/exams/attempts/{attempt.public_id}/start").status_code == 403
        assert post(proctor, f"{seat}/admit").status_code == 303
        assert post(me, f"/exams/attempts/{attempt.public_id}/start").status_code == 303
        assert post(proctor, f"{seat}/extend", {"minutes": "10", "reason": ""}).status_code == 422
        assert (
            post(proctor, f"{seat}/extend", {"minutes": "10", "reason": "断网"}).status_code == 303
        )
        key = "k" * 24
        for _ in range(2):
            twice = {"minutes": "5", "reason": "停电", "_key": key}
            assert post(proctor, f"{board}/extend", twice).status_code == 303
        assert log.held(attempt.id).deadline == at(75), "a double click gives minutes once"
        assert post(proctor, f"{seat}/note", {"text": "", "flags": ""}).status_code == 422
        assert post(proctor, f"{seat}/note", {"text": "离座", "flags": "y"}).status_code == 303
        assert "离座" in proctor.get(seat).text
        tiles = proctor.get(board, headers={"HX-Request": "true"}).text
        assert "<html" not in tiles
        assert "已加时 15 分" in tiles
        stranger = browser_for(world.account("b_proctor"))
        assert stranger.get(board).status_code == 404
        assert post(stranger, f"{seat}/admit").status_code == 404


def test_the_board_costs_no_more_with_more_seats(world, browser_for):
    sitting = make_sitting()
    make_attempt(sitting)
    db.session.commit()
    proctor = browser_for(world.account("a_proctor"))

    def cost():
        with counting() as n:
            proctor.get(f"/exams/hall/{sitting.public_id}")
        return len(n)

    cost()
    few = cost()
    for n in range(20):
        make_attempt(sitting, make_person(f"考生{n}"))
    db.session.commit()
    assert cost() == few


def test_results_are_listed_and_exported_after_release_only(world, trainer, browser_for):
    attempt = _released(world)
    page = f"/exams/results/sittings/{attempt.sitting.public_id}"
    assert attempt.ticket_no in trainer.get(page).text
    sheet = trainer.get(f"{page}/sheet")
    assert sheet.data[:2] == b"PK"
    assert browser_for(world.account("b_trainer")).get(page).status_code == 404
    trainer.set_cookie("lang", "en")
    english = trainer.get(page).text
    assert "Results" in english
    assert "成绩册" not in english


def test_a_mistaken_review_is_corrected_in_the_browser_and_told(world, trainer, browser_for):
    attempt = _released(world)
    page = f"/exams/marking/attempts/{attempt.public_id}"
    result = f"/exams/results/{attempt.public_id}"
    address = f"{page}/correct-review"
    with time_machine.travel(at(60), tick=False):
        proctor, me = (
            browser_for(world.account("a_proctor")), browser_for(world.account("a_mediator")),
        )  # fmt: skip
        trainer = browser_for(world.account("a_trainer"))
        assert address in proctor.get(page).text
        seen = trainer.get(page)
        assert (seen.status_code, address in seen.text) == (200, False)
        assert post(trainer, address, {"verdict": "irregular", "reason": "x"}).status_code == 404
        for missing in ({"verdict": "irregular", "reason": ""}, {"reason": "他人代答"}):
            assert post(proctor, address, missing).status_code == 422
        wrong = {"verdict": "irregular", "reason": "录像显示他人代答"}
        assert post(proctor, address, wrong).headers["Location"] == page
        course = proctor.get(page).text
        for line in ("复核：无异常", "更正复核结论：有异常", "录像显示他人代答", "发布成绩"):
            assert line in course
        assert course.count("阅卷：60 分") == 1, "the marks did not change"
        waiting = me.get(result)
        assert waiting.status_code == 409
        assert "成绩正在更正" in waiting.text
        assert "复核结论已更正" in me.get("/inbox").text
        marks = f"/exams/marking/{attempt.sitting.public_id}"
        assert post(trainer, f"{marks}/release").status_code == 303
        told = me.get(result).text
        assert "复核认定有异常，不能据此发证" in told
        assert "录像显示他人代答" in told
        stranger = browser_for(world.account("b_proctor"))
        assert stranger.get(page).status_code == 404
        assert post(stranger, address, wrong).status_code == 404


def test_a_trainer_reaches_the_late_answers_from_the_marks(world, trainer):
    attempt = _released(world)
    page = f"/exams/marking/attempts/{attempt.public_id}"
    assert page in trainer.get(f"/exams/marking/{attempt.sitting.public_id}").text
    late = f"/exams/results/attempts/{attempt.public_id}/late"
    assert late in trainer.get(page).text
    assert trainer.get(late).status_code == 200


def _released(world):
    attempt = make_attempt()
    db.session.commit()
    me = world.actor("a_mediator")
    sittings.start(me, attempt, now=START)
    for n, (slot, response) in enumerate(answers_of(attempt.sitting.paper).items(), 1):
        saving.save(
            attempt.id, attempt.person_id, attempt.sitting.paper.slots,
            saving.ClientStep(kind=StepKind.ANSWER, client_uuid=f"{n:032d}", client_seq=n,
                              writer="phone", slot=slot, response=response),
            at(1),
        )  # fmt: skip
        db.session.rollback()
    sittings.submit(me, attempt, "phone", now=at(30))
    marking.grade(attempt.id, at(31))
    marking.review(world.actor("a_proctor"), attempt, ReviewVerdict.CLEAN, "", now=at(40))
    marking.release(world.actor("a_trainer"), attempt.sitting, now=at(50))
    assert attempt.state is AttemptState.PASSED
    return attempt

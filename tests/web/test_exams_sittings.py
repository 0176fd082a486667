"""Correcting a sitting over HTTP: the office's pages, the candidate's, the proctor's."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from exams.sittings import gate, log, proctoring, registration
from exams.sittings.models import SittingProctor
from exams.sittings.rules.attempt import AttemptState
from exams.sittings.rules.sitting import Admission, SittingStage
from tests.service.test_exams_attempt import begun
from tests.support.exams import START, at, make_attempt, make_paper, make_sitting
from tests.support.queries import counting
from tests.support.world import NOW, make_person, post
from training.core import clock
from training.core.db import db
from training.core.rules.verdict import ALLOWED
from training.people.models import Notice

REASON = "考场被征用"


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(NOW, tick=False):
        yield NOW


@pytest.fixture
def trainer(world, browser_for, now):
    return browser_for(world.account("a_trainer"))


@pytest.fixture
def attempt(world):
    made = make_attempt()
    db.session.add(
        SittingProctor(sitting_id=made.sitting_id, person_id=world.person("a_proctor").id)
    )
    db.session.commit()
    return made


def moment(value):
    return f"{clock.local(value):%Y-%m-%dT%H:%M}"


def fields(sitting, **changes):
    """The form of a sitting as it stands."""
    db.session.refresh(sitting)
    return {
        "title": sitting.title, "title_en": "", "doors_open_at": moment(sitting.doors_open_at),
        "starts_at": moment(sitting.starts_at), "ends_at": moment(sitting.ends_at),
        "limit_minutes": str(sitting.limit_minutes), "admission": str(sitting.admission),
        "place": sitting.place, "reason": REASON,
    } | changes  # fmt: skip


def page_of(sitting):
    return f"/exams/sittings/{sitting.public_id}"


def test_a_change_is_shown_in_history_inbox_and_ticket(world, trainer, attempt, browser_for):
    sitting, me = attempt.sitting, browser_for(world.account("a_mediator"))
    address = f"{page_of(sitting)}/change"
    assert f"{page_of(sitting)}/change" in trainer.get(page_of(sitting)).text
    form = trainer.get(address).text
    assert moment(sitting.starts_at) in form
    assert 'name="paper"' not in form, "the paper stays once candidates know of the sitting"
    wanted = fields(sitting, ends_at=moment(sitting.ends_at + timedelta(hours=1)), place="礼堂")
    assert post(trainer, address, wanted | {"reason": " "}).status_code == 422
    assert post(trainer, address, wanted | {"limit_minutes": "599"}).status_code == 422
    assert post(trainer, address, wanted | {"paper": "x"}).status_code == 422
    assert post(trainer, address, wanted).status_code == 303
    page = trainer.get(page_of(sitting)).text
    for said in ("变更考试安排", "第一考场 → 礼堂", REASON, world.person("a_trainer").name):
        assert said in page
    ticket = me.get(f"/exams/attempts/{attempt.public_id}/ticket").text
    assert "礼堂" in ticket
    assert "考试安排有变更，以本页为准" in ticket
    assert "礼堂" in me.get("/exams/").text
    assert REASON in me.get("/inbox").text
    trainer.set_cookie("lang", "en")
    english = trainer.get(page_of(sitting)).text
    assert "History of changes" in english
    assert "Place: 第一考场 → 礼堂" in english
    assert "In a hall; a proctor checks identity at the door" in trainer.get(address).text


def test_a_plan_changes_its_paper_without_a_reason(world, trainer):
    sitting = make_sitting(stage=SittingStage.PLANNED, published_at=None)
    other = make_paper()
    db.session.commit()
    address = f"{page_of(sitting)}/change"
    assert other.public_id in trainer.get(address).text
    wanted = fields(sitting, reason="", paper=other.public_id)
    assert post(trainer, address, wanted).status_code == 303
    db.session.refresh(sitting)
    assert sitting.paper_id == other.id
    assert post(trainer, address, wanted).status_code == 422, "nothing was changed"


def test_after_the_doors_have_opened_nothing_offers_a_change(world, browser_for, attempt):
    with time_machine.travel(at(-10), tick=False):
        trainer = browser_for(world.account("a_trainer"))
        page = trainer.get(page_of(attempt.sitting)).text
        assert f"{page_of(attempt.sitting)}/change" not in page
        assert f"{page_of(attempt.sitting)}/cancel" in page
        refused = post(trainer, f"{page_of(attempt.sitting)}/change", fields(attempt.sitting))
    assert refused.status_code == 422
    assert "已过开放入场时间" in refused.text


def test_a_cancelled_sitting_says_so_to_everybody(world, trainer, attempt, browser_for):
    sitting, me = attempt.sitting, browser_for(world.account("a_mediator"))
    proctor = browser_for(world.account("a_proctor"))
    address = f"{page_of(sitting)}/cancel"
    assert post(trainer, address, {"reason": ""}).status_code == 422
    assert post(trainer, address, {"reason": REASON}).status_code == 303
    page = trainer.get(page_of(sitting)).text
    assert "本场考试已取消" in page
    assert REASON in page
    for gone in ("/change", "/cancel", "/candidates", "/proctors"):
        assert f"{page_of(sitting)}{gone}" not in page
    assert "已取消" in trainer.get("/exams/sittings").text
    mine = me.get("/exams/").text
    assert "考试已取消" in mine
    ticket = f"/exams/attempts/{attempt.public_id}/ticket"
    assert ticket in mine
    assert "不占用您的考试次数" in me.get(ticket).text
    assert "打印准考证" not in me.get(ticket).text
    exam = f"/exams/attempts/{attempt.public_id}"
    assert me.get(f"{exam}/receipt").headers["Location"] == exam
    assert me.get(exam).headers["Location"] == ticket
    for reader in (me, proctor):
        assert REASON in reader.get("/inbox").text
    with time_machine.travel(START, tick=False):
        me, proctor = (browser_for(world.account(name)) for name in ("a_mediator", "a_proctor"))
        assert post(me, f"/exams/attempts/{attempt.public_id}/start").status_code == 409
        board = proctor.get(f"/exams/hall/{sitting.public_id}").text
    assert "考试已取消" in board
    assert "准予入场" not in board


def test_a_begun_sitting_offers_no_cancellation(world, browser_for, attempt):
    begun(attempt, world.actor("a_mediator"))
    with time_machine.travel(at(1), tick=False):
        trainer = browser_for(world.account("a_trainer"))
        page = page_of(attempt.sitting)
        assert f"{page}/cancel" not in trainer.get(page).text
        assert post(trainer, f"{page}/cancel", {"reason": REASON}).status_code == 409


def test_a_candidate_is_taken_off_the_list_and_entered_again(
    world, trainer, attempt, browser_for, monkeypatch
):
    monkeypatch.setattr(
        gate, "study_of", lambda people, now: {p.id: gate.Study(ALLOWED) for p in people}
    )
    person = world.person("a_mediator")
    person.id_number_index = "1" * 64
    db.session.commit()
    base = f"/exams/sittings/candidates/{attempt.public_id}"
    page = page_of(attempt.sitting)
    assert f"{base}/withdraw" in trainer.get(page).text
    assert person.name in trainer.get(f"{base}/withdraw").text
    assert post(trainer, f"{base}/withdraw", {"reason": ""}).status_code == 422
    assert post(trainer, f"{base}/withdraw", {"reason": "本人病假"}).status_code == 303
    listed = trainer.get(page).text
    assert f"{base}/reenter" in listed
    assert "本人病假" in listed
    me = browser_for(world.account("a_mediator"))
    assert "已撤销列入" in me.get("/exams/").text
    assert "本人病假" in me.get(f"/exams/attempts/{attempt.public_id}/ticket").text
    assert post(trainer, f"{base}/reenter", {"reason": "已销假"}).status_code == 303
    db.session.refresh(attempt)
    assert attempt.state is AttemptState.SCHEDULED
    told = db.session.scalars(sa.select(Notice).where(Notice.person_id == person.id)).all()
    assert len(told) == 2


def test_the_sittings_page_costs_no_more_with_more_candidates(world, trainer):
    sitting = make_sitting()
    attempts = [make_attempt(sitting)]
    db.session.commit()

    def cost():
        with counting() as n:
            trainer.get(page_of(sitting))
        return len(n)

    def take_off(attempt):
        registration.withdraw(world.actor("a_trainer"), attempt, REASON, now=NOW)

    take_off(attempts[0])
    cost()
    few = cost()
    for n in range(20):
        attempts.append(
            make_attempt(sitting, make_person(f"考生{n}", world.org("甲区一街社区调委会")))
        )
    db.session.commit()
    for attempt in attempts[1:8]:
        take_off(attempt)
    assert cost() == few


def test_minutes_are_taken_back_from_seat_and_hall(world, attempt, browser_for):
    proctor, staff = browser_for(world.account("a_proctor")), world.actor("a_proctor")
    begun(attempt, world.actor("a_mediator"))
    one = proctoring.extend_one(staff, attempt, 100, "断网", now=at(1)).public_id
    hall = proctoring.extend_all(staff, attempt.sitting, 30, "停电", now=at(2)).public_id
    seat, board = (
        f"/exams/hall/seats/{attempt.public_id}", f"/exams/hall/{attempt.sitting.public_id}",
    )  # fmt: skip
    with time_machine.travel(at(10), tick=False):
        proctor = browser_for(world.account("a_proctor"))
        for page, extension in ((seat, one), (board, hall)):
            address = f"/exams/hall/extensions/{extension}/revoke"
            assert address in proctor.get(page).text
            assert post(proctor, address, {"reason": ""}).status_code == 422
            done = post(proctor, address, {"reason": "按错了"})
            assert done.headers["Location"] == page
            shown = proctor.get(page).text
            assert address not in shown
            assert "按错了" in shown
        assert post(proctor, address, {"reason": "再一次"}).status_code == 409
        stranger = browser_for(world.account("b_proctor"))
        assert post(stranger, address, {"reason": "x"}).status_code == 404
    db.session.rollback()
    assert log.held(attempt.id).deadline == at(60)


def test_a_note_is_corrected_on_the_seats_page(world, browser_for):
    attempt = make_attempt(make_sitting(admission=Admission.PROCTOR))
    db.session.commit()
    proctor = browser_for(world.account("a_proctor"))
    seat = f"/exams/hall/seats/{attempt.public_id}"
    post(proctor, f"{seat}/note", {"text": "与邻座交谈", "flags": "y"})
    correction = {"number": "1", "text": "向监考员提问", "why": ""}
    assert post(proctor, f"{seat}/correct_note", correction).status_code == 422
    assert post(proctor, f"{seat}/correct_note", correction | {"why": "看错"}).status_code == 303
    page = proctor.get(seat).text
    assert "与邻座交谈" in page
    assert "更正第 1 条。理由：看错" in page
    again = post(proctor, f"{seat}/correct_note", correction | {"why": "再改"})
    assert again.status_code == 409
    wrong = post(proctor, f"{seat}/correct_note", correction | {"why": "x", "number": "九"})
    assert wrong.status_code == 422


def test_who_was_not_named_sees_the_hall_and_why_nothing_can_be_done(world, browser_for):
    sitting = make_sitting(admission=Admission.PROCTOR)
    attempt = make_attempt(sitting)
    named = make_person("王监考", world.org("甲区司法局"))
    db.session.add(SittingProctor(sitting_id=sitting.id, person_id=named.id))
    db.session.commit()
    board, seat = f"/exams/hall/{sitting.public_id}", f"/exams/hall/seats/{attempt.public_id}"
    with time_machine.travel(at(1), tick=False):
        proctor = browser_for(world.account("a_proctor"))
        for page in (board, seat):
            shown = proctor.get(page).text
            assert "本场考试由王监考监考，您未被指定" in shown
            for act in ("/extend", "/admit", "/note"):
                assert act not in shown
        refused = post(proctor, f"{seat}/admit")
        assert refused.status_code == 403
        assert "王监考" in refused.text
        assert post(proctor, f"{seat}/note", {"text": "离座"}).status_code == 403
        more = {"minutes": "5", "reason": "停电"}
        assert post(proctor, f"{board}/extend", more).status_code == 403

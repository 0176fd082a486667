"""A candidate's exam over HTTP: what is served when, the save path and its codes."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.exc import OperationalError

from exams.marking import service as marking
from exams.marking.rules.review import ReviewVerdict
from exams.papers import queries as papers
from exams.sittings import log
from tests.support.exams import CANARY, START, answers_of, at, make_attempt
from tests.support.queries import counting
from tests.support.world import csrf, post
from training.core.db import db
from training.people.models import UserSession

WRITER = "device-one-1"


@pytest.fixture
def attempt(world):
    made = make_attempt()
    db.session.commit()
    return made


@pytest.fixture
def clock():
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def phone(world, attempt, clock, browser_for):
    return browser_for(world.account("a_mediator"))


def url(attempt, tail=""):
    return f"/exams/attempts/{attempt.public_id}{tail}"


def send(client, address, body):
    return client.post(
        address,
        json=body,
        headers={"Accept": "application/json", "X-CSRFToken": csrf(client)},
    )


def follow(client, address):
    """The text of the page that an address leads to."""
    for _ in range(4):
        response = client.get(address)
        if response.status_code not in (302, 303):
            break
        address = response.headers["Location"]
    return response.text


def step(slot=1, response=("o1",), seq=1, **more):
    return {
        "kind": "answer", "uuid": uuid4().hex, "client_seq": seq, "writer": WRITER, "slot": slot,
        "response": list(response),
    } | more  # fmt: skip


def begin(phone, attempt):
    post(phone, url(attempt, "/start"))
    return send(phone, url(attempt, "/pen"), {"writer": WRITER})


def test_the_whole_way_from_ticket_to_receipt(phone, attempt, clock):
    assert "准考证" in phone.get("/exams/").text
    assert attempt.ticket_no in phone.get(url(attempt, "/ticket")).text
    paper = begin(phone, attempt).json
    assert len(paper["questions"]) == 6
    assert phone.get(url(attempt)).status_code == 200
    saved = send(phone, url(attempt, "/steps"), step())
    assert (saved.status_code, saved.json["client_seq"]) == (200, 1)
    first = send(phone, url(attempt, "/submit"), {"writer": WRITER})
    again = send(phone, url(attempt, "/submit"), {"writer": WRITER})
    assert first.status_code == again.status_code == 200
    assert first.json == again.json
    assert first.json["receipt"] in phone.get(url(attempt, "/receipt")).text


def test_the_clock_shows_the_time_left_before_any_script_runs(phone, attempt, clock):
    post(phone, url(attempt, "/start"), {})
    clock.move_to(at(minutes=10, seconds=30))
    assert re.search(r'id="exam-time"[^>]*>49:30<', phone.get(url(attempt)).text)


def test_a_double_start_finds_the_same_exam(phone, attempt):
    assert post(phone, url(attempt, "/start")).status_code == 303
    again = post(phone, url(attempt, "/start"))
    assert again.headers["Location"] == url(attempt)
    assert "已恢复您的考试" in phone.get(url(attempt)).text
    assert log.held(attempt.id).last_seq == 1


def test_nothing_of_the_paper_is_served_before_the_start(phone, attempt, clock):
    clock.move_to(at(0, -1))
    stems = [v["stem"] for v in _words(attempt).values()]
    early = post(phone, url(attempt, "/start"), headers={"Accept": "application/json"})
    assert (early.status_code, early.json["code"]) == (403, "NOT_OPEN")
    pen = send(phone, url(attempt, "/pen"), {"writer": WRITER})
    assert (pen.status_code, pen.json["code"]) == (403, "NOT_OPEN")
    saved = send(phone, url(attempt, "/steps"), step())
    assert (saved.status_code, saved.json["code"]) == (403, "NOT_OPEN")
    for tail in ("", "/ticket", "/receipt", "/clock"):
        page = follow(phone, url(attempt, tail))
        assert not [stem for stem in stems if stem in page]


def _words(attempt):
    return papers.shown_questions(attempt.sitting.paper.slots)


REFUSALS = {
    "another slot": ({"slot": 99}, 422, "NOT_IN_PAPER"),
    "another option": ({"response": ["o9"]}, 422, "NOT_IN_PAPER"),
    "too many options": ({"response": ["o1", "o2"]}, 422, "TOO_MANY_OPTIONS"),
    "an old sequence": ({"client_seq": 3}, 409, "STALE"),
    "another device": ({"writer": "device-two-2"}, 409, "TAKEN_OVER"),
    "a proctor's correction": ({"kind": "admit_late"}, 422, "BAD_STEP"),
    "no uuid": ({"uuid": None}, 422, "BAD_STEP"),
    "a response that is no list": ({"response": "o1"}, 422, "BAD_STEP"),
    "a sequence that is no number": ({"client_seq": True}, 422, "BAD_STEP"),
}


@pytest.mark.parametrize("what", REFUSALS)
def test_refusals_carry_status_and_code(phone, attempt, what):
    begin(phone, attempt)
    send(phone, url(attempt, "/steps"), step(seq=5, slot=2))
    changes, status, code = REFUSALS[what]
    answer = send(phone, url(attempt, "/steps"), step(seq=6) | changes)
    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert answer.content_type == "application/problem+json"
    assert answer.json["request_id"]
    if code == "STALE":
        assert answer.json["sequence"] == 5


def test_answers_after_the_grace_are_closed_and_kept(phone, attempt, clock):
    begin(phone, attempt)
    clock.move_to(at(30))
    phone.get(url(attempt, "/clock"))  # an open page keeps the session alive
    clock.move_to(at(60, 61))
    late = send(phone, url(attempt, "/steps"), step())
    assert (late.status_code, late.json["code"]) == (409, "CLOSED")
    assert len(log.steps(attempt.id)) == 2
    submit = send(phone, url(attempt, "/submit"), {"writer": WRITER})
    assert (submit.status_code, submit.json["code"]) == (409, "CLOSED")
    assert "到时已自动交卷" in follow(phone, url(attempt))


def test_another_device_is_asked_first_and_resumes_with_all_answers(phone, attempt):
    begin(phone, attempt)
    send(phone, url(attempt, "/steps"), step(response=["o3"], seq=1))
    other = {"writer": "device-two-2"}
    assert send(phone, url(attempt, "/pen"), other).json["code"] == "TAKEN_OVER"
    taken = send(phone, url(attempt, "/pen"), other | {"take_over": True}).json
    assert (taken["answers"], taken["sequence"]) == ({"1": ["o3"]}, 1)
    first = phone.get(url(attempt, f"/clock?writer={WRITER}")).json
    assert first["mine"] is False
    old = send(phone, url(attempt, "/steps"), step(seq=2))
    assert (old.status_code, old.json["code"]) == (409, "TAKEN_OVER")


def test_no_response_before_the_release_holds_a_key_or_an_explanation(world, phone, attempt, clock):
    """Everything a candidate can fetch, in every phase."""

    def crawl():
        found = [
            follow(phone, address)
            for address in (
                "/exams/", url(attempt), url(attempt, "/ticket"), url(attempt, "/receipt"),
                url(attempt, "/clock"), f"/exams/results/{attempt.public_id}", "/",
            )
        ]  # fmt: skip
        found.append(send(phone, url(attempt, "/pen"), {"writer": WRITER}).text)
        found.append(send(phone, url(attempt, "/steps"), step(seq=99)).text)
        return "\n".join(found)

    texts = [crawl()]
    begin(phone, attempt)
    for n, (slot, response) in enumerate(answers_of(attempt.sitting.paper).items(), 100):
        texts.append(send(phone, url(attempt, "/steps"), step(slot, sorted(response), n)).text)
    texts.append(crawl())
    send(phone, url(attempt, "/submit"), {"writer": WRITER})
    texts.append(crawl())
    marking.grade(attempt.id, at(10))
    texts.append(crawl())
    for text in texts:
        assert CANARY not in text
        assert '"key"' not in text
        assert '"explanation"' not in text
    assert phone.get(f"/exams/results/{attempt.public_id}").status_code == 404

    marking.review(world.actor("a_proctor"), attempt, ReviewVerdict.CLEAN, "已核实", now=at(20))
    marking.release(world.actor("a_trainer"), attempt.sitting, now=at(30))
    page = phone.get(f"/exams/results/{attempt.public_id}")
    assert page.status_code == 200
    assert CANARY in page.text


def test_a_candidate_never_opens_the_bank_or_a_paper(phone, attempt):
    paper = attempt.sitting.paper.public_id
    for address in ("/bank/", "/papers/", f"/papers/{paper}", "/exams/marking", "/exams/hall"):
        assert phone.get(address).status_code == 404


def test_a_stranger_finds_nothing(world, attempt, clock, browser_for):
    stranger = browser_for(world.account("b_mediator"))
    for tail in ("", "/ticket", "/receipt", "/clock"):
        assert stranger.get(url(attempt, tail)).status_code == 404
    for tail in ("/pen", "/steps", "/submit"):
        assert send(stranger, url(attempt, tail), {"writer": WRITER}).status_code == 404
    trainer = browser_for(world.account("b_trainer"))
    sitting = attempt.sitting.public_id
    assert trainer.get(f"/exams/sittings/{sitting}").status_code == 404
    assert trainer.get(f"/exams/marking/{sitting}").status_code == 404


def test_the_pages_speak_english(phone, attempt):
    phone.set_cookie("lang", "en")
    for address in ("/exams/", url(attempt, "/ticket")):
        page = phone.get(address).text
        assert "admission ticket" in page.lower()
        assert "准考证" not in page


def test_a_save_costs_a_fixed_number_of_statements(phone, attempt):
    begin(phone, attempt)

    def cost(seq):
        with counting() as n:
            send(phone, url(attempt, "/steps"), step(seq=seq))
        return len(n)

    cost(1)
    few = cost(2)
    for seq in range(3, 20):
        send(phone, url(attempt, "/steps"), step(seq=seq))
    assert cost(20) == few <= 20


@pytest.mark.parametrize("tail", ["/steps", "/pen", "/submit"])
def test_what_the_disk_does_not_take_is_not_acknowledged(phone, attempt, monkeypatch, tail):
    begin(phone, attempt)

    def full(*_args, **_options):
        raise OperationalError("INSERT", {}, Exception("database or disk is full"))

    monkeypatch.setattr(log, "append", full)
    monkeypatch.setattr(log, "change", full)
    body = step() if tail == "/steps" else {"writer": WRITER}
    answer = send(phone, url(attempt, tail), body)
    assert (answer.status_code, answer.json["code"]) == (503, "NOT_SAVED")
    monkeypatch.undo()
    assert send(phone, url(attempt, "/steps"), step()).status_code == 200


def test_a_session_outlives_the_exam_that_is_written_in_it(phone, attempt, clock):
    """Whoever logged in long before is not put out in the middle of the paper."""
    session = db.session.scalars(sa.select(UserSession)).one()
    session.ends_at = at(5)
    db.session.commit()
    begin(phone, attempt)
    clock.move_to(at(20))
    assert send(phone, url(attempt, "/steps"), step()).status_code == 200
    held = log.held(attempt.id)
    ends = db.session.scalars(sa.select(UserSession.ends_at)).one()
    assert ends == held.deadline + timedelta(minutes=10)

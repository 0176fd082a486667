"""The thirty abuse cases, each with its answer and the test that proves it.

The table is kept honest by reading the tests it names: a test must exist and speak of the
status and the code that the case is answered with (or, where its parameters stand beside it,
the module must). What a later step brings is named as such, and why.
"""

from __future__ import annotations

import ast
import io
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook

from exams.marking.models import Appeal, AppealState
from tests.support.certificates import make_certificate
from tests.support.exams import make_attempt
from tests.support.objects import OBJECTS
from tests.support.world import make_person, post
from training.core import clock, files, uploads
from training.core.db import db
from training.core.errors import Refused
from training.core.limits import limiter
from training.core.models import SecurityEvent

ROOT = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Answer:
    """``status`` and ``code`` as people and machines get them; ``code`` may be the words of a
    page where no error is answered. ``proof`` is ``file::test``."""

    case: int
    abuse: str
    status: int
    code: str
    proof: str


ANSWERS = (
    Answer(1, "start twice", 303, "已恢复您的考试",
           "web/test_exams_candidate.py::test_a_double_start_finds_the_same_exam"),
    Answer(2, "start early by a changed clock", 403, "NOT_OPEN",
           "web/test_exams_candidate.py::test_nothing_of_the_paper_is_served_before_the_start"),
    Answer(3, "submit after grace", 409, "CLOSED",
           "web/test_exams_candidate.py::test_answers_after_the_grace_are_closed_and_kept"),
    Answer(4, "submit twice", 200, "receipt",
           "web/test_exams_candidate.py::test_the_whole_way_from_ticket_to_receipt"),
    Answer(5, "second device", 409, "TAKEN_OVER",
           "web/test_exams_candidate.py::test_another_device_is_asked_first_and_resumes_with_all_answers"),
    Answer(6, "stale autosave", 409, "STALE",
           "web/test_exams_candidate.py::test_refusals_carry_status_and_code"),
    Answer(7, "a question not in the paper", 422, "NOT_IN_PAPER",
           "web/test_exams_candidate.py::test_refusals_carry_status_and_code"),
    Answer(8, "answer key early", 404, "CANARY",
           "web/test_exams_candidate.py::test_no_response_before_the_release_holds_a_key_or_an_explanation"),
    Answer(9, "guess a picture's address", 404, "/f/",
           "core/test_content_server.py::test_a_forged_an_expired_or_a_dangling_link_opens_nothing"),
    Answer(10, "another's attempt", 404, "not_visible",
           "test_abuse_cases.py::test_anothers_attempt_and_certificate_are_not_there_and_it_is_noted"),
    Answer(12, "a key with another body", 422, "KEY_REUSED",
           "web/test_core_edge.py::test_the_same_key_with_another_file_of_the_same_name_is_another_form"),
    Answer(13, "no key", 400, "KEY_REQUIRED",
           "web/test_core_edge.py::test_a_form_without_its_key_is_refused"),
    Answer(14, "act upon one's own result or papers", 403, "SELF",
           "test_abuse_cases.py::test_nobody_marks_suspends_or_grants_for_himself"),
    Answer(15, "one person in two parts of a decision", 403, "SAME_PERSON",
           "test_abuse_cases.py::test_who_issued_a_certificate_does_not_revoke_it"),
    Answer(16, "two officers decide", 409, "ALREADY_DECIDED",
           "test_abuse_cases.py::test_an_appeal_is_decided_once"),
    Answer(18, "an act without its reason", 422, "REASON_REQUIRED",
           "test_abuse_cases.py::test_a_suspension_without_a_reason_is_refused"),
    Answer(19, "an officer of another district", 404, "b_hr",
           "web/test_certificates.py::test_a_stranger_from_another_district_finds_nothing"),
    Answer(20, "role=admin in a form", 422, "UNKNOWN_FIELD",
           "web/test_people_login.py::test_a_smuggled_field_is_refused_and_noted"),
    Answer(21, "password spray", 429, "Retry-After",
           "web/test_people_login.py::test_both_are_delayed_alike_with_retry_after"),
    Answer(22, "replay of a code", 401, "CODE_USED",
           "web/test_people_login.py::test_the_second_step_takes_a_code_once"),
    Answer(23, "reset for an unknown account", 202, "words(known) == words(unknown)",
           "web/test_people_login.py::test_a_forgotten_password_gets_the_same_answer_for_anybody"),
    Answer(24, "zip bomb", 422, "UNPACK_LIMIT",
           "core/test_uploads.py::test_an_archive_that_unpacks_to_too_much_is_refused"),
    Answer(25, "SVG named .jpg", 415, "TYPE_MISMATCH",
           "test_abuse_cases.py::test_a_drawing_with_a_script_named_jpg_is_no_picture"),
    Answer(26, "a linked picture", 422, "EXTERNAL_IMAGE",
           "core/test_uploads.py::test_a_linked_picture_is_refused_and_named"),
    Answer(27, "a name that is a formula", 200, "=cmd",
           "test_abuse_cases.py::test_a_formula_in_a_name_is_exported_as_it_is"),
    Answer(28, "a changed PDF", 200, "无效",
           "test_abuse_cases.py::test_a_changed_certificate_is_never_called_valid"),
    Answer(29, "bulk look-up", 429, "SLOW_DOWN",
           "web/test_certificates.py::test_guessing_is_slowed_down_and_gets_nothing"),
    Answer(30, "a full disk", 503, "NOT_SAVED",
           "web/test_exams_candidate.py::test_what_the_disk_does_not_take_is_not_acknowledged"),
)  # fmt: skip

ELSEWHERE = {
    11: "no lock-down browser is offered: no header of one is asked for or believed",
    17: "an approval of evidence that changed: appointments and exits (employment)",
}
"""Cases that these steps do not answer."""


@cache
def _module(name: str) -> tuple[str, dict[str, str]]:
    source = (ROOT / name).read_text("utf-8")
    return source, {
        node.name: ast.get_source_segment(source, node) or ""
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef)
    }


def test_every_case_is_answered_or_said_to_be_another_steps():
    answered = {a.case for a in ANSWERS}
    assert answered | set(ELSEWHERE) == set(range(1, 31))
    assert not answered & set(ELSEWHERE)


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda a: f"{a.case}")
def test_the_proof_speaks_of_status_and_code(answer):
    file, _, name = answer.proof.partition("::")
    source, tests = _module(file)
    assert name in tests, f"{answer.proof} is gone"
    # Parameters of a test stand in the module beside it.
    told = source if "(status, code)" in tests[name] else tests[name]
    assert str(answer.status) in told
    assert answer.code in told


def _code(response, status, code):
    assert response.status_code == status, response.text[:500]
    assert code in response.text


def test_anothers_attempt_and_certificate_are_not_there_and_it_is_noted(world, browser_for):
    attempt, held = make_attempt(), make_certificate()
    db.session.commit()
    stranger = browser_for(world.account("b_mediator"))
    for address in (f"/exams/attempts/{attempt.public_id}", f"/certificates/{held.public_id}"):
        assert stranger.get(address).status_code == 404
    noted = db.session.scalars(sa.select(SecurityEvent.kind)).all()
    assert noted.count("not_visible") == 2


def test_nobody_marks_suspends_or_grants_for_himself(world, browser_for):
    own = make_certificate(world.person("a_hr"))
    attempt = make_attempt(person=world.person("a_proctor"))
    db.session.commit()
    reason = {"reason": "本人办理"}
    officer, proctor = browser_for(world.account("a_hr")), browser_for(world.account("a_proctor"))
    _code(post(officer, f"/certificates/{own.public_id}/suspend", reason), 403, "SELF")
    _code(post(officer, f"/accounts/{world.account('a_hr').public_id}/slip"), 403, "SELF")
    admit = f"/exams/hall/seats/{attempt.public_id}/admit"
    assert post(proctor, admit).status_code in (403, 404)


def test_who_issued_a_certificate_does_not_revoke_it(world, browser_for):
    held = make_certificate(issuer="a_approver")
    db.session.commit()
    approver = browser_for(world.account("a_approver"))
    fields = {"ground": "fraud", "reason": "学历造假"}
    _code(post(approver, f"/certificates/{held.public_id}/revoke", fields), 403, "SAME_PERSON")


def test_an_appeal_is_decided_once(world, browser_for):
    """The second officer is told who decided, and when."""
    appeal_id = OBJECTS["appeal_id"](world.org("甲区司法局"), world.person("a_mediator"))
    appeal = db.session.scalars(sa.select(Appeal).where(Appeal.public_id == appeal_id)).one()
    trainer = world.person("a_trainer")
    appeal.decided_by, appeal.decided_at = trainer.id, clock.at_local(clock.today(), 9, 30)
    appeal.state, appeal.reason = AppealState.DISMISSED, "题目无误"
    db.session.commit()
    reviewer = browser_for(world.account("a_reviewer"))
    fields = {"decision": "uphold", "reason": "题目有误"}
    response = post(reviewer, f"/exams/appeals/{appeal_id}/decide", fields)
    _code(response, 409, "ALREADY_DECIDED")
    assert world.person("a_trainer").name in response.text  # who, and when
    assert "09:30" in response.text


def test_a_suspension_without_a_reason_is_refused(world, browser_for):
    held = make_certificate()
    db.session.commit()
    officer = browser_for(world.account("a_hr"))
    for fields in ({}, {"reason": "   "}):
        answer = post(officer, f"/certificates/{held.public_id}/suspend", fields)
        _code(answer, 422, "REASON_REQUIRED")


def test_a_drawing_with_a_script_named_jpg_is_no_picture():
    for data in (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", b"<html><script>"):
        with pytest.raises(Refused) as refused:
            uploads.image(data, "photo.jpg")
        assert (refused.value.status, refused.value.code) == (415, "TYPE_MISMATCH")


def test_a_formula_in_a_name_is_exported_as_it_is(world, browser_for):
    name = "=cmd|' /C calc'!A0"
    make_person(name, world.org("甲区一街社区调委会"))
    db.session.commit()
    response = browser_for(world.account("a_hr")).get("/people/export")
    assert response.status_code == 200
    cells = [c for row in load_workbook(io.BytesIO(response.data)).active.iter_rows() for c in row]
    assert [c.data_type for c in cells if c.value == name] == ["s"]
    assert "f" not in {c.data_type for c in cells}


def test_a_changed_certificate_is_never_called_valid(app, world):
    held = make_certificate()
    pdf = files.keep(
        b"%PDF-1.7 what was issued", name="a.pdf", media_type="application/pdf",
        purpose="certificate", now=clock.now(),
    )  # fmt: skip
    db.session.flush()
    held.pdf_id, held.pdf_sha256 = pdf.id, pdf.sha256
    db.session.commit()
    client = app.test_client()
    limiter.reset()

    def verdict(data):
        response = post(client, "/verify/file", {"pdf": (io.BytesIO(data), "a.pdf")})
        assert response.status_code == 200
        return response.text

    assert 'id="verdict">有效<' in verdict(b"%PDF-1.7 what was issued")
    for changed in (b"%PDF-1.7 what was issueD", b"%PDF-1.7 what was issued\n% more"):
        assert 'id="verdict">无效<' in verdict(changed)
    limiter.reset()

"""The pages about papers: asking, following, fetching, checking a code; laying files to records."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask, render_template_string
from flask.testing import FlaskClient

from tests.support.documents import BROKEN_PAPER, PAPER, SUBJECT
from tests.support.queries import counting
from tests.support.world import World, post
from training.core import clock, jobs
from training.core.attachments import queries as attachment_queries
from training.core.attachments.models import Attachment
from training.core.db import db
from training.core.documents.models import IssuedDocument
from training.core.limits import limiter
from training.core.models import Job
from training.core.rules.jobs import JobState

Browse = Callable[[object], FlaskClient]


@pytest.fixture
def officer(browser_for: Browse, world: World) -> FlaskClient:
    return browser_for(world.account("a_hr"))


def ask(client: FlaskClient, world: World, **more: object) -> object:
    data = {"kind": PAPER, "subject": world.org("甲区司法局").public_id, "format": ["pdf", "docx"]}
    return post(client, "/documents/request", data | more)


def drain() -> None:
    moment = [clock.now()]

    def tick() -> object:
        moment[0] += timedelta(hours=1)
        return moment[0]

    jobs.drain(tick)  # type: ignore[arg-type]


def test_a_paper_is_asked_for_followed_and_fetched(officer: FlaskClient, world: World) -> None:
    answer = ask(officer, world)
    assert answer.status_code == 303
    page = officer.get(answer.location)
    assert page.status_code == 200
    assert "机构登记表" in page.text
    assert "排队中" in page.text
    assert "hx-get" in page.text
    assert len(re.findall("<h1", page.text)) == 1
    drain()
    page = officer.get(answer.location)
    assert "已生成" in page.text
    assert "hx-get=" not in page.text
    assert page.text.count("/f/") == 2


def test_the_block_alone_is_given_to_the_poll(officer: FlaskClient, world: World) -> None:
    where = ask(officer, world).location
    block = officer.get(where, headers={"HX-Request": "true"}).text
    assert 'id="job"' in block
    assert "<html" not in block


def test_a_second_click_asks_only_once(officer: FlaskClient, world: World) -> None:
    first = ask(officer, world, _key="k" * 24)
    second = ask(officer, world, _key="k" * 24)
    assert first.location == second.location
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Job)) == 1


def test_further_fields_are_the_papers_own_parameters(officer: FlaskClient, world: World) -> None:
    ask(officer, world, state="active")
    assert db.session.scalars(sa.select(Job)).one().payload["params"] == {"state": "active"}


def test_without_a_format_it_is_refused_with_the_reason(officer: FlaskClient, world: World) -> None:
    answer = ask(officer, world, format=[])
    assert answer.status_code == 422
    assert "请选择文件格式" in answer.text


def test_a_failed_paper_says_what_to_do(officer: FlaskClient, world: World) -> None:
    where = ask(officer, world, kind=BROKEN_PAPER).location
    drain()
    page = officer.get(where)
    assert "没有生成" in page.text
    assert db.session.scalars(sa.select(Job)).one().public_id in page.text


def test_a_stranger_gets_404(browser_for: Browse, world: World, officer: FlaskClient) -> None:
    stranger = browser_for(world.account("b_hr"))
    assert ask(stranger, world).status_code == 404
    where = ask(officer, world).location
    assert stranger.get(where).status_code == 404
    assert browser_for(world.account("city_city_manager")).get(where).status_code == 404


def test_another_kind_of_job_is_not_a_paper(officer: FlaskClient, world: World) -> None:
    ask(officer, world)
    db.session.connection(execution_options={"write": True})
    job = db.session.scalars(sa.select(Job)).one()
    job.kind = "other.work"
    public_id = job.public_id
    db.session.commit()
    assert officer.get(f"/documents/{public_id}").status_code == 404


def test_a_visitor_is_sent_to_log_in(app: Flask) -> None:
    assert app.test_client().get("/documents/").status_code == 303


def test_my_papers_are_listed_without_a_query_for_each(officer: FlaskClient, world: World) -> None:
    assert "还没有生成过文书" in officer.get("/documents/").text
    ask(officer, world)
    drain()
    with counting() as few:
        page = officer.get("/documents/")
    assert page.text.count("/f/") == 2
    for _ in range(3):
        ask(officer, world)
    drain()
    with counting() as many:
        page = officer.get("/documents/")
    assert page.text.count("/f/") == 8
    assert len(few.statements) == len(many.statements)


def test_anybody_may_check_a_code_and_learns_no_name(
    app: Flask, officer: FlaskClient, world: World
) -> None:
    ask(officer, world)
    drain()
    paper = db.session.scalars(sa.select(IssuedDocument)).first()
    code = paper.verification_code
    visitor = app.test_client()
    assert visitor.get("/documents/verify").status_code == 200
    for url in (
        f"/documents/verify/{code}",
        f"/documents/verify?code={code.lower()[:4]}-{code[4:]}",
    ):
        page = visitor.get(url)
        assert page.status_code == 200
        assert "由本系统生成" in page.text
        assert "示例市司法局" in page.text
        assert "甲区司法局" not in page.text
        assert "/f/" not in page.text
    wrong = visitor.get("/documents/verify/" + "2" * 12)
    assert wrong.status_code == 200
    assert "没有找到这个核验码" in wrong.text


def test_the_pages_speak_english(officer: FlaskClient, world: World) -> None:
    where = ask(officer, world).location
    drain()
    english = {"Accept-Language": "en"}
    officer.set_cookie("lang", "en")
    page = officer.get(where, headers=english).text
    assert "Ready" in page
    assert "Download PDF" in page
    assert "My documents" in officer.get("/documents/").text
    assert "Check a document" in officer.get("/documents/verify").text


# --- Files laid to records ----------------------------------------------------


@pytest.fixture
def admin(browser_for: Browse, world: World) -> FlaskClient:
    return browser_for(world.account("city_admin"))


def scan() -> bytes:
    from tests.core.test_uploads import pdf_file

    return pdf_file()


def lay(client: FlaskClient, world: World, data: bytes, name: str = "a.pdf", **more: object):
    url = f"/attachments/{SUBJECT}/{world.org('甲区司法局').public_id}"
    fields = {"label": "盖章的审批表", "file": (io.BytesIO(data), name)} | more
    return post(client, url, fields, content_type="multipart/form-data")


def test_a_scan_is_uploaded_and_taken_back(admin: FlaskClient, world: World) -> None:
    assert lay(admin, world, scan()).status_code == 303
    attachment = db.session.scalars(sa.select(Attachment)).one()
    url = f"/attachments/{attachment.public_id}/withdraw"
    assert post(admin, url, {"reason": ""}).status_code == 422
    assert post(admin, url, {"reason": "扫描错页"}).status_code == 303
    db.session.expire_all()
    assert db.session.scalars(sa.select(Attachment)).one().withdrawal.reason == "扫描错页"


def test_a_second_click_uploads_only_once(admin: FlaskClient, world: World) -> None:
    for _ in range(2):
        assert lay(admin, world, scan(), _key="k" * 24).status_code == 303
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Attachment)) == 1


@pytest.mark.parametrize(("data", "status", "words"), [
    (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415, "只能上传 PDF"),
    (b"%PDF-1.7 broken", 422, "文件已损坏"), (b"", 415, "只能上传 PDF"),
])  # fmt: skip
def test_a_wrong_file_is_refused_with_its_reason(
    admin: FlaskClient, world: World, data: bytes, status: int, words: str
) -> None:
    answer = lay(admin, world, data, "a.jpg")
    if data:
        assert (answer.status_code, words in answer.text) == (status, True)
    else:
        assert answer.status_code == 422
        assert "文件是空的" in answer.text
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Attachment)) == 0


def test_an_upload_without_a_file_is_refused(admin: FlaskClient, world: World) -> None:
    answer = post(
        admin, f"/attachments/{SUBJECT}/{world.org('甲区司法局').public_id}", {"label": "x"}
    )
    assert answer.status_code == 422
    assert "请先选择文件" in answer.text


def test_who_may_not_write_over_the_record_gets_404(
    admin: FlaskClient, browser_for: Browse, world: World
) -> None:
    lay(admin, world, scan())
    attachment = db.session.scalars(sa.select(Attachment)).one().public_id
    for who in ("a_hr", "b_hr"):
        client = browser_for(world.account(who))
        assert lay(client, world, scan()).status_code == 404
        assert (
            post(client, f"/attachments/{attachment}/withdraw", {"reason": "x"}).status_code == 404
        )
    assert post(admin, f"/attachments/{'0' * 24}/withdraw", {"reason": "x"}).status_code == 404


def test_every_room_can_show_the_files_and_the_buttons(
    app: Flask, admin: FlaskClient, world: World
) -> None:
    lay(admin, world, scan())
    ref = world.org("甲区司法局").public_id
    items = attachment_queries.of(world.actor("a_hr"), SUBJECT, ref)
    template = (
        '{% from "core/_attachments.html" import attachments with context %}'
        '{% from "core/_document_buttons.html" import document_buttons with context %}'
        "{{ attachments(kind, ref, items, write, names) }}{{ document_buttons(paper, ref) }}"
    )
    names = {world.person("city_admin").public_id: "系统某"}
    with app.test_request_context():
        shown = render_template_string(
            template, kind=SUBJECT, ref=ref, items=items, write=False, names=names, paper=PAPER
        )
        full = render_template_string(
            template, kind=SUBJECT, ref=ref, items=items, write=True, names=names, paper=PAPER
        )
    assert "盖章的审批表" in shown
    assert "系统某" in shown
    assert "/f/" in shown
    assert 'value="docx"' in shown
    assert "multipart/form-data" not in shown
    assert "multipart/form-data" in full
    assert "/withdraw" in full


def test_the_states_of_a_job_all_have_words() -> None:
    from training.core.documents import views

    assert set(views._STATES) == set(JobState)


def test_guessing_the_codes_of_papers_is_slowed_down(app, world):
    client = app.test_client()
    limiter.reset()
    answers = [client.get("/documents/verify/ABCD-EFGH-2345") for _ in range(21)]
    limiter.reset()
    assert [a.status_code for a in answers] == [200] * 20 + [429]
    assert "SLOW_DOWN" in answers[-1].text
    assert "请在 1 分钟后再试" in answers[-1].text
    assert int(answers[-1].headers["Retry-After"]) > 0

"""Pages of certificates: the public check, the holder's page, issue, acts, board, cards."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from certificates.models import Certificate, CertificateEvent, WorkCard
from certificates.rules.lifecycle import CertificateState
from certificates.rules.work_card import WorkCardState
from tests.support.certificates import correct_result, make_card, make_certificate, make_ready
from tests.support.queries import counting
from tests.support.world import make_person, post
from training.core import clock, files, jobs
from training.core.db import db
from training.core.limits import limiter
from training.people.rules.person import Standing


@pytest.fixture(autouse=True)
def fresh_limits(app):
    limiter.reset()
    yield
    limiter.reset()


def _page(response, status=200):
    assert response.status_code == status, response.text[:400]
    return response.text


def _get(client, path, status=200):
    return _page(client.get(path), status)


@pytest.mark.parametrize(
    ("state", "word"),
    [
        (CertificateState.ACTIVE, "有效"),
        (CertificateState.SUSPENDED, "暂停"),
        (CertificateState.REVOKED, "撤销"),
        (CertificateState.CANCELLED, "注销"),
        (CertificateState.REPLACED, "已换发"),
        (CertificateState.ISSUED, "待生效"),
    ],
)
def test_the_verdict_says_the_state_in_one_word(app, state, word):
    made = make_certificate(state=state)
    db.session.commit()
    text = _get(app.test_client(), f"/verify?number={made.number}&code={made.code.lower()}")
    assert f'id="verdict">{word}<' in text
    assert f'id="verdict">{word}<' in _get(app.test_client(), f"/v/{made.code}")


def test_a_certificate_past_its_last_day_is_expired(app):
    today = clock.today()
    made = make_certificate(
        issued_on=today - timedelta(days=400), valid_until=today - timedelta(days=1)
    )
    db.session.commit()
    assert 'id="verdict">过期<' in _get(app.test_client(), f"/v/{made.code}")


def test_the_public_page_masks_the_name(app, world):
    person = make_person("王小明", world.org("甲区一街社区调委会"))
    made = make_certificate(person)
    db.session.commit()
    text = _get(app.test_client(), f"/v/{made.code}")
    assert "王*明" in text
    assert "王小明" not in text


def test_a_number_without_its_code_tells_nothing(app):
    made = make_certificate()
    db.session.commit()
    client = app.test_client()
    assert 'id="verdict"' not in _get(client, f"/verify?number={made.number}")
    assert "查无此证" in _get(client, f"/verify?number={made.number}&code=ABCDEFGHJKMN")


def test_a_misread_number_is_suggested(app):
    made = make_certificate()
    db.session.commit()
    typed = made.number.replace("0", "O", 1)
    text = _get(app.test_client(), "/verify?number=" + typed)
    assert made.number in text


def test_guessing_is_slowed_down_and_gets_nothing(app):
    client = app.test_client()
    answers = [
        client.get(f"/v/ABCDEFGH2{n:03d}".replace("0", "2").replace("1", "3")) for n in range(40)
    ]
    codes = [r.status_code for r in answers]
    assert codes[:20] == [200] * 20
    assert set(codes[20:]) == {429}
    assert "SLOW_DOWN" in answers[-1].text
    assert int(answers[-1].headers["Retry-After"]) > 0


def test_finding_what_one_holds_is_never_slowed_down(app):
    made = make_certificate()
    db.session.commit()
    client = app.test_client()
    assert {client.get(f"/v/{made.code}").status_code for _ in range(30)} == {200}


def test_a_changed_record_is_never_called_valid(app):
    made = make_certificate()
    made.payload = {**made.payload, "name": "别人"}
    db.session.commit()
    assert 'id="verdict">无效<' in _get(app.test_client(), f"/v/{made.code}")


def _issued(world, browser_for):
    person = make_ready(make_person("周某", world.org("甲区一街社区调委会"), mediator_no="R1"))
    db.session.commit()
    client = browser_for(world.account("a_hr"))
    response = post(client, f"/certificates/issue/{person.public_id}")
    assert response.status_code == 303
    jobs.drain()
    return db.session.scalars(sa.select(Certificate)).one()


def test_the_file_is_recognised_byte_for_byte(app, world, browser_for):
    made = _issued(world, browser_for)
    data = files.read(made.pdf)
    client = app.test_client()

    def ask(content):
        return post(client, "/verify/file", {"pdf": (io.BytesIO(content), "a.pdf")})

    assert 'id="verdict">有效<' in _page(ask(data))
    flipped = data[:500] + bytes([data[500] ^ 1]) + data[501:]
    text = _page(ask(flipped))
    assert 'id="verdict">无效<' in text
    assert "文件被改动" in text
    assert post(client, "/verify/file").status_code == 422


def test_a_second_click_issues_once(world, browser_for):
    person = make_ready()
    db.session.commit()
    client = browser_for(world.account("a_hr"))
    url, key = f"/certificates/issue/{person.public_id}", "k" * 24
    first = post(client, url, {"_key": key})
    second = post(client, url, {"_key": key})
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.headers["Location"] == second.headers["Location"]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Certificate)) == 1


def test_the_class_shows_who_passes_and_why_others_do_not(world, browser_for):
    ready = make_ready()
    from tests.support.programmes import make_enrolment

    short = make_person("欠学时", world.org("甲区一街社区调委会"))
    make_enrolment(short)
    db.session.commit()
    ids = [ready.public_id, short.public_id]
    client = browser_for(world.account("a_hr"))
    text = _get(client, "/certificates/issue")
    assert "岗前培训还差 40 学时" in text
    assert f'value="{ready.public_id}"' in text
    assert f'value="{short.public_id}"' not in text
    assert post(client, "/certificates/issue").status_code == 422
    assert post(client, "/certificates/issue", {"ids": ids}).status_code == 303
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Certificate)) == 1


def test_issuing_asks_for_a_fresh_log_in(app, world):
    from tests.support.world import sign_in

    person = make_ready()
    db.session.commit()
    client = sign_in(app, world.account("a_hr"), fresh=False)
    response = post(client, f"/certificates/issue/{person.public_id}")
    assert "/login/again" in response.headers["Location"]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Certificate)) == 0


def test_acts_change_the_state_with_a_reason(world, browser_for):
    made = make_certificate()
    db.session.commit()
    url = f"/certificates/{made.public_id}"
    client = browser_for(world.account("a_hr"))
    assert post(client, f"{url}/suspend").status_code == 422
    assert post(client, f"{url}/suspend", {"reason": "涉嫌违纪，调查期间"}).status_code == 303
    assert "涉嫌违纪" in _get(client, url)
    assert post(client, f"{url}/reinstate", {"reason": "查无实据"}).status_code == 303
    event = db.session.scalars(sa.select(CertificateEvent).filter_by(action="suspend")).one()
    fields = {"event": event.public_id, "reason": "日期写错"}
    assert post(client, f"{url}/correct", fields).status_code == 303
    assert "日期写错" in _get(client, url)
    fields = {"ground": "lost", "reason": "不慎遗失"}
    response = post(client, f"{url}/reissue", fields)
    assert response.status_code == 303
    assert response.headers["Location"] != url


def test_who_issued_does_not_revoke(world, browser_for):
    made = make_certificate(issuer="a_approver")
    other = make_certificate(make_person("另一人", world.org("甲区一街社区调委会")))
    db.session.commit()
    client = browser_for(world.account("a_approver"))
    fields = {"ground": "fraud", "reason": "学历造假"}
    refused = post(client, f"/certificates/{made.public_id}/revoke", fields)
    assert refused.status_code == 403
    done = post(client, f"/certificates/{other.public_id}/revoke", fields)
    assert done.status_code == 303


def test_a_stranger_from_another_district_finds_nothing(world, browser_for):
    made, card = make_certificate(), make_card()
    db.session.commit()
    client = browser_for(world.account("b_hr"))
    for url in (f"/certificates/{made.public_id}", f"/certificates/cards/{card.public_id}"):
        assert client.get(url).status_code == 404
    fields = {"reason": "不该成功"}
    assert post(client, f"/certificates/{made.public_id}/suspend", fields).status_code == 404
    db.session.refresh(made)
    assert made.state is CertificateState.ACTIVE


def test_the_holder_sees_the_certificate_and_what_to_do(world, browser_for):
    client = browser_for(world.account("a_mediator"))
    assert "还没有证书" in _get(client, "/my/certificate")
    today = clock.today()
    made = make_certificate(
        issued_on=today - timedelta(days=1000), valid_until=today + timedelta(days=20)
    )
    make_card()
    db.session.commit()
    text = _get(client, "/my/certificate")
    assert made.number in text
    assert "证书还有 20 天到期" in text
    assert "工作证" in text


def test_a_certificate_whose_result_was_corrected_says_so_to_the_office(world, browser_for):
    made = _issued(world, browser_for)
    url = f"/certificates/{made.public_id}"
    hr = browser_for(world.account("a_hr"))
    assert "所依据的考试结果已更正" not in _get(hr, url)
    correct_result(passed=False)
    db.session.commit()
    page = _get(hr, url)
    assert "所依据的考试结果已更正" in page
    assert "更正后不合格" in page
    assert f"{url}/suspend" in page
    approver = _get(browser_for(world.account("a_approver")), url)
    assert "所依据的考试结果已更正" in approver
    assert f"{url}/revoke" in approver


def test_the_board_counts_and_finds(world, browser_for):
    office = world.org("甲区一街社区调委会")
    today = clock.today()
    fields = {"standing": Standing.IN_POST, "pinyin": "wangxiaoming wxm"}
    held = make_person("王小明", office, mediator_no="B1", **fields)
    make_certificate(
        held, issued_on=today - timedelta(days=1000), valid_until=today + timedelta(days=10)
    )
    make_person("缺证某", office, mediator_no="B2", standing=Standing.IN_POST)
    db.session.commit()
    client = browser_for(world.account("a_hr"))
    text = _get(client, "/certificates/?state=missing")
    assert "缺证某" in text
    assert "王小明" not in text
    assert "缺证某" not in _get(client, "/certificates/?state=expiring")
    assert "王小明" in _get(client, "/certificates/?q=wxm")
    assert "王小明" in _get(client, "/certificates/?q=王小")
    for state in ("active", "check", "suspended", "left", "expired", "issued"):
        _get(client, f"/certificates/?state={state}")
    sheet = client.get("/certificates/export?state=expiring")
    assert sheet.status_code == 200
    assert sheet.data[:2] == b"PK"


def test_the_board_asks_no_more_for_more_people(world, browser_for):
    client = browser_for(world.account("a_hr"))
    office = world.org("甲区一街社区调委会")

    def add(count):
        for n in range(count):
            make_certificate(make_person(f"增{n}", office, standing=Standing.TRAINEE))
        db.session.commit()

    add(2)
    client.get("/certificates/")
    with counting() as few:
        client.get("/certificates/")
    office = world.org("甲区一街社区调委会")
    add(15)
    with counting() as many:
        client.get("/certificates/")
    assert len(many) == len(few)


def test_cards_are_made_handed_over_checked_and_taken_back(world, browser_for):
    office = world.org("甲区一街社区调委会")
    person = make_person("在岗某", office, mediator_no="C1", standing=Standing.IN_POST)
    db.session.commit()
    client = browser_for(world.account("a_hr"))
    assert "在岗某" in _get(client, "/certificates/cards?tab=none")
    done = post(client, "/certificates/cards/issue", {"ids": [person.public_id]})
    assert done.status_code == 303
    card = db.session.scalars(sa.select(WorkCard)).one()
    url = f"/certificates/cards/{card.public_id}"
    assert post(client, f"{url}/hand-over").status_code == 303
    assert post(client, f"{url}/check").status_code == 409
    assert 'id="verdict">有效<' in _get(client, f"/v/{card.code}")
    assert post(client, f"{url}/withdraw").status_code == 422
    assert post(client, f"{url}/withdraw", {"reason": "离岗"}).status_code == 303
    db.session.refresh(card)
    assert card.state is WorkCardState.WITHDRAWN
    assert 'id="verdict">已收回<' in _get(client, f"/v/{card.code}")


def test_a_mistaken_hand_over_is_taken_back_on_the_page(world, browser_for):
    card = make_card()
    db.session.commit()
    client = browser_for(world.account("a_hr"))
    url = f"/certificates/cards/{card.public_id}"
    assert "撤销年审" not in _get(client, url)
    assert f"{url}/take-back-hand-over" in _get(client, url)
    assert post(client, f"{url}/take-back-hand-over").status_code == 422
    assert post(client, f"{url}/take-back-hand-over", {"reason": "没有领取"}).status_code == 303
    assert post(client, f"{url}/take-back-check", {"reason": "没有年审"}).status_code == 409
    shown = _get(client, url)
    assert "没有领取" in shown
    assert f"{url}/hand-over" in shown
    assert 'id="verdict">有效<' not in _get(client, f"/v/{card.code}")


def test_card_sheets_are_drawn_by_the_worker(world, browser_for):
    card = make_card()
    db.session.commit()
    client = browser_for(world.account("a_hr"))
    response = post(client, "/certificates/cards/print", {"ids": [card.public_id]})
    assert response.status_code == 303
    jobs.drain()
    assert "下载 PDF" in _get(client, response.headers["Location"])


def test_a_template_with_a_forbidden_word_is_refused(world, browser_for):
    client = browser_for(world.account("a_hr"))
    fields = {
        "title": "国家调解员证书", "title_en": "Certificate", "body": "{name} 修满 {hours} 学时",
        "note": "", "reason": "测试",
    }  # fmt: skip
    text = _page(post(client, "/certificates/wording/change", fields), 422)
    assert "证书模板中不得出现：国家" in text
    fields["title"] = "培训合格证书"
    assert post(client, "/certificates/wording/change", fields).status_code == 303
    assert "培训合格证书" in _get(client, "/certificates/wording")


@pytest.mark.parametrize(
    "path", ["/verify", "/verify/file", "/my/certificate", "/certificates/cards"]
)
def test_pages_speak_english(world, browser_for, path):
    client = browser_for(world.account("a_hr"))
    client.set_cookie("lang", "en")
    text = _get(client, path)
    main = text[text.index("<main") : text.index("</main>")]
    assert main.count("<h1") == 1
    assert re.findall(r"[\u4e00-\u9fff]+", main) == []


@pytest.mark.parametrize("path", ["/certificates/", "/certificates/issue", "/certificates/wording"])
def test_pages_about_chinese_records_have_english_titles(world, browser_for, path):
    client = browser_for(world.account("a_hr"))
    client.set_cookie("lang", "en")
    title = re.search(r"<h1[^>]*>(.*?)</h1>", _get(client, path), re.S)
    assert title is not None
    assert re.search(r"[\u4e00-\u9fff]", title[1]) is None

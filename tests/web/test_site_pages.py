"""The pages for everybody: help, what is kept about people, browsers that are too old."""

from __future__ import annotations

import re

import pytest
from flask import url_for

from tests.content import statutes
from tests.support.world import NOW, post
from training.core import access
from training.core.db import db
from training.core.rules.roles import Role
from training.people.models import RoleGrant
from training.site.help_topics import TOPICS
from training.site.navigation import HOMES

PAGES = ("/help", "/privacy", "/upgrade")


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_visitor_reads_them_in_both_languages(app, path, language):
    visitor = app.test_client()
    visitor.set_cookie("lang", language)
    page = visitor.get(path)
    assert page.status_code == 200
    assert len(re.findall(r"<h1[ >]", page.text)) == 1
    assert ('<html lang="en"' in page.text) == (language == "en")


@pytest.mark.parametrize("path", ["/help", "/privacy"])
def test_an_english_page_holds_no_chinese_sentence(app, path):
    visitor = app.test_client()
    visitor.set_cookie("lang", "en")
    main = visitor.get(path).text.split("<main")[1].split("</main>")[0]
    assert not re.findall(r"[\u4e00-\u9fff]{2,}[，。；]", main)


def test_help_shows_only_what_concerns_the_reader(world, browser_for):
    mediator = browser_for(world.account("a_mediator")).get("/help").text
    assert "学时是怎样算的" in mediator
    assert "怎样把花名册导入" not in mediator
    assert "怎样把花名册导入" in browser_for(world.account("a_hr")).get("/help").text


def test_a_visitors_help_leads_to_nothing_behind_the_door(app):
    page = app.test_client().get("/help").text
    assert "/my/file" not in page
    assert "/activate" in page


def test_each_question_leads_to_a_page_that_stands(app):
    led = [q for t in TOPICS for q in t.questions if q.endpoint]
    with app.test_request_context():
        assert all(url_for(q.endpoint) for q in led)
    assert all(q.permission in access.table() for q in led)


def test_every_home_has_a_help_topic():
    assert {h.code for h in HOMES} <= set().union(*(t.homes for t in TOPICS))


def test_the_privacy_notice_names_the_articles_that_say_so(app, shared_data):
    """Each sentence of the law is where the notice says it is."""
    says = {
        17: "处理目的、处理方式",
        19: "最短时间",
        28: "敏感个人信息",
        30: "必要性",
        34: "履行法定职责",
        35: "告知义务",
        45: "查阅、复制",
        46: "更正、补充",
        47: "删除",
        48: "解释说明",
        50: "向人民法院提起诉讼",
        51: "防止未经授权的访问",
    }
    law = statutes.articles("个人信息保护法")
    assert all(words in law[number] for number, words in says.items())
    cited = {
        statutes.number(n)
        for n in re.findall(
            rf"第([{statutes.NUMERALS}]+)条", app.test_client().get("/privacy").text
        )
    }
    assert cited <= {*says, 13}
    assert "履行法定职责或者法定义务所必需" in law[13]


def test_a_person_of_two_roles_switches_homes_from_the_menu(world, browser_for):
    account = world.account("a_hr")
    db.session.add(
        RoleGrant(
            account_id=account.id,
            role=Role.TRAINER,
            org_id=world.org("甲区司法局").id,
            granted_at=NOW,
            granted_by="test",
        )
    )
    db.session.commit()
    browser = browser_for(account)
    assert '<form method="post" action="/home/trainer">' in browser.get("/help").text
    assert post(browser, "/home/trainer").status_code == 303
    page = browser.get("/help").text
    assert page.index("怎样上传案例") < page.index("怎样把花名册导入")

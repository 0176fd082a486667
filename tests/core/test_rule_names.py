"""What rules are called where people read them: never by a key."""

import re
from pathlib import Path

import pytest
from flask_babel import force_locale

from training.core.rule_names import article_number, rule_name

_BASIS = re.compile(r'(?:basis=|_\w+ = |_\w+: str = )"((?:lifecycle|rule):[^"]+|[^"]+#\d+)"')


@pytest.mark.parametrize(
    ("rule", "chinese", "english"),
    [
        ("term.years", "聘期", "Term of appointment"),
        ("人民调解法#15", "《人民调解法》第十五条", "People’s Mediation Law, article 15"),
        ("lifecycle:exit_review", "退出审查程序", "procedure of exit reviews"),
        ("GB 11643", "GB 11643", "GB 11643"),
    ],
)
def test_a_rule_has_a_name_in_both_languages(app, rule, chinese, english):
    with force_locale("zh_Hans_CN"):
        assert rule_name(rule) == chinese
    with force_locale("en"):
        assert rule_name(rule) == english


@pytest.mark.parametrize(
    ("n", "written"),
    [(9, "九"), (10, "十"), (15, "十五"), (31, "三十一"), (40, "四十"), (203, "203")],
)
def test_articles_are_numbered_as_statutes_number_them(app, n, written):
    with force_locale("zh_Hans_CN"):
        assert article_number(n) == written


def test_no_rule_that_a_gate_names_is_shown_by_its_key(app):
    root = app.extensions["academy.config"].root
    named = {
        rule
        for package in ("training", "courses", "exams", "certificates")
        for path in Path(root / package).rglob("rules/*.py")
        for rule in _BASIS.findall(path.read_text(encoding="utf-8"))
    }
    assert len(named) > 8
    assert [rule for rule in sorted(named) if rule_name(rule) == rule] == []

"""Passwords: long, uncommon, not made of what is known about the person."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.core.policy_defaults import SPECS
from training.people.passwords import common_words, score
from training.people.rules.passwords import (
    PasswordRules,
    classes_of,
    is_common,
    is_due,
    judge_password,
    normalise,
    telling,
)

POLICY = SPECS["security.password"].default
LEARNER = PasswordRules.of(POLICY, privileged=False, classified=False)
PRIVILEGED = PasswordRules.of(POLICY, privileged=True, classified=False)
CLASSIFIED = PasswordRules.of(POLICY, privileged=False, classified=True)
KNOWN = telling("王小明", "wang xiaoming", "13800001234", "990101197003071234", "a_hr")
GOOD = "qingshan liushui 47 deng"


def judge(password: str, rules: PasswordRules = LEARNER, known: tuple[str, ...] = KNOWN):
    return judge_password(
        password, rules, score=score(password, known), common=common_words(), known=known
    )


def test_a_long_phrase_of_unrelated_words_is_good_for_everybody():
    assert judge(GOOD, LEARNER)
    assert judge(GOOD, PRIVILEGED)


@pytest.mark.parametrize(
    "password",
    [
        "woaini1314520",
        "WoAiNi5201314",
        "woaini.1314.haikou",
        "1qaz2wsx3edc",
        "qwertyuiop123",
        "88888888888",
        "1234567890",
        "wangjing19700307",
        "renmintiaojie2026",
        "Password123456",
        "P@$$w0rd2026",
        "mediatoracademy",
    ],
)
def test_common_chinese_passwords_are_refused(password):
    assert judge(password).codes == ("password.common",)


@pytest.mark.parametrize(
    "password",
    [
        "xx-wangxiaoming-yy",
        "zq 13800001234 kv",
        "kv zq 00001234 ph",
        "shan 19700307 deng",
        "王小明的密码真长啊呀",
    ],
)
def test_what_is_known_of_the_person_is_refused(password):
    assert judge(password).codes == ("password.personal",)


def test_learners_need_ten_and_privileged_accounts_twelve_characters():
    assert (LEARNER.min_length, PRIVILEGED.min_length, LEARNER.max_length) == (10, 12, 128)
    assert judge("tqzmvbxkw").codes == ("password.too_short",)
    assert judge("tqzmv bxkwp", LEARNER)
    assert judge("tqzmv bxkwp", PRIVILEGED).codes == ("password.too_short",)


def test_more_than_128_characters_are_refused():
    assert judge("tqzmv bxkwp " * 11).codes == ("password.too_long",)


def test_the_default_asks_for_no_composition_and_the_classified_profile_for_three_classes():
    assert judge("tqzmvbxkwphf")
    assert judge("tqzmvbxkwphf", CLASSIFIED).codes == ("password.classes",)
    assert judge("Tqzmvb4xkwphf", CLASSIFIED)
    assert classes_of("aA1 ") == 4


def test_only_the_classified_profile_lets_a_password_expire():
    set_at = datetime(2026, 1, 1, tzinfo=UTC)
    assert not is_due(set_at, LEARNER, set_at + timedelta(days=4000))
    assert is_due(set_at, CLASSIFIED, set_at + timedelta(days=90))
    assert not is_due(set_at, CLASSIFIED, set_at + timedelta(days=89))
    assert CLASSIFIED.history == 5


def test_the_same_password_from_a_full_width_keyboard_is_the_same():
    assert normalise("ＡＢＣ１２３") == "ABC123"


@given(st.lists(st.sampled_from(sorted(common_words())), min_size=1, max_size=3))
def test_up_to_three_common_pieces_are_common_however_they_are_joined(pieces):
    assert is_common("".join(pieces), common_words())
    assert is_common("-".join(pieces).upper(), common_words())


@given(st.text(max_size=140))
def test_any_text_gets_a_verdict(password):
    verdict = judge_password(password, PRIVILEGED, score=4, common=common_words(), known=KNOWN)
    if verdict:
        assert PRIVILEGED.min_length <= len(password) <= PRIVILEGED.max_length

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.core.policy_defaults import SPECS
from training.employment.rules.eligibility import (
    NEGATIVE_LABELS,
    PREFERENCE_LABELS,
    QUALITY_LABELS,
    AgeRange,
    Applicant,
    Negative,
    PostKind,
    Preference,
    Quality,
    assess,
    preference_key,
    preference_points,
)
from training.people.rules.person import Education

TODAY = date(2026, 11, 23)
AGES = AgeRange(**SPECS["eligibility.age"].default)
NEGATIVE_LIST = SPECS["eligibility.negative_list"].default
FIT = Applicant(
    birth_date=date(1975, 5, 1),
    citizen=True,
    assessed=dict.fromkeys(Quality, True),
    negatives=(),
    education=Education.SENIOR,
    skills=(),
)


def judged(negative_list=NEGATIVE_LIST, **changes):
    return assess(replace(FIT, **changes), TODAY, age_range=AGES, negative_list=negative_list)


def test_who_meets_every_condition_is_eligible():
    result = judged()
    assert result.verdict
    assert result.warnings == ()


@pytest.mark.parametrize(
    ("birth", "codes", "warned"),
    [
        (None, ("eligibility.birth_unknown",), False),
        (date(2026, 11, 24), ("eligibility.birth_unknown",), False),
        (date(2026, 11, 23), ("eligibility.minor",), True),
        (date(2008, 11, 24), ("eligibility.minor",), True),
        (date(2008, 11, 23), (), True),
        (date(2006, 11, 24), (), True),
        (date(2006, 11, 23), (), False),
        (date(1955, 11, 24), (), False),
        (date(1955, 11, 23), (), True),
        (date(1956, 11, 23), (), False),
    ],
)
def test_a_minor_is_refused_and_an_unusual_age_only_warned_of(birth, codes, warned):
    result = judged(birth_date=birth)
    assert result.verdict.codes == codes
    assert [r.code for r in result.warnings] == ["eligibility.age"] * warned


@pytest.mark.parametrize("quality", list(Quality))
def test_each_quality_of_the_statute_is_a_condition(quality):
    lacking = judged(assessed={**FIT.assessed, quality: False})
    assert lacking.verdict.codes == ("eligibility.quality",)
    assert lacking.verdict.reasons[0].basis == "人民调解法#14"
    unassessed = judged(assessed={q: True for q in Quality if q is not quality})
    assert unassessed.verdict.codes == ("eligibility.not_assessed",)
    assert QUALITY_LABELS[quality] in str(unassessed.verdict.reasons[0].words)


def test_citizenship_is_a_condition():
    assert judged(citizen=False).verdict.codes == ("eligibility.not_citizen",)


@pytest.mark.parametrize("negative", list(Negative))
def test_an_entry_of_the_negative_list_refuses_and_one_struck_from_it_warns(negative):
    refused = judged(negatives=(negative,))
    assert refused.verdict.codes == ("eligibility.negative",)
    assert NEGATIVE_LABELS[negative] in str(refused.verdict.reasons[0].words)
    warned = judged(
        negatives=(negative,), negative_list=[n for n in NEGATIVE_LIST if n != negative]
    )
    assert warned.verdict
    assert [r.code for r in warned.warnings] == ["eligibility.negative"]


def test_every_failed_condition_has_its_own_reason():
    result = judged(
        birth_date=None,
        citizen=False,
        assessed={Quality.FAIR: False},
        negatives=(Negative.DISHONESTY_LIST, Negative.CRIMINAL_PENALTY),
    )
    assert result.verdict.codes == (
        "eligibility.birth_unknown",
        "eligibility.not_citizen",
        "eligibility.quality",
        *("eligibility.not_assessed",) * 4,
        "eligibility.negative",
        "eligibility.negative",
    )


def test_the_lists_are_those_of_the_policy():
    assert [str(n) for n in Negative] == NEGATIVE_LIST
    for post in PostKind:
        assert set(SPECS[preference_key(post)].default) == {str(p) for p in Preference}
    assert set(PREFERENCE_LABELS) == set(Preference)


@pytest.mark.parametrize(
    ("post", "education", "skills", "total"),
    [
        (PostKind.URBAN, Education.COLLEGE, (Preference.LAW, Preference.COMPUTER), 2500),
        (PostKind.PROFESSIONAL, Education.MASTER, (Preference.LAW,), 2000),
        (PostKind.URBAN, Education.SENIOR, (Preference.RESPECTED_ELDER,), 0),
        (PostKind.RURAL, Education.PRIMARY, (Preference.RESPECTED_ELDER,), 1500),
        (PostKind.RURAL, Education.BACHELOR, tuple(Preference), 3000),
        (PostKind.URBAN, Education.SENIOR, (Preference.COLLEGE,), 0),
        (PostKind.URBAN, Education.NONE, (), 0),
    ],
)
def test_posts_differ_in_whom_they_prefer(post, education, skills, total):
    applicant = replace(FIT, education=education, skills=skills)
    points = preference_points(applicant, post, SPECS[preference_key(post)].default)
    assert points.total == total
    assert all(line.basis == preference_key(post) for line in points.lines)


def test_each_preference_that_counted_has_a_line():
    applicant = replace(FIT, education=Education.COLLEGE, skills=(Preference.COMPUTER,))
    points = preference_points(
        applicant, PostKind.URBAN, SPECS[preference_key(PostKind.URBAN)].default
    )
    assert [str(line.words) for line in points.lines] == [
        "大专以上学历：加 10 分",
        "会使用电脑：加 5 分",
    ]


@given(
    st.sampled_from(Education),
    st.sets(st.sampled_from(Preference)),
    st.sampled_from(PostKind),
    st.dictionaries(st.sampled_from(Preference), st.integers(0, 30)),
)
def test_preferences_change_nobodys_eligibility(education, skills, post, points):
    applicant = replace(FIT, education=education, skills=tuple(skills))
    assert assess(applicant, TODAY, age_range=AGES, negative_list=NEGATIVE_LIST) == judged()
    found = preference_points(applicant, post, points)
    assert 0 <= found.total <= 100 * sum(points.values())
    assert len(found.lines) <= len(points)

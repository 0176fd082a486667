"""Who may become a mediator: conditions, warnings and preferences of a recruitment.

Conditions of 人民调解法#14 and the negative list are hard; age outside the usual range is
a warning; education and skills are preference points, never a gate.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from training.core.rules.explanation import Explanation, show_hundredths
from training.core.rules.periods import age_on
from training.core.rules.verdict import ALLOWED, Reason, Verdict, all_of, refuse
from training.core.rules.words import N_, Words
from training.people.rules.person import Education

ADULT_AGE = 18
"""Full years at which a citizen is of age (民法典#17); a statute, not a policy."""

_STATUTE = "人民调解法#14"
_HUNDREDTHS = 100


class Quality(StrEnum):
    """What 人民调解法#14 asks for and a reviewer assesses."""

    FAIR = "fair"
    WILLING = "willing"
    EDUCATED = "educated"
    POLICY_KNOWLEDGE = "policy_knowledge"
    LEGAL_KNOWLEDGE = "legal_knowledge"


QUALITY_LABELS: Mapping[Quality, str] = {
    Quality.FAIR: N_("公道正派"),
    Quality.WILLING: N_("热心人民调解工作"),
    Quality.EDUCATED: N_("具有一定文化水平"),
    Quality.POLICY_KNOWLEDGE: N_("具有一定政策水平"),
    Quality.LEGAL_KNOWLEDGE: N_("具有一定法律知识"),
}


class Negative(StrEnum):
    """Entries of the negative list (policy ``eligibility.negative_list``)."""

    CRIMINAL_PENALTY = "criminal_penalty"
    ADMINISTRATIVE_PENALTY = "administrative_penalty"
    UNDER_INVESTIGATION = "under_investigation"
    DISHONESTY_LIST = "dishonesty_list"
    OTHER_UNFIT = "other_unfit"


NEGATIVE_LABELS: Mapping[Negative, str] = {
    Negative.CRIMINAL_PENALTY: N_("受过刑事处罚"),
    Negative.ADMINISTRATIVE_PENALTY: N_("受过治安管理等行政处罚"),
    Negative.UNDER_INVESTIGATION: N_("正在接受审查或者调查"),
    Negative.DISHONESTY_LIST: N_("被列入失信名单"),
    Negative.OTHER_UNFIT: N_("其他不适宜从事调解的情形"),
}


class PostKind(StrEnum):
    """Posts differ in whom they prefer (founding 选聘 rules)."""

    URBAN = "urban"
    PROFESSIONAL = "professional"
    RURAL = "rural"


class Preference(StrEnum):
    """What is preferred (policies ``eligibility.preference_urban`` and ``_rural``)."""

    COLLEGE = "college"
    LAW = "law"
    COMPUTER = "computer"
    RESPECTED_ELDER = "respected_elder"


PREFERENCE_LABELS: Mapping[Preference, str] = {
    Preference.COLLEGE: N_("大专以上学历"),
    Preference.LAW: N_("法律专业或者法律工作经历"),
    Preference.COMPUTER: N_("会使用电脑"),
    Preference.RESPECTED_ELDER: N_("乡贤五老"),
}


@dataclass(frozen=True, slots=True)
class Applicant:
    """What is known of an applicant.

    ``assessed`` holds the reviewer's finding on each quality; one that is absent has not
    been assessed yet. ``skills`` are preferences claimed and proven, other than education.
    """

    birth_date: date | None
    citizen: bool
    assessed: Mapping[Quality, bool]
    negatives: Collection[Negative]
    education: Education
    skills: Collection[Preference]


@dataclass(frozen=True, slots=True)
class AgeRange:
    """The usual range of age in full years, both inclusive (policy ``eligibility.age``)."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Eligibility:
    """``verdict`` carries each failed condition; ``warnings`` stop nobody but are shown."""

    verdict: Verdict
    warnings: tuple[Reason, ...]


def assess(
    applicant: Applicant,
    today: date,
    *,
    age_range: AgeRange,
    negative_list: Collection[str],
) -> Eligibility:
    """Conditions and warnings, one reason for each.

    ``negative_list`` is policy ``eligibility.negative_list``: an entry struck from it is
    a warning. Codes: ``eligibility.birth_unknown``, ``.minor``, ``.not_citizen``,
    ``.not_assessed``, ``.quality``, ``.negative``; as warnings ``.age``, ``.negative``.
    """
    verdict = _adult(applicant.birth_date, today)
    if not applicant.citizen:
        verdict &= refuse("eligibility.not_citizen", N_("须为中国公民"), basis=_STATUTE)
    verdict &= all_of(_quality(quality, applicant.assessed.get(quality)) for quality in Quality)
    warnings = _age_warning(applicant.birth_date, today, age_range)
    for negative in Negative:
        if negative not in applicant.negatives:
            continue
        found = refuse(
            "eligibility.negative",
            N_("有不予选聘的情形：%(what)s"),
            basis="eligibility.negative_list",
            what=Words(NEGATIVE_LABELS[negative]),
        )
        if negative in negative_list:
            verdict &= found
        else:
            warnings += found.reasons
    return Eligibility(verdict, warnings)


def _adult(birth_date: date | None, today: date) -> Verdict:
    if birth_date is None or birth_date > today:
        return refuse("eligibility.birth_unknown", N_("出生日期不详"), basis=_STATUTE)
    if age_on(birth_date, today) < ADULT_AGE:
        return refuse("eligibility.minor", N_("须为成年公民"), basis=_STATUTE)
    return ALLOWED


def _quality(quality: Quality, found: bool | None) -> Verdict:
    if found:
        return ALLOWED
    label = Words(QUALITY_LABELS[quality])
    if found is None:
        return refuse(
            "eligibility.not_assessed", N_("尚未审查「%(quality)s」"), basis=_STATUTE, quality=label
        )
    return refuse("eligibility.quality", N_("不符合「%(quality)s」"), basis=_STATUTE, quality=label)


def _age_warning(birth_date: date | None, today: date, age_range: AgeRange) -> tuple[Reason, ...]:
    if birth_date is None or birth_date > today:
        return ()
    age = age_on(birth_date, today)
    if age_range.low <= age <= age_range.high:
        return ()
    return refuse(
        "eligibility.age",
        N_("年龄 %(age)s 周岁，通常为 %(low)s 至 %(high)s 周岁，请斟酌"),
        basis="eligibility.age",
        age=age,
        low=age_range.low,
        high=age_range.high,
    ).reasons


def preference_key(post: PostKind) -> str:
    """The policy key that holds the preference points of a kind of post."""
    if post is PostKind.RURAL:
        return "eligibility.preference_rural"
    return "eligibility.preference_urban"


@dataclass(frozen=True, slots=True)
class PreferencePoints:
    """Hundredths of preference points, with a line for each preference that counted."""

    total: int
    lines: tuple[Explanation, ...]


def preference_points(
    applicant: Applicant, post: PostKind, points: Mapping[str, int]
) -> PreferencePoints:
    """What the applicant brings that the post prefers; ``points`` are the whole points of
    policy ``preference_key(post)``. They rank, they exclude nobody."""
    order = list(Education)
    held = set(applicant.skills) - {Preference.COLLEGE}
    if order.index(applicant.education) >= order.index(Education.COLLEGE):
        held.add(Preference.COLLEGE)
    counted = [(p, points[p] * _HUNDREDTHS) for p in Preference if p in held and points.get(p)]
    lines = tuple(
        Explanation(
            f"preference.{preference}",
            Words(
                N_("%(what)s：加 %(points)s 分"),
                {
                    "what": Words(PREFERENCE_LABELS[preference]),
                    "points": show_hundredths(hundredths),
                },
            ),
            preference_key(post),
        )
        for preference, hundredths in counted
    )
    return PreferencePoints(sum(hundredths for _, hundredths in counted), lines)

"""The citizen identity number (公民身份号码, GB 11643): reading, checking, contradictions.

Eighteen characters: region (GB/T 2260, 6), birth date (8), sequence (3, odd for men),
check character (ISO 7064 MOD 11-2). Office sheets ruin these numbers in known ways, above
all Excel, which keeps 15 digits of a number; each way has a code of its own, so that an
import can say by cell what happened and what to do. No reason ever carries the number.
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from .office_dates import WrittenDate
from .verdict import ALLOWED, Reason, Verdict, all_of, refuse
from .words import N_, Words

FICTIONAL_REGION = "990101"
"""No such region exists: demonstration data and tests use it, so that nobody is meant."""

_BASIS = "GB 11643"
_LENGTH = 18
_FIRST_GENERATION = 15
_EXCEL_DIGITS = 15
_EARLIEST_BIRTH = date(1900, 1, 1)
_WEIGHTS = tuple(2 ** (17 - i) % 11 for i in range(17))
_CHECK_CHARACTERS = "10X98765432"

# GB/T 2260: the two digits of the province level; 81 to 83 are residents of Hong Kong,
# Macao and Taiwan with a residence permit.
_PROVINCES = frozenset(
    f"{n}"
    for block in (
        range(11, 16),
        range(21, 24),
        range(31, 38),
        range(41, 47),
        range(50, 55),
        range(61, 66),
        range(71, 72),
        range(81, 84),
    )
    for n in block
)
# What people type for X: Cyrillic Ha, the multiplication sign.
_X_LOOKALIKES = str.maketrans({"Х": "X", "×": "X"})
_SCIENTIFIC = re.compile(r"[\d.]+E\+?\d+")


class Sex(StrEnum):
    """Sex as in the identity number (GB/T 2261.1)."""

    MALE = "male"
    FEMALE = "female"


SEX_LABELS = {Sex.MALE: N_("男"), Sex.FEMALE: N_("女")}

_WRITTEN_SEX = {
    **dict.fromkeys(("男", "男性", "M", "MALE", "1"), Sex.MALE),
    **dict.fromkeys(("女", "女性", "F", "FEMALE", "2"), Sex.FEMALE),
}


@dataclass(frozen=True, slots=True)
class IdentityNumber:
    """A sound identity number. ``value`` stays out of ``repr`` and so out of logs.

    ``doubts`` name what a person should look at although the number is formally right.
    """

    value: str = field(repr=False)
    doubts: tuple[Reason, ...] = ()

    @property
    def region(self) -> str:
        return self.value[:6]

    @property
    def birth_date(self) -> date:
        return date(int(self.value[6:10]), int(self.value[10:12]), int(self.value[12:14]))

    @property
    def sex(self) -> Sex:
        return Sex.MALE if int(self.value[16]) % 2 else Sex.FEMALE


def check_character(first_17: str) -> str:
    """The 18th character for 17 digits (ISO 7064 MOD 11-2).

    Raises ``ValueError`` for anything but 17 digits."""
    if not re.fullmatch(r"[0-9]{17}", first_17):
        raise ValueError("the check character is computed over 17 digits")
    total = sum(int(d) * w for d, w in zip(first_17, _WEIGHTS, strict=True))
    return _CHECK_CHARACTERS[total % 11]


def read_identity_number(raw: object, today: date) -> IdentityNumber | Verdict:
    """The number in a cell or a form field, or the denial with each problem found.

    ``raw`` may be text or, from a spreadsheet, a number; ``today`` bounds the birth date.
    Codes: ``identity.missing``, ``.excel`` (digits lost in a spreadsheet), ``.characters``,
    ``.first_generation`` (15 digits, invalid since 2013), ``.length``, ``.region``,
    ``.birth_date``, ``.check_digit``; in ``doubts``: ``identity.maybe_excel``.
    """
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        if not math.isfinite(raw):
            return _missing()
        if abs(raw) >= 10**_EXCEL_DIGITS:
            return _ruined_by_excel()
        raw = int(raw) if raw == int(raw) else raw
    text = _clean(raw).replace("-", "")
    if not text:
        return _missing()
    if _SCIENTIFIC.fullmatch(text):
        return _ruined_by_excel()
    return _judge_text(text, today)


def _judge_text(text: str, today: date) -> IdentityNumber | Verdict:
    if not re.fullmatch(r"[0-9]+X?", text):
        return _refuse("identity.characters", N_("身份证号只能是数字，最后一位可以是 X"))
    if len(text) == _FIRST_GENERATION:
        return _refuse(
            "identity.first_generation", N_("这是 15 位的旧身份证号，请改填 18 位身份证号")
        )
    if len(text) != _LENGTH:
        return _refuse(
            "identity.length", N_("身份证号应为 18 位，现有 %(found)s 位"), found=len(text)
        )
    right_check = check_character(text[:17]) == text[17]
    if text.endswith("000") and not right_check:
        return _ruined_by_excel()
    problems = all_of((_judge_region(text), _judge_birth(text, today), _judge_check(right_check)))
    if not problems:
        return problems
    # One ruined number in eleven passes the check by chance.
    doubts = _maybe_excel().reasons if text.endswith("000") else ()
    return IdentityNumber(text, doubts)


def read_sex(raw: object) -> Sex | Verdict:
    """Sex as offices write it (男, 女, 男性, M, 1…); codes ``sex.missing``, ``sex.unknown``."""
    text = _clean("" if raw is None else raw)
    if not text:
        return refuse("sex.missing", N_("未填写性别"))
    return _WRITTEN_SEX.get(text.removesuffix(".0")) or refuse(
        "sex.unknown", N_("性别应填写「男」或者「女」")
    )


def contradictions(
    number: IdentityNumber, birth: WrittenDate | None = None, sex: Sex | None = None
) -> Verdict:
    """Whether what the sheet says agrees with the number, at the precision it was written.

    Codes ``identity.contradicts_birth_date``, ``identity.contradicts_sex``.
    """
    verdict = ALLOWED
    if birth is not None and not birth.matches(number.birth_date):
        verdict &= _refuse("identity.contradicts_birth_date", N_("填写的出生日期与身份证号不一致"))
    if sex is not None and sex is not number.sex:
        verdict &= _refuse("identity.contradicts_sex", N_("填写的性别与身份证号不一致"))
    return verdict


def _clean(raw: object) -> str:
    text = unicodedata.normalize("NFKC", "" if raw is None else str(raw))
    visible = (c for c in text if not c.isspace() and unicodedata.category(c) not in ("Cc", "Cf"))
    # A leading apostrophe is how spreadsheets mark text.
    return "".join(visible).strip("'’‘`\"").upper().translate(_X_LOOKALIKES)


def _judge_region(text: str) -> Verdict:
    if text[:2] in _PROVINCES or text[:6] == FICTIONAL_REGION:
        return ALLOWED
    return _refuse("identity.region", N_("身份证号的前两位不是省级行政区划代码"))


def _judge_birth(text: str, today: date) -> Verdict:
    try:
        birth = date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        birth = None
    if birth is not None and _EARLIEST_BIRTH <= birth <= today:
        return ALLOWED
    return _refuse("identity.birth_date", N_("身份证号中的出生日期不可能存在"))


def _judge_check(right: bool) -> Verdict:
    if right:
        return ALLOWED
    return _refuse("identity.check_digit", N_("身份证号的校验码不对，请核对是否抄错"))


def _missing() -> Verdict:
    return _refuse("identity.missing", N_("未填写身份证号"))


def _ruined_by_excel() -> Verdict:
    return _refuse(
        "identity.excel",
        N_("身份证号被表格当作数字保存，后几位已经丢失，请将单元格设为文本后重新填写"),
    )


def _maybe_excel() -> Verdict:
    return _refuse(
        "identity.maybe_excel", N_("身份证号以 000 结尾，可能是表格当作数字保存所致，请核对证件")
    )


def _refuse(code: str, message: str, **params: object) -> Verdict:
    return Verdict((Reason(code, Words(message, params), _BASIS),))

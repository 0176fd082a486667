"""Names and telephone numbers as people write them, and how they are masked.

Masking follows the screens: 王*明, 4601**********23, 138****1234.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum

from .verdict import Verdict, refuse
from .words import N_

MIDDLE_DOT = "·"
"""The separator in names of ethnic minorities: 阿卜杜拉·买买提 (GB 13000, U+00B7)."""

_DOTS = re.compile(r"\s*[·•・‧∙⋅｡。.．]\s*")
_FULL_WIDTH_LATIN = str.maketrans({c: c - 0xFEE0 for c in range(0xFF21, 0xFF5B)})
_HAN_LETTER = re.compile(r"[㐀-鿿豈-﫿\U00020000-\U0003FFFF〇]")
_MOBILE = re.compile(r"1[3-9]\d{9}")
_LANDLINE = re.compile(r"(0(?:10|2\d|[3-9]\d{2}))(\d{7,8})")
_EXTENSION = re.compile(r"[\s\-]*(?:转|EXT\.?|X|#)\s*(\d{1,6})$|(?<=\d{7})-(\d{1,4})$")


class PhoneKind(StrEnum):
    """Only a mobile number can log in or receive a message."""

    MOBILE = "mobile"
    LANDLINE = "landline"


@dataclass(frozen=True, slots=True)
class Phone:
    """A telephone number of the mainland in its one canonical form: ``13800001234``,
    ``0898-66501234`` or ``0898-66501234-801``. It stays out of ``repr``."""

    value: str = field(repr=False)
    kind: PhoneKind


def read_name(raw: object) -> str | Verdict:
    """A person's name, tidied: 「张 三」 → 张三, one middle dot in names of minorities,
    single spaces between Latin words. Characters are never exchanged for others: a name
    is what the identity card says. Codes ``name.missing``, ``name.characters``.
    """
    text = "" if raw is None else str(raw).translate(_FULL_WIDTH_LATIN)
    text = "".join(c for c in text if c.isspace() or unicodedata.category(c) not in ("Cc", "Cf"))
    text = " ".join(text.split())
    marks = " -'."
    if _HAN_LETTER.search(text):
        marks = MIDDLE_DOT
        text = _DOTS.sub(MIDDLE_DOT, text)
        text = re.sub(rf"(?<={_HAN_LETTER.pattern}) | (?={_HAN_LETTER.pattern})", "", text)
        text = re.sub(rf"{MIDDLE_DOT}+", MIDDLE_DOT, text).strip(MIDDLE_DOT)
    if not text:
        return refuse("name.missing", N_("未填写姓名"))
    if not all(unicodedata.category(c)[0] in "LM" or c in f"{marks}〇" for c in text):
        return refuse("name.characters", N_("姓名中有不应出现的字符，请核对"))
    return text


def read_phone(raw: object) -> Phone | Verdict:
    """A mainland telephone number, canonical, or the denial.

    Accepts +86, 0086, spaces, hyphens, brackets and numbers from a spreadsheet.
    Codes ``phone.missing``, ``phone.characters``, ``phone.several`` (two numbers in one
    field), ``phone.no_area_code``, ``phone.length``.
    """
    if isinstance(raw, float) and raw.is_integer():
        raw = int(raw)
    text = unicodedata.normalize("NFKC", "" if raw is None else str(raw)).upper()
    text = "".join(c for c in text if unicodedata.category(c) not in ("Cc", "Cf"))
    text = re.sub(r"[‐-―−]", "-", text).strip(" '’‘")
    if not text:
        return refuse("phone.missing", N_("未填写联系电话"))
    if len([part for part in re.split(r"[/、,;或\s]", text) if len(part) >= 7]) > 1:
        return refuse("phone.several", N_("一格中有多个电话，请只保留一个"))
    text, extension = _split_extension(text)
    digits = re.sub(r"[\s\-().]", "", text)
    if not re.fullmatch(r"\+?\d+", digits):
        return refuse("phone.characters", N_("电话中有不应出现的字符"))
    digits = re.sub(r"^(\+86|0086|86(?=1\d{10}$))", "", digits)
    # A zero before a mobile number was once dialled for long distance.
    mobile = digits.removeprefix("0")
    if _MOBILE.fullmatch(mobile) and not extension:
        return Phone(mobile, PhoneKind.MOBILE)
    # The zero of an area code falls away behind +86 and in a cell kept as a number.
    for candidate in (digits, f"0{digits}"):
        if match := _LANDLINE.fullmatch(candidate):
            number = f"{match[1]}-{match[2]}" + (f"-{extension}" if extension else "")
            return Phone(number, PhoneKind.LANDLINE)
    if len(digits) in (7, 8):
        return refuse("phone.no_area_code", N_("座机请加区号，例如 0898-66501234"))
    return refuse("phone.length", N_("手机号应为 11 位，座机应有区号，请核对"))


def _split_extension(text: str) -> tuple[str, str]:
    match = _EXTENSION.search(text)
    if not match:
        return text, ""
    return text[: match.start()], match[1] or match[2]


def mask_name(name: str) -> str:
    """王小明 → 王*明, 王明 → 王*, 阿卜杜拉·买买提 → 阿******提; length kept."""
    if len(name) <= 2:
        return name[: len(name) - 1] + "*" if name else ""
    return name[0] + "*" * (len(name) - 2) + name[-1]


def mask_identity_number(number: str) -> str:
    """First four, ten asterisks, last two; all asterisks when it is not a whole number."""
    return f"{number[:4]}{'*' * 10}{number[-2:]}" if len(number) == 18 else "*" * len(number)


def mask_phone(number: str) -> str:
    """13800001234 → 138****1234; 0898-66501234 → 0898-****1234; anything else vanishes."""
    if _MOBILE.fullmatch(number):
        return f"{number[:3]}****{number[-4:]}"
    match = re.fullmatch(r"(0\d{2,3}-)(\d{3,4})(\d{4})(-\d+)?", number)
    return f"{match[1]}{'*' * len(match[2])}{match[3]}" if match else "*" * len(number)

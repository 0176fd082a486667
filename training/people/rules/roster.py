"""The bureau's own sheet: what a column may mean, and how an import goes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from enum import StrEnum

from training.core.rules.words import N_


class BatchState(StrEnum):
    """An import: the sheet is read, its columns named, every line judged, all applied or none."""

    READING = "reading"
    UNREADABLE = "unreadable"
    MAPPING = "mapping"
    CHECKING = "checking"
    CHECKED = "checked"
    APPLYING = "applying"
    APPLIED = "applied"
    ABANDONED = "abandoned"


BATCH_LABELS = {
    BatchState.READING: N_("正在读取"),
    BatchState.UNREADABLE: N_("无法读取"),
    BatchState.MAPPING: N_("待核对列"),
    BatchState.CHECKING: N_("正在核对"),
    BatchState.CHECKED: N_("待确认导入"),
    BatchState.APPLYING: N_("正在导入"),
    BatchState.APPLIED: N_("已导入"),
    BatchState.ABANDONED: N_("已放弃"),
}

AT_WORK = frozenset({BatchState.READING, BatchState.CHECKING, BatchState.APPLYING})
"""States in which a job is at work."""


class Outcome(StrEnum):
    """What becomes of one line."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    ERROR = "error"


OUTCOME_LABELS = {
    Outcome.NEW: N_("新增"),
    Outcome.CHANGED: N_("有变更"),
    Outcome.UNCHANGED: N_("无变化"),
    Outcome.ERROR: N_("有问题"),
}


class Field(StrEnum):
    """What a column of a roster may hold."""

    NAME = "name"
    SEX = "sex"
    BIRTH = "birth"
    IDENTITY = "id_number"
    PHONE = "phone"
    EDUCATION = "education"
    SPECIALITY = "speciality"
    ORG = "org"
    OFFICE = "office"
    SERVICE = "service_kind"
    HIRED = "hired"
    ENGAGEMENT = "engagement"


FIELD_LABELS = {
    Field.NAME: N_("姓名"),
    Field.SEX: N_("性别"),
    Field.BIRTH: N_("出生年月"),
    Field.IDENTITY: N_("身份证号"),
    Field.PHONE: N_("联系电话"),
    Field.EDUCATION: N_("文化程度"),
    Field.SPECIALITY: N_("专长"),
    Field.ORG: N_("所在调委会"),
    Field.OFFICE: N_("所属司法所"),
    Field.SERVICE: N_("专职或兼职"),
    Field.HIRED: N_("聘用时间"),
    Field.ENGAGEMENT: N_("用工形式"),
}

REQUIRED = (Field.NAME, Field.IDENTITY)

# Words of heads, tidied as ``tidy`` does; the first hit wins.
_WORDS: tuple[tuple[Field, str], ...] = (
    (Field.NAME, "姓名|(调解员|人员)(姓名)?"),
    (Field.SEX, "性别"),
    (Field.BIRTH, "出生(年月日?|日期|时间)|生日"),
    (Field.IDENTITY, "(公民|居民)?身份(证件?)?(号码?)?|证件号码?"),
    (Field.PHONE, "(联系|移动|手机|办公)?(电话|方式)(号码)?|手机(号码?)?"),
    (Field.EDUCATION, "(最高)?(文化程度|学历)"),
    (Field.SPECIALITY, "(专业)?(专长|特长)|擅长领域"),
    (Field.OFFICE, "(所在|所属)?司法所(名称)?|(所在|所属)?(镇街|乡镇街道|镇街道)"),
    (Field.ORG, "(所在|所属|工作)?(人民)?(调解委员会|调委会|单位|机构)(名称)?"),
    (Field.SERVICE, "(专职兼职|专兼职|专职或兼职)(情况)?|(人员|调解员)?类别"),
    (Field.HIRED, "(聘用|聘任|任职|上岗|入职|受聘)(时间|日期|年月)"),
    (Field.ENGAGEMENT, "用工(形式|方式|性质)"),
)
_KNOWN = tuple((field, re.compile(words)) for field, words in _WORDS)
_OTHER = re.compile(
    "序号|编号|备注|民族|籍贯|政治面貌|职务|职称|住址|地址|年龄|健康状况|邮箱|基本情况|任职情况"
)


def tidy(label: object) -> str:
    """A head's words alone: no spaces, signs or remarks in brackets."""
    text = unicodedata.normalize("NFKC", "" if label is None else str(label))
    text = re.sub(r"\(.*?\)|【.*?】|\[.*?\]", "", text)
    return "".join(c for c in text if c.isalnum())


def meaning(label: object) -> Field | None:
    """What the head of a column means, if its words are known."""
    text = tidy(label)
    return next((field for field, pattern in _KNOWN if pattern.fullmatch(text)), None)


def is_head_word(label: object) -> bool:
    """Is it a word that heads have, imported or not?"""
    return meaning(label) is not None or _OTHER.fullmatch(tidy(label)) is not None


def guess(labels: Mapping[str, str]) -> dict[str, str]:
    """Column letter → field for the heads whose words are known; each field once."""
    found: dict[str, str] = {}
    for letter, label in labels.items():
        field = meaning(label)
        if field is not None and field not in found.values():
            found[letter] = str(field)
    return found


def column_letter(index: int) -> str:
    """0 → A, 25 → Z, 26 → AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_index(letter: str) -> int:
    """A → 0, AA → 26."""
    index = 0
    for c in letter:
        index = index * 26 + ord(c) - 64
    return index - 1


def missing_fields(mapping: Mapping[str, str]) -> tuple[Field, ...]:
    """Required fields that no column was given."""
    return tuple(f for f in REQUIRED if str(f) not in mapping.values())


def doubled_fields(mapping: Mapping[str, str]) -> tuple[Field, ...]:
    """Fields that more than one column was given."""
    given: Sequence[str] = list(mapping.values())
    return tuple(f for f in Field if given.count(str(f)) > 1)

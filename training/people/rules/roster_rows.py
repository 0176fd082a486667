"""One line of a roster: what it says, and each problem with the cell it stands in."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from training.core.rules.contact import Phone, PhoneKind, read_name, read_phone
from training.core.rules.identity import (
    IdentityNumber,
    contradictions,
    read_identity_number,
    read_sex,
)
from training.core.rules.office_dates import Precision, WrittenDate, read_date
from training.core.rules.verdict import Reason, Verdict, refuse
from training.core.rules.words import N_

from .person import Education, EngagementForm, ServiceKind
from .roster import Field

T = TypeVar("T")

EARLIEST = date(1900, 1, 1)
"""Nobody alive was born earlier; no date of a roster is."""

_EDUCATION = (
    (Education.MASTER, ("博士", "硕士", "研究生")),
    (Education.BACHELOR, ("本科", "学士")),
    (Education.COLLEGE, ("大专", "专科", "高职")),
    (Education.SENIOR, ("高中", "中专", "中技", "技校", "职高", "中职")),
    (Education.JUNIOR, ("初中",)),
    (Education.PRIMARY, ("小学",)),
)
_ENGAGEMENT = (
    (EngagementForm.LABOUR_DISPATCH, ("劳务派遣", "派遣")),
    (EngagementForm.RETIRED_SERVICE, ("退休", "返聘")),
    (EngagementForm.LABOUR_CONTRACT, ("劳动合同", "合同制", "合同")),
    (EngagementForm.SOCIAL_ORGANISATION, ("社会组织", "购买服务")),
    (EngagementForm.PUBLIC_WELFARE_POST, ("公益性岗位", "公益岗")),
    (EngagementForm.NONE, ("无", "义务", "志愿")),
)


@dataclass(frozen=True, slots=True)
class Problem:
    """``blocks``: the line cannot be taken until it is mended; else it is only to be looked at."""

    letter: str
    reason: Reason
    blocks: bool = True


@dataclass(frozen=True, slots=True)
class Judged:
    """What a line says, as text by field (dates at the precision they were written with)."""

    values: dict[str, str] = field(repr=False)
    problems: tuple[Problem, ...] = ()

    @property
    def sound(self) -> bool:
        return not any(p.blocks for p in self.problems)


def judge_row(cells: Mapping[Field, tuple[str, object]], today: date) -> Judged:
    """Read one line. ``cells`` holds for each mapped field its column letter and raw value."""
    reader = _Reader(cells, today)
    reader.read()
    return Judged(reader.values, tuple(reader.problems))


def same_person_twice(letter: str, first_row: int) -> Problem:
    """The identity number stands in an earlier line too."""
    verdict = refuse(
        "roster.repeated", N_("与第 %(row)s 行的身份证号相同，请只保留一行"), row=first_row
    )
    return Problem(letter, verdict.reasons[0])


def same_phone(letter: str, first_row: int) -> Problem:
    """Two people share a telephone: only the first can log in by it."""
    verdict = refuse(
        "roster.phone_shared",
        N_("与第 %(row)s 行的手机号相同，此人将用人员编号登录"),
        row=first_row,
    )
    return Problem(letter, verdict.reasons[0], blocks=False)


def registered_elsewhere(letter: str) -> Problem:
    """The person belongs to an organisation out of the officer's reach."""
    verdict = refuse("roster.elsewhere", N_("此人已在其他单位登记，请先联系上级人事办理调动"))
    return Problem(letter, verdict.reasons[0])


def differences(values: Mapping[str, str], held: Mapping[str, str]) -> tuple[str, ...]:
    """Fields for which the sheet says something else than the file. An empty cell says nothing."""
    return tuple(k for k, v in values.items() if v and k in held and held[k] != v)


def iso_of(written: WrittenDate) -> str:
    """1968-05-12, 1968-05 or 1968: as much as was written."""
    return written.first_day.isoformat()[: {"day": 10, "month": 7, "year": 4}[written.precision]]


def precision_of(iso: str) -> Precision:
    return {10: Precision.DAY, 7: Precision.MONTH, 4: Precision.YEAR}[len(iso)]


def first_day_of(iso: str) -> date:
    """The first day that a date of any precision can mean."""
    return date.fromisoformat((iso + "-01-01")[:10])


class _Reader:
    def __init__(self, cells: Mapping[Field, tuple[str, object]], today: date) -> None:
        self.cells, self.today = cells, today
        self.values: dict[str, str] = {}
        self.problems: list[Problem] = []

    def read(self) -> None:
        name = read_name(self._raw(Field.NAME))
        if isinstance(name, Verdict):
            self._complain(Field.NAME, name)
        else:
            self.values["name"] = name
        number = self._identity()
        self._sex_and_birth(number)
        self._phone()
        self._words()
        self._hired(number)
        for place in (Field.ORG, Field.OFFICE):
            text = _tidy(self._raw(place))
            if text:
                self.values[str(place)] = text
            elif place is Field.ORG and place in self.cells:
                self._complain(place, refuse("roster.no_org", N_("未填写所在调委会")))

    def _raw(self, item: Field) -> object:
        return self.cells[item][1] if item in self.cells else None

    def _complain(self, item: Field, verdict: Verdict, *, blocks: bool = True) -> None:
        letter = self.cells[item][0]
        self.problems += [Problem(letter, reason, blocks) for reason in verdict.reasons]

    def _identity(self) -> IdentityNumber | None:
        number = read_identity_number(self._raw(Field.IDENTITY), self.today)
        if isinstance(number, Verdict):
            self._complain(Field.IDENTITY, number)
            return None
        self.values["id_number"] = number.value
        self.values["sex"] = str(number.sex)
        self.values["birth"] = number.birth_date.isoformat()
        self._complain(Field.IDENTITY, Verdict(number.doubts), blocks=False)
        return number

    def _sex_and_birth(self, number: IdentityNumber | None) -> None:
        """Both stand in the identity number; the sheet's own words must agree with it."""
        sex = read_sex(self._raw(Field.SEX)) if _tidy(self._raw(Field.SEX)) else None
        if isinstance(sex, Verdict):
            self._complain(Field.SEX, sex)
        elif sex is not None and number is not None:
            self._complain(Field.SEX, contradictions(number, sex=sex))
        if not _tidy(self._raw(Field.BIRTH)):
            return
        birth = read_date(self._raw(Field.BIRTH), earliest=EARLIEST, latest=self.today)
        if isinstance(birth, Verdict):
            self._complain(Field.BIRTH, birth)
        elif number is not None:
            self._complain(Field.BIRTH, contradictions(number, birth=birth))

    def _phone(self) -> None:
        if not _tidy(self._raw(Field.PHONE)):
            return
        phone = read_phone(self._raw(Field.PHONE))
        if not isinstance(phone, Phone):
            self._complain(Field.PHONE, phone)
            return
        self.values["phone"] = phone.value
        if phone.kind is PhoneKind.LANDLINE:
            doubt = refuse("roster.landline", N_("这是座机，不能用来登录，此人将用人员编号登录"))
            self._complain(Field.PHONE, doubt, blocks=False)

    def _words(self) -> None:
        education = _tidy(self._raw(Field.EDUCATION))
        if education:
            level = _lookup(education, _EDUCATION)
            if level is None:
                doubt = refuse("roster.education", N_("看不懂文化程度，将留空"))
                self._complain(Field.EDUCATION, doubt, blocks=False)
            else:
                self.values["education"] = str(level)
        speciality = _tidy(self._raw(Field.SPECIALITY))
        if speciality:
            self.values["speciality"] = speciality[:100]
        service = _tidy(self._raw(Field.SERVICE))
        if service:
            kind = _service(service)
            if kind is None:
                self._complain(
                    Field.SERVICE,
                    refuse("roster.service", N_("应填写「专职」或者「兼职」")),
                )
            else:
                self.values["service_kind"] = str(kind)
        engagement = _tidy(self._raw(Field.ENGAGEMENT))
        if engagement:
            form = _lookup(engagement, _ENGAGEMENT)
            if form is None:
                doubt = refuse("roster.engagement", N_("看不懂用工形式，将留空"))
                self._complain(Field.ENGAGEMENT, doubt, blocks=False)
            else:
                self.values["engagement"] = str(form)

    def _hired(self, number: IdentityNumber | None) -> None:
        if not _tidy(self._raw(Field.HIRED)):
            return
        earliest = number.birth_date if number else EARLIEST
        hired = read_date(self._raw(Field.HIRED), earliest=earliest, latest=self.today)
        if isinstance(hired, Verdict):
            self._complain(Field.HIRED, hired)
        else:
            self.values["hired"] = iso_of(hired)


def _tidy(raw: object) -> str:
    text = unicodedata.normalize("NFKC", "" if raw is None else str(raw))
    return "".join(text.split())


def _lookup(text: str, table: tuple[tuple[T, tuple[str, ...]], ...]) -> T | None:
    return next((code for code, words in table if any(w in text for w in words)), None)


def _service(text: str) -> ServiceKind | None:
    full, part = "专职" in text, "兼职" in text
    if full == part:
        return None
    return ServiceKind.FULL_TIME if full else ServiceKind.PART_TIME

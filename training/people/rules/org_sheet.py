"""The bureau's own sheet of organisations: what a column may mean, what becomes of each line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from training.core.rules.roles import OrgKind
from training.core.rules.words import N_, Words

from .org_names import PROFESSIONAL, Unit, find, judge_child, normal, office_name, town_of
from .roster import Outcome, tidy
from .roster_layout import Heads


class OrgField(StrEnum):
    """What a column may hold."""

    NAME = "name"
    KIND = "kind"
    PARENT = "parent"
    NAME_EN = "name_en"
    REGION = "region_code"
    ADDRESS = "address"
    PHONE = "phone"


ORG_FIELD_LABELS: Mapping[OrgField, str] = {
    OrgField.NAME: N_("机构名称"),
    OrgField.KIND: N_("机构类型"),
    OrgField.PARENT: N_("上级机构"),
    OrgField.NAME_EN: N_("英文名称"),
    OrgField.REGION: N_("行政区划代码"),
    OrgField.ADDRESS: N_("地址"),
    OrgField.PHONE: N_("联系电话"),
}
DETAILS = (OrgField.NAME_EN, OrgField.REGION, OrgField.ADDRESS, OrgField.PHONE)
MAX_LENGTH = {
    OrgField.NAME: 100, OrgField.NAME_EN: 100, OrgField.REGION: 6, OrgField.ADDRESS: 200,
    OrgField.PHONE: 40,
}  # fmt: skip

# Words of heads, tidied as ``tidy`` does; the first hit wins.
_WORDS: tuple[tuple[OrgField, str], ...] = (
    (OrgField.NAME_EN, "英文(名称?|全称)?|(机构|单位)?英文名称?"),
    (OrgField.KIND, "(机构|单位|组织|调委会)?(类型|类别|性质|种类)"),
    (
        OrgField.PARENT,
        "(上级|主管|所属)(机构|单位|部门)?(名称)?|(所在|所属)?(司法所|镇街|乡镇街道|镇街道)(名称)?",
    ),
    (OrgField.NAME, "(机构|单位|组织|人民调解委员会|调解委员会|调委会|调解组织)(全称|名称?)?|名称|全称"),
    (OrgField.REGION, "行政区划(代码|编码)?|区划代码"),
    (OrgField.ADDRESS, "(办公|详细|机构|单位)?(地址|地点|场所)"),
    (OrgField.PHONE, "(联系|办公|值班|咨询)?电话(号码)?|联系方式"),
)  # fmt: skip
_KNOWN = tuple((f, re.compile(words)) for f, words in _WORDS)
_OTHER = re.compile(
    "序号|编号|备注|负责人|主任|联系人|邮编|邮政编码|成立(时间|日期)|人数|调解员(人)?数"
)
_KIND_WORDS: tuple[tuple[OrgKind, str], ...] = (
    (OrgKind.PROFESSIONAL_COMMITTEE, "行业|专业|行专"),
    (OrgKind.JUDICIAL_OFFICE, "司法所"),
    (OrgKind.DISTRICT_BUREAU, "(区|县|市).*司法局|区局|县局"),
    (OrgKind.MEDIATION_COMMITTEE, "调解委员会|调委会|村|社区|居委会"),
)


def org_meaning(label: object) -> OrgField | None:
    """What the head of a column means, if its words are known."""
    text = tidy(label)
    return next((f for f, pattern in _KNOWN if pattern.fullmatch(text)), None)


def _is_word(label: object) -> bool:
    return org_meaning(label) is not None or _OTHER.fullmatch(tidy(label)) is not None


ORGANISATIONS = Heads(org_meaning, _is_word, frozenset({OrgField.NAME}))


def guess_columns(labels: Mapping[str, str]) -> dict[str, str]:
    """Column letter → field for the heads whose words are known; each field once."""
    found: dict[str, str] = {}
    for letter, label in labels.items():
        meant = org_meaning(label)
        if meant is not None and meant not in found.values():
            found[letter] = str(meant)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownUnit:
    """An organisation in reach, with what a sheet may change."""

    unit: Unit
    parent_ref: str
    details: Mapping[str, str]


@dataclass(slots=True)
class OrgLine:
    """One line: ``parent`` is the ref of a unit in reach or, for one that the sheet brings
    itself, ``line:`` and that line's number. ``changes`` are the details that differ."""

    number: int
    name: str
    kind: OrgKind | None = None
    parent: str = ""
    parent_name: str = ""
    ref: str = ""
    details: dict[str, str] = field(default_factory=dict)
    changes: dict[str, str] = field(default_factory=dict)
    problems: list[tuple[str, Words]] = field(default_factory=list)

    @property
    def outcome(self) -> Outcome:
        if self.problems:
            return Outcome.ERROR
        if not self.ref:
            return Outcome.NEW
        return Outcome.CHANGED if self.changes else Outcome.UNCHANGED


def judge_lines(
    rows: Sequence[tuple[int, Mapping[OrgField, tuple[str, str]]]],
    known: Iterable[KnownUnit],
    target: Unit,
) -> list[OrgLine]:
    """What becomes of each line of a sheet imported under ``target``.

    ``rows`` are line number and, by field, column letter and text. A line finds the unit of its
    name, or is a new one: its kind is said or told from its name, its parent is said, told from
    its name, or the target. Each problem names its cell.
    """
    held = list(known)
    units = [k.unit for k in held]
    lines: list[OrgLine] = []
    seen: dict[str, int] = {}
    for number, cells in rows:
        line = OrgLine(number, _text(cells, OrgField.NAME))
        lines.append(line)
        _read_details(line, cells)
        if not line.name:
            _refuse(line, cells, OrgField.NAME, N_("未填写机构名称"))
            continue
        key = normal(line.name)
        if key in seen:
            _refuse(
                line,
                cells,
                OrgField.NAME,
                N_("与第 %(row)s 行的机构相同，请只保留一行"),
                row=seen[key],
            )
            continue
        seen[key] = number
        there = find(line.name, units)
        if there is not None:
            line.ref, line.kind = there.ref, there.kind
        elif sum(normal(u.name) == normal(line.name) for u in units) > 1:
            _refuse(line, cells, OrgField.NAME, N_("有几个同名的机构，请在机构页面上逐个办理"))
        else:
            line.kind = _kind(line, cells)
    ours = {normal(line.name): line for line in lines if not line.problems}
    for (_, cells), line in zip(rows, lines, strict=True):
        if line.problems or line.kind is None:
            continue
        if line.ref:
            _compare(line, cells, next(k for k in held if k.unit.ref == line.ref), units)
        else:
            _place(line, line.kind, cells, units, ours, target)
    return _without_lost_parents(lines)


def _text(cells: Mapping[OrgField, tuple[str, str]], which: OrgField) -> str:
    return " ".join(cells[which][1].split()) if which in cells else ""


def _refuse(
    line: OrgLine, cells: Mapping[OrgField, tuple[str, str]], which: OrgField, message: str,
    **params: object,
) -> None:  # fmt: skip
    letter = cells[which][0] if which in cells else cells[OrgField.NAME][0]
    line.problems.append((f"{letter}{line.number}", Words(message, params)))


def _read_details(line: OrgLine, cells: Mapping[OrgField, tuple[str, str]]) -> None:
    for which in (OrgField.NAME, *DETAILS):
        text = _text(cells, which)
        if len(text) > MAX_LENGTH[which]:
            _refuse(line, cells, which, N_("超过 %(n)s 个字符"), n=MAX_LENGTH[which])
        elif which is OrgField.REGION and text and not re.fullmatch(r"\d{6}", text):
            _refuse(line, cells, which, N_("行政区划代码是 6 位数字"))
        elif which is not OrgField.NAME and text:
            line.details[str(which)] = text


def _kind(line: OrgLine, cells: Mapping[OrgField, tuple[str, str]]) -> OrgKind | None:
    said = _text(cells, OrgField.KIND)
    for text in (said, line.name):
        bare = "".join(text.split())
        if text is line.name and PROFESSIONAL.search(bare) and "调" in bare:
            return OrgKind.PROFESSIONAL_COMMITTEE
        for kind, words in _KIND_WORDS:
            if bare and re.search(words, bare):
                return kind
    _refuse(
        line, cells, OrgField.KIND if said else OrgField.NAME,
        N_("看不出机构类型，请填司法局、司法所、村（社区）调委会或者行业性专业性调委会"),
    )  # fmt: skip
    return None


def _compare(
    line: OrgLine, cells: Mapping[OrgField, tuple[str, str]], known: KnownUnit, units: list[Unit]
) -> None:
    """What the sheet would change of a unit that is there already; never its parent."""
    said = _text(cells, OrgField.PARENT)
    above = find(said, units) or find(office_name(said), units) if said else None
    if said and (above is None or above.ref != known.parent_ref):
        _refuse(line, cells, OrgField.PARENT, N_("这个机构已登记在别的上级下，机构不改挂"))
        return
    differs = {k: v for k, v in line.details.items() if known.details.get(k, "") != v}
    if str(OrgField.REGION) in differs:
        _refuse(line, cells, OrgField.REGION, N_("与已登记的行政区划代码不同，代码不在此变更"))
        return
    line.changes = differs


def _place(
    line: OrgLine, child: OrgKind, cells: Mapping[OrgField, tuple[str, str]], units: list[Unit],
    ours: Mapping[str, OrgLine], target: Unit,
) -> None:  # fmt: skip
    """Find where a new unit is to be set up."""
    said = _text(cells, OrgField.PARENT)
    wanted = [said, office_name(said)] if said else []
    if not said and child is OrgKind.MEDIATION_COMMITTEE and (town := town_of(line.name)):
        wanted = [office_name(town)]
    kind = target.kind
    for name in wanted:
        if (unit := find(name, units)) is not None:
            line.parent, line.parent_name, kind = unit.ref, unit.name, unit.kind
            break
        own = ours.get(normal(name))
        if own is not None and own is not line and own.kind is not None:
            line.parent, line.parent_name, kind = f"line:{own.number}", own.name, own.kind
            break
    else:
        if said:
            _refuse(line, cells, OrgField.PARENT, N_("没有这个上级机构，请先设立或者在表中加一行"))
            return
        line.parent, line.parent_name = target.ref, target.name
    if not judge_child(kind, child):
        where = OrgField.PARENT if said else OrgField.NAME
        _refuse(
            line,
            cells,
            where,
            N_("这类机构不能设在「%(parent)s」下，请填写上级机构"),
            parent=line.parent_name,
        )


def _without_lost_parents(lines: list[OrgLine]) -> list[OrgLine]:
    """A unit below a line with a problem, or below itself in a ring, cannot be set up."""
    by_number = {line.number: line for line in lines}
    for line in lines:
        at, steps = line, 0
        while at.parent.startswith("line:") and steps <= len(lines):
            at, steps = by_number[int(at.parent.removeprefix("line:"))], steps + 1
            if at.problems:
                break
        if not line.problems and (at.problems or steps > len(lines)):
            words = Words(N_("上级机构所在的行有问题"), {})
            line.problems.append((f"{line.number}", words))
    return lines


def in_order(lines: Sequence[OrgLine]) -> list[tuple[OrgLine, OrgKind]]:
    """New lines with their kinds, each after the line that brings its parent. No line may have
    a problem."""
    by_number = {line.number: line for line in lines}

    def depth(line: OrgLine) -> int:
        steps = 0
        while line.parent.startswith("line:"):
            line, steps = by_number[int(line.parent.removeprefix("line:"))], steps + 1
        return steps

    new = [(x, x.kind) for x in lines if x.outcome is Outcome.NEW and x.kind is not None]
    return sorted(new, key=lambda pair: (depth(pair[0]), pair[0].number))

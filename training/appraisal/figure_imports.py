"""Work figures from the unit's own Excel sheet: upload, preview, all or nothing.

The sheet is kept sealed and judged anew whenever it is looked at and again under the write
lock, so that what was confirmed is what happens. A repeat of the same file changes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import flask_babel
import sqlalchemy as sa
from flask_babel import gettext
from sqlalchemy.orm import joinedload

from training.core import files, uploads
from training.core.db import db, new_public_id
from training.core.errors import Refused
from training.core.i18n import LOCALES
from training.core.rules.permission import Actor
from training.core.rules.words import N_
from training.core.verbs import tell, verb
from training.people import import_sheet
from training.people.rules.roster import tidy
from training.proceedings.rules.reasons import reason_given

from . import figures, ledgers, scores
from .models import AnnualAppraisal, AppraisalRound, ComponentValue, FigureImport, FigureLine
from .rules import figure_sheet
from .rules.annual import COMPONENT_LABELS
from .rules.figure_sheet import COMPONENTS, EVIDENCE, MONTH, NAME, NUMBER, Line
from .rules.indicators import LEDGER_MEASURES, IndicatorKind, PointLine, Scheme, line_gate
from .service import must
from .states import OPEN_FOR_DATA

PERMISSION = "appraisal:round:figures"
_FIXED = {
    NUMBER: (N_("人员编号"), "编号", "调解员编号", "工号"),
    NAME: (N_("姓名"), "调解员姓名", "人员姓名"),
    MONTH: (N_("月份"), "月", "考核月份"),
    EVIDENCE: (N_("依据"), "依据材料", "佐证材料", "备注依据"),
}


def titles(scheme: Scheme) -> dict[str, str]:
    """The columns a sheet may have, in order, each with its head: who, month, measures,
    deductions, bonuses, components, evidence."""
    found = {key: words[0] for key, words in _FIXED.items() if key != EVIDENCE}
    found |= {i.code: i.title for i in scheme.indicators if i.code not in LEDGER_MEASURES}
    found |= {str(c): COMPONENT_LABELS[c] for c in COMPONENTS}
    return found | {EVIDENCE: _FIXED[EVIDENCE][0]}


def heads_of(scheme: Scheme) -> dict[str, str]:
    """What a tidied head means, in both languages."""
    found = {tidy(word): key for key, words in _FIXED.items() for word in words}
    for locale in LOCALES.values():
        with flask_babel.force_locale(locale):
            found |= {tidy(gettext(title)): key for key, title in titles(scheme).items()}
    return found


@dataclass(slots=True)
class Entry:
    """One thing that a sheet would enter: a figure of a month, or a mark of the year."""

    line: Line
    appraisal: AnnualAppraisal
    month: int | None
    key: str
    value: int
    replaces: PointLine | None = None
    is_change: bool = False


@dataclass(slots=True)
class Judged:
    """A sheet against the round: every line, and what it would enter."""

    lines: list[Line]
    entries: list[Entry] = field(default_factory=list)
    unchanged: int = 0

    @property
    def problems(self) -> list[figure_sheet.Problem]:
        return [p for line in self.lines for p in line.problems]

    @property
    def changes(self) -> int:
        return sum(e.is_change for e in self.entries)

    @property
    def counts(self) -> dict[str, int]:
        return {
            "lines": len(self.lines),
            "new": len(self.entries) - self.changes,
            "changed": self.changes,
            "unchanged": self.unchanged,
            "problems": len(self.problems),
        }


def checked_upload(data: bytes, name: str, round_: AppraisalRound) -> uploads.Checked:
    """The sheet as it may be taken in, with a table found in it. Slow: call it outside a verb.
    Raises ``Refused``: what ``uploads.sheet`` raises, and ``NO_TABLE`` (422)."""
    checked = uploads.sheet(data, name)
    _lines(checked.data, checked.name, scores.scheme_of(round_))
    return checked


def _lines(data: bytes, name: str, scheme: Scheme) -> list[Line]:
    heads = heads_of(scheme)
    tables = [
        (rows, layout)
        for _, rows in import_sheet.tabs(data, name)
        if (layout := figure_sheet.find_layout(rows, heads)) is not None and layout.rows
    ]
    if not tables:
        raise Refused.because(
            "NO_TABLE",
            N_(
                "没有找到考核数据：表中应有一行表头，包括「姓名」或者「人员编号」和至少一项考核指标"
            ),
            status=422,
        )
    rows, layout = max(tables, key=lambda t: len(t[1].rows))
    return figure_sheet.read_lines(rows, layout, scheme)


@verb(PERMISSION, on="round_")
def begin(
    actor: Actor, round_: AppraisalRound, sheet: uploads.Checked, *, now: datetime
) -> FigureImport:
    """Take a sheet (from ``checked_upload``) in; nothing is entered yet."""
    public_id = new_public_id()
    stored = files.keep(
        import_sheet.sealed(public_id, sheet.data), name="figures", purpose="import",
        media_type="application/octet-stream", now=now, org_id=round_.org_id,
    )  # fmt: skip
    db.session.flush()
    made = FigureImport(
        public_id=public_id, round_id=round_.id, org_id=round_.org_id, file_id=stored.id,
        file_name=sheet.name, file_hash=hashlib.sha256(sheet.data).hexdigest(),
        created_by=actor.person_id, created_at=now, counts={},
    )  # fmt: skip
    db.session.add(made)
    tell(file=made.file_hash, size=len(sheet.data))
    return made


def lines_of(batch: FigureImport) -> list[Line]:
    """The stored sheet, read again. Slow: call it outside a verb."""
    data = import_sheet.opened(batch.public_id, files.read(batch.file))
    return _lines(data, batch.file_name, scores.scheme_of(batch.round))


def judge(batch: FigureImport, lines: Sequence[Line], actor_id: int | None) -> Judged:
    """A sheet's lines against the round as it stands now."""
    round_, found = batch.round, Judged(list(lines))
    people = list(
        db.session.scalars(
            sa.select(AnnualAppraisal)
            .where(AnnualAppraisal.round_id == round_.id)
            .options(joinedload(AnnualAppraisal.person))
        )
    )
    inputs = scores.inputs_of_many(people)
    live = {a.id: scores.live_of(inputs[a.id]) for a in people}
    scheme, known = scores.scheme_of(round_), _People(people)
    seen: dict[tuple[int, int | None, str], int] = {}
    for line in lines:
        appraisal = known.find(line)
        if appraisal is None or not _fit(line, appraisal, actor_id):
            continue
        months = line.months if line.months is not None else tuple(appraisal.months)
        wanted = [(m, key, v) for key, v in line.figures.items() for m in months]
        wanted += [(None, key, v) for key, v in line.values.items()]
        for month, key, value in wanted:
            first = seen.setdefault((appraisal.id, month, key), line.number)
            if first != line.number:
                message = N_("与第 %(row)s 行重复：同一人、同一月、同一项")
                line.refuse(key, "figure.twice", message, row=first)
                continue
            entry = Entry(line, appraisal, month, key, value)
            if month is None:
                _compare_value(found, entry, inputs[appraisal.id]["values"].get(key))
            else:
                _compare_line(found, entry, live[appraisal.id].get((month, key), []), scheme)
    return found


class _People:
    """Whom a line names: by number, else by a name that only one of the round has."""

    def __init__(self, people: Iterable[AnnualAppraisal]) -> None:
        held = list(people)
        self.by_number = {(a.person.mediator_no or "").upper(): a for a in held}
        self.by_name: dict[str, list[AnnualAppraisal]] = {}
        for a in held:
            self.by_name.setdefault("".join(a.person.name.split()), []).append(a)

    def find(self, line: Line) -> AnnualAppraisal | None:
        if line.mediator_no:
            found = self.by_number.get(line.mediator_no)
            if found is None:
                line.refuse(NUMBER, "figure.unknown", N_("本次考核中没有这个人员编号"))
            elif line.name and line.name != "".join(found.person.name.split()):
                line.refuse(NAME, "figure.name", N_("姓名与人员编号不是同一人"))
                return None
            return found
        same = self.by_name.get(line.name, [])
        if len(same) == 1:
            return same[0]
        if same:
            line.refuse(NAME, "figure.ambiguous", N_("有 %(n)s 人同名，请填人员编号"), n=len(same))
        elif line.name:
            line.refuse(NAME, "figure.unknown", N_("本次考核中没有这个人"))
        return None


def _fit(line: Line, appraisal: AnnualAppraisal, actor_id: int | None) -> bool:
    if appraisal.person_id == actor_id:
        line.refuse(NAME, "SELF", N_("不得记录本人的得分"))
    elif appraisal.state not in OPEN_FOR_DATA:
        line.refuse(NAME, "figure.closed", N_("等次已评定，不能再改数据"))
    elif line.months is not None and not set(line.months) <= set(appraisal.months):
        line.refuse(MONTH, "figure.not_served", N_("本人该月不在岗"))
    else:
        return True
    return False


def _compare_line(found: Judged, entry: Entry, held: Sequence[PointLine], scheme: Scheme) -> None:
    # An office writes 0 where nothing happened; for a measure it is a figure like others.
    nothing = not held and not _is_measure(scheme, entry.key)
    if sum(line.delta for line in held) == entry.value and (held or nothing):
        found.unchanged += 1
        return
    if len(held) > 1:
        entry.line.refuse(
            entry.key, "figure.several",
            N_("%(month)s 月此项已有 %(n)s 条记录，请在考核表上逐条更正"),
            month=entry.month, n=len(held),
        )  # fmt: skip
        return
    entry.replaces, entry.is_change = (held[0], True) if held else (None, False)
    line = PointLine("new", entry.key, entry.value, "x", None, "x", held[0].line_id if held else "")
    for reason in line_gate(scheme, line, entry.appraisal.person_id, held).reasons:
        entry.line.refuse(entry.key, reason.code, reason.words.message, **reason.words.params)
        return
    found.entries.append(entry)


def _is_measure(scheme: Scheme, code: str) -> bool:
    indicator = scheme.find(code)
    return indicator is not None and indicator.kind is IndicatorKind.MEASURE


def _compare_value(found: Judged, entry: Entry, held: dict[str, Any] | None) -> None:
    if held is not None and held["value"] == entry.value:
        found.unchanged += 1
        return
    entry.is_change = held is not None
    found.entries.append(entry)


@verb(PERMISSION, on="batch")
def apply(
    actor: Actor,
    batch: FigureImport,
    lines: list[Line],
    reason: str,
    *,
    seen: dict[str, int],
    now: datetime,
) -> FigureImport:
    """Enter all of a sheet (``lines_of``) or nothing. ``seen`` are the counts that the officer
    confirmed.

    Raises ``Refused``: ``APPLIED`` (409), ``NOT_READY`` (422) while a cell is wrong,
    ``CHANGED`` (409) when figures were entered since, ``REASON_REQUIRED`` (422) for corrections.
    """
    if batch.applied_at is not None:
        raise Refused.because("APPLIED", N_("这份表已经导入"))
    found = judge(batch, lines, actor.person_id)
    if found.problems:
        raise Refused.because(
            "NOT_READY",
            N_("还有 %(n)s 处有问题，改正后重新上传"),
            status=422,
            n=len(found.problems),
        )
    if found.counts != seen:
        raise Refused.because("CHANGED", N_("核对之后数据有了变动，请再核对一次"))
    if found.changes:
        must(reason_given(reason, basis="score.weights"))
    _enter(actor, batch, found, reason, now)
    batch.applied_at, batch.applied_by, batch.reason = now, actor.person_id, reason[:200]
    batch.counts = found.counts
    tell(file=batch.file_hash, **found.counts)
    return batch


def _enter(actor: Actor, batch: FigureImport, found: Judged, reason: str, now: datetime) -> None:
    replaced = [e.replaces.line_id for e in found.entries if e.replaces is not None]
    rows = ledgers.row_ids(list(dict.fromkeys(replaced)))
    lines: list[dict[str, Any]] = []
    values: list[dict[str, Any]] = []
    for entry in found.entries:
        line = entry.line
        common = {
            "appraisal_id": entry.appraisal.id, "evidence": line.evidence or _source(batch, line),
            "recorder_id": actor.person_id, "note": reason[:200] if entry.is_change else "",
            "at": now,
        }  # fmt: skip
        if entry.month is None:
            values.append(common | {"component": entry.key, "value": entry.value})
        else:
            lines.append(
                common
                | {
                    "month": entry.month, "indicator": entry.key, "delta": entry.value,
                    "corrects_id": rows[entry.replaces.line_id] if entry.replaces else None,
                }
            )  # fmt: skip
    if lines:
        db.session.execute(sa.insert(FigureLine), lines)
    if values:
        db.session.execute(sa.insert(ComponentValue), values)


def _source(batch: FigureImport, line: Line) -> str:
    """The sheet itself as the evidence, where its column for it is empty."""
    return f"《{batch.file_name}》{next(iter(line.cells.values()), '')}"[:200]


def imports_of(round_: AppraisalRound) -> list[FigureImport]:
    """The sheets of a round, newest first."""
    return list(
        db.session.scalars(
            sa.select(FigureImport)
            .where(FigureImport.round_id == round_.id)
            .options(joinedload(FigureImport.applier))
            .order_by(FigureImport.id.desc())
            .limit(50)
        )
    )


def person_rows(round_: AppraisalRound) -> list[dict[str, Any]]:
    """The people of a round for the template."""
    people = figures.open_for_data(round_, with_people=True)
    return [{NUMBER: a.person.mediator_no or "", NAME: a.person.name} for a in people]

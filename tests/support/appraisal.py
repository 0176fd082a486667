"""A round of the annual appraisal for tests, with a panel that has declared."""

from __future__ import annotations

import io
import itertools
from collections.abc import Mapping, Sequence

import openpyxl

from tests.support.objects import url_object
from tests.support.world import NOW, World, make_person
from training.appraisal import figures, queries, rounds, service
from training.appraisal.models import AnnualAppraisal, AppraisalRound, FigureImport
from training.appraisal.rules.annual import Component
from training.appraisal.rules.scoring import Treatment
from training.core import files, policy
from training.core.db import db, new_public_id
from training.core.models import OrgUnit
from training.people import import_sheet
from training.people.models import Person
from training.proceedings import service as procedure
from training.proceedings.models import Panel, PanelSeat

FULL = {
    "training_hours": 600, "exam_result": 400, "outreach_activities": 1000, "screening": 1000, "fulfilment": 1500,
    "dossier_quality": 1500, "follow_up": 1000, "timeliness": 1000, "case_mix": 1000,
}  # fmt: skip
PANEL = ("a_panel", "a_proctor", "a_trainer")


def open_round(
    others: int = 4, year: int = 2026, months: tuple[int, ...] = (10, 11)
) -> tuple[AppraisalRound, AnnualAppraisal]:
    """A round over the mediator of district 甲 and some others, and the mediator's appraisal."""
    world = World()
    person = world.person("a_mediator")
    people = [person] + [
        make_person(f"同事{n}", world.org("甲区一街社区调委会"), mediator_no=f"C{year}{n}")
        for n in range(others)
    ]
    db.session.commit()
    hr = world.actor("a_hr")
    round_ = rounds.open_round(
        hr, world.org("甲区司法局"), year, people, {p.id: list(months) for p in people}, now=NOW
    )
    panel = rounds.appoint_panel(hr, round_, [world.person(p) for p in PANEL], now=NOW)
    for member in PANEL:
        procedure.declare(world.actor(member), panel, False, "", now=NOW)
    return round_, appraisal_of(round_, person)


def appraisal_of(round_: AppraisalRound, person: Person) -> AnnualAppraisal:
    """A person's appraisal in a round."""
    return (
        db.session.query(AnnualAppraisal).filter_by(round_id=round_.id, person_id=person.id).one()
    )


def fill(
    appraisal: AnnualAppraisal,
    points: Mapping[str, int] = FULL,
    components: int = 9500,
) -> None:
    """Figures of every month and all components."""
    hr = World().actor("a_hr")
    for month in appraisal.months:
        for indicator, delta in points.items():
            figures.record_line(hr, appraisal, month, indicator, delta, "台账", now=NOW)
    for component in (Component.DOSSIER, Component.SATISFACTION, Component.PEER):
        figures.record_value(hr, appraisal, component, components, "评查表", now=NOW)


def exempt(appraisal: AnnualAppraisal, month: int | None, target: str) -> None:
    """Acknowledge that something does not apply."""
    figures.acknowledge(
        World().actor("a_hr"), appraisal, month, target, Treatment.EXEMPT, "休假", now=NOW
    )


def to_panel(appraisal: AnnualAppraisal) -> None:
    """Self-report, opinion, survey, dossiers."""
    world = World()
    hr = world.actor("a_hr")
    service.submit_self_report(world.actor("a_mediator"), appraisal, "全年调解纠纷三十件", now=NOW)
    service.give_unit_opinion(world.actor("a_office_head"), appraisal, "工作认真", now=NOW)
    service.close_survey(hr, appraisal, now=NOW)
    service.review_dossiers(hr, appraisal, now=NOW)


@url_object("appraisal_id")
def _appraisal(org: OrgUnit, person: Person) -> str:
    return _matrix(org, person)[1].public_id


@url_object("round_id")
def _round(org: OrgUnit, person: Person) -> str:
    return _matrix(org, person)[0].public_id


def _matrix(org: OrgUnit, person: Person) -> tuple[AppraisalRound, AnnualAppraisal]:
    """A round of one person, who also sits on its panel."""
    round_ = AppraisalRound(
        org_id=org.id, year=2000 + next(_YEARS), policies=_frozen(org), called_on=NOW.date(),
        opened_by=person.id, opened_at=NOW,
    )  # fmt: skip
    db.session.add(round_)
    db.session.flush()
    appraisal = AnnualAppraisal(
        round_id=round_.id, org_id=org.id, person_id=person.id, months=[10, 11]
    )
    panel = Panel(
        org_id=org.id, matter_type="appraisal_round", matter_ref=round_.public_id, title="考核",
        created_at=NOW, created_by=person.id,
    )  # fmt: skip
    db.session.add_all([appraisal, panel])
    db.session.flush()
    db.session.add(PanelSeat(panel_id=panel.id, person_id=person.id))
    db.session.flush()
    return round_, appraisal


def _frozen(org: OrgUnit) -> dict[str, object]:
    found = policy.many(queries.POLICY_KEYS, org, NOW.date())
    return {k: {"id": p.id, "version": p.version, "value": p.value} for k, p in found.items()}


_YEARS = itertools.count()


@url_object("import_id")
def _import(org: OrgUnit, person: Person) -> str:
    round_, _ = _matrix(org, person)
    public_id = new_public_id()
    data = sheet_of([["姓名", "回访"], [person.name, "5"]])
    stored = files.keep(
        import_sheet.sealed(public_id, data), name="figures", purpose="import",
        media_type="application/octet-stream", now=NOW, org_id=org.id,
    )  # fmt: skip
    db.session.flush()
    batch = FigureImport(
        public_id=public_id, round_id=round_.id, org_id=org.id, file_id=stored.id,
        file_name="sheet.xlsx", file_hash="0" * 64, created_by=person.id, created_at=NOW,
        counts={},
    )  # fmt: skip
    db.session.add(batch)
    db.session.flush()
    return batch.public_id


def sheet_of(rows: Sequence[Sequence[object]], merged: Sequence[str] = ()) -> bytes:
    """An Excel file with these cells."""
    book = openpyxl.Workbook()
    page = book.active
    for row in rows:
        page.append(list(row))
    for cells in merged:
        page.merge_cells(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()

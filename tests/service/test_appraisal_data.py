"""Figures of the annual appraisal: ledgers, the unit's sheet, what is missing, months served."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from tests.support.appraisal import FULL, open_round, sheet_of
from tests.support.certificates import pass_exam
from tests.support.programmes import make_credit
from tests.support.queries import counting
from tests.support.world import NOW, make_person
from training.appraisal import figure_imports, figures, ledgers, queries, rounds, scores
from training.appraisal.models import AppraisalAcknowledgement, FigureLine
from training.appraisal.rules.scoring import Treatment
from training.core.db import db
from training.core.errors import NotVisible, Refused
from training.core.rules.permission import SYSTEM
from training.people import facts
from training.people.rules.person import ServiceKind, Standing

LATER = NOW + timedelta(days=1)


@pytest.fixture
def appraisal(world):
    _, found = open_round(others=1)
    # Hours of the year belong to people in post.
    found.person.standing = Standing.IN_POST
    db.session.commit()
    return found


def _lines(appraisal, indicator):
    return db.session.scalars(
        sa.select(FigureLine)
        .where(FigureLine.appraisal_id == appraisal.id, FigureLine.indicator == indicator)
        .order_by(FigureLine.id)
    ).all()


def test_hours_and_exam_come_from_their_ledgers_with_the_numbers(world, appraisal):
    make_credit(appraisal.person, minutes=900)
    pass_exam(appraisal.person)
    db.session.commit()
    counts = ledgers.pull(world.actor("a_hr"), appraisal.round, now=NOW)
    # Two people, two months: hours for both, the exam for one.
    assert counts == {"entered": 6, "corrected": 0, "unchanged": 0, "kept": 0, "exempt": 2}
    hours = _lines(appraisal, "training_hours")
    assert {(x.delta, x.recorder_id) for x in hours} == {(300, None)}  # 20 of 40 hours, 6 points
    assert hours[0].evidence == "credit_ledger:2026:2000:4000"
    (exam,) = {x.delta for x in _lines(appraisal, "exam_result")}
    assert 0 < exam <= 400


def test_a_year_without_an_exam_is_exempt_by_the_system(world, appraisal):
    ledgers.pull(world.actor("a_hr"), appraisal.round, now=NOW)
    said = db.session.scalars(
        sa.select(AppraisalAcknowledgement).where(
            AppraisalAcknowledgement.appraisal_id == appraisal.id
        )
    ).all()
    assert {(a.target, a.treatment, a.person_id) for a in said} == {
        ("exam_result", Treatment.EXEMPT, None)
    }
    missing = {t for _, t in scores.missing_of(scores.sheet_of(appraisal))}
    assert "exam_result" not in missing


def test_a_later_pull_corrects_and_a_correction_by_hand_stays(world, appraisal):
    hr = world.actor("a_hr")
    make_credit(appraisal.person, minutes=900)
    db.session.commit()
    ledgers.pull(hr, appraisal.round, now=NOW)
    again = ledgers.pull(hr, appraisal.round, now=NOW)
    assert (again["entered"], again["corrected"]) == (0, 0)
    make_credit(appraisal.person, minutes=900)
    db.session.commit()
    assert ledgers.pull(hr, appraisal.round, now=LATER)["corrected"] == 2
    lines = _lines(appraisal, "training_hours")
    assert [x.delta for x in lines] == [300, 300, 600, 600]
    assert {x.corrects_id for x in lines[2:]} == {x.id for x in lines[:2]}
    figures.record_line(
        hr, appraisal, 10, "training_hours", 500, "补登证明", corrects=lines[2], note="漏记",
        now=LATER,
    )  # fmt: skip
    make_credit(appraisal.person, minutes=450)
    db.session.commit()
    assert ledgers.pull(hr, appraisal.round, now=LATER)["kept"] == 1


def _import(world, appraisal, rows, reason="", actor="a_hr", now=NOW, merged=()):
    hr = world.actor(actor)
    checked = figure_imports.checked_upload(sheet_of(rows, merged), "数据.xlsx", appraisal.round)
    batch = figure_imports.begin(hr, appraisal.round, checked, now=now)
    lines = figure_imports.lines_of(batch)
    judged = figure_imports.judge(batch, lines, hr.person_id)
    if judged.problems:
        return judged
    figure_imports.apply(
        hr, batch, figure_imports.lines_of(batch), reason, seen=judged.counts, now=now
    )
    return judged


ROWS = (
    ("甲区2026年度考核数据", None, None, None, None, None, None),
    ("人员编号", "姓名", "月份", "调解工作", None, "例会迟到", "卷宗评查"),
    (None, None, None, "矛盾纠纷排查", "回访", None, None),
    ("Ta0001", "甲调解员", None, 9, "8/10", 1, "46/50"),
)  # fmt: skip


def test_a_sheet_enters_every_month_served_and_a_repeat_changes_nothing(world, appraisal):
    judged = _import(world, appraisal, ROWS, merged=["A2:A3", "B2:B3", "C2:C3", "D2:E2"])
    assert judged.counts == {
        "lines": 1, "new": 7, "changed": 0, "unchanged": 0, "problems": 0,
    }  # fmt: skip
    assert [(x.month, x.delta) for x in _lines(appraisal, "follow_up")] == [(10, 800), (11, 800)]
    assert [x.delta for x in _lines(appraisal, "meeting_late")] == [-300, -300]
    assert scores.inputs_of(appraisal)["values"]["dossier"]["value"] == 9200
    assert _lines(appraisal, "screening")[0].evidence.startswith("《数据.xlsx》")
    again = _import(world, appraisal, ROWS, now=LATER)
    assert (again.counts["new"], again.counts["unchanged"]) == (0, 7)
    assert len(_lines(appraisal, "follow_up")) == 2


def test_a_changed_sheet_corrects_with_a_reason(world, appraisal):
    _import(world, appraisal, ROWS)
    changed = [*ROWS[:3], ("Ta0001", "甲调解员", 10, 9, "9/10", 1, "46/50")]
    with pytest.raises(Refused) as silent:
        _import(world, appraisal, changed)
    assert silent.value.code == "REASON_REQUIRED"
    assert _import(world, appraisal, changed, "回访漏计一件").counts["changed"] == 1
    lines = _lines(appraisal, "follow_up")
    assert [x.delta for x in lines] == [800, 800, 900]
    assert (lines[2].note, lines[2].corrects_id) == ("回访漏计一件", lines[0].id)


def test_one_bad_cell_and_nothing_is_entered(world, appraisal):
    rows = [
        *ROWS[:3],
        ("Ta0001", "甲调解员", None, 99, "8/10", None, None),
        (None, "查无此人", None, 9, None, None, None),
        ("Ta0001", "别人", 10, 9, None, None, None),
        (None, "同事0", 3, 9, None, None, None),
    ]
    found = {p.cell: p.code for p in _import(world, appraisal, rows).problems}
    assert found == {
        "D4": "figure.range", "B5": "figure.unknown", "B6": "figure.name",
        "C7": "figure.not_served",
    }  # fmt: skip
    assert db.session.scalars(sa.select(FigureLine)).all() == []


def test_the_same_thing_twice_in_a_sheet_is_named(world, appraisal):
    rows = [*ROWS, ("Ta0001", None, 10, 8, None, None, None)]
    (problem,) = _import(world, appraisal, rows).problems
    assert (problem.cell, problem.code) == ("D5", "figure.twice")


def test_figures_that_moved_on_since_the_preview_stop_the_import(world, appraisal):
    hr = world.actor("a_hr")
    checked = figure_imports.checked_upload(sheet_of(ROWS), "数据.xlsx", appraisal.round)
    batch = figure_imports.begin(hr, appraisal.round, checked, now=NOW)
    seen = figure_imports.judge(batch, figure_imports.lines_of(batch), hr.person_id).counts
    figures.record_line(hr, appraisal, 10, "follow_up", 500, "台账", now=NOW)
    with pytest.raises(Refused) as changed:
        figure_imports.apply(hr, batch, figure_imports.lines_of(batch), "x", seen=seen, now=NOW)
    assert changed.value.code == "CHANGED"
    with pytest.raises(NotVisible):
        figure_imports.apply(
            world.actor("b_hr"), batch, figure_imports.lines_of(batch), "", seen=seen, now=NOW
        )


def test_five_hundred_people_are_imported_by_a_constant_number_of_queries(world):
    round_, _ = open_round(others=60)
    rows = [("姓名", "回访"), *((f"同事{n}", "8/10") for n in range(60))]
    hr = world.actor("a_hr")
    checked = figure_imports.checked_upload(sheet_of(rows), "数据.xlsx", round_)
    batch = figure_imports.begin(hr, round_, checked, now=NOW)
    lines = figure_imports.lines_of(batch)
    seen = figure_imports.judge(batch, lines, hr.person_id).counts
    with counting() as n:
        figure_imports.apply(hr, batch, figure_imports.lines_of(batch), "", seen=seen, now=NOW)
    assert seen["new"] == 120
    assert len(n) < 40


def test_what_many_lack_is_said_once_for_all(world, appraisal):
    hr = world.actor("a_hr")
    for month in appraisal.months:
        for indicator, delta in FULL.items():
            if indicator != "follow_up":
                figures.record_line(hr, appraisal, month, indicator, delta, "台账", now=NOW)
    counted = scores.missing_in([scores.sheet_of(appraisal)])
    assert counted == {"follow_up": 1, "dossier": 1, "satisfaction": 1, "peer": 1}
    said = figures.acknowledge_all(
        hr, appraisal.round, "follow_up", Treatment.EXEMPT, "全年无回访任务", now=NOW
    )
    assert said == {"people": 1, "entries": 2}
    with pytest.raises(Refused) as again:
        figures.acknowledge_all(
            hr, appraisal.round, "follow_up", Treatment.EXEMPT, "全年无回访任务", now=NOW
        )
    assert again.value.code == "NOTHING"


def test_the_sheets_of_a_round_take_a_constant_number_of_queries(world):
    round_, _ = open_round(others=30)
    ledgers.pull(world.actor("a_hr"), round_, now=NOW)
    people = figures.open_for_data(round_)
    assert len(people) == 31
    with counting() as few:
        scores.sheets_of(round_, people[:3])
    with counting() as many:
        scores.sheets_of(round_, people)
    assert len(many) == len(few)


def test_people_are_proposed_with_the_months_their_files_show(world):
    org, hr = world.org("甲区司法局"), world.actor("a_hr")
    unit = world.org("甲区一街社区调委会")
    late = make_person("晚到", unit, standing=Standing.IN_POST, mediator_no="L1")
    make_person("全年", unit, standing=Standing.IN_POST, mediator_no="L2")
    make_person("学员", unit, standing=Standing.TRAINEE)
    make_person("兼职", unit, standing=Standing.IN_POST, mediator_no="L3", service_kind="part_time")
    facts.record(
        SYSTEM, late, "standing", date(2026, 5, 6),
        {"from": "certified", "to": "in_post", "action": "take_post"}, now=NOW,
    )  # fmt: skip
    db.session.commit()
    found = rounds.candidates(org, 2026, [ServiceKind.FULL_TIME], NOW.date())
    assert {(c.person.name, c.months, c.by_file) for c in found} == {
        ("晚到", tuple(range(5, 12)), True), ("全年", tuple(range(1, 12)), False),
    }  # fmt: skip
    rounds.open_round(
        hr, org, 2026, [c.person for c in found], {c.person.id: list(c.months) for c in found},
        now=NOW,
    )  # fmt: skip
    assert rounds.candidates(org, 2026, [ServiceKind.FULL_TIME], NOW.date()) == []
    with pytest.raises(Refused) as twice:
        rounds.open_round(hr, world.org("甲区一街司法所"), 2026, [late], {late.id: [5]}, now=NOW)
    assert twice.value.code == "APPRAISED_ALREADY"


def test_months_are_corrected_with_a_reason_that_stays(world, appraisal):
    hr = world.actor("a_hr")
    with pytest.raises(Refused) as silent:
        rounds.correct_months(hr, appraisal, [9, 10], " ", now=NOW)
    assert silent.value.code == "REASON_REQUIRED"
    rounds.correct_months(hr, appraisal, [10, 9], "九月起到岗", now=NOW)
    assert appraisal.months == [9, 10]
    assert [(e.action, e.reason) for e in queries.events_of(appraisal)] == [
        ("correct_months", "九月起到岗")
    ]

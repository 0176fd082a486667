"""The attendance sheet and the proof of hours say what the ledger and the class list hold."""

from __future__ import annotations

from tests.support.programmes import make_credit, make_enrolment, make_session, present
from tests.support.world import NOW, World
from training.core.db import db
from training.core.documents.definition import ListTable, SealPlace
from training.core.documents.registry import Order
from training.programmes import sessions
from training.programmes.documents import attendance_sheet, hours_certificate


def tables(document) -> list[ListTable]:
    return [b for b in document.blocks if isinstance(b, ListTable)]


def test_the_attendance_sheet_lists_the_class_with_lines_to_spare(world: World) -> None:
    session = make_session(starts_at=NOW)
    db.session.commit()
    person = world.person("a_mediator")
    sessions.record_attendance(world.actor("a_trainer"), session, [present(person)], now=NOW)
    rows = tables(attendance_sheet(session, Order(NOW)))[0].rows
    assert rows[0][1:] == ("甲调解员", "甲区一街社区调委会", "Ta0001", "", "到场")
    assert rows[1][1:] == ("",) * 5


def test_the_proof_of_hours_gives_every_topic_and_the_total(world: World) -> None:
    enrolment = make_enrolment()
    make_credit(minutes=90)
    db.session.commit()
    table = tables(hours_certificate(enrolment, Order(NOW)))[0]
    assert ("法律政策", "12", "2", "10") in table.rows
    assert table.total == ("合计", "40", "2", "38")


def test_the_proof_of_hours_is_signed_by_the_bureau_and_owes_what_its_topics_owe(
    world: World,
) -> None:
    enrolment = make_enrolment()
    make_credit(minutes=3600)
    db.session.commit()
    document = hours_certificate(enrolment, Order(NOW))
    (seal,) = [b for b in document.blocks if isinstance(b, SealPlace)]
    assert (document.organisation, seal.text) == ("甲区司法局", "甲区司法局")
    table = tables(document)[0]
    owed = sum(float(row[3]) for row in table.rows)
    assert owed > 0
    assert float(table.total[3]) == owed


def test_the_attendance_sheet_says_when_without_the_day_of_the_week(world: World) -> None:
    session = make_session(starts_at=NOW)
    db.session.commit()
    sheet = attendance_sheet(session, Order(NOW))
    assert "时间：2026年11月23日" in sheet.caption
    assert "周" not in sheet.caption

"""The attendance sheet and the proof of hours say what the ledger and the class list hold."""

from __future__ import annotations

from tests.support.programmes import make_credit, make_enrolment, make_session, present
from tests.support.world import NOW, World
from training.core.db import db
from training.core.documents.definition import ListTable
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

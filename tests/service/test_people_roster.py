"""Numbers, slips for an office, reminders, units: what holds whoever clicks."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.support.rosters import applied, checked, identity, line, work, workbook
from tests.support.world import NOW, make_person
from training.core import jobs
from training.core.db import db
from training.core.documents.registry import Order
from training.core.errors import NotVisible, Refused
from training.core.models import Counter, Job
from training.people import accounts_slips, inbox, numbering, persons, reminders, slip_sheets
from training.people.documents import activation_slips
from training.people.models import Notice, OneTimeSlip, Person
from training.people.reminders import Reminder
from training.people.rules.mediator_no import is_mediator_no
from training.people.rules.person import Standing


def test_a_number_is_given_once_and_only_what_is_committed_uses_one_up(world):
    person = make_person("赵某")
    first = numbering.give(person)
    assert numbering.give(person) == first
    db.session.rollback()
    other = make_person("钱某")
    assert numbering.give(other) == first
    assert is_mediator_no(first)
    assert db.session.get_one(Counter, "mediator_no:4601").value == 1


@pytest.fixture
def imported(world):
    applied(world, checked(world, workbook(line(1, "王小明"), line(2, "李竹"))))
    return world


def slips():
    return list(db.session.scalars(sa.select(OneTimeSlip).order_by(OneTimeSlip.id)))


def test_slips_of_an_office_carry_codes_that_open_the_account(imported, app):
    actor, office = imported.actor("a_hr"), imported.org("甲区一街司法所")
    found = slip_sheets.offices(actor, NOW)
    assert [(o.unit.name, o.waiting, o.issued) for o in found] == [("甲区一街司法所", 2, 0)]
    job = slip_sheets.issue(actor, office, again=False, now=NOW)
    at = job.payload["params"]["at"]
    paper = activation_slips(imported.org("甲区一街司法所"), Order(NOW, False, {"at": at}))
    printed = paper.blocks[0].slips
    assert [dict(s.lines)["姓名"] for s in printed] == ["李竹", "王小明"]
    assert printed[0].url.endswith("/activate")
    shown = accounts_slips.present(
        "19900000001", printed[1].code, identity(3)[-4:], address="10.0.0.1", now=NOW
    )
    assert shown.account.person.name == "王小明"


def test_slips_are_printed_by_the_worker(imported):
    job = slip_sheets.issue(
        imported.actor("a_hr"), imported.org("甲区一街司法所"), again=False, now=NOW
    )
    job_id = job.id
    work()
    assert db.session.get_one(Job, job_id).state == "done"


def test_issuing_again_withdraws_and_issuing_for_nobody_is_refused(imported):
    actor = imported.actor("a_hr")
    slip_sheets.issue(actor, imported.org("甲区一街司法所"), again=False, now=NOW)
    with pytest.raises(Refused) as refused:
        slip_sheets.issue(actor, imported.org("甲区一街司法所"), again=False, now=NOW)
    assert refused.value.code == "NO_SLIPS"
    later = NOW + timedelta(minutes=1)
    slip_sheets.issue(actor, imported.org("甲区一街司法所"), again=True, now=later)
    assert [s.withdrawn_at is None for s in slips()] == [False, False, True, True]
    with pytest.raises(NotVisible):
        slip_sheets.issue(
            imported.actor("b_hr"), imported.org("甲区一街司法所"), again=True, now=later
        )


def test_reminders_are_said_once_and_a_broken_source_does_not_silence_the_others(
    world, monkeypatch
):
    person = world.person("a_mediator").id

    def owed(now):
        yield Reminder(person, "hours", "还差 %(n)s 学时", "hours:2026", params={"n": 3})

    def broken(now):
        raise ValueError

    monkeypatch.setattr(reminders, "_sources", [broken, owed])
    for turn in range(2):
        jobs_before = NOW + timedelta(days=turn)
        jobs.enter_periodic(jobs_before)
        jobs.drain(lambda at=jobs_before: at)
    assert [n.params for n in db.session.scalars(sa.select(Notice))] == [{"n": 3}]
    failed = db.session.scalars(sa.select(Job).where(Job.kind == reminders.JOB)).first()
    assert failed.error == "RuntimeError"
    assert inbox.unread(person) == 1


def test_a_refused_correction_leaves_the_file_as_it_was(world):
    person = make_person("王小明", world.org("甲区一街社区调委会"))
    db.session.commit()
    actor = world.actor("a_hr")
    for field, value, reason, code in (
        ("standing", "in_post", "理由", "FIELD"),
        ("name", "王小明", "理由", "NOTHING_CHANGED"),
        ("name", "王晓明", " ", "REASON_REQUIRED"),
    ):
        with pytest.raises(Refused) as refused:
            persons.correct(actor, person, field, value, reason, now=NOW)
        assert refused.value.code == code
    with pytest.raises(NotVisible):
        persons.correct(world.actor("b_hr"), person, "name", "王晓明", "理由", now=NOW)
    stored = db.session.get_one(Person, person.id)
    assert (stored.name, stored.standing) == ("王小明", Standing.CANDIDATE)

"""Importing rosters: every fault by its cell, all or nothing, and a repeat changes nothing."""

import json

import pytest
import sqlalchemy as sa

from tests.support.rosters import (
    HEAD,
    again,
    applied,
    begin,
    checked,
    identity,
    line,
    work,
    workbook,
)
from tests.support.world import NOW
from training.core import audit, clock, files, jobs
from training.core.db import db
from training.core.errors import NotVisible, Refused
from training.core.i18n import say
from training.core.models import AuditEntry, OrgUnit
from training.people import facts, imports
from training.people.models import Account, Notice, Person, RoleGrant
from training.people.roster_models import ImportRow, PersonRevision
from training.people.rules.mediator_no import is_mediator_no
from training.people.rules.org_names import Plan, PlanKind
from training.people.rules.person import AccountState, ServiceKind, Standing
from training.people.rules.roster import BatchState, Outcome


def people():
    return db.session.scalar(sa.select(sa.func.count()).select_from(Person))


def problems(batch):
    rows = db.session.scalars(
        sa.select(ImportRow).where(ImportRow.batch_id == batch.id).order_by(ImportRow.number)
    )
    return [(p["cell"], p["code"], p["blocks"]) for r in rows for p in r.problems]


def by_identity(number):
    return db.session.scalars(
        sa.select(Person).where(Person.id_number_index == Person.id_number.blind(number))
    ).one()


def test_people_are_entered_with_number_account_role_and_facts(world):
    before = people()
    batch = applied(world, checked(world, workbook(line(1, "王小明"), line(2, "李竹"))))
    assert batch.state is BatchState.APPLIED
    assert people() == before + 2
    person = by_identity(identity(3))
    assert (person.name, person.pinyin) == ("王小明", "wangxiaoming wxm")
    assert person.org.name == "甲区一街社区调委会"
    assert person.standing is Standing.IN_POST
    assert person.service_kind is ServiceKind.FULL_TIME
    assert person.phone == "19900000001"
    assert is_mediator_no(person.mediator_no)
    account = db.session.scalars(sa.select(Account).where(Account.person_id == person.id)).one()
    assert (account.state, account.username) == (AccountState.WAITING, person.mediator_no)
    assert account.login_phone_index
    assert [g.org_id for g in db.session.scalars(
        sa.select(RoleGrant).where(RoleGrant.account_id == account.id))] == [person.org_id]  # fmt: skip
    assert {f.kind: f.value for f in facts.of(person.id)}["people.roster"] == {"hired": "2025-05"}


def test_the_application_is_one_act_with_counts_and_the_hash_of_the_file(world):
    batch = applied(world, checked(world, workbook(line(1), line(2))))
    entries = [
        audit.detail(e)
        for e in db.session.scalars(
            sa.select(AuditEntry).where(AuditEntry.subject_ref == batch.public_id)
        )
    ]
    assert [e for e in entries if "left_out" in e] == [
        {"file": batch.file_hash, "new": 2, "changed": 0, "unchanged": 0, "left_out": 0,
         "units": 0, "revised": {}}
    ]  # fmt: skip
    officer = world.person("a_hr").id
    notices = db.session.scalars(sa.select(Notice).where(Notice.person_id == officer)).all()
    assert [n.params for n in notices] == [{"new": 2, "changed": 0}]


def test_a_repeat_changes_nothing(world):
    data = workbook(line(1), line(2))
    applied(world, checked(world, data))
    count = people()
    again = checked(world, data)
    assert (again.counts["unchanged"], again.counts["new"], again.counts["changed"]) == (2, 0, 0)
    with pytest.raises(Refused) as refused:
        imports.order_apply(world.actor("a_hr"), again, leave_out=False, now=NOW)
    assert refused.value.verdict.codes == ("import.nothing",)
    assert people() == count


def test_the_same_head_is_not_asked_about_again(world):
    checked(world, workbook(line(1)))
    assert begin(world, workbook(line(2))).state is BatchState.CHECKED


def test_a_changed_line_revises_the_file_and_keeps_what_stood_there(world):
    applied(world, checked(world, workbook(line(1, "王小明"))))
    newer = line(1, "王晓明", **{"联系电话": "19911112222", "聘用时间": "2026.1"})
    batch = checked(world, workbook(newer))
    row = db.session.scalars(sa.select(ImportRow).where(ImportRow.batch_id == batch.id)).one()
    assert (row.outcome, set(row.changes)) == (Outcome.CHANGED, {"name", "phone", "hired"})
    applied(world, batch)
    person = by_identity(identity(3))
    assert (person.name, person.phone) == ("王晓明", "19911112222")
    revisions = db.session.scalars(
        sa.select(PersonRevision).where(PersonRevision.person_id == person.id)
    ).all()
    assert {(r.field, r.old, r.new) for r in revisions} == {
        ("name", "王小明", "王晓明"),
        ("phone", "19900000001", "19911112222"),
    }
    told = [f.value for f in facts.of(person.id) if f.kind == "people.roster"]
    assert told == [{"hired": "2026-01"}]
    applied_again = checked(world, workbook(newer))
    assert applied_again.counts["unchanged"] == 1


def test_a_person_who_moved_takes_the_role_along(world):
    applied(world, checked(world, workbook(line(1))))
    batch = applied(world, checked(world, workbook(line(1, org="甲区二街社区调委会"))))
    person = by_identity(identity(3))
    assert batch.counts["changed"] == 1
    assert person.org.name == "甲区二街社区调委会"
    grants = db.session.execute(
        sa.select(RoleGrant.org_id, RoleGrant.revoked_at)
        .join(Account, Account.id == RoleGrant.account_id)
        .where(Account.person_id == person.id)
        .order_by(RoleGrant.id)
    ).all()
    assert [(g.org_id == person.org_id, g.revoked_at is None) for g in grants] == [
        (False, False),
        (True, True),
    ]


def test_lines_in_error_block_until_they_are_left_out(world):
    data = workbook(
        line(1), line(2, **{"身份证号": 990101197603130000.0}), line(3, **{"姓名": None})
    )
    batch = checked(world, data)
    assert problems(batch) == [("E4", "identity.excel", True), ("B5", "name.missing", True)]
    before = people()
    with pytest.raises(Refused) as refused:
        imports.order_apply(world.actor("a_hr"), batch, leave_out=False, now=NOW)
    assert refused.value.verdict.codes == ("import.errors",)
    work()
    assert people() == before
    batch = again(batch)
    assert applied(world, batch, leave_out=True).state is BatchState.APPLIED
    assert people() == before + 1


def test_a_sheet_of_nothing_but_errors_is_not_called_up_to_date(world):
    batch = checked(world, workbook(line(1, **{"身份证号": "4.6E+17"})))
    verdict = imports.judge_applying(batch, leave_out=True)
    assert [say(r.words) for r in verdict.reasons] == ["没有可以导入的行"]


def test_the_same_person_twice_in_a_sheet_is_named(world):
    batch = checked(world, workbook(line(1), line(2, **{"身份证号": identity(3)})))
    assert problems(batch) == [("E4", "roster.repeated", True)]


def test_a_shared_telephone_logs_only_the_first_in(world):
    batch = checked(world, workbook(line(1), line(2, **{"联系电话": "19900000001"})))
    assert problems(batch) == [("F4", "roster.phone_shared", False)]
    applied(world, batch)
    second = by_identity(identity(5))
    account = db.session.scalars(sa.select(Account).where(Account.person_id == second.id)).one()
    assert (account.login_phone_index, second.phone) == (None, "19900000001")


def test_a_person_of_another_district_is_not_taken_over(world):
    theirs = {"who": "b_hr", "org": "乙区司法局"}
    batch = checked(world, workbook(line(1, org="乙区一街社区调委会")), **theirs)
    applied(world, batch, who="b_hr")
    batch = checked(world, workbook(line(1)))
    assert problems(batch) == [("E3", "roster.elsewhere", True)]


def test_unknown_units_are_decided_by_a_person_and_set_up_with_the_import(world):
    batch = checked(
        world, workbook(line(1, org="七街道人民调解委员会"), line(2, org="甲区一街调委会"))
    )
    actor = world.actor("a_hr")
    with pytest.raises(Refused) as refused:
        imports.order_apply(actor, batch, leave_out=False, now=NOW)
    assert refused.value.verdict.codes == ("import.units",)
    known = world.org("甲区一街社区调委会")
    plan = {
        "七街道人民调解委员会": Plan(PlanKind.NEW_OFFICE, office="七街道司法所").code,
        "甲区一街调委会": Plan(PlanKind.SAME_AS, ref=str(known.id)).code,
    }
    imports.decide_units(actor, batch, plan, now=NOW)
    work()
    batch = applied(world, again(batch))
    assert batch.state is BatchState.APPLIED
    made = world.org("七街道人民调解委员会")
    assert made.parent.name == "七街道司法所"
    assert made.parent.parent_id == world.org("甲区司法局").id
    assert by_identity(identity(3)).org_id == made.id
    assert by_identity(identity(5)).org.name == "甲区一街社区调委会"


def test_a_unit_out_of_reach_cannot_be_chosen(world):
    batch = checked(world, workbook(line(1, org="七街道人民调解委员会")))
    foreign = world.org("乙区一街司法所")
    with pytest.raises(Refused) as refused:
        imports.decide_units(
            world.actor("a_hr"), batch, {"七街道人民调解委员会": f"under:{foreign.id}"}, now=NOW
        )
    assert refused.value.code == "UNITS"


def test_files_that_moved_on_are_judged_again_and_nothing_is_written(world):
    data = workbook(line(1), line(2))
    first, second = checked(world, data), checked(world, data)
    applied(world, first)
    count = people()
    second = applied(world, again(second))
    assert second.state is BatchState.CHECKED
    assert second.problem["code"] == "CHANGED"
    assert second.counts["unchanged"] == 2
    assert people() == count


def test_the_rights_of_the_officer_are_looked_at_again_when_it_is_applied(world):
    batch = checked(world, workbook(line(1)))
    imports.order_apply(world.actor("a_hr"), batch, leave_out=False, now=NOW)
    db.session.execute(
        sa.update(RoleGrant)
        .where(RoleGrant.account_id == world.account("a_hr").id)
        .values(revoked_at=NOW)
    )
    db.session.commit()
    before = people()
    work()
    batch = again(batch)
    assert (batch.problem["code"], batch.state) == ("NO_RIGHT", BatchState.CHECKED)
    assert people() == before


def test_a_second_click_applies_once(world):
    batch = checked(world, workbook(line(1)))
    imports.order_apply(world.actor("a_hr"), batch, leave_out=False, now=NOW)
    with pytest.raises(Refused) as refused:
        imports.order_apply(world.actor("a_hr"), batch, leave_out=False, now=NOW)
    assert refused.value.code == "WRONG_STATE"


def test_the_officer_of_another_district_cannot_import_here(world):
    sheet = imports.checked_upload(workbook(line(1)), "a.xlsx")
    with pytest.raises(NotVisible):
        imports.begin(world.actor("b_hr"), world.org("甲区司法局"), sheet, now=NOW)


def test_no_identity_number_is_stored_in_the_clear(world):
    batch = checked(world, workbook(line(1)))
    assert identity(3).encode() not in files.read(batch.file)
    row = db.session.scalars(sa.select(ImportRow).where(ImportRow.batch_id == batch.id)).one()
    assert identity(3) not in row.values_sealed
    assert json.loads(row.values)["id_number"] == identity(3)


def test_csv_is_read_like_a_workbook(world):
    text = "\n".join(",".join(map(str, r)) for r in [HEAD, line(1), line(2)])
    batch = checked(world, text.encode("gb18030"), name="花名册.csv")
    assert batch.counts["new"] == 2


def test_a_sheet_without_a_roster_says_what_it_lacks(world):
    batch = begin(world, "你好,世界\n1,2\n".encode(), name="a.csv")
    assert (batch.state, batch.problem["code"]) == (BatchState.UNREADABLE, "NO_TABLE")


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, None), (b"PK\x03\x04broken", None), (b"", None)],
)  # fmt: skip
def test_files_that_are_no_workbook_are_refused(world, data, code):
    with pytest.raises(Refused) as refused:
        imports.checked_upload(data, "花名册.xlsx")
    assert refused.value.status in (413, 415, 422)


def test_sheets_are_cleared_away_after_their_time(world, monkeypatch):
    batch = applied(world, checked(world, workbook(line(1))))
    key = batch.file.key
    monkeypatch.setattr(clock, "now", lambda: NOW.replace(year=2028))
    jobs.enter_periodic(clock.now())
    jobs.drain(clock.now)
    batch = again(batch)
    assert batch.file_id is None
    assert not files.storage().exists(key)
    assert db.session.scalar(sa.select(ImportRow.values_sealed)) is None


def test_the_faults_of_a_real_roster_are_named_by_cell_and_the_rest_is_imported(world, shared_data):
    folder = shared_data / "rosters"
    batch = checked(world, (folder / "花名册样例.xlsx").read_bytes())
    planted = json.loads((folder / "花名册样例.faults.json").read_text(encoding="utf-8"))
    assert [cell for cell, _, _ in problems(batch)] == [cell for cell, _ in planted]
    assert all(blocks for _, _, blocks in problems(batch))
    assert batch.layout["skipped"] == [405, 406]
    assert (batch.counts["new"], batch.counts["error"]) == (400 - len(planted), len(planted))
    plan = {u.name: u.plan.code for u in imports.import_check.unknown_units(batch)}
    imports.decide_units(world.actor("a_hr"), batch, plan, now=NOW)
    work()
    before, units = people(), db.session.scalar(sa.select(sa.func.count()).select_from(OrgUnit))
    batch = applied(world, again(batch), leave_out=True)
    assert batch.state is BatchState.APPLIED
    assert people() == before + 400 - len(planted)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(OrgUnit)) == units + 2 * len(
        plan
    )


@pytest.mark.slow
def test_five_thousand_lines_name_each_of_five_hundred_faults_and_a_repeat_changes_nothing(world):
    lines = [
        line(i, **{
            "身份证号": identity(1 + 2 * (i % 490), f"19{60 + i // 490 // 12 % 12:02}{1 + i // 490 % 12:02}13")
            if i % 10 else 4.6e17,
            "出生年月": None, "性别": None,
        })
        for i in range(5000)
    ]  # fmt: skip
    data = workbook(*lines)
    batch = checked(world, data)
    assert (batch.counts["error"], batch.counts["new"]) == (500, 4500)
    assert len({cell for cell, _, _ in problems(batch)}) == 500
    applied(world, batch, leave_out=True)
    assert checked(world, data).counts["unchanged"] == 4500

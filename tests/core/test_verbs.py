"""The unit of work: one transaction, one entry, one answer to two clicks."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.support.world import NOW
from training.core import audit, verbs
from training.core.db import db
from training.core.errors import NotVisible, Refused
from training.core.models import AuditEntry, Counter, IdempotencyKey, OrgUnit
from training.core.units import system_unit
from training.core.verbs import about, after_commit, tell, verb


@verb("core:org:change", on="org")
def rename(actor, org, name, *, now, fail=False):
    org.name = name
    tell(length=len(name))
    if fail:
        raise Refused.because("NO", "不行")
    return org


@verb("core:org:change", on="org")
def rename_both(actor, org, other, *, now, fail=False):
    rename(actor, org, "甲甲", now=now)
    rename(actor, other, "乙乙", now=now, fail=fail)


@verb("core:org:change", at="parent")
def count_up(actor, parent, *, now):
    row = db.session.get(Counter, "clicks", with_for_update=True)
    if row is None:
        row = Counter(name="clicks", value=0)
        db.session.add(row)
    row.value += 1
    return row.value


@pytest.fixture
def manager(world):
    return world.actor("city_city_manager")


def entries():
    return db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)).all()


def test_a_verb_commits_its_change_with_one_entry(app, world, manager):
    before = len(entries())
    org = rename(manager, world.org("甲区司法局"), "改名区司法局", now=NOW)
    db.session.expire_all()
    assert world.org("改名区司法局").id == org.id
    (entry,) = entries()[before:]
    assert (entry.action, entry.actor_ref, entry.subject_type, entry.org_id) == (
        "core:org:change", manager.ref, "org_unit", org.id,
    )  # fmt: skip
    assert audit.detail(entry) == {"length": 6}


def test_a_refusal_leaves_neither_change_nor_entry(app, world, manager):
    before = len(entries())
    with pytest.raises(Refused):
        rename(manager, world.org("甲区司法局"), "半途", now=NOW, fail=True)
    assert world.org("甲区司法局") is not None
    assert len(entries()) == before


def test_joined_verbs_stand_or_fall_together_and_each_leaves_an_entry(app, world, manager):
    a, b, before = world.org("甲区司法局"), world.org("乙区司法局"), len(entries())
    with pytest.raises(Refused):
        rename_both(manager, a, b, now=NOW, fail=True)
    assert {world.org("甲区司法局").id, world.org("乙区司法局").id} == {a.id, b.id}
    rename_both(manager, a, b, now=NOW)
    assert world.org("甲甲").id == a.id
    assert len(entries()) == before + 3


def test_out_of_scope_looks_like_nothing_there(app, world):
    with pytest.raises(NotVisible):
        rename(world.actor("a_hr"), world.org("甲区司法局"), "越权", now=NOW)


def test_a_change_made_outside_a_verb_is_a_mistake(app, world, manager):
    changed, other = world.org("甲区司法局"), world.org("乙区司法局")
    changed.name = "偷改"
    with pytest.raises(RuntimeError, match="outside"):
        rename(manager, other, "x", now=NOW)
    db.session.rollback()


def test_hooks_run_after_the_commit_and_not_after_a_refusal(app, world, manager):
    seen = []

    @verb("core:org:change", on="org")
    def act(actor, org, *, now, fail):
        about(org)
        after_commit(lambda: seen.append(db.session().in_transaction()))
        if fail:
            raise Refused.because("NO", "不行")

    act(manager, world.org("甲区司法局"), now=NOW, fail=False)
    with pytest.raises(Refused):
        act(manager, world.org("甲区司法局"), now=NOW, fail=True)
    assert seen == [False]


def test_the_second_click_gets_the_first_answer(app, world, manager):
    parent = world.org("示例市司法局")
    for _ in range(3):
        verbs.remember_click("k" * 24, b"the form")
        assert count_up(manager, parent, now=NOW) == 1
    verbs.remember_click("", b"")
    assert db.session.get(Counter, "clicks").value == 1
    assert db.session.scalar(sa.select(sa.func.count()).select_from(IdempotencyKey)) == 1


def test_a_key_used_for_another_form_is_refused(app, world, manager):
    parent = world.org("示例市司法局")
    verbs.remember_click("k" * 24, b"the form")
    count_up(manager, parent, now=NOW)
    verbs.remember_click("k" * 24, b"another form")
    with pytest.raises(Refused) as refused:
        count_up(manager, parent, now=NOW)
    verbs.remember_click("", b"")
    assert (refused.value.code, refused.value.status) == ("KEY_REUSED", 422)


def test_an_entity_answer_is_loaded_again(app, world, manager):
    org = world.org("甲区司法局")
    verbs.remember_click("e" * 24, b"x")
    first = rename(manager, org, "一次", now=NOW)
    verbs.remember_click("e" * 24, b"x")
    second = rename(manager, org, "一次", now=NOW)
    verbs.remember_click("", b"")
    assert isinstance(second, OrgUnit)
    assert second.id == first.id


def _at_once(app, work, n):
    """Run ``work(i)`` in ``n`` threads that start together; returns results and errors."""
    gate, results, errors = threading.Barrier(n), [], []

    def run(i):
        with app.app_context():
            gate.wait()
            try:
                results.append(work(i))
            except Exception as error:
                errors.append(error)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(i,)) for i in range(n)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return results, errors


def test_twelve_simultaneous_clicks_count_once(app, world, manager):
    def click(_):
        verbs.remember_click("c" * 24, b"form")
        return count_up(manager, world.org("示例市司法局"), now=NOW)

    results, errors = _at_once(app, click, 12)
    assert (results, errors) == ([1] * 12, [])


def test_no_update_is_lost_among_simultaneous_writers(app, world, manager):
    count_up(manager, world.org("示例市司法局"), now=NOW)

    def up(_):
        return count_up(manager, world.org("示例市司法局"), now=NOW)

    results, errors = _at_once(app, up, 10)
    assert errors == []
    assert sorted(results) == list(range(2, 12))


def test_a_system_unit_joins_a_verb(app, world, manager):
    @system_unit
    def note():
        db.session.add(Counter(name="note", value=1))

    @verb("core:org:change", on="org")
    def act(actor, org, *, now):
        note()
        raise Refused.because("NO", "不行")

    with pytest.raises(Refused):
        act(manager, world.org("甲区司法局"), now=NOW + timedelta(seconds=1))
    assert db.session.get(Counter, "note") is None

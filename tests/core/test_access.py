"""What a person sees in a list and what he may do to a record are the same question."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.world import NOW
from training.core import access
from training.core.db import db
from training.core.models import Job, OrgUnit
from training.core.rules.permission import SYSTEM, Actor, Grant, PermissionTable, row
from training.core.rules.roles import OrgKind, Role

ROLES = (Role.HR, Role.TRAINER, Role.AUDITOR, Role.MEDIATOR)
# Numbers that begin alike: a prefix without its slash would confuse them.
NUMBERS = (900, 901, 9001, 90011, 9010, 902, 9020)


@st.composite
def tables(draw):
    """One permission, granted to some roles over some scopes."""
    scopes = {
        scope: draw(st.lists(st.sampled_from((*ROLES, Role.MEMBER)), unique=True, max_size=2))
        for scope in ("all", "subtree", "self")
    }
    if draw(st.integers(0, 3)):
        scopes["all"] = []
    return PermissionTable([row("room:thing:act", "", **scopes)])


@st.composite
def trees(draw):
    """Parents of the numbers: each hangs below an earlier one, or below the root."""
    return {n: draw(st.sampled_from((None, *NUMBERS[:i]))) for i, n in enumerate(NUMBERS)}


def _plant(tree, people):
    """Organisations and, in each, a record about each person (and about nobody)."""
    paths = {}
    for number, parent in tree.items():
        paths[number] = f"{paths.get(parent, '/1/')}{number}/"
        db.session.add(
            OrgUnit(
                id=number, parent_id=parent or 1, path=paths[number], name=str(number),
                kind=OrgKind.JUDICIAL_OFFICE,
            )
        )  # fmt: skip
        db.session.flush()
        for person in people:
            db.session.add(
                Job(kind="t", payload={}, run_after=NOW, created_at=NOW, org_id=number,
                    person_id=person)
            )  # fmt: skip
    db.session.add(Job(kind="t", payload={}, run_after=NOW, created_at=NOW, person_id=people[0]))
    db.session.flush()
    return paths


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(table=tables(), tree=trees(), data=st.data())
def test_a_list_shows_exactly_what_one_may_act_upon(app, monkeypatch, table, tree, data):
    monkeypatch.setattr(access, "_table", table)
    try:
        paths = _plant(tree, (11, 12, None))
        grants = data.draw(
            st.lists(
                st.builds(Grant, st.sampled_from(ROLES), st.sampled_from(["/1/", *paths.values()])),
                max_size=3,
            )
        )
        person = data.draw(st.sampled_from((11, 12, None)))
        actor = Actor(person_id=person, account_id=person and 1, grants=tuple(grants))
        for model in (Job, OrgUnit):
            seen = set(
                db.session.scalars(
                    sa.select(model.id).where(access.visible(actor, "room:thing:act", model))
                )
            )
            allowed = {
                record.id
                for record in db.session.scalars(sa.select(model))
                if access.may(actor, "room:thing:act", record)
            }
            assert seen == allowed
    finally:
        db.session.rollback()


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(tree=trees(), chosen=st.sampled_from(NUMBERS))
def test_a_range_over_paths_is_the_subtree(app, tree, chosen):
    try:
        paths = _plant(tree, (None,))
        found = set(
            db.session.scalars(
                sa.select(OrgUnit.path).where(access.subtree(OrgUnit.path, paths[chosen]))
            )
        )
        assert found == {p for p in paths.values() if p.startswith(paths[chosen])}
    finally:
        db.session.rollback()


def test_the_range_is_served_by_the_index(app):
    if db.engine.dialect.name != "sqlite":
        pytest.skip("SQLite says its plan in words; an empty PostgreSQL table is always scanned")
    query = sa.select(OrgUnit.id).where(access.subtree(OrgUnit.path, "/1/2/"))
    compiled = query.compile(db.engine, compile_kwargs={"literal_binds": True})
    plan = db.session.execute(sa.text(f"EXPLAIN QUERY PLAN {compiled}")).all()
    assert "USING" in str(plan)
    assert "path>" in str(plan)


def test_nothing_can_be_asked_before_a_table_is_installed(monkeypatch):
    monkeypatch.setattr(access, "_table", None)
    with pytest.raises(RuntimeError):
        access.may(SYSTEM, "core:policy:read")

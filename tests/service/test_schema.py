"""The migrations make exactly the schema that the models describe."""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask_migrate import downgrade

from exams.sittings.rules.attempt import AttemptState
from tests.support.employment import make_appointment
from tests.support.exams import make_attempt
from tests.support.proceedings import make_service
from tests.support.world import NOW
from training.core import append_only, clock
from training.core import db as core_db
from training.core.config import load
from training.core.db import db
from training.employment.appointment_models import AppointmentEvent
from training.employment.rules.appointment import AppointmentState
from training.proceedings.models import ServiceRecord
from training.site import schema
from training.site.app import create_app
from training.site.schema import metadata


def test_the_migrations_make_what_the_models_describe(app):
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata()) == []


def test_every_declared_history_exists_and_refuses_change(app):
    tables = set(metadata().tables)
    assert append_only.TABLES - tables == set()


def test_a_site_with_people_in_post_goes_through_every_later_migration(world):
    """Tables are made anew on SQLite while others refer to them: nothing may be lost."""
    person = world.person("a_mediator")
    made = make_appointment(
        person, state=AppointmentState.IN_TERM, approved_by=world.person("a_approver").id,
        approved_at=NOW, began_on=clock.today(NOW),
    )  # fmt: skip
    db.session.add(
        AppointmentEvent(
            appointment_id=made.id, action="take_up", before=AppointmentState.FILED,
            after=AppointmentState.IN_TERM, actor_id=None, at=NOW,
        )
    )  # fmt: skip
    make_attempt(state=AttemptState.ADMITTED, admitted_at=NOW)
    db.session.commit()
    kept, number = made.public_id, made.id
    before = _rows()
    db.session.remove()
    downgrade(revision="0002")
    schema.upgrade()
    assert _rows() == before
    with db.engine.connect() as connection:
        found = connection.execute(
            sa.text("SELECT public_id FROM appointment WHERE id = :n"), {"n": number}
        ).scalar_one()
        if connection.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1
    assert found == kept


def test_a_title_kept_before_titles_had_parameters_stands_as_it_was(world):
    made = make_service(world.person("a_mediator"))
    db.session.commit()
    kept, title = made.public_id, made.title
    db.session.remove()
    downgrade(revision="0004")
    schema.upgrade()
    found = db.session.scalars(
        sa.select(ServiceRecord).where(ServiceRecord.public_id == kept)
    ).one()
    assert (found.title, found.title_params) == (title, {})
    with pytest.raises(sa.exc.DatabaseError):
        db.session.execute(sa.update(ServiceRecord).values(title="另一个标题"))


def _rows() -> dict[str, int]:
    """How many rows each table holds that stands in every version of the schema."""
    tables = (
        "person", "account", "org_unit", "appointment", "appointment_event", "audit_entry",
        "exam_attempt",
    )  # fmt: skip
    return {
        t: int(db.session.scalar(sa.select(sa.func.count()).select_from(sa.table(t))) or 0)
        for t in tables
        if sa.inspect(db.engine).has_table(t)
    }


@pytest.mark.skipif(
    sqlite3.sqlite_version_info >= core_db.SOUND_SQLITE,
    reason="this Python carries no SQLite that is older than those the site admits",
)
def test_no_migration_needs_a_newer_sqlite_than_the_site_admits(tmp_path, monkeypatch):
    """There and back on the SQLite of Python itself, which the site refuses to serve with."""
    monkeypatch.setitem(sys.modules, "pysqlite3", SimpleNamespace(dbapi2=sqlite3))
    monkeypatch.setattr(core_db, "check_sqlite", lambda version: None)
    environ = {"ACADEMY_ENV": "testing", "ACADEMY_VAR": str(tmp_path), "SECRET_KEY": "t" * 40}
    environ |= {"BASE_URL": "http://localhost", "LOG_LEVEL": "ERROR"}
    app = create_app(load(environ, Path(__file__).resolve().parents[2]))
    with app.app_context():
        schema.upgrade()
        downgrade(revision="0001")
        schema.upgrade()
        with db.engine.connect() as connection:
            version = connection.exec_driver_sql("SELECT sqlite_version()").scalar_one()
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, metadata()) == []
        db.engine.dispose()
    assert version == sqlite3.sqlite_version

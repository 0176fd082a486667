"""Records of the ground floor for the access matrix."""

from __future__ import annotations

from secrets import token_hex

import sqlalchemy as sa

from tests.support.objects import url_object, url_value
from tests.support.world import NOW, make_account
from training.core.db import db
from training.core.models import Job, OrgUnit, SavedView
from training.core.rules.jobs import JobState
from training.core.rules.roles import Role
from training.people.models import Account, Person


@url_object("job_id")
def _job(org: OrgUnit, person: Person) -> str:
    job = Job(
        kind="core.audit_check",
        payload={},
        state=JobState.DEAD,
        run_after=NOW,
        created_at=NOW,
        finished_at=NOW,
        org_id=org.id,
        person_id=person.id,
    )
    db.session.add(job)
    db.session.flush()
    return job.public_id


@url_object("view_id")
def _view(org: OrgUnit, person: Person) -> str:
    account = db.session.scalar(
        sa.select(Account).where(Account.person_id == person.id).limit(1)
    ) or make_account(person, Role.MEDIATOR, org)
    view = SavedView(
        account_id=account.id,
        endpoint="people.persons",
        name=token_hex(4),
        query="standing=in_post",
    )
    db.session.add(view)
    db.session.flush()
    return view.public_id


url_value(key="exam.pass_mark", sample="today")

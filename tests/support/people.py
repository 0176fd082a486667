"""Records of people for the access matrix."""

from __future__ import annotations

from tests.support.objects import url_object, url_value
from tests.support.world import NOW
from training.core import files
from training.core.db import db
from training.core.models import Job, OrgUnit
from training.core.rules.jobs import JobState
from training.people import org_imports
from training.people.models import Notice, Person
from training.people.roster_models import ImportBatch


@url_object("org_id")
def _org(org: OrgUnit, person: Person) -> str:
    return org.public_id


@url_object("org_sheet_id")
def _org_sheet(org: OrgUnit, person: Person) -> str:
    record = files.keep(
        "机构名称,联系电话\n五街司法所,0898-66500005\n".encode(), name="机构.csv",
        media_type="text/csv", purpose=org_imports.PURPOSE, now=NOW, org_id=org.id,
        person_id=person.id,
    )  # fmt: skip
    db.session.flush()
    return record.public_id


@url_object("batch_id")
def _batch(org: OrgUnit, person: Person) -> str:
    batch = ImportBatch(
        org_id=org.id,
        file_name="花名册.xlsx",
        file_hash="0" * 64,
        created_at=NOW,
        created_by="test",
        account_id=0,
    )
    db.session.add(batch)
    db.session.flush()
    return batch.public_id


@url_object("message_id")
def _message(org: OrgUnit, person: Person) -> str:
    notice = Notice(person_id=person.id, kind="test", message="消息", created_at=NOW, url="/")
    db.session.add(notice)
    db.session.flush()
    return notice.public_id


@url_object("paper_job_id")
def _paper_job(org: OrgUnit, person: Person) -> str:
    job = Job(
        kind="core.document",
        payload={"kind": "hours_certificate"},
        state=JobState.DONE,
        run_after=NOW,
        created_at=NOW,
        finished_at=NOW,
        person_id=person.id,
    )
    db.session.add(job)
    db.session.flush()
    return job.public_id


url_value(field="phone")

"""Asking for papers and making them in the worker."""

from __future__ import annotations

import io
from datetime import timedelta

import pikepdf
import pytest
import sqlalchemy as sa
from flask import Flask

from tests.support.documents import BROKEN_PAPER, PAPER, SECRET_PAPER
from tests.support.world import NOW, World
from training.core import files, jobs
from training.core.db import db
from training.core.documents import queries, registry, service
from training.core.documents.models import IssuedDocument, PaperFormat
from training.core.documents.rules.codes import ALPHABET, read, shown
from training.core.errors import NotVisible, Refused
from training.core.models import AuditEntry, Job, OrgUnit, StoredFile
from training.core.rules.jobs import JobState

BOTH = (PaperFormat.WORD, PaperFormat.PDF)


def ask(world: World, who: str = "a_hr", kind: str = PAPER, **more: object) -> Job:
    org = world.org("甲区司法局")
    return service.request(world.actor(who), kind, org.public_id, BOTH, now=NOW, **more)


def drain() -> None:
    later = [NOW]

    def tick() -> object:
        later[0] += timedelta(hours=1)
        return later[0]

    jobs.drain(tick)  # type: ignore[arg-type]


def test_a_paper_is_asked_for_made_once_and_put_away(app: Flask, world: World) -> None:
    job_id = ask(world, params={"state": "active"}).id
    assert db.session.scalar(sa.select(sa.func.count()).select_from(IssuedDocument)) == 0
    drain()
    pdf, word = service.made_by(job_id)
    assert (pdf.format, word.format) == (PaperFormat.PDF, PaperFormat.WORD)
    assert pdf.verification_code == word.verification_code
    assert len(pdf.verification_code) == 12
    assert pdf.payload_hash == word.payload_hash
    org = world.org("甲区司法局")
    assert (pdf.subject_type, pdf.subject_ref, pdf.org_id) == ("org_unit", org.public_id, org.id)
    assert pdf.person_id == world.person("a_hr").id
    assert pdf.requested_by == world.person("a_hr").public_id
    assert pdf.file.name == "机构登记表.pdf"
    data = files.read(pdf.file)
    with pikepdf.open(io.BytesIO(data)) as made:
        assert str(made.docinfo["/Title"]) == "机构登记表"
    assert db.session.get(Job, job_id).state is JobState.DONE


def test_a_job_that_is_taken_over_makes_nothing_twice(app: Flask, world: World) -> None:
    job_id = ask(world).id
    drain()
    db.session.connection(execution_options={"write": True})
    again = db.session.get(Job, job_id)
    again.state, again.finished_at, again.run_after = JobState.QUEUED, None, NOW
    db.session.commit()
    drain()
    assert len(service.made_by(job_id)) == 2
    stored = sa.select(sa.func.count()).select_from(StoredFile)
    assert db.session.scalar(stored.where(StoredFile.purpose == "document")) == 2


def test_the_late_answer_of_a_worker_that_lost_its_lease_counts_for_nothing(
    app: Flask, world: World
) -> None:
    job_id = ask(world).id
    org = world.org("甲区司法局")
    document = registry.find(PAPER).build(org, registry.Order(NOW))
    job = jobs.claim(NOW)
    old, fence = job.id, job.fence
    jobs.claim(NOW + timedelta(hours=2))
    with pytest.raises(jobs.LeaseLost):
        service.put_away(old, fence, document, "0" * 64, {PaperFormat.PDF: b"x"}, org, now=NOW)
    assert service.made_by(job_id) == []


def test_an_english_paper_is_written_in_english(app: Flask, world: World) -> None:
    job_id = ask(world, english=True).id
    drain()
    assert service.made_by(job_id)[0].title == "Organisation register"


def test_a_paper_with_secrets_carries_no_code(app: Flask, world: World) -> None:
    job_id = ask(world, kind=SECRET_PAPER).id
    drain()
    assert {d.verification_code for d in service.made_by(job_id)} == {""}


def test_a_paper_that_cannot_be_written_ends_as_a_dead_job_without_files(
    app: Flask, world: World
) -> None:
    job_id = ask(world, kind=BROKEN_PAPER).id
    drain()
    job = db.session.get(Job, job_id)
    assert (job.state, job.error) == (JobState.DEAD, "LookupError")
    assert service.made_by(job_id) == []


def test_the_papers_permission_over_the_record_is_asked(app: Flask, world: World) -> None:
    for who in ("b_hr", "a_mediator", "a_trainer"):
        with pytest.raises(NotVisible):
            ask(world, who)
    with pytest.raises(NotVisible):
        ask(world, kind="unheard_of")
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Job)) == 0


def test_a_paper_without_a_format_is_refused(app: Flask, world: World) -> None:
    with pytest.raises(Refused) as caught:
        service.request(world.actor("a_hr"), PAPER, world.org("甲区司法局").public_id, (), now=NOW)
    assert (caught.value.code, caught.value.status) == ("FORMAT", 422)


def test_asking_leaves_an_audit_entry_about_the_record(app: Flask, world: World) -> None:
    ask(world)
    entry = db.session.scalars(
        sa.select(AuditEntry).where(AuditEntry.action == "documents:paper:request")
    ).one()
    assert entry.subject_ref == world.org("甲区司法局").public_id
    assert PAPER in entry.detail


def test_only_who_asked_finds_the_paper_among_their_own(app: Flask, world: World) -> None:
    ask(world)
    drain()
    assert len(queries.own(world.actor("a_hr"))) == 2
    assert queries.own(world.actor("city_admin")) == []


def test_a_code_leads_to_the_pdf(app: Flask, world: World) -> None:
    job_id = ask(world).id
    drain()
    code = service.made_by(job_id)[1].verification_code
    found = queries.by_code(code)
    assert found is not None
    assert found.format is PaperFormat.PDF


def test_codes_are_read_whatever_their_case_and_dashes() -> None:
    code = service.new_code()
    assert set(code) <= set(ALPHABET)
    assert read(shown(code).lower()) == code
    assert read(f" {code[:4]} {code[4:]} ") == code
    for wrong in ("", code[:-1], code + "2", "0" * 12, "I" * 12):
        assert read(wrong) is None


def test_two_builders_of_one_kind_are_refused() -> None:
    with pytest.raises(ValueError, match="two builders"):
        registry.builder(PAPER, "x", "core:org:read", OrgUnit)(lambda _o, _r: None)  # type: ignore[arg-type, return-value]

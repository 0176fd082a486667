"""Asking for a paper, and putting away what the worker made of it."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from .. import access, audit, files, jobs
from ..db import Model, db
from ..errors import NotVisible, Refused, require
from ..models import Job
from ..rules.permission import Actor
from ..rules.words import N_
from ..verbs import about, system_unit, tell, verb
from .definition import Document
from .models import IssuedDocument, PaperFormat
from .registry import Paper, find
from .rules.codes import ALPHABET, LENGTH

JOB = "core.document"
_MEDIA = {
    PaperFormat.PDF: "application/pdf",
    PaperFormat.WORD: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


def subject_for(actor: Actor, paper: Paper, subject_ref: str) -> Model:
    """The record a paper is about. Raises ``NotVisible`` without the paper's permission over it."""
    model: Any = paper.model
    found: Model | None = db.session.scalar(
        sa.select(model).where(
            model.public_id == subject_ref, access.visible(actor, paper.permission, model)
        )
    )
    if found is None:
        raise NotVisible(paper.permission)
    return found


@verb("documents:paper:request")
def request(
    actor: Actor,
    kind: str,
    subject_ref: str,
    formats: Iterable[PaperFormat],
    *,
    now: datetime,
    english: bool = False,
    params: Mapping[str, str] | None = None,
) -> Job:
    """Have a paper made about the record with this public id; returns the job to follow.

    ``params`` hold ids and codes only. Raises ``NotVisible`` for an unknown kind or without
    its permission over the record, ``Refused`` ``FORMAT`` (422) without a format, ``NOT_READY``
    (409) while there is nothing to print.
    """
    paper = find(kind)
    if paper is None:
        raise NotVisible(kind)
    subject = subject_for(actor, paper, subject_ref)
    wanted = sorted({PaperFormat(f) for f in formats})
    if not wanted:
        raise Refused.because("FORMAT", N_("请选择文件格式：PDF 或 Word"), status=422)
    require(paper.ready(subject), code="NOT_READY")
    about(subject)
    tell(kind=kind, formats=[str(f) for f in wanted])
    return jobs.enqueue(
        JOB,
        {
            "kind": kind,
            "subject": subject_ref,
            "formats": [str(f) for f in wanted],
            "english": english,
            "params": dict(params or {}),
            "by": actor.ref,
        },
        now=now,
        person_id=actor.person_id,
        org_id=audit.subject_of(subject)[2],
        total=len(wanted),
    )


def new_code() -> str:
    """59 random bits that survive being read aloud."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def made_by(job_id: int) -> list[IssuedDocument]:
    """What a job has made, PDF before Word."""
    found = db.session.scalars(sa.select(IssuedDocument).where(IssuedDocument.job_id == job_id))
    return sorted(found, key=lambda d: d.format is PaperFormat.WORD)


@system_unit
def put_away(
    job_id: int,
    fence: int,
    document: Document,
    digest: str,
    made: Mapping[PaperFormat, bytes],
    subject: Model,
    *,
    now: datetime,
) -> None:
    """Store the files of a job and record them. Raises ``jobs.LeaseLost`` for an old token."""
    job = jobs.hold(job_id, fence, now=now, done=len(made))
    place = access.place_of(subject)
    org_id = audit.subject_of(subject)[2]
    for format_, data in made.items():
        file = files.keep(
            data,
            name=f"{document.title}.{format_.value}",
            media_type=_MEDIA[format_],
            purpose="document",
            now=now,
            org_id=org_id,
            person_id=place.person_id,
        )
        db.session.flush()
        db.session.add(
            IssuedDocument(
                job_id=job_id, kind=job.payload["kind"], title=document.title[:200],
                organisation=document.organisation[:200],
                subject_type=type(subject).__tablename__, subject_ref=job.payload["subject"],
                org_id=org_id, person_id=job.person_id, about_person_id=place.person_id,
                format=format_, file_id=file.id, payload_hash=digest,
                verification_code=document.verification_code,
                requested_by=job.payload["by"], created_at=now,
            )
        )  # fmt: skip

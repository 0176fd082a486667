"""Talks with a person about the grade (谈话): who, where, what was said, the person's own words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from training.core.db import db
from training.core.errors import Refused
from training.core.rules.permission import Actor
from training.core.rules.words import N_
from training.core.verbs import about, tell, verb
from training.proceedings.rules.reasons import reason_given
from training.proceedings.rules.separation import Hand, Part, distinct

from .models import AnnualAppraisal, AppraisalTalk
from .rules.grade import Grade
from .service import must
from .states import GRADED

TALKED = (Grade.BASIC, Grade.UNFIT)


@dataclass(frozen=True, slots=True)
class Talk:
    """What is written down of a talk."""

    held_at: datetime
    place: str
    participants: str
    content: str
    words: str


@verb("appraisal:talk:record", on="appraisal")
def record_talk(
    actor: Actor,
    appraisal: AnnualAppraisal,
    talk: Talk,
    *,
    corrects: AppraisalTalk | None = None,
    note: str = "",
    now: datetime,
) -> AppraisalTalk:
    """Write down a talk about 基本称职 or 不称职, or replace a record with a reason.

    Raises ``Refused``: ``NO_TALK`` for another grade, ``TALK`` (422) for a talk to come,
    ``SELF``, ``REASON_REQUIRED``, ``CORRECTED`` when the record was replaced already.
    """
    if appraisal.grade not in TALKED or appraisal.state not in GRADED:
        raise Refused.because("NO_TALK", N_("评定为基本称职、不称职的，才登记谈话"))
    must(
        distinct(
            {Part.SUBJECT: [Hand(appraisal.person_id)], Part.SCORER: [Hand(actor.person_id or 0)]}
        )
    )
    if talk.held_at > now:
        raise Refused.because("TALK", N_("谈话时间不能晚于现在"), status=422)
    if corrects is not None:
        must(reason_given(note, basis="grade.consequence"))
        newer = sa.select(AppraisalTalk.id).where(AppraisalTalk.corrects_id == corrects.id)
        if corrects.appraisal_id != appraisal.id or db.session.scalar(newer) is not None:
            raise Refused.because("CORRECTED", N_("这份记录已经更正，请刷新后再看"))
    made = AppraisalTalk(
        appraisal_id=appraisal.id,
        org_id=appraisal.org_id,
        person_id=appraisal.person_id,
        held_at=talk.held_at,
        place=talk.place,
        participants_text=talk.participants,
        content=talk.content,
        words=talk.words,
        recorder_id=actor.person_id,
        corrects_id=corrects.id if corrects is not None else None,
        note=note,
        at=now,
    )
    db.session.add(made)
    tell(held_on=talk.held_at.date().isoformat(), corrects=corrects is not None)
    about(appraisal)
    return made

"""今天: the learner's home, drawn from the rooms' own answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext

from certificates import queries as certificates
from certificates.rules.lifecycle import CERTIFICATE_STATE_LABELS
from courses import queries as courses
from exams.sittings import gate
from exams.sittings import queries as sittings
from exams.sittings.models import Attempt
from exams.sittings.rules.attempt import AttemptState
from training.appraisal import queries as appraisals
from training.appraisal.models import AnnualAppraisal
from training.appraisal.rules.annual_lifecycle import AnnualState
from training.core import clock, i18n
from training.core.errorpages import reason_row
from training.core.rules.words import N_, Words
from training.employment import exit_queries as exits
from training.employment.rules.exit_review import ExitState
from training.people.models import Person
from training.programmes import queries as programmes
from training.programmes.queries import NextSession, Progress
from training.programmes.views import shown

from .rules.next_step import Step, Urgency, first_of

SOON = timedelta(hours=24)


def page(person: Person, now: datetime) -> dict[str, Any]:
    """Everything on the page: the next step, hours, the next session, exam, certificate."""
    today = clock.today(now)
    progress = programmes.progress(person.id, today)
    coming = programmes.next_session(person.id, now)
    attempt = sittings.next_for(person.id, now)
    result = progress.result if progress else programmes.annual(person, today)
    return {
        "person": person,
        "step": _shown_step(first_of(_steps(person, progress, coming, attempt, now))),
        "progress": progress,
        "total": shown.bar(result.total),
        "topics": [
            shown.bar(line, topic)
            for topic, line in result.topics.items()
            if line.required or line.done_minutes
        ],
        "groups": [shown.bar(line) for line in result.groups.values()],
        "why": shown.why(result),
        "session": _session(coming, now),
        "exam": _exam(person, progress, attempt, now),
        "certificate": _certificate(person, now),
    }


def _steps(
    person: Person,
    progress: Progress | None,
    coming: NextSession | None,
    attempt: Attempt | None,
    now: datetime,
) -> Iterator[Step]:
    if attempt is not None:
        yield from _exam_steps(attempt, now)
    yield from _reply_steps(person)
    owed = appraisals.waiting_for(person.id)
    if owed is not None:
        yield _appraisal_step(owed)
    if coming is not None and coming.door_open and coming.signed_up and not coming.checked_in:
        yield Step(
            Urgency.DOOR_OPEN,
            Words(N_("签到：%(title)s"), {"title": i18n.title_of(coming.session)}),
            Words(N_("签到已经开放，到场后请签到")),
            "programmes.session",
            (("session_id", coming.session.public_id),),
            N_("去签到"),
        )
    item = courses.continue_with(person.id)
    if item is not None:
        minutes = item.minutes_left
        yield Step(
            Urgency.STUDY,
            Words(
                N_("继续学习《%(title)s》") if item.record else N_("开始学习《%(title)s》"),
                {"title": i18n.title_of(item.version)},
            ),
            Words(N_("约 %(minutes)s 分钟"), {"minutes": minutes}),
            "courses.lesson",
            (("lesson_id", item.lesson.public_id),),
            N_("继续学习") if item.record else N_("开始学习"),
        )
    if (
        coming is not None
        and not coming.signed_up
        and progress is not None
        and not progress.result.met
    ):
        yield Step(
            Urgency.SESSION,
            Words(N_("报名参加：%(title)s"), {"title": i18n.title_of(coming.session)}),
            Words(i18n.format_datetime(coming.session.starts_at)),
            "programmes.session",
            (("session_id", coming.session.public_id),),
            N_("看场次"),
        )
    if progress is not None and progress.gate:
        yield Step(
            Urgency.WAIT,
            Words(N_("学时已达到要求")),
            Words(N_("等待安排考试，安排好后这里会显示准考证")),
            "exams_sittings.my_exams",
            (),
            N_("看考试"),
        )
    yield Step(
        Urgency.DONE,
        Words(N_("今天没有必须办的事")),
        Words(N_("可以复习学过的课程")),
        "courses.catalogue",
        (),
        N_("去学习"),
    )


def _reply_steps(person: Person) -> Iterator[Step]:
    """What was served on the person and may still be answered."""
    for review in exits.served_reviews(person.id):
        if review.ended_at is not None:
            continue
        file = exits.file_of(review)
        args = (("exit_id", review.public_id),)
        reply, appeal = exits.reply_window(file), exits.appeal_window(file)
        if review.state is ExitState.EVIDENCE_SERVED and reply is not None:
            day = {"day": i18n.format_date(reply.last_day)}
            yield Step(
                Urgency.REPLY_DUE,
                Words(N_("请阅看送达您的材料")),
                Words(N_("%(day)s 前可以陈述申辩"), day),
                "employment.my_exit", args, N_("阅看材料"),
            )  # fmt: skip
        elif review.state is ExitState.DECISION and appeal is not None:
            day = {"day": i18n.format_date(appeal.last_day)}
            yield Step(
                Urgency.REPLY_DUE,
                Words(N_("请阅看送达您的决定")),
                Words(N_("不同意的，%(day)s 前可以申诉"), day),
                "employment.my_exit", args, N_("阅看决定"),
            )  # fmt: skip


def _appraisal_step(owed: AnnualAppraisal) -> Step:
    year = {"year": owed.round.year}
    if owed.state is AnnualState.OPENED:
        return Step(
            Urgency.REPLY_DUE,
            Words(N_("写 %(year)s 年度考核的述职"), year),
            Words(N_("写这一年做了什么、哪些做得好、哪些没做好")),
            "appraisal.mine",
            (),
            N_("写述职"),
        )
    return Step(
        Urgency.REPLY_DUE,
        Words(N_("%(year)s 年度考核等次已送达"), year),
        Words(N_("请看每一分的来历，认可或者在期限内提出异议")),
        "appraisal.mine",
        (),
        N_("去查看"),
    )


def _exam_steps(attempt: Attempt, now: datetime) -> Iterator[Step]:
    title = {"title": i18n.title_of(attempt.sitting)}
    if attempt.state is AttemptState.IN_PROGRESS:
        yield Step(
            Urgency.EXAM_RUNNING,
            Words(N_("考试正在进行：%(title)s"), title),
            Words(N_("已作答的内容都已保存，请继续")),
            "exams_sittings.exam",
            (("attempt_id", attempt.public_id),),
            N_("继续考试"),
        )
    elif attempt.sitting.starts_at <= now:
        yield Step(
            Urgency.EXAM_RUNNING,
            Words(N_("可以开始考试：%(title)s"), title),
            Words(
                N_("限时 %(minutes)s 分钟，%(end)s 截止入场"),
                {
                    "minutes": attempt.sitting.limit_minutes,
                    "end": f"{clock.local(attempt.sitting.ends_at):%H:%M}",
                },
            ),
            "exams_sittings.ticket",
            (("attempt_id", attempt.public_id),),
            N_("去考试"),
        )
    elif attempt.sitting.starts_at - now < SOON:
        yield Step(
            Urgency.EXAM_SOON,
            Words(N_("就要考试：%(title)s"), title),
            Words(i18n.format_datetime(attempt.sitting.starts_at)),
            "exams_sittings.ticket",
            (("attempt_id", attempt.public_id),),
            N_("看准考证"),
        )


def _shown_step(step: Step | None) -> dict[str, str]:
    if step is None:
        return {}
    return {
        "title": i18n.say(step.title),
        "text": i18n.say(step.text),
        "url": url_for(step.endpoint, **dict(step.args)),  # type: ignore[arg-type]
        "label": i18n.say(step.button),
    }


def _session(coming: NextSession | None, now: datetime) -> dict[str, Any] | None:
    if coming is None:
        return None
    starts = clock.local(coming.session.starts_at)
    ends = clock.local(coming.session.ends_at)
    return {
        "title": i18n.title_of(coming.session),
        "month": i18n.month(starts.date()),
        "day": str(starts.day),
        "weekday": i18n.weekday(starts.date()),
        "facts": [
            ("clock", f"{starts:%H:%M}–{ends:%H:%M}"),
            ("place", coming.session.place),
        ],
        "url": url_for("programmes.session", session_id=coming.session.public_id),
        "signed_up": coming.signed_up,
        "checked_in": coming.checked_in,
        "door_open": coming.door_open,
        "door": i18n.format_datetime(coming.session.door_opens_at),
        "check_in": url_for("programmes.check_in", session_id=coming.session.public_id),
    }


def _exam(
    person: Person, progress: Progress | None, attempt: Attempt | None, now: datetime
) -> dict[str, Any] | None:
    if attempt is not None:
        sitting = attempt.sitting
        return {
            "state": {"kind": "ok", "label": gettext("已安排")},
            "title": i18n.title_of(sitting),
            "when": i18n.format_datetime(sitting.starts_at),
            "place": sitting.place,
            "url": url_for("exams_sittings.ticket", attempt_id=attempt.public_id),
            "reasons": [],
        }
    if progress is None:
        return None
    verdict = gate.gate_of(person, now)
    return {
        "state": {"kind": "ok", "label": gettext("可以报名")}
        if verdict
        else {"kind": "due", "label": gettext("还不能报名")},
        "title": "",
        "when": "",
        "place": "",
        "url": url_for("exams_sittings.my_exams"),
        "reasons": [reason_row(r) for r in verdict.reasons],
    }


def _certificate(person: Person, now: datetime) -> dict[str, Any]:
    held = certificates.of_person(person.id)
    if not held:
        return {
            "state": {"kind": "none", "label": gettext("未持证")},
            "text": gettext("考核合格后发证"),
        }
    status = certificates.status(held[0], clock.today(now))
    return {
        "state": {
            "kind": "ok" if status.in_force else "stop",
            "label": gettext(CERTIFICATE_STATE_LABELS[status.state]),
        },
        "text": gettext("有效期至 %(day)s", day=i18n.format_day(held[0].valid_until)),
    }

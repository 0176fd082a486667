"""The demo's training: the pre-job class in every state, and the year's hours of the force."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

import sqlalchemy as sa

from courses.models import Lesson
from training.core import clock
from training.core.db import db
from training.core.models import OrgUnit
from training.core.rules.permission import SYSTEM
from training.core.rules.vocabulary import Topic, TrainingForm
from training.people.models import Person
from training.programmes import enrolments, importing, ledger
from training.programmes.models import Enrolment, Programme, SessionTemplate
from training.programmes.rules.sessions import Mark
from training.programmes.sessions import Plan

from . import attendance, courses
from .attendance import Meeting, Rows
from .city import City
from .courses import Study
from .people import TRAINED_HERE, Crowd
from .trail import Trail

#: Days before the load on which the two classes of the year were enrolled.
EARLIER, LATER = 170, 70
_HOME = "春和区司法局培训室"
_ANNUAL: tuple[tuple[str, str, Topic, TrainingForm], ...] = (
    ("年度形势报告会", "The year's situation", Topic.SOCIAL_SITUATION, TrainingForm.CLASSROOM_LECTURE),
    ("民法典物权编讲座", "Property rights in the Civil Code", Topic.LAW_AND_POLICY, TrainingForm.CLASSROOM_LECTURE),
    ("职业道德与纪律教育", "Ethics and discipline", Topic.PROFESSIONAL_ETHICS, TrainingForm.CLASSROOM_LECTURE),
    ("旁听物业纠纷庭审", "A property management hearing", Topic.LAW_AND_POLICY, TrainingForm.COURT_OBSERVATION),
    ("卷宗评查与案例评析", "Dossiers and case review", Topic.PROFESSIONAL_KNOWLEDGE, TrainingForm.CASE_STUDY),
    ("联动调解现场观摩", "Joint mediation observed", Topic.PROFESSIONAL_KNOWLEDGE, TrainingForm.FIELD_OBSERVATION),
    ("调解技能实训", "A drill in mediation skills", Topic.MEDIATION_SKILLS, TrainingForm.SIMULATION_DRILL),
    ("片区研讨交流", "Exchange of practice", Topic.MEDIATION_SKILLS, TrainingForm.PRACTICE_EXCHANGE),
)  # fmt: skip
_ANNUAL_MINUTES = 240


@dataclass
class Training:
    """What the rooms above build on: the programme, and the trainees by how far they are."""

    programme: Programme
    lessons: list[Lesson]
    enrolments: dict[int, Enrolment] = field(default_factory=dict)
    #: Hours complete; nobody of these has sat an exam before the load.
    exam_now: list[Person] = field(default_factory=list)
    exam_soon: list[Person] = field(default_factory=list)
    #: Sat the exam of the later class.
    passed: list[Person] = field(default_factory=list)
    failed: list[Person] = field(default_factory=list)


def build(city: City, crowd: Crowd, content: Path, now: datetime) -> Training:
    """Courses, programme, both classes, what is coming, and the year's sessions."""
    opened = now - timedelta(days=EARLIER + 10)
    lessons = courses.build(city, content, opened)
    training = Training(importing.import_programme(content, city.root, opened), lessons)
    _sort(training, crowd)
    _enrol(training, crowd, now)
    templates = list(db.session.scalars(sa.select(SessionTemplate).order_by(SessionTemplate.code)))
    studies = _studies(training, crowd, now)
    courses.write(studies, crowd)
    trail = Trail()
    rows = Rows()
    for study in studies:
        if study.finished:
            rows.add_lesson(study, training.enrolments[study.person.id])
    _classes(city, crowd, training, templates, rows, trail, now)
    _year(city, crowd, rows, trail, now)
    rows.write()
    _coming(city, crowd, templates, trail, now)
    trail.write()
    _advance(training, crowd, now)
    return training


def _sort(training: Training, crowd: Crowd) -> None:
    """Who of the later class is where. The named ones are those of ``accounts``."""
    named = {p.id for p in crowd.named.values()}
    others = [p for p in crowd.trainees[:TRAINED_HERE] if p.id not in named]
    who = crowd.named
    training.exam_now = [who["xueyuan2"], *others[:7]]
    training.exam_soon = others[7:12]
    training.passed = [who["xueyuan3"], *others[12:17]]
    training.failed = [who["xueyuan5"], *others[17:20]]


def _enrol(training: Training, crowd: Crowd, now: datetime) -> None:
    actor = crowd.actor("renshi")
    late = [crowd.named["xinren"]]
    waves = (
        (crowd.certified, now - timedelta(days=EARLIER)),
        ([p for p in crowd.trainees if p not in late], now - timedelta(days=LATER)),
        (late, now - timedelta(minutes=10)),
    )
    for people, at in waves:
        for enrolment in enrolments.begin(actor, training.programme, people, now=at):
            training.enrolments[enrolment.person_id] = enrolment


def _complete(training: Training) -> list[Person]:
    return [*training.exam_now, *training.exam_soon, *training.passed, *training.failed]


def _studies(training: Training, crowd: Crowd, now: datetime) -> list[Study]:
    """One lesson every other evening from the day after enrolment."""
    studies: list[Study] = []

    def studied(person: Person, lessons: Sequence[Lesson], since: int) -> None:
        for n, lesson in enumerate(lessons):
            day = clock.today(now) - timedelta(days=since - 1 - 2 * n)
            begun = clock.at_local(day, 19, 30) + timedelta(minutes=person.id % 25)
            studies.append(courses.whole(person, lesson, begun))

    lessons = training.lessons
    for person in crowd.certified:
        studied(person, lessons, EARLIER)
    complete = _complete(training)
    for person in complete:
        studied(person, lessons, LATER)
    almost = crowd.named["xueyuan6"]
    last = next(x for x in reversed(lessons) if x.code == "MS-03")
    studied(almost, [x for x in lessons if x is not last], LATER)
    minutes = courses.version_of(last).minutes
    studies.append(
        Study(almost, last, now - timedelta(minutes=90), (minutes * 80 // 100 - 2) * 60, False)
    )
    studied(crowd.named["xueyuan"], lessons[:10], LATER)
    done = {p.id for p in complete} | {p.id for p in crowd.named.values()}
    for n, person in enumerate(p for p in crowd.trainees if p.id not in done):
        studied(person, lessons[: 2 + n], LATER)
    return studies


def _classes(
    city: City,
    crowd: Crowd,
    training: Training,
    templates: Sequence[SessionTemplate],
    rows: Rows,
    trail: Trail,
    now: datetime,
) -> None:
    """The meetings of each class, in the first district, over seven weeks."""
    later = [*_complete(training), crowd.named["xueyuan6"]]
    half_way = crowd.named["xueyuan"]
    for since, everybody in ((EARLIER, crowd.certified), (LATER, later)):
        for n, template in enumerate(templates):
            present = [*everybody]
            if since == LATER and n < 5:
                present.append(half_way)
            starts_at = clock.at_local(_workday(now, since - 3 - 4 * n), 9)
            meeting = Meeting(_plan(template, _HOME, starts_at), city.districts[0], template)
            marks = [(p, Mark.PRESENT) for p in present]
            attendance.hold(meeting, marks, training.enrolments, crowd, rows, trail)


def _workday(now: datetime, days_ago: int) -> date:
    """The day so many days ago (or, below 0, ahead); of a week-end the Friday before it."""
    day = clock.today(now) - timedelta(days=days_ago)
    return day - timedelta(days=max(0, day.weekday() - 4))


def _plan(template: SessionTemplate, place: str, starts_at: datetime, capacity: int = 0) -> Plan:
    return Plan(
        title=template.title, title_en=template.title_en, summary=template.summary,
        summary_en=template.summary_en, topic=template.topic, form=template.form, place=place,
        starts_at=starts_at, ends_at=starts_at + timedelta(minutes=template.minutes),
        minutes=template.minutes, capacity=capacity,
    )  # fmt: skip


def _year(city: City, crowd: Crowd, rows: Rows, trail: Trail, now: datetime) -> None:
    """The annual sessions of each district: most full-time people come, a quarter of the
    part-time ones to some of them."""
    random = Random(4)  # noqa: S311 - fiction, not a secret
    for district in city.districts:
        below = _units_below(district)
        full = [p for p in crowd.in_post if p.org_id in below]
        part = [p for p in crowd.part_time if p.org_id in below][::4]
        for n, (title, title_en, topic, form) in enumerate(_ANNUAL):
            starts_at = clock.at_local(_workday(now, 290 - 34 * n), 14)
            plan = Plan(
                title=title, title_en=title_en, topic=topic, form=form,
                place=f"{district.name}会议室", starts_at=starts_at,
                ends_at=starts_at + timedelta(minutes=_ANNUAL_MINUTES), minutes=_ANNUAL_MINUTES,
            )  # fmt: skip
            people = [*full, *(part if n % 2 else ())]
            marks = [(p, random.choices(list(Mark), (92, 4, 4))[0]) for p in people]
            attendance.hold(Meeting(plan, district), marks, {}, crowd, rows, trail)


def _units_below(unit: OrgUnit) -> set[int]:
    return set(db.session.scalars(sa.select(OrgUnit.id).where(OrgUnit.path.startswith(unit.path))))


def _coming(
    city: City, crowd: Crowd, templates: Sequence[SessionTemplate], trail: Trail, now: datetime
) -> None:
    """What can be joined: soon at the door, this morning without its attendance list yet, and
    in the next weeks in each district."""
    rows = Rows()
    planned = now - timedelta(days=5)
    home = [p for p in crowd.trainees[:TRAINED_HERE] if p is not crowd.named["xinren"]]
    by_code = {t.code: t for t in templates}

    def offer(code: str, org: OrgUnit, starts_at: datetime, people: Iterable[Person]) -> None:
        place = _HOME if org is city.districts[0] else f"{org.name}会议室"
        meeting = Meeting(_plan(by_code[code], place, starts_at, 40), org, by_code[code])
        session = attendance.announce(meeting, crowd, planned)
        for person in people:
            rows.add_place(session, person, planned)
            trail.note(
                crowd.actors[person.id], "programmes:session:join", session, planned, place="taken"
            )

    first = city.districts[0]
    offer("SS-S2", first, now - timedelta(hours=3), home[-4:])
    offer("PK-S1", first, now + timedelta(minutes=20), [crowd.named["xueyuan"], *home[-3:]])
    for n, code in enumerate(("LP-S3", "PK-S2", "MS-S2")):
        offer(code, first, clock.at_local(_workday(now, -7 - 4 * n), 9), home[-2 - n :])
    for n, district in enumerate(city.districts[1:]):
        offer("LP-S1", district, clock.at_local(_workday(now, -9 - n), 14), ())
    offer("SS-S1", city.root, clock.at_local(_workday(now, -14), 9), home[-6:])
    rows.write()


def _advance(training: Training, crowd: Crowd, now: datetime) -> None:
    """Let the ledger take its steps: exam eligible where the hours are complete."""
    certified = {p.id for p in crowd.certified}
    for earlier, ago in ((True, EARLIER - 55), (False, LATER - 55)):
        moved = [e for e in training.enrolments.values() if (e.person_id in certified) is earlier]
        ledger.advance(SYSTEM, moved, now=now - timedelta(days=ago))

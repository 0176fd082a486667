"""Writing lessons: drafts, versions, Word files, withdrawal; the shipped curriculum."""

from __future__ import annotations

import io
import shutil

import docx
import pytest
import sqlalchemy as sa

from courses import authoring, importing
from courses.authoring import Head
from courses.models import Lesson, LessonVersion
from courses.rules.lessons import LessonKind
from tests.conftest import ROOT
from tests.support.courses import make_course, make_lesson
from tests.support.world import NOW, World
from training.core import richtext
from training.core.db import db
from training.core.errors import NotVisible, Refused
from training.core.models import StoredFile
from training.core.rules.vocabulary import Topic, TrainingForm
from training.programmes.importing import import_programme
from training.programmes.models import SessionTemplate

CONTENT = ROOT / "training" / "site" / "content"


def head(**overrides) -> Head:
    fields = {
        "title": "十七名木工的工钱", "topic": Topic.MEDIATION_SKILLS,
        "form": TrainingForm.CASE_STUDY, "minutes": 25,
    }  # fmt: skip
    return Head(**(fields | overrides))


def word_file(*paragraphs: str) -> bytes:
    document = docx.Document()
    document.add_heading("基本案情", 1)
    for text in paragraphs:
        document.add_paragraph(text)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def begin(world: World, **options) -> Lesson:
    course = make_course()
    db.session.commit()
    fields = {"kind": LessonKind.TEXT, "head": head(), "source": "正文"} | options
    return authoring.create_lesson(world.actor("a_trainer"), course, now=NOW, **fields)


def test_a_word_file_becomes_a_case_that_is_studied_when_published(world: World) -> None:
    word = authoring.read_word(word_file("甲某与乙某因工钱起争执。"), "木工案.docx")
    lesson = begin(world, kind=LessonKind.CASE_TEXT, word=word, source="")
    assert not lesson.open
    authoring.publish(world.actor("a_trainer"), lesson, now=NOW)
    assert lesson.open
    assert "<h2>基本案情</h2>" in lesson.current.body
    assert lesson.current.document.name == "木工案.docx"
    assert lesson.draft is None


def test_a_change_makes_a_new_version_and_the_old_one_stays(world: World) -> None:
    trainer = world.actor("a_trainer")
    lesson = begin(world)
    authoring.publish(trainer, lesson, now=NOW)
    authoring.edit(trainer, lesson, head(title="改过的标题"), source="改过的正文", now=NOW)
    assert lesson.current.title == "十七名木工的工钱"
    authoring.publish(trainer, lesson, now=NOW)
    assert (lesson.version_number, lesson.current.title) == (2, "改过的标题")
    first = db.session.scalars(sa.select(LessonVersion).filter_by(number=1)).one()
    assert first.body == "<p>正文</p>\n"


def test_a_draft_can_be_thrown_away_but_not_before_the_first_version(world: World) -> None:
    trainer = world.actor("a_trainer")
    lesson = begin(world)
    with pytest.raises(Refused):
        authoring.discard(trainer, lesson, now=NOW)
    authoring.publish(trainer, lesson, now=NOW)
    authoring.edit(trainer, lesson, head(title="改"), now=NOW)
    authoring.discard(trainer, lesson, now=NOW)
    assert lesson.draft is None
    with pytest.raises(Refused) as refused:
        authoring.publish(trainer, lesson, now=NOW)
    assert refused.value.code == "NO_DRAFT"


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"source": ""}, "lesson.no_text"),
        ({"kind": LessonKind.VIDEO}, "lesson.no_film"),
        ({"head": head(minutes=0)}, "lesson.no_minutes"),
    ],
)
def test_it_refuses_to_publish_what_is_not_complete(world: World, options, code) -> None:
    lesson = begin(world, **options)
    with pytest.raises(Refused) as refused:
        authoring.publish(world.actor("a_trainer"), lesson, now=NOW)
    assert refused.value.verdict.codes == (code,)


def test_a_lesson_cannot_be_credited_as_a_lecture(world: World) -> None:
    with pytest.raises(Refused) as refused:
        begin(world, head=head(form=TrainingForm.CLASSROOM_LECTURE))
    assert refused.value.code == "LESSON_FORM"


def test_a_trainer_of_another_district_cannot_touch_it(world: World) -> None:
    lesson = begin(world)
    with pytest.raises(NotVisible):
        authoring.publish(world.actor("b_trainer"), lesson, now=NOW)


def test_a_text_cannot_show_a_file_that_is_no_picture_of_a_lesson(world: World) -> None:
    secret = StoredFile(
        key="aa/bb", sha256="0" * 64, size=1, media_type="image/jpeg", name="photo.jpg",
        purpose="photo", created_at=NOW,
    )  # fmt: skip
    db.session.add(secret)
    db.session.flush()
    lesson = begin(world, source=f"![证件照](file:{secret.public_id})")
    assert richtext.pictures(lesson.draft.body) == []


@pytest.mark.parametrize("data", [b"PK\x03\x04broken", b"plain text", b""])
def test_it_refuses_what_is_no_word_file(data: bytes) -> None:
    with pytest.raises(Refused):
        authoring.read_word(data, "x.docx")


def test_it_refuses_a_word_file_without_text() -> None:
    out = io.BytesIO()
    docx.Document().save(out)
    with pytest.raises(Refused) as refused:
        authoring.read_word(out.getvalue(), "x.docx")
    assert refused.value.code == "EMPTY_TEXT"


def test_withdrawing_needs_a_reason_and_can_be_undone(world: World) -> None:
    lesson, trainer = make_lesson(), world.actor("a_trainer")
    db.session.commit()
    with pytest.raises(Refused):
        authoring.withdraw(trainer, lesson, " ", now=NOW)
    authoring.withdraw(trainer, lesson, "法律已修改", now=NOW)
    assert not lesson.open
    authoring.restore(trainer, lesson, now=NOW)
    assert lesson.open


def test_the_shipped_curriculum_loads_once_however_often_it_is_loaded(world: World) -> None:
    for _ in range(2):
        programme = import_programme(CONTENT, world.org("示例市司法局"), NOW)
    lessons = db.session.scalars(sa.select(Lesson)).all()
    assert programme.title.startswith("岗前培训")
    assert len(lessons) == 22
    assert {lesson.version_number for lesson in lessons} == {1}
    assert db.session.scalar(sa.select(sa.func.count(SessionTemplate.id))) >= 5
    drawn = next(x for x in lessons if x.code == "SS-01")
    assert len(richtext.pictures(drawn.current.body)) == 1


def test_a_changed_lesson_file_becomes_a_new_version(world: World, tmp_path) -> None:
    shutil.copytree(CONTENT, tmp_path / "content")
    org = world.org("示例市司法局")
    importing.import_curriculum(tmp_path / "content", org, NOW)
    path = tmp_path / "content" / "lessons" / "01-what-we-are.md"
    path.write_text(path.read_text() + "\n\n补充一段。\n")
    importing.import_curriculum(tmp_path / "content", org, NOW)
    changed = db.session.scalars(sa.select(Lesson).where(Lesson.version_number == 2)).all()
    assert [lesson.code for lesson in changed] == ["SS-01"]

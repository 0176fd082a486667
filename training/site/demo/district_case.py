"""A course of the district's own: one case, uploaded as a Word file and not yet published."""

from __future__ import annotations

import io
import re
from datetime import datetime, timedelta
from pathlib import Path

import docx

from courses import authoring
from courses.models import Lesson
from courses.rules.lessons import LessonKind
from training.core.rules.vocabulary import Topic, TrainingForm

from .city import City
from .people import Crowd

_WRITTEN = timedelta(days=2)
_MINUTES = 30
_BOLD = re.compile(r"\*\*(.+?)\*\*")
_ITEM = re.compile(r"\d+\. ")


def build(city: City, crowd: Crowd, content: Path, now: datetime) -> Lesson:
    """The trainer's draft, which nobody studies before it is published."""
    at, trainer = now - _WRITTEN, crowd.actor("jiaoyuan")
    course = authoring.create_course(
        trainer, city.districts[0], "春和区案例选", Topic.PROFESSIONAL_KNOWLEDGE,
        title_en="Cases of Chunhe District",
        summary="本区办结的典型纠纷，隐去真实信息后编写，供研讨用。",
        summary_en="Typical disputes closed in the district, made anonymous, for discussion.",
        now=at,
    )  # fmt: skip
    text = (content / "cases" / "word-sample.md").read_text(encoding="utf-8")
    first, _end, body = text.partition("\n")
    title = first.removeprefix("# ")
    head = authoring.Head(
        title=title, title_en="The wages of seventeen carpenters",
        topic=Topic.PROFESSIONAL_KNOWLEDGE, form=TrainingForm.CASE_STUDY, minutes=_MINUTES,
        summary="一起拖欠工资纠纷：先稳住人，再一人一行对账，最后谈谁先付。",
        summary_en="Unpaid wages: calm first, then accounts line by line, then who pays first.",
    )  # fmt: skip
    word = authoring.read_word(_as_word(body), f"{title}.docx")
    return authoring.create_lesson(trainer, course, LessonKind.CASE_TEXT, head, word=word, now=at)


def _as_word(text: str) -> bytes:
    """The Word file that a trainer would have at hand."""
    document = docx.Document()
    for line in filter(None, text.splitlines()):
        marks, _gap, words = line.partition(" ")
        if marks and not marks.strip("#"):
            document.add_heading(words, level=len(marks) - 1)
            continue
        numbered = _ITEM.match(line)
        style = "List Number" if numbered else None
        paragraph = document.add_paragraph(style=style)
        plain = line[numbered.end() :] if numbered else line
        for n, part in enumerate(_BOLD.split(plain)):
            paragraph.add_run(part).bold = n % 2 == 1
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()

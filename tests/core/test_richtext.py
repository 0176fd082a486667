"""Authored text is cleaned when it is stored and gets its pictures when it is shown."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.support.queries import counting
from tests.support.world import NOW
from training.core import files, richtext
from training.core.db import db
from training.core.models import StoredFile


@pytest.mark.parametrize("bad", [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg onload=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>", "<iframe src='//x'></iframe>",
    "<p style='position:fixed'>x</p>", "<math><mi xlink:href='data:x'>", "<form action=//x>",
    "<a href='data:text/html,x'>x</a>", "<style>*{}</style>", "<img src='http://x/a.png'>",
])  # fmt: skip
def test_nothing_that_acts_or_reaches_out_survives(bad: str) -> None:
    made = richtext.clean(bad)
    for trace in ("alert", "src=", "javascript", "style", "//x", "data:", "on"):
        assert trace not in made.replace('rel="noopener noreferrer"', "")


def test_headings_leave_the_first_level_to_the_page() -> None:
    assert richtext.clean("<h1>a</h1><h2>b</h2>") == "<h2>a</h2><h3>b</h3>"
    assert richtext.clean("<h2>b</h2>") == "<h2>b</h2>"


def test_markdown_knows_tables_and_shows_html_as_text() -> None:
    made = richtext.from_markdown("# 标题\n\n| 项 | 数 |\n|---|---|\n| 甲 | 1 |\n\n<b>x</b> ~~旧~~")
    assert "<h2>标题</h2>" in made
    assert "<td>甲</td>" in made
    assert "&lt;b&gt;" in made
    assert "<s>旧</s>" in made


def stored(count: int) -> list[str]:
    db.session.connection(execution_options={"write": True})
    made = [
        files.keep(b"x", name=f"{n}.png", media_type="image/png", purpose="lesson", now=NOW)
        for n in range(count)
    ]
    db.session.commit()
    return [f.public_id for f in made]


def test_pictures_stand_by_their_files_and_get_an_address_when_shown(app: Flask) -> None:
    first, second = stored(2)
    html = richtext.clean('<p><img data-image="1" alt="现场"> <img data-image="2" alt=""></p>')
    kept = richtext.place_pictures(html, {1: first, 2: second})
    assert richtext.pictures(kept) == [first, second]
    shown = richtext.show(kept, "lesson")
    assert shown.count('src="http') == 2
    assert "data-file" not in shown
    assert 'alt="现场"' in shown


def test_a_picture_that_was_not_stored_is_an_error() -> None:
    with pytest.raises(KeyError):
        richtext.place_pictures('<img data-image="2">', {1: "a" * 24})


def test_a_picture_whose_file_is_gone_is_left_out(app: Flask) -> None:
    assert richtext.show(f'<p>a<img data-file="{"0" * 24}" alt=""></p>', "lesson") == "<p>a</p>"


def test_any_number_of_pictures_costs_one_query(app: Flask) -> None:
    html = "".join(f'<img data-file="{i}">' for i in stored(12))
    db.session.execute(sa.select(StoredFile.id)).all()
    with counting() as n:
        richtext.show(html, "lesson")
    assert len(n.statements) == 1

"""What was typed before a step-up or a log-in stands on the page again, whichever form it was."""

from __future__ import annotations

from flask import Flask
from werkzeug.datastructures import MultiDict

from tests.support.exits import exit_at
from tests.support.world import NOW, World
from training.core import drafts
from training.core.db import db


def _kept(username: str, path: str, **fields: str) -> str:
    kept = drafts.keep(World().account(username).id, path, MultiDict(fields), NOW)
    assert kept is not None
    return f"{path}?draft={kept}"


def test_a_page_of_several_forms_restores_the_one_that_was_typed_into(
    app: Flask, world: World, browser_for
) -> None:
    review = exit_at("opined")
    path = f"/employment/exits/{review.public_id}"
    url = _kept(
        "a_approver", path, outcome="end", reason="岗位确已撤并", resolution="第9号", seen="x"
    )
    page = browser_for(world.account("a_approver")).get(url).text
    assert "岗位确已撤并</textarea>" in page
    assert 'value="第9号"' in page
    assert "已恢复您上次填写的内容" in page


def test_a_dialogue_restores_its_reason(app: Flask, world: World, browser_for) -> None:
    review = exit_at("stated")
    db.session.commit()
    url = _kept("a_hr", f"/employment/exits/{review.public_id}", reason="情况有变", seen="x")
    page = browser_for(world.account("a_hr")).get(url).text
    assert "情况有变</textarea>" in page


def test_nobody_elses_words_are_restored(app: Flask, world: World, browser_for) -> None:
    review = exit_at("stated")
    url = _kept("a_approver", f"/employment/exits/{review.public_id}", reason="情况有变", seen="x")
    assert "情况有变" not in browser_for(world.account("a_hr")).get(url).text

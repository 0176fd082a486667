"""The English catalogues: complete, final, and with the same places for values as the Chinese."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages import Message

from training.site import catalogues

ROOT = Path(__file__).resolve().parent.parent
ROOMS = {room.name: room for room in catalogues.rooms(ROOT) if room.is_dir()}
_PLACE = re.compile(r"%\(\w+\)[a-z]|%%|\{\w+\}")


def _texts(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string)


def _id(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


@pytest.fixture(scope="module")
def gaps() -> list[catalogues.Gap]:
    return catalogues.gaps(ROOT)


@pytest.mark.parametrize("name", sorted(ROOMS))
def test_every_word_of_a_room_has_an_english_text(name: str, gaps: list[catalogues.Gap]) -> None:
    missing = sorted({gap.message for gap in gaps if gap.room == name})
    assert not missing, f"{len(missing)} words of {name} without English: {missing[:20]}"


def test_a_word_has_one_english_text_in_all_rooms() -> None:
    assert catalogues.clashes(ROOT) == []


@pytest.mark.parametrize("name", sorted(ROOMS))
def test_a_rooms_catalogue_is_final(name: str) -> None:
    held = catalogues.held(ROOMS[name])
    assert not held.fuzzy, "a fuzzy header keeps the whole catalogue out of what is compiled"
    assert not [_id(m) for m in held if m.id and m.fuzzy]


@pytest.mark.parametrize("name", sorted(ROOMS))
def test_english_texts_have_the_places_of_the_chinese(name: str) -> None:
    wrong = [
        (_id(m), text)
        for m in catalogues.held(ROOMS[name])
        if m.id
        for text in _texts(m)
        if text and sorted(_PLACE.findall(text)) != sorted(_PLACE.findall(_id(m)))
    ]
    assert not wrong


def _room(folder: Path, words: str) -> Path:
    room = folder / "room"
    room.mkdir()
    (room / "views.py").write_text(f"def _(x): ...\n{words}\n")
    return room


def test_refreshing_collects_words_keeps_texts_and_drops_what_is_gone(tmp_path: Path) -> None:
    room = _room(tmp_path, "_('甲'), _('乙')")
    assert catalogues.refresh(room)
    file = room / "translations/en/LC_MESSAGES/messages.po"
    file.write_text(file.read_text().replace('msgid "甲"\nmsgstr ""', 'msgid "甲"\nmsgstr "A"'))
    (room / "views.py").write_text("def _(x): ...\n_('甲'), _('丙')\n")
    assert catalogues.refresh(room)
    assert {m.id: m.string for m in catalogues.held(room) if m.id} == {"甲": "A", "丙": ""}
    assert not catalogues.refresh(room), "a second refresh changes nothing"

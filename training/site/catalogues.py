"""The English catalogues: collected from each room's code and templates, checked for gaps."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

METHODS = [("**/templates/**.html", "jinja2"), ("**.py", "python")]
OPTIONS = {
    "**/templates/**.html": {"trimmed": "true", "encoding": "utf-8"},
    "**.py": {"encoding": "utf-8"},
}
KEYWORDS = {
    "_": None,
    "N_": None,
    "gettext": None,
    "lazy_gettext": None,
    "_l": None,
    "ngettext": (1, 2),
}
_NESTED = ("bank", "rubrics", "papers", "sittings", "marking", "analysis")


@dataclass(frozen=True, slots=True)
class Gap:
    room: str
    message: str


def rooms(root: Path) -> Iterator[Path]:
    """The folders that have a catalogue of their own."""
    yield from sorted(p for p in (root / "training").iterdir() if (p / "__init__.py").exists())
    yield root / "courses"
    yield from sorted(
        root / "exams" / name
        for name in _NESTED
        if (root / "exams" / name / "__init__.py").exists()
    )
    yield root / "certificates"


def _empty(**header: str) -> Catalog:
    """A catalogue whose header is final: what is compiled leaves a fuzzy one out."""
    return Catalog(locale="en", charset="utf-8", fuzzy=False, **header)


def collect(room: Path) -> Catalog:
    """All words of a room."""
    found = _empty()
    for file, line, message, _comments, context in extract_from_dir(
        str(room), METHODS, OPTIONS, KEYWORDS
    ):
        found.add(message, None, [(file, line)], context=context)
    return found


def _path(room: Path) -> Path:
    return room / "translations" / "en" / "LC_MESSAGES" / "messages.po"


def held(room: Path) -> Catalog:
    """The room's catalogue as it stands."""
    path = _path(room)
    if not path.exists():
        return _empty()
    with path.open("rb") as source:
        return read_po(source, locale="en")


def gaps(root: Path) -> list[Gap]:
    """Words without an English text, anywhere: a room's word may stand in another's catalogue."""
    known = {
        message.id if isinstance(message.id, str) else message.id[0]
        for room in rooms(root)
        for message in held(room)
        if message.id and message.string and not message.fuzzy and all(_texts(message.string))
    }
    found = []
    for room in rooms(root):
        for message in collect(room):
            if message.id:
                word = message.id if isinstance(message.id, str) else message.id[0]
                if word not in known:
                    found.append(Gap(room.name, word))
    return found


def clashes(root: Path) -> list[tuple[str, tuple[str, ...]]]:
    """Words that rooms put into English differently: pages would show whichever comes last."""
    said: dict[tuple[str, str], set[str]] = {}
    for room in rooms(root):
        for message in held(room):
            if message.id and message.string:
                word = message.id if isinstance(message.id, str) else message.id[0]
                text = " / ".join(_texts(message.string))
                said.setdefault((word, message.context or ""), set()).add(text)
    return [(word, tuple(sorted(texts))) for (word, _), texts in said.items() if len(texts) > 1]


def _texts(string: object) -> tuple[str, ...]:
    return (string,) if isinstance(string, str) else tuple(string)  # type: ignore[arg-type]


_HEADERS_THAT_CHANGE = (
    b'"POT-Creation',
    b'"PO-Revision',
    b'"Last-Tr',
    b'"Language-Team',
    b'"Report',
    b'"Generated',
)


def refresh(room: Path) -> bool:
    """Write a room's new words into its catalogue and drop those no longer used.

    Returns whether the file has changed.
    """
    fresh, old = collect(room), held(room)
    if not any(message.id for message in fresh):
        return False
    result = _empty(project="mediator-academy", header_comment="# English of this room")
    for message in fresh:
        if message.id:
            before = old.get(message.id)
            kept = before.string if before is not None and not before.fuzzy else ""
            result.add(message.id, kept, flags=message.flags)
    out = io.BytesIO()
    write_po(out, result, no_location=True, sort_output=True, omit_header=False, width=100)
    text = b"\n".join(
        line for line in out.getvalue().split(b"\n") if not line.startswith(_HEADERS_THAT_CHANGE)
    )
    path = _path(room)
    if path.exists() and path.read_bytes() == text:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text)
    return True


def update(root: Path, only: str = "") -> int:
    """Refresh every room's catalogue, or one room's; returns how many files changed."""
    return sum(refresh(room) for room in rooms(root) if only in ("", room.name))

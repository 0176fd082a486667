"""Lesson texts: Markdown with pictures of our own store, and the fold for answers."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from markupsafe import escape

from training.core import richtext

#: ``![words](file:0123…)`` names a stored file by its public id.
_PICTURE = re.compile(r"!\[([^\]]*)\]\(file:([0-9a-f]{24})\)")
_ANSWERS = re.compile(r"<p><strong>参考答案</strong></p>")
_NEXT = re.compile(r"<h2\b")


def picture(words: str, public_id: str) -> str:
    """The Markdown of a stored picture."""
    return f"![{words}](file:{public_id})"


def named_files(source: str) -> set[str]:
    """Public ids of the files that a text names."""
    return {m[2] for m in _PICTURE.finditer(source)}


def render(source: str, pictures: Collection[str] = ()) -> str:
    """Markdown as clean HTML. Only ``pictures`` (public ids) are shown; a text cannot make
    somebody else's file visible by naming it."""
    found: list[tuple[str, str]] = []

    def hold(match: re.Match[str]) -> str:
        found.append((match[1], match[2]))
        return f"\n\nPICTURE{len(found) - 1}ERUTCIP\n\n"

    html = richtext.from_markdown(_PICTURE.sub(hold, source))
    for number, (words, public_id) in enumerate(found):
        shown = (
            f'<figure><img alt="{escape(words)}" data-file="{public_id}"></figure>'
            if public_id in pictures
            else ""
        )
        html = html.replace(f"<p>PICTURE{number}ERUTCIP</p>", shown)
    return html


@dataclass(frozen=True, slots=True)
class Folded:
    """A body with its reference answers apart, so that they can be folded away."""

    before: str
    answers: str
    after: str


def fold_answers(html: str) -> Folded:
    """Split a body at 「参考答案」; the answers end with the next h2 or the text."""
    start = _ANSWERS.search(html)
    if start is None:
        return Folded(html, "", "")
    rest = html[start.end() :]
    end = _NEXT.search(rest)
    cut = end.start() if end else len(rest)
    return Folded(html[: start.start()], rest[:cut], rest[cut:])

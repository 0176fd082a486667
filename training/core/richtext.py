"""Authored text: Markdown and HTML become clean HTML; pictures stand in it by their file's id.

Stored HTML never holds an address of a picture: ``<img data-file="…">`` names the stored
file, and ``show`` gives it a short-lived address when the page is drawn.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import nh3
import sqlalchemy as sa
from markdown_it import MarkdownIt
from markupsafe import Markup

from . import files
from .db import db
from .models import StoredFile

TAGS = {
    "p", "br", "hr", "h2", "h3", "h4", "h5", "strong", "b", "em", "i", "u", "s", "sub", "sup",
    "blockquote", "ul", "ol", "li", "table", "thead", "tbody", "tfoot", "tr", "th", "td",
    "caption", "a", "img", "figure", "figcaption", "code", "pre", "span", "div",
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"alt", "data-file", "data-image"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "ol": {"start"},
}
_cleaner = nh3.Cleaner(
    tags=TAGS,
    attributes=_ATTRIBUTES,
    clean_content_tags={"script", "style", "iframe", "object", "svg", "math", "template"},
    url_schemes={"http", "https", "mailto", "tel"},
    link_rel="noopener noreferrer",
)
_markdown = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable(
    ["table", "strikethrough"]
)
_PICTURE = re.compile(r'<img\b[^>]*?\bdata-file="([0-9a-f]{24})"[^>]*>')
_PLACE = re.compile(r'\bdata-image="(\d+)"')
_HEADINGS = re.compile(r"<(/?)h([1-6])\b")


def clean(html: str) -> str:
    """HTML without scripts, styles, handlers, frames or foreign pictures.

    The page's own h1 is its title, so that headings begin at h2.
    """
    lowered = html
    if re.search(r"<h1\b", html):
        lowered = _HEADINGS.sub(lambda m: f"<{m[1]}h{min(int(m[2]) + 1, 5)}", html)
    return str(_cleaner.clean(lowered))


def from_markdown(text: str) -> str:
    """Markdown (with tables) as clean HTML; HTML inside it is shown, not obeyed."""
    return clean(str(_markdown.render(text)))


def place_pictures(html: str, stored: Mapping[int, str]) -> str:
    """Name the stored files in HTML that refers to pictures by number (see
    ``uploads.word_to_html``). Raises ``KeyError`` for a picture that was not stored."""
    return _PLACE.sub(lambda m: f'data-file="{stored[int(m[1])]}"', html)


def pictures(html: str) -> list[str]:
    """Public ids of the stored files whose pictures stand in the text, in order."""
    return _PICTURE.findall(html)


def show(html: str, purpose: str, link: Callable[[StoredFile], str] = files.link) -> Markup:
    """Stored HTML ready for a page: every picture gets its address, lazily loaded.

    One query, whatever the number of pictures; one whose file is gone is left out, and one
    that was not stored for this ``purpose``: an author who has learnt the id of somebody's
    evidence cannot have it shown by naming it.
    """
    ids = pictures(html)
    if not ids:
        return Markup(html)  # noqa: S704 - cleaned when it was stored
    found = {
        f.public_id: f for f in db.session.scalars(
            sa.select(StoredFile).where(
                StoredFile.public_id.in_(ids), StoredFile.purpose == purpose
            )
        )
    }  # fmt: skip

    def put(match: re.Match[str]) -> str:
        file = found.get(match[1])
        if file is None:
            return ""
        return match[0].replace(
            f'data-file="{match[1]}"', f'src="{link(file)}" loading="lazy" decoding="async"'
        )

    return Markup(_PICTURE.sub(put, html))  # noqa: S704 - cleaned when it was stored

"""HTML to PDF by WeasyPrint, which may read our own fonts and pictures inside the page, and
nothing else: no network, no file."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import weasyprint
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from . import html, layout
from .definition import Document, DocumentKind, payload_hash

FONTS = Path(__file__).resolve().parents[3] / "var" / "fonts"
_STYLE = Path(__file__).with_name("assets") / "paper.css"

# (family, weight, file). The Fandol faces are the official ones; Noto stands in for what they lack.
_FACES = (
    ("Paper Fang", 400, "FandolFang-Regular.otf"),
    ("Paper Hei", 400, "FandolHei-Regular.otf"),
    ("Paper Kai", 400, "FandolKai-Regular.otf"),
    ("Paper Serif", 400, "NotoSerifSC-400.ttf"),
    ("Paper Serif", 700, "NotoSerifSC-700.ttf"),
)


class OwnFontsOnly(URLFetcher):  # type: ignore[misc]
    """Opens ``font:<file>`` of our folder and pictures that stand in the page itself."""

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:
        """Raises ``ValueError`` for every other address."""
        if url.startswith("data:image/"):
            return super().fetch(url, headers)
        name = url.removeprefix("font:")
        if name != url and name in {file for _, _, file in _FACES}:
            return URLFetcherResponse(url, (FONTS / name).open("rb"))
        raise ValueError("a paper may not fetch anything")


def _quoted(text: str) -> str:
    """A CSS string."""
    return '"' + "".join(f"\\{ord(c):x} " if c in '"\\\n\r' or c < " " else c for c in text) + '"'


@lru_cache(maxsize=1)
def _fonts() -> tuple[FontConfiguration, Any]:
    """The faces, loaded once a process."""
    if not (FONTS / "NotoSerifSC-400.ttf").is_file():
        raise RuntimeError("the fonts for papers are missing: run `make setup`")
    configuration = FontConfiguration()
    faces = "".join(
        f"@font-face {{ font-family: '{family}'; font-weight: {weight}; src: url('font:{file}'); }}\n"
        for family, weight, file in _FACES
        if (FONTS / file).is_file()
    )
    sheet = weasyprint.CSS(
        string=faces + _STYLE.read_text("utf-8"),
        font_config=configuration,
        url_fetcher=OwnFontsOnly(),
    )
    return configuration, sheet


def _page(document: Document) -> str:
    """The page box: size, margins and what stands at the foot."""
    top, right, bottom, left = layout.margins(document)
    size = "A4 landscape" if document.lies_across else "A4"
    if document.lies_across:
        top, right, bottom, left = (15, 15, 17, 15)
    code = _quoted(layout.verification(document))
    rules = [f"size: {size}; margin: {top}mm {right}mm {bottom}mm {left}mm;"]
    if document.kind in (DocumentKind.OFFICIAL, DocumentKind.LETTER):
        number = (
            'content: "— " counter(page) " —"; font: 14pt "Paper Serif";'
            " margin-top: 7mm; vertical-align: top;"
            if document.page_numbers
            else "content: none;"
        )
        small = (
            f'content: {code}; font: 8pt "Paper Serif"; white-space: nowrap;'
            " vertical-align: bottom; padding-bottom: 9mm;"
        )
        right_foot = f"@bottom-right {{ {number} padding-right: 14pt; }} @bottom-left {{ {small} }}"
        left_foot = f"@bottom-left {{ {number} padding-left: 14pt; }} @bottom-right {{ {small} }}"
        return (
            f"@page {{ {' '.join(rules)} }}\n@page :right {{ {right_foot} }}\n"
            f"@page :left {{ {left_foot} }}"
        )
    before, between, after = (_quoted(t) for t in layout.page_of(english=document.english))
    small_type = 'font: 8.5pt "Paper Serif"; color: #333;'
    rules.append(f"@bottom-left {{ content: {code}; {small_type} white-space: nowrap; }}")
    if document.page_numbers:
        rules.append(
            f"@bottom-right {{ content: {before} counter(page) {between} counter(pages) {after};"
            f" {small_type} white-space: nowrap; }}"
        )
    return f"@page {{ {' '.join(rules)} }}"


def pdf(document: Document) -> bytes:
    """An A4 PDF. The same paper gives the same bytes. Raises ``RuntimeError`` without fonts."""
    configuration, sheet = _fonts()
    fetcher = OwnFontsOnly()
    page = weasyprint.CSS(string=_page(document), font_config=configuration, url_fetcher=fetcher)
    drawn = weasyprint.HTML(string=str(html.body(document)), url_fetcher=fetcher)
    made = drawn.write_pdf(
        stylesheets=[sheet, page],
        font_config=configuration,
        pdf_identifier=payload_hash(document)[:32].encode(),
    )
    return bytes(made)

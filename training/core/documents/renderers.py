"""How a paper becomes a file. Imported by the worker alone: drawing a PDF takes over a second
to load."""

from __future__ import annotations

from collections.abc import Callable

from .definition import Document
from .models import PaperFormat
from .pdf import pdf
from .word import word

RENDERERS: dict[PaperFormat, Callable[[Document], bytes]] = {
    PaperFormat.PDF: pdf,
    PaperFormat.WORD: word,
}

__all__ = ["RENDERERS", "pdf", "word"]

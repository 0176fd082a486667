"""Read the statutes that lessons, cases and questions cite.

The texts themselves are not part of the repository. They are looked for in the
folder named by the environment variable ACADEMY_SHARED_DATA, else in
`shared/data` beside the repository. Everything here answers None (or an empty
mapping) where they are absent, so that a test can skip and name the reason.

A statute is known by the stem of its file without the year of the version:
人民调解法-2010.md is 人民调解法. The books of the Civil Code are separate files
(民法典-合同编.md); `book_of(577)` says which book holds an article.
"""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path

ENVIRONMENT_VARIABLE = "ACADEMY_SHARED_DATA"
ABSENT = (
    "the statute files are absent: set "
    f"{ENVIRONMENT_VARIABLE} or lay shared/data beside the repository"
)
CIVIL_CODE = "民法典"

REPOSITORY = Path(__file__).resolve().parents[2]

# 577 for 第五百七十七条; "133-1" for 第一百三十三条之一.
ArticleNumber = int | str

NUMERALS = "零〇一二两三四五六七八九十百千"
_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_ARTICLE_LINE = re.compile(rf"^\s*第([{NUMERALS}]+)条(?:之([{NUMERALS}]+))?[\s\u3000]+(.*)$")
_HEADING = re.compile(r"^\s*#")
_YEAR = re.compile(r"-(?:19|20)\d\d$")


def number(chinese: str) -> int:
    """一千一百六十五 → 1165, 十五 → 15, 二百零五 → 205."""
    total, digit = 0, 0
    for char in chinese:
        if char in _UNITS:
            total += (digit or 1) * _UNITS[char]
            digit = 0
        elif char in _DIGITS:
            digit = _DIGITS[char]
        else:
            raise ValueError(f"not a Chinese numeral: {chinese!r}")
    return total + digit


def article_number(base: str, inserted: str | None = None) -> ArticleNumber:
    """(一百三十三, None) → 133; (一百三十三, 一) → "133-1"."""
    if inserted is None:
        return number(base)
    return f"{number(base)}-{number(inserted)}"


def parse(markdown: str) -> dict[ArticleNumber, str]:
    """A statute in Markdown → article number → its whole text.

    Headings, the lines before the first article and editors' comments are left
    out; an article runs until the next one, whatever headings stand between.
    """
    articles: dict[ArticleNumber, list[str]] = {}
    current: list[str] | None = None
    for line in markdown.splitlines():
        start = _ARTICLE_LINE.match(line)
        if start:
            key = article_number(start[1], start[2])
            if key in articles:
                raise ValueError(f"article {key} occurs twice")
            current = articles[key] = [start[3].strip()]
        elif _HEADING.match(line) or line.lstrip().startswith("<!--"):
            continue
        elif current is not None and line.strip():
            current.append(line.strip())
    return {key: "\n".join(lines) for key, lines in articles.items()}


def data_directory() -> Path | None:
    """The folder with the shared data, or None where it is absent."""
    named = os.environ.get(ENVIRONMENT_VARIABLE)
    folder = Path(named) if named else REPOSITORY.parent / "shared" / "data"
    return folder if (folder / "statutes").is_dir() else None


@cache
def files() -> dict[str, Path]:
    """Name of the statute → its file; empty where the data is absent."""
    folder = data_directory()
    if folder is None:
        return {}
    found = sorted((folder / "statutes").glob("*.md"))
    return {_YEAR.sub("", path.stem): path for path in found}


@cache
def articles(statute: str) -> dict[ArticleNumber, str] | None:
    """The articles of one statute (人民调解法, 民法典-合同编), None if unknown."""
    path = files().get(statute)
    return None if path is None else parse(path.read_text(encoding="utf-8"))


@cache
def books() -> dict[str, range]:
    """Book of the Civil Code → the range of its article numbers."""
    found = {}
    for name in files():
        if name.startswith(f"{CIVIL_CODE}-"):
            numbers = [n for n in articles(name) or {} if isinstance(n, int)]
            found[name] = range(min(numbers), max(numbers) + 1)
    return found


def book_of(article: ArticleNumber) -> str | None:
    """The book of the Civil Code that holds an article, if it is at hand."""
    base = article if isinstance(article, int) else int(article.split("-")[0])
    for name, numbers in books().items():
        if base in numbers:
            return name
    return None


def text_of(statute: str, article: ArticleNumber) -> str | None:
    """The words of one article; 民法典 alone is resolved to its book."""
    if statute == CIVIL_CODE:
        book = book_of(article)
        return None if book is None else text_of(book, article)
    return (articles(statute) or {}).get(article)


def normalise(text: str) -> str:
    """For comparing quoted words: without spaces, one form of each mark."""
    text = re.sub(r"\s+", "", text)
    return text.translate(str.maketrans(":;,()", "：；，（）"))

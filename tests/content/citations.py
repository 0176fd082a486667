"""Find the articles that a Chinese text cites, and the words it quotes from them.

A citation is written 《人民调解法》第三条; several in a row share the name:
《人民调解法》第三十一条、第三十二条, 《人民调解法》第三十一条至第三十三条.
The Civil Code is always cited as 《民法典》; its keys name the book.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.content import statutes
from tests.content.statutes import NUMERALS, ArticleNumber

_ARTICLE = rf"第([{NUMERALS}]+)条(?:之([{NUMERALS}]+))?"
_CITATION = re.compile(rf"《([^《》\n]+)》({_ARTICLE}(?:[、和与及至到]?{_ARTICLE})*)")
_ONE = re.compile(rf"([、和与及至到]?){_ARTICLE}")
_BARE = re.compile(_ARTICLE)
# A quotation belongs to the citation before it when nothing but words of the
# same sentence stand between them.
_SENTENCE_END = re.compile(r"[。！？\n|《]")
_QUOTED = re.compile(r"“([^“”]+)”")
# “…”，见《某法》第三条; “…”，这是《某法》第三条的原话.
_QUOTED_BEFORE = re.compile(r"“([^“”]+)”[，,]?(?:见|这是)$")
# 同一条还规定，“…”: the article last cited.
_SAME_ARTICLE = re.compile(r"同一条[^。！？\n|《“]*")

Citation = tuple[str, ArticleNumber]


def _members(law: str, listed: str) -> Iterator[Citation]:
    previous: ArticleNumber | None = None
    for joint, base, inserted in _ONE.findall(listed):
        this = statutes.article_number(base, inserted or None)
        if joint in ("至", "到") and isinstance(previous, int) and isinstance(this, int):
            for between in range(previous + 1, this):
                yield law, between
        yield law, this
        previous = this


def cited(text: str) -> list[Citation]:
    """Every (law, article) that the text cites, in order, with repetitions."""
    return [pair for match in _CITATION.finditer(text) for pair in _members(match[1], match[2])]


def bare(text: str) -> list[str]:
    """Mentions of an article that do not say which law they mean."""
    return [match[0] for match in _BARE.finditer(_CITATION.sub("", text))]


def quoted(text: str) -> list[tuple[list[Citation], str]]:
    """The words between “ ” that the text gives as words of an article.

    Those that follow a citation in its sentence, those that stand right before
    “，见《…》第…条”, and those after 同一条, which means the article last cited.
    """
    found = []
    places = [(match.end(), match) for match in _CITATION.finditer(text)]
    for end, match in places:
        members = list(_members(match[1], match[2]))
        sentence = text[end : end + _sentence_end(text[end:])]
        found += [(members, words) for words in _QUOTED.findall(sentence)]
        before = _QUOTED_BEFORE.search(text[: match.start()])
        if before:
            found.append((members, before[1]))
    for same in _SAME_ARTICLE.finditer(text):
        earlier = [match for end, match in places if end <= same.start()]
        rest = text[same.end() :]
        if earlier:
            members = list(_members(earlier[-1][1], earlier[-1][2]))
            found += [(members, w) for w in _QUOTED.findall(rest[: _sentence_end(rest)])]
    return found


def _sentence_end(rest: str) -> int:
    """Where the sentence ends; marks inside “ ” do not end it."""
    inside = False
    for position, char in enumerate(rest):
        if char == "“":
            inside = True
        elif char == "”":
            if not inside:  # the citation itself stands in somebody's speech
                return position
            inside = False
        elif not inside and _SENTENCE_END.match(char):
            return position
    return len(rest)


def key(law: str, article: ArticleNumber) -> str:
    """As front matter writes it: 人民调解法#3, 民法典-侵权责任编#1165."""
    if law == statutes.CIVIL_CODE:
        law = statutes.book_of(article) or law
    return f"{law}#{article}"

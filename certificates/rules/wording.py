"""The words of a certificate: places to be filled in, and what a template must hold.

The certificate proves training (《岗前培训考核合格证书》); it is not an administrative licence.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from training.core.rules.verdict import Verdict, refuse
from training.core.rules.words import N_

from .number import CertificateClass
from .template import template_gate

NAME = "{name}"
PLACES = ("name", "start", "end", "issuer", "post", "hours")
"""What a template may leave open: the holder, first and last day of the training, the
issuing bureau, the kind of mediator, the credit hours."""

_NEEDED = ("name", "hours")
_PLACE = re.compile(r"\{([^{}]*)\}")
_BASIS = "rule:certificate_wording"


@dataclass(frozen=True, slots=True)
class Wording:
    """Title in Chinese and English, the sentence that certifies, and a note below it."""

    title: str
    title_en: str
    body: str
    note: str = ""


DEFAULT = Wording(
    "岗前培训考核合格证书",
    "Certificate of Pre-job Training and Examination",
    "{name}于{start}至{end}参加{issuer}组织的{post}岗前培训，修满 {hours} 学时，"
    "经统一考核成绩合格，特发此证。",
    "本证书证明持证人完成岗前培训并考核合格，不是行政许可。",
)

POSTS: Mapping[CertificateClass, str] = {
    CertificateClass.FULL_TIME: "专职人民调解员",
    CertificateClass.PART_TIME: "兼职人民调解员",
}


def on_paper(day: date) -> str:
    """A date as certificates print it: 2026年12月1日."""
    return f"{day.year}年{day.month}月{day.day}日"


def fill(body: str, *, start: date, end: date, issuer: str, post: str, hours: str) -> str:
    """The sentence with everything filled in but the holder's name, which stays ``{name}`` so
    that it can be set apart in print."""
    values = {
        "start": on_paper(start),
        "end": on_paper(end),
        "issuer": issuer,
        "post": post,
        "hours": hours,
    }
    return _PLACE.sub(lambda m: values.get(m[1], m[0]), body)


def wording_gate(words: Wording) -> Verdict:
    """Whether a template may be used: no forbidden word anywhere, the name and the hours in
    the sentence, no unknown place. Codes ``template.forbidden_words``,
    ``template.place_missing``, ``template.place_unknown``."""
    verdict = template_gate("\n".join((words.title, words.title_en, words.body, words.note)))
    places = _PLACE.findall(words.body)
    missing = [p for p in _NEEDED if p not in places]
    unknown = sorted({p for p in places if p not in PLACES})
    if missing:
        verdict &= refuse(
            "template.place_missing",
            N_("证书正文中缺少：%(places)s"),
            basis=_BASIS,
            places="、".join(f"{{{p}}}" for p in missing),
        )
    if unknown:
        verdict &= refuse(
            "template.place_unknown",
            N_("证书正文中有不认识的项目：%(places)s"),
            basis=_BASIS,
            places="、".join(f"{{{p}}}" for p in unknown),
        )
    return verdict

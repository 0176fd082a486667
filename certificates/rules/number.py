"""The certificate number: ``460100-2026-P-00123-E`` (policy ``cert.number``).

Region (GB/T 2260, six digits), year of issue, class (P full-time, T part-time), serial
of the region, year and class (five digits or more), and a check character over all
letters and digits (ISO 7064 MOD 37,36). It is shown as 证书编号 and never takes the shape
of a document number 〔…〕号.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from training.core.rules.iso7064 import check_character
from training.core.rules.verdict import Verdict, refuse
from training.core.rules.words import N_

_BASIS = "cert.number"
_SERIAL_WIDTH = 5
_NOISE = re.compile(r"[\s\-‐‑‒–—―−_./:·]+")
_LABEL = re.compile(r"^(证书编号|证书号|编号|NO)")
# Characters that look alike on paper; the digit comes first.
_ALIKE = {c: group for group in ("0O", "1IL") for c in group}
_DIGIT_LIKE = "[0-9OIL]"
_SHAPE = re.compile(
    rf"({_DIGIT_LIKE}{{6}})({_DIGIT_LIKE}{{4}})([PT])({_DIGIT_LIKE}{{5,}})([0-9A-Z])"
)


class CertificateClass(StrEnum):
    """P for full-time, T for part-time mediators."""

    FULL_TIME = "P"
    PART_TIME = "T"


@dataclass(frozen=True, slots=True)
class CertificateNumber:
    """A number with its parts; ``str()`` gives it as printed.

    Raises ``ValueError`` for parts out of range, so that no such number can be printed.
    """

    region: str
    year: int
    certificate_class: CertificateClass
    serial: int

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[0-9]{6}", self.region):
            raise ValueError("a region has six digits")
        if not 1000 <= self.year <= 9999:
            raise ValueError("a year has four digits")
        if self.serial < 1:
            raise ValueError("serials begin at 1")

    @property
    def _parts(self) -> tuple[str, str, str, str]:
        return (
            self.region,
            f"{self.year}",
            self.certificate_class.value,
            f"{self.serial:0{_SERIAL_WIDTH}d}",
        )

    @property
    def check(self) -> str:
        """The check character."""
        return check_character("".join(self._parts))

    def __str__(self) -> str:
        return "-".join((*self._parts, self.check))


def read_number(typed: str) -> CertificateNumber | Verdict:
    """The number a person typed or scanned, or why it is none.

    Accepts lower case, full-width characters, spaces, other dashes or none, and the
    label 证书编号 in front. O for 0 and I or L for 1 are not accepted silently: where
    reading them otherwise gives exactly one sound number, the denial suggests it.
    Codes: ``number.missing``, ``number.shape``, ``number.check`` (no suggestion) and
    ``number.did_you_mean`` (parameter ``suggestion``).
    """
    text = _NOISE.sub("", unicodedata.normalize("NFKC", typed).upper())
    text = _LABEL.sub("", text)
    if not text:
        return refuse("number.missing", N_("请输入证书编号"), basis=_BASIS)
    match = _SHAPE.fullmatch(text)
    if not match:
        return refuse(
            "number.shape",
            N_("证书编号的样子应为 %(example)s"),
            basis=_BASIS,
            example=CertificateNumber("460100", 2026, CertificateClass.FULL_TIME, 123),
        )
    exact = _as_number(match)
    if exact is not None:
        return exact
    suggestions = {str(number) for number in _misread(match)}
    if len(suggestions) == 1:
        return refuse(
            "number.did_you_mean",
            N_("没有这个编号，您要找的是不是 %(suggestion)s（数字 0、1 与字母 O、I 容易混淆）"),
            basis=_BASIS,
            suggestion=suggestions.pop(),
        )
    return refuse("number.check", N_("证书编号的校验位不对，请逐位核对"), basis=_BASIS)


def _as_number(match: re.Match[str]) -> CertificateNumber | None:
    return _sound(match[1], match[2], match[3], match[4], match[5])


def _misread(match: re.Match[str]) -> Iterator[CertificateNumber]:
    """Every sound number that looks like what was typed."""
    region, year, serial = (_to_digits(match[i]) for i in (1, 2, 4))
    for check in _ALIKE.get(match[5], match[5]):
        number = _sound(region, year, match[3], serial, check)
        if number is not None:
            yield number


def _to_digits(text: str) -> str:
    return "".join(_ALIKE.get(c, c)[0] for c in text)


def _sound(
    region: str, year: str, certificate_class: str, serial: str, check: str
) -> CertificateNumber | None:
    """The number with these parts, if this is the one way to write it."""
    try:
        number = CertificateNumber(
            region, int(year), CertificateClass(certificate_class), int(serial)
        )
    except ValueError:
        return None
    written = "-".join((region, year, certificate_class, serial, check))
    return number if str(number) == written else None

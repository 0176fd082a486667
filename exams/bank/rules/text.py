"""Text of questions: tidied for reading, and reduced to a fingerprint for finding doubles."""

from __future__ import annotations

import hashlib
import re
import unicodedata

# Full-width digits, Latin letters, the percent sign and the space become half-width.
# Chinese punctuation stays full-width: there it is right.
_HALF_WIDTH = {
    **{c: c - 0xFEE0 for c in range(0xFF10, 0xFF1A)},
    **{c: c - 0xFEE0 for c in range(0xFF21, 0xFF3B)},
    **{c: c - 0xFEE0 for c in range(0xFF41, 0xFF5B)},
    0xFF05: ord("%"),
    0x3000: ord(" "),
    0x00A0: ord(" "),
    ord("\t"): ord(" "),
}
_BLANK = re.compile(r"[(（]\s*[)）]")


def tidy(text: str) -> str:
    """The text as people should read it.

    Control and invisible characters go, full-width letters and digits become half-width,
    runs of spaces become one, empty lines and outer spaces go, and the brackets to be
    filled in are written one way, （　　）.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(_HALF_WIDTH)
    text = "".join(c for c in text if c == "\n" or unicodedata.category(c) not in ("Cc", "Cf"))
    lines = (re.sub(r" +", " ", line).strip() for line in text.split("\n"))
    return _BLANK.sub("（　　）", "\n".join(line for line in lines if line))


def bare(text: str) -> str:
    """The text for comparing two options: width, case and spacing do not tell them apart."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", tidy(text))).casefold()


def fingerprint(text: str) -> str:
    """SHA-256 over what a text says: width, case, spacing and punctuation do not count."""
    said = "".join(c for c in bare(text) if unicodedata.category(c)[0] != "P")
    return hashlib.sha256(said.encode()).hexdigest()

"""Words that no certificate template may contain.

The certificate proves training; it is not a licence. The national clean-up of unauthorised
certificates bars words that would make it look like a professional qualification.
"""

from __future__ import annotations

import html
import re
import unicodedata

from training.core.rules.verdict import ALLOWED, Verdict, refuse
from training.core.rules.words import N_

FORBIDDEN_WORDS = ("执业", "职业资格", "人员资格", "职业技能等级", "国家", "全国")

# Text of two blocks is never read as one word.
_BLOCK = re.compile(
    r"</?(?:address|article|br|div|footer|h[1-6]|header|li|ol|p|section|table|td|th|tr|ul)\b[^<>]*>",
    re.IGNORECASE,
)
_MARKUP = re.compile(r"<[^<>]*>")


def forbidden_words(text: str) -> tuple[str, ...]:
    """Those of the forbidden words that a reader of the template would see: markup, spaces
    and invisible characters between the characters of a word do not hide it."""
    plain = html.unescape(_MARKUP.sub("", _BLOCK.sub("¶", text)))
    normal = unicodedata.normalize("NFKC", plain)
    seen = "".join(c for c in normal if unicodedata.category(c) not in ("Cc", "Cf", "Zs"))
    return tuple(word for word in FORBIDDEN_WORDS if word in seen)


def template_gate(text: str) -> Verdict:
    """Whether a template may be used. Code ``template.forbidden_words``."""
    found = forbidden_words(text)
    if not found:
        return ALLOWED
    return refuse(
        "template.forbidden_words",
        N_("证书模板中不得出现：%(words)s"),
        basis="rule:certificate_wording",
        words="、".join(found),
    )

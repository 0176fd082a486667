"""Answer keys as offices type them: "AC", "a, c", "A、C", 对, 错, √, ×."""

from __future__ import annotations

import re
import unicodedata

from training.core.rules.words import N_, Words

from .question import FALSE, LETTERS, TRUE, FieldError, QuestionKind, option_ids

_TRUTH = dict.fromkeys(("对", "正确", "是", "真", "√", "✓", "✔", "☑"), TRUE)
_TRUTH |= dict.fromkeys(("T", "TRUE", "Y", "YES"), TRUE)
_TRUTH |= dict.fromkeys(("错", "错误", "否", "非", "假", "不对", "不正确"), FALSE)
_TRUTH |= dict.fromkeys(("×", "✕", "✗", "✘", "╳", "X", "F", "FALSE", "N", "NO"), FALSE)
_PREFIX = re.compile(r"^(?:正确|参考|标准)?答案(?:是|为)?[:]?")
_BETWEEN = re.compile(r"[\s,、;.。|/\\&+()\[\]【】和与及]+")


def truth(text: str) -> str | None:
    """``true`` or ``false`` for the many ways of writing 对 and 错, else None."""
    return _TRUTH.get(_typed(text).strip(" .。()"))


def parse_key(
    text: str, kind: QuestionKind, options: tuple[str, ...]
) -> frozenset[str] | FieldError:
    """The canonical option ids that a typed key means, or what is wrong with it.

    Nothing is guessed: a letter without its option, a letter twice (usually a slip for
    another one) and unknown words are errors. A true/false question may list 正确 and 错误
    as its options and name one by its letter.
    """
    if kind is QuestionKind.TRUE_FALSE and (said := truth(text)):
        return frozenset({said})
    letters = _BETWEEN.sub("", _typed(text))
    if not letters:
        return _wrong(text, "key.empty", N_("请给出答案"))
    if not all(letter in LETTERS for letter in letters):
        if kind is QuestionKind.TRUE_FALSE:
            return _wrong(text, "key.not_true_false", N_("「%(typed)s」不是对或错"))
        return _wrong(text, "key.not_letters", N_("「%(typed)s」不是选项字母"))
    if len(set(letters)) != len(letters):
        return _wrong(text, "key.repeated", N_("「%(typed)s」中有重复的字母"))
    places = [LETTERS.index(letter) for letter in letters]
    if max(places) >= len(options):
        return _wrong(text, "key.unknown_option", N_("「%(typed)s」指向不存在的选项"))
    if kind is not QuestionKind.TRUE_FALSE:
        ids = option_ids(kind, len(options))
        return frozenset(ids[place] for place in places)
    means = [truth(option) for option in options]
    if set(means) != {TRUE, FALSE} or len(means) != 2 or len(places) != 1:
        return _wrong(text, "key.not_true_false", N_("「%(typed)s」不是对或错"))
    return frozenset({means[places[0]] or FALSE})


def _typed(text: str) -> str:
    return _PREFIX.sub("", unicodedata.normalize("NFKC", text).strip().upper())


def _wrong(typed: str, code: str, message: str) -> FieldError:
    return FieldError("key", code, Words(message, {"typed": typed.strip()}))

"""How a Chinese name is found by typing Latin letters: full pinyin and initials."""

from __future__ import annotations

from pypinyin import lazy_pinyin

# Surnames that are read otherwise than the character usually is.
_SURNAMES = {
    "单": "shan", "曾": "zeng", "解": "xie", "仇": "qiu", "区": "ou", "查": "zha", "朴": "piao",
    "盖": "ge", "任": "ren", "华": "hua", "翟": "zhai", "乐": "yue", "冼": "xian", "覃": "qin",
    "缪": "miao", "宁": "ning", "万俟": "moqi", "尉迟": "yuchi", "长孙": "zhangsun", "重": "chong",
    "种": "chong", "折": "she", "召": "shao", "黑": "he", "逄": "pang", "员": "yun", "繁": "po",
}  # fmt: skip


def pinyin_of(name: str) -> str:
    """王小明 → ``wangxiaoming wxm``; Latin names in small letters."""
    surname = next((s for s in (name[:2], name[:1]) if s in _SURNAMES), "")
    syllables = [_SURNAMES[surname]] if surname else []
    for chunk in lazy_pinyin(name[len(surname) :]):
        words = "".join(c if c.isalnum() else " " for c in chunk)
        syllables += words.lower().split()
    full = "".join(syllables)
    initials = "".join(s[:1] for s in syllables)
    if len(surname) == 2:
        initials = lazy_pinyin(surname)[0][:1] + lazy_pinyin(surname)[1][:1] + initials[1:]
    return f"{full} {initials}"[:200]

"""Words: Chinese message ids, an English catalogue in each room, dates and numbers."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import flask_babel
from flask import Flask, g, has_request_context, request
from flask_babel import Babel, force_locale, gettext
from flask_login import current_user
from markupsafe import Markup, escape

from . import clock
from .rules.words import Words

LOCALES = {"zh": "zh_Hans_CN", "en": "en"}
COOKIE = "lang"
_WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")


def choose_locale() -> str:
    """The person's own choice, else the cookie, else the browser's wish; Chinese by default."""
    if not has_request_context():
        return str(getattr(g, "locale", LOCALES["zh"]))
    wish = str(request.cookies.get(COOKIE) or getattr(current_user, "language", ""))
    if wish not in LOCALES:
        wish = request.accept_languages.best_match(["zh", "zh-CN", "zh-Hans", "en"], "zh")[:2]
    return LOCALES.get(wish, LOCALES["zh"])


def is_english() -> bool:
    locale = flask_babel.get_locale()
    return locale is not None and str(locale.language) == "en"


def say(words: Words | str) -> str:
    """A rule's words in the reader's language; parameters that are words or moments are
    said too."""
    if isinstance(words, str):
        return str(gettext(words)) if words else ""
    params = {k: _said(v) for k, v in words.params.items()}
    text = str(gettext(words.message))
    return text % params if params else text


def _said(value: Any) -> Any:
    if isinstance(value, Words):
        return say(value)
    if isinstance(value, dict):  # stored: other words, or content as ``both`` gives it
        if "message" in value:
            return say(Words(value["message"], value["params"]))
        return (value["en"] if is_english() else "") or value["zh"]
    return format_datetime(value) if isinstance(value, datetime) else value


def title_of(record: Any, name: str = "title") -> str:
    """Authored content in the reader's language, falling back to the Chinese."""
    english = getattr(record, f"{name}_en", "") if is_english() else ""
    return str(english or getattr(record, name))


def both(record: Any, name: str = "title") -> dict[str, str]:
    """Authored content as a parameter of stored words: the reader gets their language's."""
    return {"zh": str(getattr(record, name)), "en": str(getattr(record, f"{name}_en", ""))}


def content(record: Any, name: str = "title") -> Words:
    """Authored content as words of its own."""
    return Words("%(content)s", {"content": both(record, name)})


def chinese(words: Words) -> str:
    """Words in Chinese, whatever the reader's language: what papers are proposed with."""
    with force_locale(LOCALES["zh"]):
        return say(words)


def as_typed(text: str, proposed: Words) -> Words:
    """What somebody left as proposed (by ``chinese``) stays words in every language; what they
    typed instead stands as typed."""
    return proposed if text.strip() == chinese(proposed) else Words(text.strip())


def shorten(text: str, limit: int) -> str:
    """The beginning of a text, with an ellipsis where it is cut: between words, if it has any."""
    if len(text) <= limit:
        return text
    head = text[:limit]
    words, gap, _last = head.rpartition(" ")
    return (words if gap and len(words) > limit // 2 else head).rstrip(" ，、,") + "…"


def _day_of(value: date | datetime) -> date:
    return clock.local(value).date() if isinstance(value, datetime) else value


def weekday(day: date) -> str:
    """周一 / Mon"""
    return f"{day:%a}" if is_english() else _WEEKDAYS[day.weekday()]


def month(day: date) -> str:
    """12 月 / Dec"""
    return f"{day:%b}" if is_english() else f"{day.month} 月"


def format_date(value: date | datetime | None) -> str:
    """2026年11月23日 周一 / Mon 23 Nov 2026"""
    if value is None:
        return ""
    day = _day_of(value)
    if is_english():
        return f"{day:%a} {day.day} {day:%b %Y}"
    return f"{day.year}年{day.month}月{day.day}日 {_WEEKDAYS[day.weekday()]}"


def format_datetime(value: datetime | None) -> str:
    return f"{format_date(value)} {clock.local(value):%H:%M}" if value else ""


def plain_date(value: date | datetime | None) -> str:
    """2026年11月23日 / 23 November 2026: as papers and printed sheets write a date, without the
    day of the week."""
    if value is None:
        return ""
    day = _day_of(value)
    return (
        f"{day.day} {day:%B} {day.year}" if is_english() else f"{day:%Y}年{day.month}月{day.day}日"
    )


def plain_datetime(value: datetime | None) -> str:
    """The same with the time of day."""
    return f"{plain_date(value)} {clock.local(value):%H:%M}" if value else ""


def plain_span(start: datetime, end: datetime) -> str:
    """From when to when, the date said once for a span within one day."""
    if _day_of(start) == _day_of(end):
        return f"{plain_datetime(start)}–{clock.local(end):%H:%M}"
    return f"{plain_datetime(start)} – {plain_datetime(end)}"


def format_day(value: date | datetime | None) -> str:
    """2026-11-23, for tables."""
    return _day_of(value).isoformat() if value else ""


def format_ago(value: datetime | None) -> Markup:
    """Relative, with the full date and time beside it."""
    if value is None:
        return Markup()
    gap = clock.now() - value
    full = format_datetime(value)
    if timedelta() <= gap < timedelta(hours=1):
        near = (
            gettext("%(n)s 分钟前", n=int(gap.total_seconds() // 60))
            if gap >= timedelta(minutes=1)
            else gettext("刚刚")
        )
    elif _day_of(value) == clock.today():
        near = gettext("今天 %(time)s", time=f"{clock.local(value):%H:%M}")
    elif _day_of(value) == clock.today() - timedelta(days=1):
        near = gettext("昨天 %(time)s", time=f"{clock.local(value):%H:%M}")
    else:
        return Markup('<time datetime="{}">{}</time>').format(value.isoformat(), full)
    return Markup('<time datetime="{}">{} <span class="soft">{}</span></time>').format(
        value.isoformat(), near, full
    )


def format_hundredths(value: int | None) -> str:
    """Hundredths as people write them: 1250 → 12.5"""
    if value is None:
        return ""
    sign, value = ("-", -value) if value < 0 else ("", value)
    whole, rest = divmod(value, 100)
    return f"{sign}{whole}" + (f".{rest:02d}".rstrip("0") if rest else "")


def paragraphs(text: str) -> Markup:
    """Plain text as escaped paragraphs."""
    parts = [p.strip() for p in text.replace("\r\n", "\n").split("\n") if p.strip()]
    return Markup("").join(Markup("<p>{}</p>").format(escape(p)) for p in parts)


def translation_folders(root: Path) -> list[Path]:
    """``<room>/translations`` of every room that has one."""
    return sorted(
        p
        for package in ("training", "courses", "exams", "certificates")
        for p in (root / package).rglob("translations")
        if p.is_dir()
    )


def init_i18n(app: Flask, root: Path) -> None:
    app.config["BABEL_DEFAULT_LOCALE"] = LOCALES["zh"]
    app.config["BABEL_DEFAULT_TIMEZONE"] = "Asia/Shanghai"
    folders = translation_folders(root)
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = ";".join(map(str, folders)) or "translations"
    Babel(app, locale_selector=choose_locale)
    app.jinja_env.filters |= {
        "date": format_date,
        "datetime": format_datetime,
        "day": format_day,
        "ago": format_ago,
        "hundredths": format_hundredths,
        "paragraphs": paragraphs,
        "say": say,
        "title_of": title_of,
    }
    app.jinja_env.globals["say"] = say

"""A browser's own long name in words that its owner recognises."""

from __future__ import annotations

from flask_babel import gettext

from training.core.rules.words import N_

_SYSTEMS = (
    ("HarmonyOS", N_("鸿蒙手机")),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", N_("安卓手机")),
    ("Windows", N_("Windows 电脑")),
    ("Mac OS", N_("苹果电脑")),
    ("UOS", N_("统信电脑")),
    ("Linux", N_("Linux 电脑")),
)
_BROWSERS = (
    ("MicroMessenger", N_("微信")),
    ("QQBrowser", N_("QQ 浏览器")),
    ("360", N_("360 浏览器")),
    ("Qaxbrowser", N_("奇安信浏览器")),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)


def device_name(user_agent: str) -> str:
    """``Mozilla/5.0 (Linux; Android 13…) MicroMessenger/8`` → 安卓手机 · 微信"""
    words = [
        gettext(next((label for sign, label in table if sign in user_agent), ""))
        for table in (_SYSTEMS, _BROWSERS)
        if any(sign in user_agent for sign, _ in table)
    ]
    return " · ".join(words) or gettext("其他设备")

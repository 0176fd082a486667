"""What a rule is called where people read it: a policy, an article, a rule of the house."""

from __future__ import annotations

from flask_babel import gettext

from .i18n import is_english
from .policy_defaults import SPECS
from .rules.words import N_

_OF_THE_HOUSE = {
    "cert.gates": N_("发证条件"),
    "cert.number": N_("证书编号规则"),
    "lifecycle:annual_appraisal": N_("年度考核程序"),
    "lifecycle:appointment": N_("聘任程序"),
    "lifecycle:certificate": N_("证书管理规则"),
    "lifecycle:exit_review": N_("退出审查程序"),
    "lifecycle:recruitment": N_("选聘程序"),
    "lifecycle:standing": N_("任职状态规则"),
    "lifecycle:work_card": N_("工作证管理规则"),
    "rule:certificate_wording": N_("证书用语规则"),
    "rule:separation_of_duties": N_("岗位分离规则"),
    "rule:workday_calendar": N_("工作日历"),
    "准考证": N_("准考证"),
    "学习培训制度": N_("学习培训制度"),
    "考场规则": N_("考场规则"),
}
_STATUTES = {"人民调解法": N_("人民调解法")}
_NUMERALS = "零一二三四五六七八九"


def rule_name(rule: str) -> str:
    """The name of a rule as reasons and explanations show it: the policy's label, 《人民调解法》
    第十五条, or the rule of the house."""
    if rule in SPECS:
        return str(gettext(SPECS[rule].label))
    if rule in _OF_THE_HOUSE:
        return str(gettext(_OF_THE_HOUSE[rule]))
    statute, _, article = rule.partition("#")
    if not article.isdigit():
        return rule
    name = gettext(_STATUTES[statute]) if statute in _STATUTES else statute
    return str(gettext("《%(statute)s》第%(n)s条", statute=name, n=article_number(int(article))))


def article_number(n: int) -> str:
    """The number of an article below a hundred as statutes write it (十五, 三十一); in figures
    for an English reader and beyond."""
    if is_english() or n >= 100:
        return str(n)
    tens, ones = divmod(n, 10)
    head = "" if not tens else "十" if tens == 1 else _NUMERALS[tens] + "十"
    return head + (_NUMERALS[ones] if ones or not tens else "")

"""An audit entry's detail in the reader's words: codes as labels where they are known.

Entries hold codes and numbers only; what nobody has named here is shown as it stands.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask_babel import gettext

from .rules.roles import ROLES, Role
from .rules.vocabulary import FORM_LABELS, TOPIC_LABELS, Topic, TrainingForm
from .rules.words import N_

_KEYS = {
    "action": N_("办理"),
    "admission": N_("入场"),
    "after": N_("改为"),
    "appraisal": N_("年度考核"),
    "at": N_("机构"),
    "before": N_("原为"),
    "candidates": N_("考生人数"),
    "case": N_("选聘档案"),
    "cause": N_("起因"),
    "changed": N_("更改的项目"),
    "choice": N_("所选"),
    "clean": N_("没有问题"),
    "code": N_("代码"),
    "conflict": N_("须回避"),
    "consequences": N_("后果"),
    "corrected": N_("更正"),
    "corrects": N_("更正的记录"),
    "count": N_("数目"),
    "demo": N_("示例数据"),
    "digest": N_("摘要"),
    "done": N_("办理"),
    "ended": N_("结束的登录"),
    "entered": N_("录入"),
    "failed": N_("没有符合的条件"),
    "field": N_("项目"),
    "form": N_("形式"),
    "grade": N_("等次"),
    "ground": N_("事由"),
    "head": N_("记录链"),
    "key": N_("参数"),
    "kind": N_("种类"),
    "left": N_("未办"),
    "lesson": N_("课"),
    "marked": N_("登记"),
    "matter": N_("事项"),
    "members": N_("成员"),
    "method": N_("方式"),
    "minutes": N_("分钟"),
    "named": N_("人数"),
    "number": N_("编号"),
    "paper": N_("试卷"),
    "passed": N_("合格"),
    "payload": N_("摘要"),
    "payload_hash": N_("摘要"),
    "people": N_("人数"),
    "policy": N_("政策版本"),
    "policy_id": N_("政策版本"),
    "questions": N_("题数"),
    "reason": N_("理由"),
    "receipt": N_("回执"),
    "registered": N_("列入"),
    "released": N_("发布"),
    "role": N_("角色"),
    "roles_ended": N_("收回的角色"),
    "route": N_("途径"),
    "score": N_("分数（百分之一分）"),
    "sequence": N_("序号"),
    "standing": N_("人员状态"),
    "state": N_("状态"),
    "step": N_("步骤"),
    "told": N_("通知人数"),
    "topic": N_("专题"),
    "upheld": N_("维持"),
    "value": N_("值"),
    "verdict": N_("结论"),
    "version": N_("版本"),
    "workdays": N_("工作日"),
    "year": N_("年度"),
}
_SUBJECTS = {
    "account": N_("账号"),
    "annual_appraisal": N_("年度考核"),
    "appointment": N_("任命"),
    "appraisal_round": N_("考核批次"),
    "certificate": N_("证书"),
    "course": N_("课程"),
    "enrolment": N_("报名"),
    "exam_attempt": N_("考试"),
    "exam_paper": N_("试卷"),
    "exam_sitting": N_("考试场次"),
    "exit_review": N_("退出审查"),
    "lesson": N_("课"),
    "objection": N_("异议"),
    "opening": N_("选聘计划"),
    "org_unit": N_("机构"),
    "panel": N_("评审小组"),
    "paper_blueprint": N_("组卷方案"),
    "person": N_("人员"),
    "public_notice": N_("公示"),
    "recruitment_case": N_("选聘档案"),
    "service_record": N_("送达回证"),
    "training_session": N_("培训"),
    "work_card": N_("工作证"),
}
_VALUES: dict[str, dict[str, str]] = {
    "role": {str(role): ROLES[role].label for role in Role if role in ROLES},
    "topic": {str(topic): TOPIC_LABELS[topic] for topic in Topic},
    "form": {str(form): FORM_LABELS[form] for form in TrainingForm},
}


def say_subject(kind: str) -> str:
    """What kind of record an entry is about."""
    return str(gettext(_SUBJECTS[kind])) if kind in _SUBJECTS else kind


def say_detail(detail: Mapping[str, Any], units: Mapping[int, str]) -> str:
    """「角色：教员；机构：甲区司法局」. ``units`` are the names of organisations by number."""
    colon, separator = gettext("："), gettext("；")
    lines = [f"{_key(k)}{colon}{_value(k, v, units)}" for k, v in detail.items()]
    return str(separator.join(lines))


def _key(key: str) -> str:
    return str(gettext(_KEYS[key])) if key in _KEYS else key


def _value(key: str, value: Any, units: Mapping[int, str]) -> str:
    if isinstance(value, bool):
        return str(gettext("是") if value else gettext("否"))
    if key == "at" and value in units:
        return units[value]
    if isinstance(value, str | int):
        known = _VALUES.get(key, {}).get(str(value))
        return str(gettext(known) if known else value)
    return json.dumps(value, ensure_ascii=False)

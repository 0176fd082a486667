"""The life of an objection or appeal, and the ways of service."""

from __future__ import annotations

from enum import StrEnum

from training.core.rules.machine import Machine, Transition
from training.core.rules.words import N_


class ObjectionKind(StrEnum):
    """By anybody against a public notice, or by the person concerned against a decision."""

    OBJECTION = "objection"
    APPEAL = "appeal"


OBJECTION_KIND_LABELS = {ObjectionKind.OBJECTION: N_("异议"), ObjectionKind.APPEAL: N_("申诉")}


class ObjectionState(StrEnum):
    FILED = "filed"
    ASSIGNED = "assigned"
    UPHELD = "upheld"
    DISMISSED = "dismissed"


OBJECTION_STATE_LABELS = {
    ObjectionState.FILED: N_("已收到，待指定复核人"),
    ObjectionState.ASSIGNED: N_("复核中"),
    ObjectionState.UPHELD: N_("成立"),
    ObjectionState.DISMISSED: N_("不成立"),
}

OPEN = frozenset({ObjectionState.FILED, ObjectionState.ASSIGNED})

OBJECTION = Machine(
    "objection",
    ObjectionState,
    ObjectionState.FILED,
    (
        Transition(
            "assign", ("filed", "assigned"), "assigned", "proceedings:objection:assign",
            label=N_("指定复核人"),
        ),
        Transition(
            "uphold", ("assigned",), "upheld", "proceedings:objection:decide", grave=True,
            label=N_("异议成立"),
        ),
        Transition(
            "dismiss", ("assigned",), "dismissed", "proceedings:objection:decide", grave=True,
            label=N_("异议不成立"),
        ),
    ),
    final=(ObjectionState.UPHELD, ObjectionState.DISMISSED),
)  # fmt: skip


class Method(StrEnum):
    """Ways of service (送达方式)."""

    SITE = "site"
    IN_PERSON = "in_person"
    LEFT = "left"
    POST = "post"


METHOD_LABELS = {
    Method.SITE: N_("站内送达"),
    Method.IN_PERSON: N_("直接送达"),
    Method.LEFT: N_("留置送达"),
    Method.POST: N_("邮寄送达"),
}

"""Codes that every floor shares: the topics and forms of training, with their Chinese labels.

Source: the five topics (内容) and the forms (形式) of the founding training system
(学习培训制度, Haikou 2019); online study is our own addition for learning on the phone.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from .words import N_


class Topic(StrEnum):
    """What is taught (培训内容)."""

    SOCIAL_SITUATION = "social_situation"
    LAW_AND_POLICY = "law_and_policy"
    PROFESSIONAL_ETHICS = "professional_ethics"
    PROFESSIONAL_KNOWLEDGE = "professional_knowledge"
    MEDIATION_SKILLS = "mediation_skills"


class TrainingForm(StrEnum):
    """How it is taught (培训形式)."""

    CLASSROOM_LECTURE = "classroom_lecture"
    CASE_STUDY = "case_study"
    FIELD_OBSERVATION = "field_observation"
    COURT_OBSERVATION = "court_observation"
    SIMULATION_DRILL = "simulation_drill"
    PRACTICE_EXCHANGE = "practice_exchange"
    ONLINE_STUDY = "online_study"


TOPIC_LABELS: Mapping[Topic, str] = MappingProxyType(
    {
        Topic.SOCIAL_SITUATION: N_("社会形势"),
        Topic.LAW_AND_POLICY: N_("法律政策"),
        Topic.PROFESSIONAL_ETHICS: N_("职业道德"),
        Topic.PROFESSIONAL_KNOWLEDGE: N_("专业知识"),
        Topic.MEDIATION_SKILLS: N_("调解技能"),
    }
)

FORM_LABELS: Mapping[TrainingForm, str] = MappingProxyType(
    {
        TrainingForm.CLASSROOM_LECTURE: N_("集中授课"),
        TrainingForm.CASE_STUDY: N_("案例评析"),
        TrainingForm.FIELD_OBSERVATION: N_("现场观摩"),
        TrainingForm.COURT_OBSERVATION: N_("旁听庭审"),
        TrainingForm.SIMULATION_DRILL: N_("实训演练"),
        TrainingForm.PRACTICE_EXCHANGE: N_("研讨交流"),
        TrainingForm.ONLINE_STUDY: N_("在线学习"),
    }
)

"""Requirements made of policy values, and the data in which an enrolment freezes them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from training.core.rules.vocabulary import FORM_LABELS, Topic, TrainingForm
from training.core.rules.words import N_

from .hours import FormGroup, Requirement

PREJOB_KEYS = (
    "training.prejob_hours",
    "training.prejob_forms",
    "training.online_share_max",
    "credit.minutes_per_hour",
)
ANNUAL_KEYS = ("training.annual_hours", "training.online_share_max", "credit.minutes_per_hour")

_HUNDREDTHS = 100

#: The groups of forms that ``training.prejob_forms`` names: practicum is what people do
#: with their own eyes and hands (现场观摩、旁听庭审、实训演练).
_GROUPS: dict[str, tuple[str, frozenset[TrainingForm]]] = {
    "case_study": (FORM_LABELS[TrainingForm.CASE_STUDY], frozenset({TrainingForm.CASE_STUDY})),
    "practicum": (
        N_("实务训练（现场观摩、旁听庭审、实训演练）"),
        frozenset(
            {
                TrainingForm.FIELD_OBSERVATION,
                TrainingForm.COURT_OBSERVATION,
                TrainingForm.SIMULATION_DRILL,
            }
        ),
    ),
}


def prejob(values: Mapping[str, Any]) -> Requirement:
    """The pre-job requirement from the values of ``PREJOB_KEYS`` (whole 学时, percent,
    minutes); the total is the sum of the topics. Raises ``KeyError`` for a missing key."""
    topics = {
        Topic(code): hours * _HUNDREDTHS for code, hours in values["training.prejob_hours"].items()
    }
    return Requirement(
        total=sum(topics.values()),
        minutes_per_hour=values["credit.minutes_per_hour"],
        online_share=values["training.online_share_max"],
        basis="training.prejob_hours",
        topics=topics,
        groups=tuple(
            FormGroup(code, *_GROUPS[code], hours * _HUNDREDTHS)
            for code, hours in values["training.prejob_forms"].items()
        ),
    )


def annual(values: Mapping[str, Any], service_kind: str, year: int) -> Requirement:
    """The requirement of one calendar year from the values of ``ANNUAL_KEYS``."""
    return Requirement(
        total=values["training.annual_hours"][service_kind] * _HUNDREDTHS,
        minutes_per_hour=values["credit.minutes_per_hour"],
        online_share=values["training.online_share_max"],
        basis="training.annual_hours",
        counts_from=date(year, 1, 1),
        counts_until=date(year, 12, 31),
    )


def to_data(requirement: Requirement) -> dict[str, Any]:
    """A requirement as JSON, for an enrolment to freeze."""
    return {
        "total": requirement.total,
        "minutes_per_hour": requirement.minutes_per_hour,
        "online_share": requirement.online_share,
        "basis": requirement.basis,
        "topics": {str(topic): hours for topic, hours in requirement.topics.items()},
        "groups": [
            {"code": g.code, "label": g.label, "forms": sorted(g.forms), "hours": g.hours}
            for g in requirement.groups
        ],
        "counts_from": requirement.counts_from and requirement.counts_from.isoformat(),
        "counts_until": requirement.counts_until and requirement.counts_until.isoformat(),
    }


def from_data(data: Mapping[str, Any]) -> Requirement:
    """The requirement that ``to_data`` wrote."""

    def day(text: str | None) -> date | None:
        return date.fromisoformat(text) if text else None

    return Requirement(
        total=data["total"],
        minutes_per_hour=data["minutes_per_hour"],
        online_share=data["online_share"],
        basis=data["basis"],
        topics={Topic(code): hours for code, hours in data["topics"].items()},
        groups=tuple(
            FormGroup(g["code"], g["label"], frozenset(map(TrainingForm, g["forms"])), g["hours"])
            for g in data["groups"]
        ),
        counts_from=day(data["counts_from"]),
        counts_until=day(data["counts_until"]),
    )

"""Changing a person's standing: nobody else does."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from training.core import clock
from training.core.errors import require
from training.core.rules.permission import Actor
from training.core.rules.verdict import ALLOWED
from training.core.rules.words import N_, Words
from training.core.verbs import tell, verb
from training.people import facts, timeline
from training.people.models import Fact, Person
from training.people.rules.person import STANDING_LABELS, Standing

from .rules.standing import STANDING, StandingFacts

FACT = "standing"


def standing_facts(**known: Any) -> StandingFacts:
    """Facts of a standing with nothing shown but what is named."""
    fields: dict[str, Any] = {
        "admitted": False, "certificate_in_force": False, "appointment_in_force": False,
        "post": ALLOWED, "reason": "", "leave_reason": None, "exit_final": False,
        "resigned": False, "term_over": False, "died": False,
    }  # fmt: skip
    return StandingFacts(**(fields | known))


@timeline.describes(FACT)
def _words(fact: Fact) -> Words:
    """How a change of standing reads in the file."""
    label = STANDING_LABELS[Standing(fact.value["to"])]
    return Words(N_("状态变为%(standing)s"), {"standing": Words(label)})


@verb("employment:standing:set", on="person")
def set_standing(
    actor: Actor,
    person: Person,
    action: str,
    shown: StandingFacts,
    *,
    source: Any = None,
    now: datetime,
) -> Person:
    """Do what ``STANDING`` says, and record it as a fact in the file. Raises ``Refused``."""
    before = person.standing
    verdict, target = STANDING.step(before, action, shown)
    require(verdict, code="STANDING")
    person.standing = Standing(target)
    facts.record(
        actor, person, FACT, clock.today(now),
        {"from": str(before), "to": target, "action": action}, source=source, now=now,
    )  # fmt: skip
    tell(before=str(before), after=target, action=action)
    return person

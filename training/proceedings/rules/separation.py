"""Separation of duties: who may not be the same person in one matter.

The rule looks at persons, never at accounts: whoever has two accounts is one person, and
whoever acts for another carries that other person too. Panels sit with at least three
(policy ``panel.min``); members who declared a conflict (回避 recusal) do not count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

from training.core.rules.verdict import ALLOWED, Verdict, all_of, refuse
from training.core.rules.words import N_, Words

BASIS = "rule:separation_of_duties"


class Part(StrEnum):
    """The part a person takes in a matter."""

    SUBJECT = "subject"
    PROPOSER = "proposer"
    SCORER = "scorer"
    EXAMINER = "examiner"
    MARKER = "marker"
    PAPER_AUTHOR = "paper_author"
    PANEL = "panel"
    APPROVER = "approver"
    ISSUER = "issuer"
    REVIEWER = "reviewer"


PART_LABELS: Mapping[Part, str] = {
    Part.SUBJECT: N_("本人"),
    Part.PROPOSER: N_("提议人"),
    Part.SCORER: N_("评分人"),
    Part.EXAMINER: N_("监考人"),
    Part.MARKER: N_("阅卷人"),
    Part.PAPER_AUTHOR: N_("命题人"),
    Part.PANEL: N_("评审小组成员"),
    Part.APPROVER: N_("审批人"),
    Part.ISSUER: N_("发证人"),
    Part.REVIEWER: N_("复核人"),
}


@dataclass(frozen=True, slots=True)
class Hand:
    """A hand in a matter: the person who acted and everyone in whose name they acted."""

    person_id: int
    for_person_ids: frozenset[int] = frozenset()

    @property
    def persons(self) -> frozenset[int]:
        return self.for_person_ids | {self.person_id}


def hand_of(account_id: int, person_of: Mapping[int, int], acting_for: Iterable[int] = ()) -> Hand:
    """The hand behind an account. ``acting_for`` are the accounts along the delegation, each
    deputy's principal in turn; ``person_of`` maps accounts to persons.

    Raises ``KeyError`` for an account of nobody: what cannot be attributed cannot act.
    """
    return Hand(person_of[account_id], frozenset(person_of[a] for a in acting_for))


def distinct(parts: Mapping[Part, Iterable[Hand]]) -> Verdict:
    """Whether no person takes two of these parts.

    Codes ``SELF`` (somebody would judge their own matter) and ``SAME_PERSON``, one reason
    for each pair of parts that meet in one person.
    """
    persons = {
        part: frozenset().union(*(hand.persons for hand in hands)) for part, hands in parts.items()
    }
    ordered = [part for part in Part if part in persons]
    return all_of(
        _overlap(first, second)
        for first, second in combinations(ordered, 2)
        if persons[first] & persons[second]
    )


def _overlap(first: Part, second: Part) -> Verdict:
    if first is Part.SUBJECT:
        return refuse(
            "SELF",
            N_("不得评定本人：%(part)s与本人是同一人"),
            basis=BASIS,
            part=Words(PART_LABELS[second]),
        )
    return refuse(
        "SAME_PERSON",
        N_("须由他人办理：%(first)s与%(second)s是同一人"),
        basis=BASIS,
        first=Words(PART_LABELS[first]),
        second=Words(PART_LABELS[second]),
    )


def own_gate(actor: Hand, subject: Hand) -> Verdict:
    """Whether the person concerned acts, in their own name: consent, reply, objection and
    withdrawal are nobody else's. Code ``NOT_OWN``."""
    if actor.persons == {subject.person_id}:
        return ALLOWED
    return refuse("NOT_OWN", N_("只能由本人办理"), basis=BASIS)


@dataclass(frozen=True, slots=True)
class PanelMember:
    """A member of a panel; ``conflict`` is what they declared, ``None`` before they did."""

    hand: Hand
    conflict: bool | None


def sitting(members: Iterable[PanelMember]) -> tuple[PanelMember, ...]:
    """Those who decide: declared, and without conflict."""
    return tuple(m for m in members if m.conflict is False)


def panel_gate(
    members: Iterable[PanelMember],
    *,
    minimum: int,
    must_be_odd: bool = False,
    apart_from: Mapping[Part, Iterable[Hand]],
) -> Verdict:
    """Whether a panel may decide (面试, 年度考核, 退出审查).

    ``minimum`` is policy ``panel.min``; ``apart_from`` names the parts that no sitting
    member may take as well. Codes: ``panel.undeclared``, ``panel.too_small``,
    ``panel.even``, ``SELF``, ``SAME_PERSON``.
    """
    everyone = tuple(members)
    seats = sitting(everyone)
    undeclared = sum(m.conflict is None for m in everyone)
    verdict = ALLOWED
    if undeclared:
        verdict &= refuse(
            "panel.undeclared",
            N_("还有 %(n)s 名小组成员未声明是否需要回避"),
            basis=BASIS,
            n=undeclared,
        )
    if len(seats) < minimum:
        verdict &= refuse(
            "panel.too_small",
            N_("评审小组至少 %(minimum)s 人，除去回避的还有 %(n)s 人"),
            basis="panel.min",
            minimum=minimum,
            n=len(seats),
        )
    if must_be_odd and len(seats) % 2 == 0:
        verdict &= refuse(
            "panel.even", N_("评审小组应为单数，现有 %(n)s 人"), basis="panel.min", n=len(seats)
        )
    if any(a.hand.persons & b.hand.persons for a, b in combinations(seats, 2)):
        verdict &= _overlap(Part.PANEL, Part.PANEL)
    return verdict & all_of(
        distinct({part: hands, Part.PANEL: [m.hand for m in seats]})
        for part, hands in apart_from.items()
    )

"""The gates before a certificate is issued, and before a person takes cases."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from training.core.rules.explanation import show_hundredths
from training.core.rules.verdict import ALLOWED, Verdict, all_of, refuse
from training.core.rules.words import N_
from training.people.rules.person import ServiceKind
from training.proceedings.rules.separation import Hand, Part, distinct

_BASIS = "cert.gates"


@dataclass(frozen=True, slots=True)
class IssueFacts:
    """What the gates look at (policy ``cert.gates``: hours ∧ exam ∧ clean review).

    ``hours_owed`` in hundredths of a credit hour; ``exam_passed`` of the last released
    result; ``open_reviews`` counts flagged events, appeals and hours corrections still
    undecided; ``misconduct_found`` is a review's finding. The hands are those of everyone
    who took part in the examination of this person.
    """

    hours_owed: int
    exam_passed: bool
    open_reviews: int
    misconduct_found: bool
    subject: Hand
    issuer: Hand
    examiners: tuple[Hand, ...]
    markers: tuple[Hand, ...]
    paper_authors: tuple[Hand, ...]


def issue_gate(facts: IssueFacts) -> Verdict:
    """Whether the certificate may be issued, with every reason at once.

    Codes: ``certificate.hours_owed``, ``certificate.exam_not_passed``,
    ``certificate.review_open``, ``certificate.misconduct``, ``SELF``, ``SAME_PERSON``.
    """
    verdict = ALLOWED
    if facts.hours_owed > 0:
        verdict &= refuse(
            "certificate.hours_owed",
            N_("岗前培训还差 %(hours)s 学时"),
            basis=_BASIS,
            mend="courses.catalogue",
            hours=show_hundredths(facts.hours_owed),
        )
    if not facts.exam_passed:
        verdict &= refuse(
            "certificate.exam_not_passed",
            N_("岗前考试尚未合格"),
            basis=_BASIS,
            mend="sittings.mine",
        )
    if facts.open_reviews:
        verdict &= refuse(
            "certificate.review_open",
            N_("还有 %(n)s 项复核或者申诉没有办结"),
            basis=_BASIS,
            mend="sittings.reviews",
            n=facts.open_reviews,
        )
    if facts.misconduct_found:
        verdict &= refuse(
            "certificate.misconduct",
            N_("复核认定考试中有违规行为"),
            basis=_BASIS,
            mend="sittings.reviews",
        )
    return verdict & _issuer_gate(facts)


def _issuer_gate(facts: IssueFacts) -> Verdict:
    apart = {
        Part.SUBJECT: (facts.subject,),
        Part.EXAMINER: facts.examiners,
        Part.MARKER: facts.markers,
        Part.PAPER_AUTHOR: facts.paper_authors,
    }
    # Each against the issuer only: who marks may also have invigilated.
    return all_of(
        distinct({part: hands, Part.ISSUER: [facts.issuer]}) for part, hands in apart.items()
    )


def certified_to_practise(
    service_kind: ServiceKind,
    *,
    elected: bool,
    required_for: Collection[ServiceKind],
    certificate_in_force: bool,
) -> Verdict:
    """Whether a missing certificate keeps a person from a post or from new cases (持证上岗).

    ``required_for`` is policy ``cert.required_for``. Part-time and elected members owe
    training but are never blocked, whatever the policy says: 人民调解法#13 makes members
    of the committee mediators by election. Code ``certificate.required``.
    """
    blockable = service_kind is ServiceKind.FULL_TIME and not elected
    if not blockable or service_kind not in required_for or certificate_in_force:
        return ALLOWED
    return refuse(
        "certificate.required",
        N_("专职岗位须持有有效的岗前培训考核合格证书"),
        basis="cert.required_for",
        mend="certificates.board",
    )

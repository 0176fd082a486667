"""What an exit review rests on: lines of evidence, and the digest of the file as it was served."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from training.core.rules.chain import digest
from training.core.rules.words import N_

from .appointment import AppointmentKind
from .exit_gates import ExitGround

EVIDENCE_TITLE = N_("解聘与退出审查材料")
NOT_RENEWED_TITLE = N_("不再续聘决定书")
_TITLES = {
    AppointmentKind.ELECTED: N_("罢免决定书"),
    AppointmentKind.ENGAGED: N_("解聘决定书"),
}


def not_renewed(grounds: Iterable[ExitGround]) -> bool:
    """Whether the review only declines to renew: the person serves out the term."""
    return set(grounds) == {ExitGround.TERM_END}


def decision_title(grounds: Iterable[ExitGround], kind: AppointmentKind) -> str:
    """What the paper of the decision is called: 罢免 of the elected, 解聘 of the engaged."""
    return NOT_RENEWED_TITLE if not_renewed(grounds) else _TITLES[kind]


class EvidenceKind(StrEnum):
    """What a line of evidence leads to."""

    APPRAISAL = "appraisal"
    CERTIFICATE = "certificate"
    APPOINTMENT = "appointment"
    STATEMENT = "statement"


EVIDENCE_KIND_LABELS = {
    EvidenceKind.APPRAISAL: N_("年度考核"),
    EvidenceKind.CERTIFICATE: N_("证书"),
    EvidenceKind.APPOINTMENT: N_("聘任"),
    EvidenceKind.STATEMENT: N_("书面材料"),
}

GROUND_BASIS: dict[ExitGround, tuple[str, ...]] = {
    ExitGround.VOLUNTARY: ("人民调解法#13",),
    ExitGround.TERM_END: ("人民调解法#9", "term.years"),
    ExitGround.AGE_HEALTH: ("人民调解法#14", "eligibility.age"),
    ExitGround.TWO_UNFIT: ("人民调解法#13", "grade.consequence"),
    ExitGround.VETO_ACT: ("人民调解法#15", "grade.veto"),
    ExitGround.CERTIFICATE_LAPSE: ("人民调解法#13", "cert.required_for"),
    ExitGround.REDUNDANCY: ("人民调解法#13",),
}
"""Where each ground stands: articles, and policies of the city. The power to end an
appointment lies with the electing or engaging body in every case (人民调解法#15)."""


@dataclass(frozen=True, slots=True)
class EvidenceLine:
    """A line as it stands: what it says, what it leads to."""

    ref: str
    kind: EvidenceKind
    source: str
    text: str


def file_digest(
    grounds: Iterable[ExitGround],
    proposal: str,
    lines: Iterable[EvidenceLine],
    files: Iterable[tuple[str, str]],
) -> str:
    """The digest of all that is put to the person: grounds, proposal, lines, and files by
    reference and hash. Whatever is added, corrected or withdrawn changes it."""
    return digest(
        {
            "grounds": sorted(str(g) for g in grounds),
            "proposal": proposal,
            "lines": [[x.ref, str(x.kind), x.source, x.text] for x in lines],
            "files": sorted([ref, sha] for ref, sha in files),
        }
    )

"""Verdict: what a gate answers. Either it is allowed, or it is denied with every reason.

A gate never answers a bare false. Each reason names its rule (a policy key or a
regulation), and, where it can, the page on which the person can mend what is missing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .words import Words


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that is missing.

    ``code`` is stable and for machines (``hours.topic_short``). ``words`` is for people.
    ``basis`` names the rule: a policy key (``training.prejob_hours``) or a statute
    (``人民调解法#14``). ``mend`` names the endpoint where it can be mended, with its
    arguments; the web layer turns it into a link.
    """

    code: str
    words: Words
    basis: str = ""
    mend: str = ""
    mend_args: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """``Allowed`` (no reasons) or denied with the reasons, in the order they were found."""

    reasons: tuple[Reason, ...] = ()

    @property
    def allowed(self) -> bool:
        return not self.reasons

    def __bool__(self) -> bool:
        return self.allowed

    def __and__(self, other: Verdict) -> Verdict:
        """Both must allow; all reasons are kept, so that a person sees them at once."""
        return Verdict(self.reasons + other.reasons)

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(reason.code for reason in self.reasons)


ALLOWED = Verdict()


def denied(*reasons: Reason) -> Verdict:
    """A refusal. Raises ``ValueError`` without a reason: a refusal always says why."""
    if not reasons:
        raise ValueError("a refusal needs at least one reason")
    return Verdict(tuple(reasons))


def refuse(
    code: str, message: str, *, basis: str = "", mend: str = "", **params: object
) -> Verdict:
    """Shorthand for a refusal with a single reason."""
    return denied(Reason(code, Words(message, dict(params)), basis, mend))


def all_of(verdicts: Iterable[Verdict]) -> Verdict:
    """Allowed when every verdict allows; else every reason of every verdict."""
    reasons: tuple[Reason, ...] = ()
    for verdict in verdicts:
        reasons += verdict.reasons
    return Verdict(reasons)

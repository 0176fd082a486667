"""Refusals as exceptions: raised by services, turned into a page or JSON in one place."""

from __future__ import annotations

from .rules.verdict import Verdict, refuse


class Refused(Exception):
    """A gate said no. ``code`` is stable (``ALREADY_DECIDED``), ``status`` is HTTP's."""

    def __init__(self, verdict: Verdict, *, status: int = 409, code: str = "REFUSED") -> None:
        super().__init__(", ".join(verdict.codes))
        self.verdict = verdict
        self.status = status
        self.code = code

    @staticmethod
    def because(
        code: str,
        message: str,
        *,
        status: int = 409,
        basis: str = "",
        mend: str = "",
        **params: object,
    ) -> Refused:
        """A refusal for one reason."""
        return Refused(
            refuse(code.lower(), message, basis=basis, mend=mend, **params),
            status=status,
            code=code,
        )


class NotVisible(Exception):
    """Out of role or scope: answered like something that does not exist (404)."""


def require(verdict: Verdict, *, status: int = 409, code: str = "REFUSED") -> None:
    """Raise ``Refused`` unless the verdict allows."""
    if not verdict:
        raise Refused(verdict, status=status, code=code)

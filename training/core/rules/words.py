"""Marks for words that are rendered later, in the reader's language.

Rules return codes and parameters, never sentences: the sentence belongs to the reader.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


def N_(message: str) -> str:
    """Mark a Chinese message for the translation catalogue and return it unchanged."""
    return message


@dataclass(frozen=True, slots=True)
class Words:
    """A message with its parameters: ``Words(N_("还差 %(n)s 学时"), n=3)``."""

    message: str
    params: dict[str, Any] = field(default_factory=dict)

    @staticmethod
    def of(message: str, **params: Any) -> Words:
        return Words(message, params)

    def kept(self) -> dict[str, Any]:
        """As a parameter that is stored (JSON), to be said later."""
        return {"message": self.message, "params": self.params}

    def __str__(self) -> str:
        return self.message % self.params if self.params else self.message

"""Which papers there are. A room registers a builder for each in its ``documents.py``.

@builder("annual_register", N_("年度考核登记表"), "appraisal:annual:print", AnnualAppraisal)
def annual_register(appraisal: AnnualAppraisal, order: Order) -> Document: ...
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from ..db import Model
from ..rules.verdict import ALLOWED, Verdict
from .definition import Document

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Order:
    """The circumstances of one request: when, in which language, and codes that narrow a
    list down (``params``: ids and codes only, they are kept in the job ledger)."""

    now: datetime
    english: bool = False
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Paper:
    """A registered paper: who may have it over which kind of record, and who writes it."""

    kind: str
    label: str
    permission: str
    model: type[Model]
    build: Callable[[Any, Order], Document]
    verifiable: bool
    ready: Callable[[Any], Verdict]


_papers: dict[str, Paper] = {}


def _always(_record: Any) -> Verdict:
    return ALLOWED


def builder(
    kind: str,
    label: str,
    permission: str,
    model: type[M],
    *,
    verifiable: bool = True,
    ready: Callable[[M], Verdict] = _always,
) -> Callable[[Callable[[M, Order], Document]], Callable[[M, Order], Document]]:
    """Register the function that writes a kind of paper about a record of ``model``.

    Whoever holds ``permission`` over the record may have it made. It runs in the worker, with
    the record loaded anew, and reads what it needs through the room's queries. A paper that
    is not ``verifiable`` gets no verification code (slips with secrets); one that is not
    ``ready`` is refused with the reasons.
    Raises ``ValueError`` for a second builder of one kind.
    """

    def register(build: Callable[[M, Order], Document]) -> Callable[[M, Order], Document]:
        if kind in _papers:
            raise ValueError(f"two builders for {kind}")
        _papers[kind] = Paper(kind, label, permission, model, build, verifiable, ready)
        return build

    return register


def find(kind: str) -> Paper | None:
    return _papers.get(kind)

"""What rooms above say of their matters, so that a procedure can be decided without knowing them.

A room registers each kind of matter (its table's name) in its ``models.py`` or ``service.py``::

    matters.register("annual_appraisal", deciders=_deciders, url=_url, decided=_decided)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from training.core.rules.permission import Actor

from .models import Objection, Panel


@dataclass(frozen=True, slots=True)
class Matter:
    """``deciders``: the persons who took part in what is objected to. ``url``: its page.
    ``decided``: what follows from a decision, in the transaction of the decision.
    ``panel_decided``: whether its panel has graded, scored or given its opinion."""

    deciders: Callable[[str], Iterable[int | None]]
    url: Callable[[str], str]
    decided: Callable[[Actor, Objection, datetime], None] | None = None
    panel_decided: Callable[[Panel], bool] | None = None


_matters: dict[str, Matter] = {}


def register(
    kind: str,
    *,
    deciders: Callable[[str], Iterable[int | None]],
    url: Callable[[str], str],
    decided: Callable[[Actor, Objection, datetime], None] | None = None,
    panel_decided: Callable[[Panel], bool] | None = None,
) -> None:
    """Name a kind of matter. Raises ``ValueError`` for a second registration."""
    if kind in _matters:
        raise ValueError(f"{kind} is registered twice")
    _matters[kind] = Matter(deciders, url, decided, panel_decided)


def find(kind: str) -> Matter | None:
    """The matter of this kind; None when no room answers for it."""
    return _matters.get(kind)


def panel_decided(panel: Panel) -> bool:
    """Whether this panel has decided anything, as the room of its matter says."""
    matter = find(panel.matter_type)
    return bool(matter and matter.panel_decided and matter.panel_decided(panel))

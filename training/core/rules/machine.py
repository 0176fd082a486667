"""Machine: a lifecycle as a table that is checked when it is built.

Pages draw their buttons from ``available`` and the service enforces ``step``; both read
the same table, so a page can offer nothing that the service refuses and hide nothing
that it allows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from .verdict import ALLOWED, Verdict, refuse
from .words import N_

Gate = Callable[[Any], Verdict]


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of a lifecycle.

    ``permission`` says who may do it; ``gate`` looks at the facts and says whether it may
    be done now; ``grave`` asks for a fresh log-in (step-up) and a typed reason.
    """

    action: str
    sources: tuple[str, ...]
    target: str
    permission: str
    gate: Gate | None = None
    grave: bool = False
    label: str = ""


class MachineError(ValueError):
    """The table contradicts itself."""


class Machine:
    """A lifecycle over the members of a ``StrEnum``.

    Raises ``MachineError`` when built from a table in which an action leaves one state
    twice, names an unknown state, leaves a final state, or leaves a state unreachable.
    """

    def __init__(
        self,
        name: str,
        states: type[StrEnum],
        start: StrEnum,
        transitions: Iterable[Transition],
        final: Iterable[StrEnum] = (),
        computed: Iterable[StrEnum] = (),
    ) -> None:
        """``computed`` states are derived on read (expired, lapsed), so nothing leads there."""
        self.name = name
        self.states = states
        self.start = str(start)
        self.final = frozenset(str(s) for s in final)
        self.transitions = tuple(transitions)
        self._table: dict[tuple[str, str], Transition] = {}
        known = {str(s) for s in states}
        for t in self.transitions:
            for source in t.sources:
                if source not in known or t.target not in known:
                    raise MachineError(f"{name}: {t.action} names an unknown state")
                if source in self.final:
                    raise MachineError(f"{name}: {t.action} leaves the final state {source}")
                if (source, t.action) in self._table:
                    raise MachineError(f"{name}: {t.action} leaves {source} twice")
                self._table[source, t.action] = t
        reached = {self.start} | {str(s) for s in computed}
        grew = True
        while grew:
            targets = {t.target for (source, _), t in self._table.items() if source in reached}
            grew = not targets <= reached
            reached |= targets
        if reached != known:
            raise MachineError(f"{name}: no way leads to {sorted(known - reached)}")

    @property
    def actions(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(t.action for t in self.transitions))

    @property
    def table(self) -> Mapping[tuple[str, str], Transition]:
        return self._table

    def find(self, state: str, action: str) -> Transition | None:
        return self._table.get((str(state), action))

    def judge(self, state: str, action: str, facts: Any = None) -> Verdict:
        """May ``action`` be done in ``state`` with these facts?"""
        transition = self.find(state, action)
        if transition is None:
            return refuse(
                "machine.not_in_state",
                N_("当前状态下不能办理此项，请刷新后再看"),
                basis=f"lifecycle:{self.name}",
                state=str(state),
                action=action,
            )
        return transition.gate(facts) if transition.gate else ALLOWED

    def step(self, state: str, action: str, facts: Any = None) -> tuple[Verdict, str]:
        """The verdict and the state that follows (the same state when denied)."""
        verdict = self.judge(state, action, facts)
        transition = self.find(state, action)
        return verdict, transition.target if verdict and transition else str(state)

    def available(
        self, state: str, may: Callable[[str], bool], facts: Any = None
    ) -> list[tuple[Transition, Verdict]]:
        """What this person sees in this state: permitted actions, each with its verdict."""
        return [
            (t, t.gate(facts) if t.gate else ALLOWED)
            for (source, _), t in self._table.items()
            if source == str(state) and may(t.permission)
        ]

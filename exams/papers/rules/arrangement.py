"""Arrangement: in what order one attempt shows the questions and options of its paper.

Letters belong to the screen of one attempt. What is stored and marked are canonical
option ids; this is the only place where the two are turned into each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from exams.bank.rules.question import LETTERS, QuestionKind

from .blueprint import PaperSlot
from .shuffle import shuffled


@dataclass(frozen=True, slots=True)
class ArrangedSlot:
    """One question as one attempt shows it: ``number`` on the screen, options in order."""

    number: int
    slot: int
    options: tuple[str, ...]

    def letters(self, options: Iterable[str]) -> str:
        """The letters under which these options stand here, in order: {"o2", "o1"} → "AC".

        Raises ``ValueError`` for an option that the question does not have.
        """
        return "".join(sorted(LETTERS[self.options.index(option)] for option in options))

    def chosen(self, letters: str) -> frozenset[str]:
        """The canonical ids behind letters of this screen: "AC" → {"o2", "o1"}.

        Raises ``ValueError`` for a letter that the question does not show.
        """
        shown = LETTERS[: len(self.options)]
        return frozenset(self.options[shown.index(letter)] for letter in letters)


def arrange(paper: Sequence[PaperSlot], seed: str) -> tuple[ArrangedSlot, ...]:
    """The order of one attempt, from its stored seed.

    Sections keep their order and questions move within theirs. Options move unless the
    slot fixes them; right and wrong always stand in this order.
    """
    sections = dict.fromkeys(slot.section for slot in paper)
    by_key = {str(slot.slot): slot for slot in paper}
    order = [
        by_key[key]
        for section in sections
        for key in shuffled(
            seed, f"questions/{section}", (k for k, s in by_key.items() if s.section == section)
        )
    ]
    return tuple(
        ArrangedSlot(number, slot.slot, _options(slot, seed))
        for number, slot in enumerate(order, 1)
    )


def _options(slot: PaperSlot, seed: str) -> tuple[str, ...]:
    if slot.fixed_order or slot.kind is QuestionKind.TRUE_FALSE:
        return slot.options
    return shuffled(seed, f"options/{slot.slot}", slot.options)
